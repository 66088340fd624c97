import { UserError } from '../errors.js';

const ISO = /^(-)?P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;
const CLOCK = /^(\d{1,3}):([0-5]\d)(?::([0-5]\d))?$/;
const WORDS =
  /^(?:(\d+)\s*d(?:ays?)?)?\s*(?:(\d+)\s*h(?:ours?)?)?\s*(?:(\d+)\s*m(?:in(?:utes?)?)?)?\s*(?:(\d+)\s*s(?:ec(?:onds?)?)?)?$/i;

/** Seconds of an ISO 8601 duration as 3CX sends it (`PT8H30M`), or null where the text is none. */
export function secondsOfIso(text: string): number | null {
  const match = ISO.exec(text);
  if (match === null || text.endsWith('P') || text.endsWith('T')) return null;
  const [, sign, days, hours, minutes, seconds] = match;
  const total = sum(days, hours, minutes, seconds);
  return sign === '-' ? -total : total;
}

/** The one ISO 8601 form in which Plumbline sends and stores a duration: `PT23H30M`, `P1DT2H`, `PT0S`. */
export function isoOfSeconds(total: number): string {
  const sign = total < 0 ? '-' : '';
  const [days, hours, minutes, seconds] = parts(Math.abs(total));
  const date = days > 0 ? `${days}D` : '';
  const time = [part(hours, 'H'), part(minutes, 'M'), part(seconds, 'S')].join('');
  if (date === '' && time === '') return 'PT0S';
  return `${sign}P${date}${time === '' ? '' : `T${time}`}`;
}

/** Seconds of what a person types: `23:30`, `8h 30m`, `90 min`, `PT8H30M`. Throws `UserError` for anything else. */
export function secondsOfWords(text: string): number {
  const trimmed = text.trim();
  const iso = secondsOfIso(trimmed.toUpperCase());
  if (iso !== null) return iso;
  const clock = CLOCK.exec(trimmed);
  if (clock !== null) return sum(undefined, clock[1], clock[2], clock[3]);
  const words = trimmed === '' ? null : WORDS.exec(trimmed);
  if (words !== null) return sum(words[1], words[2], words[3], words[4]);
  throw new UserError('invalid', `“${trimmed}” is not a duration.`, {
    mend: 'Write it as 23:30, 8h 30m or PT8H30M.',
  });
}

/** A duration for people: `23h 30m`. */
export function wordsOfSeconds(total: number): string {
  const [days, hours, minutes, seconds] = parts(Math.abs(total));
  const words = [part(days, 'd'), part(hours, 'h'), part(minutes, 'm'), part(seconds, 's')].filter(Boolean);
  return `${total < 0 ? '-' : ''}${words.length === 0 ? '0s' : words.join(' ')}`;
}

function sum(days?: string, hours?: string, minutes?: string, seconds?: string): number {
  return (
    Number(days ?? 0) * 86_400 + Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0)
  );
}

function parts(total: number): readonly [number, number, number, number] {
  const whole = Math.floor(total);
  const fraction = Number((total - whole).toFixed(6));
  return [
    Math.floor(whole / 86_400),
    Math.floor((whole % 86_400) / 3600),
    Math.floor((whole % 3600) / 60),
    (whole % 60) + fraction,
  ];
}

function part(amount: number, unit: string): string {
  return amount > 0 ? `${amount}${unit}` : '';
}
