/** How often a text may have been escaped, one way over another, and is still recognised. */
const LAYERS = 3;
const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Whether a text holds one of the secrets in any usual spelling: percent, form, base64, JSON, HTML, in any case. */
export function holdsSpelling(text: string, secrets: readonly string[]): boolean {
  if (secrets.length === 0) return false;
  const wanted = secrets.flatMap(needlesOf).map((needle) => needle.toLowerCase());
  let layer = new Set([text]);
  for (let depth = 0; depth <= LAYERS; depth += 1) {
    for (const spelled of layer) {
      const lower = spelled.toLowerCase();
      if (wanted.some((needle) => lower.includes(needle))) return true;
    }
    layer = new Set([...layer].flatMap((spelled) => DECODERS.map((decoded) => decoded(spelled))));
  }
  return false;
}

const DECODERS: readonly ((text: string) => string)[] = [
  percentDecoded,
  (text) => percentDecoded(text.replaceAll('+', ' ')),
  jsonDecoded,
  htmlDecoded,
  (text) => text.replace(/\s+/g, ''),
];

/** The secret itself, and what of it stands in base64 whatever comes before and after it. */
function needlesOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const cores = [0, 1, 2].flatMap((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), bytes]);
    const first = Math.ceil((before * 8) / 6);
    const end = Math.floor((whole.length * 8) / 6);
    return [whole.toString('base64').slice(first, end), whole.toString('base64url').slice(first, end)];
  });
  return [secret, ...cores];
}

function percentDecoded(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (run) =>
    Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'),
  );
}

function jsonDecoded(text: string): string {
  return text
    .replace(/\\u([0-9a-f]{4})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replace(/\\(["\\/])/g, '$1');
}

function htmlDecoded(text: string): string {
  return text
    .replace(/&#x([0-9a-f]{1,6});?/gi, (_, hex: string) => character(Number.parseInt(hex, 16)))
    .replace(/&#(\d{1,7});?/g, (_, digits: string) => character(Number(digits)))
    .replace(/&(amp|lt|gt|quot|apos);?/gi, (whole, name: string) => NAMED[name.toLowerCase()] ?? whole);
}

function character(point: number): string {
  return point <= 0x10ffff ? String.fromCodePoint(point) : '';
}
