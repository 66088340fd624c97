const ISO = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/i;
const CLOCK = /^(\d{1,3}):([0-5]\d)$/;
const WORDS = /^(?:(\d+)\s*d)?\s*(?:(\d+)\s*h)?\s*(?:(\d+)\s*m(?:in)?)?\s*(?:(\d+)\s*s)?$/i;

/** A duration as a PBX keeps it (`PT23H30M`) for people: `23h 30m`; what is none stays as it is. */
export function durationWords(iso: string): string {
  const parts = ISO.exec(iso)?.slice(1);
  if (parts === undefined) return iso;
  const words = ['d', 'h', 'm', 's'].flatMap((unit, index) =>
    Number(parts[index] ?? 0) === 0 ? [] : [`${Number(parts[index])}${unit}`],
  );
  return words.length === 0 ? '0s' : words.join(' ');
}

/** What a person typed (`23:30`, `8h 30m`, `PT8H30M`) as a PBX keeps it; null for anything else. */
export function isoDuration(typed: string): string | null {
  const text = typed.trim();
  const clock = CLOCK.exec(text);
  const parts =
    clock === null ? (ISO.exec(text) ?? WORDS.exec(text))?.slice(1) : [undefined, clock[1], clock[2]];
  if (parts === undefined || parts.every((part) => part === undefined)) return null;
  const [days, ...rest] = parts.map((part) => Number(part ?? 0));
  const time = ['H', 'M', 'S'].flatMap((unit, index) =>
    (rest[index] ?? 0) === 0 ? [] : [`${rest[index]}${unit}`],
  );
  if ((days ?? 0) === 0 && time.length === 0) return 'PT0S';
  return `P${(days ?? 0) === 0 ? '' : `${days}D`}${time.length === 0 ? '' : `T${time.join('')}`}`;
}
