import { never, UserError } from '../errors.js';
import { isoOfSeconds, secondsOfIso, secondsOfWords, wordsOfSeconds } from './duration.js';
import { canonicalImage, checkImageLength, describeImage, imageContent } from './image.js';
import { canonicalList, checkList, formatList, parseList } from './list.js';
import {
  type DurationLiteral,
  maxLengthFor,
  type NumberLiteral,
  type Setting,
  type Value,
} from './setting.js';
import { nearest } from './suggest.js';
import { normalText, unmarked, unseenIn, visible, visibleValue } from './text.js';
import { isAtLeast } from './version.js';

const ON = ['on', 'true', 'yes', '1', 'enabled', 'enable'];
const OFF = ['off', 'false', 'no', '0', 'disabled', 'disable'];
/** What a message's marks put around a choice, and what comes along unseen when one is copied. */
const MARKS = /^[`*_~\u200B\u2060\uFEFF]+|[`*_~\u200B\u2060\uFEFF]+$/g;
/** A text in the quotes of any keyboard. */
const QUOTED =
  /^(?:"([^"]*)"|'([^']*)'|“([^“”]*)”|„([^„“”]*)[“”]|”([^”]*)”|«([^«»]*)»|»([^«»]*)«|‘([^‘’]*)’)$/;
const SHOWN_TEXT = 200;

/** Turns what a person typed into a value. Throws `UserError` naming the setting and the mend. */
export function parseValue(setting: Setting, text: string): Value {
  const trimmed = text.trim();
  const word = unquote(trimmed.replace(MARKS, ''));
  switch (setting.kind) {
    case 'flag':
      return parseFlag(setting, word);
    case 'choice':
      return parseChoice(setting, setting.options, word);
    case 'number':
      return parseNumber(setting, word);
    case 'duration':
      return parseDuration(setting, word);
    case 'list':
      return checkList(setting, parseList(setting, unquote(trimmed)));
    case 'text':
    case 'image':
      return unquote(trimmed);
    default:
      return never(setting);
  }
}

/**
 * Checks a value from JSON, YAML or `parseValue` for a PBX of `version` (null: unknown, the strictest limits hold)
 * and returns its canonical form. Throws `UserError` naming the setting and the mend.
 */
export function checkValue(setting: Setting, value: unknown, version: string | null): Value {
  if (version !== null && !isAtLeast(version, setting.since)) {
    throw invalid(setting, `3CX ${version} does not have it`, `It first appeared in 3CX ${setting.since}.`);
  }
  if (value === null) return null;
  switch (setting.kind) {
    case 'flag':
      return typeof value === 'boolean' ? value : refuseType(setting, value, 'true or false');
    case 'choice':
      if (typeof value !== 'string')
        return refuseType(setting, value, `one of ${setting.options.join(', ')}`);
      return parseChoice(setting, setting.options, value);
    case 'number':
      return typeof value === 'number'
        ? checkNumber(setting, value)
        : refuseType(setting, value, 'a whole number');
    case 'duration':
      if (typeof value !== 'string') return refuseType(setting, value, 'a duration such as 8h 30m');
      return parseDuration(setting, value);
    case 'text':
      return typeof value === 'string'
        ? checkText(setting, value, version)
        : refuseType(setting, value, 'a text');
    case 'image':
      if (typeof value !== 'string')
        return refuseType(setting, value, 'a base64 text, a URL or an identifier');
      return checkImageLength(setting, value, version);
    case 'list':
      return isList(value) ? checkList(setting, value) : refuseType(setting, value, 'a list of texts');
    default:
      return never(setting);
  }
}

/**
 * What is wrong with a new text in which stands what nobody sees, such as U+200B, or a line break; null where nothing is.
 * Only for values that are new to a PBX: what one has already may be held.
 */
export function unseenFault(setting: Setting, value: Value): UserError | null {
  if (setting.kind !== 'text' && setting.kind !== 'list') return null;
  const texts = isTexts(value) ? value : [String(value ?? '')];
  const [found] = texts.flatMap((text) => unseenIn(text) ?? []);
  return found === undefined
    ? null
    : invalid(setting, `there is ${found}, which nobody would see`, 'Take it out, or type the text anew.');
}

/**
 * Takes a property as a PBX sent it. Returns undefined where it is not of the setting's type: an unrecognisable read
 * is unknown, never a value. Values outside of today's limits or options are taken as they are.
 */
export function readValue(setting: Setting, wire: unknown): Value | undefined {
  if (wire === null) return null;
  switch (setting.kind) {
    case 'flag':
      return typeof wire === 'boolean' ? wire : undefined;
    case 'number':
      return typeof wire === 'number' && Number.isFinite(wire) ? wire : undefined;
    case 'duration':
      return typeof wire === 'string' && secondsOfIso(wire) !== null ? wire : undefined;
    case 'list':
      return isTexts(wire) ? wire : undefined;
    case 'choice':
    case 'text':
    case 'image':
      return typeof wire === 'string' ? wire : undefined;
    default:
      return never(setting);
  }
}

/** Whether two values mean the same to the PBX. `null`, `''` and `false` are three different values. */
export function isSameValue(setting: Setting, left: Value, right: Value): boolean {
  return left === right || canonical(setting, left) === canonical(setting, right);
}

/**
 * A text that is the same for exactly the values that mean the same to the PBX: a choice whatever its case, a duration by
 * its length, a picture by its decoded bytes, a set whatever its order, a text in its normal form, numbers as they are. `null`, `''`,
 * `false` and an empty list all differ. Source: 3CX's API description, and how its values are shown and stored.
 */
