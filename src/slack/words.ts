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

/**
 * A text in double quotes, straight or curly, or an option; inside of quotes nothing is an option. `\"` is part of a text,
 * as in JSON, unless a word ends with it, as a folder's name does.
 */
const QUOTED_OR_OPTION =
  /"(?:[^"\\]|\\(?!"(?:\s|$)).|\\(?="(?:\s|$)))*"|“[^”]*”|(?<=^|[\s=])(?:„[^“”]*[“”]|”[^”]*”(?=\s|$)|«[^»]*»|»[^«]*«|‘[^’]*’(?=\s|$))|(?<=^|\s)(?:--|—|–)([a-z]+)(?:=|(?=\s|$))/gis;
const QUOTED = /^(?:"(.*)"|“(.*)”|„([^“”]*)[“”]|”([^”]*)”|«([^»]*)»|»([^«]*)«|‘([^’]*)’)$/s;
/** What a message's marks put around a name or a choice, and what comes along unseen when something is copied. */
const MARKS_AROUND = /^([`*_~]+)(.+)\1$/s;
const UNSEEN_AROUND = /^[\u200B\u2060\uFEFF]+|[\u200B\u2060\uFEFF]+$/g;
/** `<https://x|x>` and `<https://x>`, which Slack makes of an address that somebody types. */
const LINK = /<((?:https?|mailto|tel):[^<>|\s]+)(?:\|([^<>]*))?>/gi;

/**
 * Takes a command's text apart. Phones turn `--` into a long dash and straight quotes into curly ones: a dash counts as
 * `--`, and the curly quotes of JSON become straight; every other value stays as it was typed.
 */
export function parseWords(text: string): Words {
  const trimmed = text.replace(LINK, typedAddress).trim();
  const [verb = ''] = trimmed.split(/\s+/, 1);
  const word = bare(verb);
  const afterVerb = trimmed.slice(verb.length).trim();
  const matches = [...afterVerb.matchAll(QUOTED_OR_OPTION)].filter((match) => match[1] !== undefined);
  const rest = afterVerb.slice(0, matches[0]?.index ?? afterVerb.length).trim();
  const options = matches.map((match, index) => {
    const end = matches[index + 1]?.index ?? afterVerb.length;
    const value = afterVerb.slice(match.index + match[0].length, end).trim();
    const quoted = QUOTED.exec(value);
    return [
      (match[1] ?? '').toLowerCase(),
      quoted?.slice(1).find((part) => part !== undefined) ?? value,
    ] as const;
  });
  return {
    verb: word.toLowerCase(),
    args: rest === '' ? [] : rest.split(/\s+/).map(bare),
    rest,
    options: Object.fromEntries(options),
  };
}

/** A name or a choice without the marks and unseen characters around it. */
function bare(word: string): string {
  const seen = word.replace(UNSEEN_AROUND, '');
  const marked = MARKS_AROUND.exec(seen)?.[2];
  return (marked ?? seen).replace(UNSEEN_AROUND, '');
}

/** The address as it was typed: Slack puts the scheme before `example.com`, and what was typed behind the bar. */
function typedAddress(_link: string, address: string, shown: string | undefined): string {
  return shown !== undefined && address.endsWith(shown) ? shown : address;
}

/** What stands behind the word `key` in a command's rest, as it was typed; JSON with straight quotes. */
export function valueAfter(rest: string, key: string): string {
  const name = key.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  const around = String.raw`[\x60*_~\u200B\u2060\uFEFF]*`;
  const found = new RegExp(String.raw`(?:^|\s)${around}${name}${around}(?:\s+|$)`).exec(rest);
  const typed = found === null ? '' : rest.slice(found.index + found[0].length).trim();
  const value = typed.replace(UNSEEN_AROUND, '');
  return value.startsWith('{') ? value.replace(/[“”„]/g, '"') : value;
}

/** Refuses options a command does not know, with the nearest ones, and more words than it takes. */
export function checkWords(
  words: Words,
  { usage, options, most }: { usage: string; options: readonly string[]; most: number },
): void {
  const unknown = Object.keys(words.options).find((name) => !options.includes(name));
  if (unknown !== undefined) {
    const [guess] = nearest(unknown, options);
    const mend = guess === undefined ? `Usage: ${usage}` : `Did you mean --${guess}? Usage: ${usage}`;
    throw new UserError('invalid', `There is no option --${unknown}.`, { field: unknown, mend });
  }
  const tooMuch = words.args[most];
  if (tooMuch === undefined) return;
  throw new UserError('invalid', `“${tooMuch}” is one word too many.`, { mend: `Usage: ${usage}` });
}

/** What a command says to a verb it does not know. */
export function unknownVerb(command: string, verb: string, verbs: readonly string[]): UserError {
  const [guess] = nearest(verb, verbs);
  const mend =
    guess === undefined
      ? `Known are ${verbs.join(', ')}; ${command} help explains them.`
      : `Did you mean ${command} ${guess}?`;
  return new UserError('not-found', `${command} has no “${verb}”.`, { mend });
}
