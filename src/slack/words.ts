import { UserError } from '../errors.js';
import { nearest } from '../settings/suggest.js';

/** A slash command's text, taken apart. */
export interface Words {
  /** The first word in lower case, empty where nothing was typed. */
  readonly verb: string;
  /** What follows the verb, up to the first option. */
  readonly args: readonly string[];
  /** The same as it was typed, for values with spaces or JSON. */
  readonly rest: string;
  /** `--name value`; a bare `--name` has the value ''. */
  readonly options: Readonly<Record<string, string>>;
}

const OPTION = /(?:^|\s)--([a-z]+)(?=\s|$)/gi;

/** Takes a command's text apart. Curly quotes and dashes, which phones put in, count as plain ones. */
export function parseWords(text: string): Words {
  const plain = text
    .replace(/[“”„]/g, '"')
    .replace(/[‘’]/g, "'")
    .replace(/(^|\s)[—–](?=[a-z])/gi, '$1--')
    .trim();
  const [verb = ''] = plain.split(/\s+/, 1);
  const afterVerb = plain.slice(verb.length).trim();
  const matches = [...afterVerb.matchAll(OPTION)];
  const rest = afterVerb.slice(0, matches[0]?.index ?? afterVerb.length).trim();
  const options = matches.map((match, index) => {
    const value = afterVerb.slice(
      match.index + match[0].length,
      matches[index + 1]?.index ?? afterVerb.length,
    );
    return [(match[1] ?? '').toLowerCase(), value.trim().replace(/^"(.*)"$/s, '$1')] as const;
  });
  return {
    verb: verb.toLowerCase(),
    args: rest === '' ? [] : rest.split(/\s+/),
    rest,
    options: Object.fromEntries(options),
  };
}

/** Refuses options a command does not know, with the nearest ones. */
export function checkOptions(words: Words, known: readonly string[], usage: string): void {
  const unknown = Object.keys(words.options).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const [guess] = nearest(unknown, known);
  const mend = guess === undefined ? `Usage: ${usage}` : `Did you mean --${guess}? Usage: ${usage}`;
  throw new UserError('invalid', `There is no option --${unknown}.`, { field: unknown, mend });
}

/** What a command says to a verb it does not know. */
export function unknownVerb(command: string, verb: string, verbs: readonly string[]): UserError {
  const [guess] = nearest(verb, verbs);
  const mend = guess === undefined ? `Known are ${verbs.join(', ')}.` : `Did you mean ${command} ${guess}?`;
  return new UserError('not-found', `${command} has no “${verb}”.`, { mend });
}

/**
 * The time an exception ends: a date (its end, in UTC) or an ISO time. Throws `UserError` for anything else.
 */
export function parseUntil(text: string): string {
  const date = /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T23:59:59.999Z` : text;
  const at = new Date(date);
  if (/^\d{4}-/.test(text) && !Number.isNaN(at.getTime())) return at.toISOString();
  throw new UserError('invalid', `“${text}” is not a date.`, {
    field: 'until',
    mend: 'Write it as 2026-12-31.',
  });
}
