import { gatherFaults } from './config-faults.js';
import { UserError } from './errors.js';

const NAME = /^(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*/;
const QUOTES = ['"', "'", '`'];
const COMMENT = /^[ \t]*(#|$)/;

/** One variable of the file, and how many further lines its value took. */
interface Entry {
  readonly name: string;
  readonly value: string;
  readonly more: number;
}

/**
 * The variables of a `.env`: each line is `NAME=value`, a comment or blank. A value in quotes may go on over several lines,
 * and `\n` in double quotes is a line break. Throws `UserErrors` naming the line of everything else, of a `#` inside of an
 * unquoted value, and of a name that is given twice: a line that is passed over may have been one that protects.
 */
export function readDotenv(text: string, path: string): Readonly<Record<string, string>> {
  const lines = text.split(/\r\n|\n|\r/);
  const faults = gatherFaults();
  const found = new Map<string, { readonly value: string; readonly line: number }>();
  for (let index = 0; index < lines.length; index += 1) {
    if (COMMENT.test(lines[index] ?? '')) continue;
    const line = index + 1;
    const entry = faults.attempt(() => entryAt(lines, index, path));
    if (entry === null) continue;
    index += entry.more;
    const earlier = found.get(entry.name);
    if (earlier === undefined) found.set(entry.name, { value: entry.value, line });
    else
      faults.keep(
        lineFault(
          path,
          line,
          `gives ${entry.name}, which line ${earlier.line} gives too`,
          'Keep one of them.',
        ),
      );
  }
  faults.raise();
  return Object.fromEntries([...found].map(([name, { value }]) => [name, value]));
}

function entryAt(lines: readonly string[], index: number, path: string): Entry {
  const line = (lines[index] ?? '').replace(/^[ \t]+/, '');
  const match = NAME.exec(line);
  const name = match?.[1];
  if (match === null || name === undefined) {
    throw lineFault(
      path,
      index + 1,
      `is no variable${shown(line)}`,
      'Write NAME=value, or # before a comment.',
    );
  }
  const rest = line.slice(match[0].length);
  const quote = QUOTES.find((one) => rest.startsWith(one));
  return quote === undefined
    ? { name, value: plainValue(rest, path, index + 1), more: 0 }
    : { name, ...quotedValue(lines, index, { rest: rest.slice(1), quote, path }) };
}

function plainValue(rest: string, path: string, line: number): string {
  const value = rest.replace(/(^|[ \t]+)#.*$/, '').trimEnd();
  if (value.includes('#')) {
    throw lineFault(
      path,
      line,
      'has a # inside of a value, where it may begin a comment',
      'Put the value in quotes.',
    );
  }
  return value;
}

interface Quoted {
  readonly rest: string;
  readonly quote: string;
  readonly path: string;
}

function quotedValue(
  lines: readonly string[],
  index: number,
  { rest, quote, path }: Quoted,
): Omit<Entry, 'name'> {
  let text = rest;
  let more = 0;
  while (!text.includes(quote)) {
    const next = lines[index + more + 1];
    if (next === undefined)
      throw lineFault(path, index + 1, `has a ${quote} that nothing closes`, `Close it with ${quote}.`);
    text += `\n${next}`;
    more += 1;
  }
  const end = text.indexOf(quote);
  if (!COMMENT.test(text.slice(end + 1))) {
    const mend = `Put a ${quote} only at both ends, or use another kind of quotes.`;
    throw lineFault(path, index + 1, `goes on after the ${quote} that closes its value`, mend);
  }
  const value = text.slice(0, end);
  return { value: quote === '"' ? value.replaceAll('\\n', '\n') : value, more };
}

function lineFault(path: string, line: number, what: string, mend: string): UserError {
  return new UserError('invalid', `${path}: line ${line} ${what}.`, { field: `${path}:${line}`, mend });
}

/** The name that was meant, where one stands before = or :, with its invisible signs made visible; else it may be a secret. */
function shown(line: string): string {
  const head = /^([^=:]{1,40})[=:]/.exec(line)?.[1];
  if (head === undefined) return '';
  const visible = head.replace(
    /[^\x20-\x7E]/g,
    (sign) => `‹U+${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}›`,
  );
  return ` (“${visible}…”)`;
}