export function canonical(setting: Setting, value: Value): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'object' && setting.kind !== 'list') return JSON.stringify(value);
  switch (setting.kind) {
    case 'flag':
    case 'number':
      return JSON.stringify(value);
    case 'text':
      return JSON.stringify(normalText(String(value)));
    case 'choice':
      return JSON.stringify(String(value).toLowerCase());
    case 'duration':
      return JSON.stringify(secondsOfIso(String(value)) ?? String(value));
    case 'image':
      return JSON.stringify(canonicalImage(String(value)));
    case 'list':
      return JSON.stringify(isTexts(value) ? canonicalList(setting, value) : value);
    default:
      return never(setting);
  }
}

/** A value for people, in one line; images as type, size and hash. */
export function formatValue(setting: Setting, value: Value): string {
  if (value === null) return '(not set)';
  if (value === '') return '(empty)';
  switch (setting.kind) {
    case 'flag':
      return value === true ? 'on' : 'off';
    case 'choice':
      return visible(String(value));
    case 'number':
      return setting.unit === undefined ? String(value) : `${String(value)} ${setting.unit}`;
    case 'duration':
      return wordsOfSeconds(secondsOfIso(String(value)) ?? 0);
    case 'text':
      return `“${clip(visibleValue(String(value)))}”`;
    case 'image':
      return visible(describeImage(String(value)));
    case 'list':
      return visible(isTexts(value) ? formatList(value) : String(value));
    default:
      return never(setting);
  }
}

/** A value for JSON output: as on the wire, but a picture as `{type, bytes, sha256}`. */
export function jsonValue(setting: Setting, value: Value): unknown {
  if (setting.kind !== 'image' || value === null) return value;
  const content = imageContent(String(value));
  if (content.form === 'text') return content.text;
  return { type: content.type, bytes: content.bytes, sha256: content.sha256 };
}

/** What a person may type for a setting, for help and error texts. */
export function expects(setting: Setting): string {
  switch (setting.kind) {
    case 'flag':
      return 'on or off';
    case 'choice':
      return setting.options.join(' or ');
    case 'number':
      return `a whole number from ${setting.min} to ${setting.max}`;
    case 'duration':
      return `a duration from ${wordsOfSeconds(setting.minSeconds)} to ${wordsOfSeconds(setting.maxSeconds)}, such as 23:30 or 8h 30m`;
    case 'text':
      return 'a text';
    case 'image':
      return 'a picture file, a URL or an identifier';
    case 'list':
      return setting.items === 'ip-network'
        ? 'addresses and networks such as 192.168.10.0/24, separated by commas'
        : 'texts, separated by commas';
    default:
      return never(setting);
  }
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function isTexts(value: unknown): value is readonly string[] {
  return isList(value) && value.every((item) => typeof item === 'string');
}

function parseFlag(setting: Setting, text: string): boolean {
  if (ON.includes(text.toLowerCase())) return true;
  if (OFF.includes(text.toLowerCase())) return false;
  throw invalid(setting, `“${clip(text)}” is neither on nor off`, 'Write on or off.');
}

function parseChoice(setting: Setting, options: readonly string[], text: string): string {
  const found = options.find((option) => option.toLowerCase() === text.toLowerCase());
  if (found !== undefined) return found;
  const [guess] = nearest(text, options);
  const mend = `Use ${options.join(' or ')}.${guess === undefined ? '' : ` Did you mean ${guess}?`}`;
  throw invalid(setting, `“${clip(text)}” is not one of its choices`, mend);
}

function parseNumber(setting: NumberLiteral & Setting, text: string): number {
  if (!/^[+-]?\d+$/.test(text)) {
    throw invalid(setting, `“${clip(text)}” is not a whole number`, `Write ${expects(setting)}.`);
  }
  return checkNumber(setting, Number(text));
}

function checkNumber(setting: NumberLiteral & Setting, value: number): number {
  if (Number.isInteger(value) && value >= setting.min && value <= setting.max) return value;
  throw invalid(setting, `${value} is out of range`, `Write ${expects(setting)}.`);
}

function parseDuration(setting: DurationLiteral & Setting, text: string): string {
  try {
    const seconds = secondsOfWords(text);
    if (seconds >= setting.minSeconds && seconds <= setting.maxSeconds) return isoOfSeconds(seconds);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw invalid(setting, `“${clip(text)}” is not a duration`, error.mend ?? '');
  }
  throw invalid(setting, `“${clip(text)}” is out of range`, `Write ${expects(setting)}.`);
}

function checkText(setting: Setting & { kind: 'text' }, entered: string, version: string | null): string {
  const value = normalText(entered);
  const maxLength = maxLengthFor(setting, version);
  if (maxLength === null || value.length <= maxLength) return value;
  throw invalid(setting, `${value.length} characters are too many`, `Use at most ${maxLength} characters.`);
}

function refuseType(setting: Setting, value: unknown, wanted: string): never {
  const got = typeof value === 'string' ? `“${clip(value)}”` : JSON.stringify(value);
  throw invalid(setting, `${clip(got ?? 'nothing')} is not ${wanted}`, `Write ${expects(setting)}.`);
}

function invalid(setting: Setting, what: string, mend: string): UserError {
  return new UserError('invalid', `${setting.label}: ${what}.`, { field: setting.key, mend });
}

function unquote(text: string): string {
  const match = QUOTED.exec(text);
  return match === null ? text : unmarked(match.slice(1).find((part) => part !== undefined) ?? '');
}

function clip(text: string): string {
  return text.length > SHOWN_TEXT ? `${text.slice(0, SHOWN_TEXT - 1)}…` : text;
}
