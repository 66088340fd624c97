import { readDotenv } from '../config-dotenv.js';
import { UserError } from '../errors.js';

const QUOTES = ["'", '`', '"'];

/** The line of a `.env` that gives a variable a value, or null for a value that no line can give. */
export function envLine(name: string, value: string): string | null {
  if (/[\r\n]/.test(value)) return null;
  const isBare = !/['"`#\s]/.test(value);
  // A quote that is not closed on its line goes on until another line has one.
  const quoted = QUOTES.filter((quote) => !value.includes(quote)).map((quote) => quote + value + quote);
  const lines = [...(isBare ? [value] : []), ...quoted].map((text) => `${name}=${text}`);
  return lines.find((line) => valueIn(line, name) === value) ?? null;
}

/** What `plumbline` itself reads is what counts. */
function valueIn(line: string, name: string): string | undefined {
  try {
    return readDotenv(line, '.env')[name];
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
