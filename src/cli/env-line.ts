import { parseEnv } from 'node:util';

const QUOTES = ["'", '`', '"'];

/** The line of a `.env` that gives a variable a value, or null for a value that no line can give. */
export function envLine(name: string, value: string): string | null {
  if (/[\r\n]/.test(value)) return null;
  const isBare = !/['"`#\s]/.test(value);
  // A quote that is not closed on its line goes on until another line has one.
  const quoted = QUOTES.filter((quote) => !value.includes(quote)).map((quote) => quote + value + quote);
  const lines = [...(isBare ? [value] : []), ...quoted].map((text) => `${name}=${text}`);
  // What Node reads is what counts.
  return lines.find((line) => parseEnv(`${line}\n`)[name] === value) ?? null;
}
