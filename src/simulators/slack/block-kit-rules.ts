import { isDeepStrictEqual } from 'node:util';
import type { Rule } from './block-kit-shapes.js';
import { optionsOf } from './blocks.js';
import { type Fields, fieldsIn, isFields } from './json.js';

/** One line as Slack reports it in `response_metadata.messages`. */
export function problem(message: string, at: string): string {
  return `[ERROR] ${message} [json-pointer:${at}]`;
}

/** A section has text, fields or both. */
export function hasTextOrFields(value: Fields, at: string): readonly string[] {
  if (value['text'] !== undefined || value['fields'] !== undefined) return [];
  return [problem('must define either `text` or `fields`', `${at}/type`)];
}

/** An object without required fields is still not empty. */
export function hasSome(value: Fields, at: string): readonly string[] {
  return Object.keys(value).length === 0 ? [problem('must define at least one field', at)] : [];
}

/** Exactly one of the two fields is there. */
export function oneOf(first: string, second: string): Rule {
  return (value, at) => {
    const count = [first, second].filter((name) => value[name] !== undefined).length;
    if (count === 1) return [];
    const names = `\`${first}\` or \`${second}\``;
    return [
      problem(count === 0 ? `${names} must be specified` : `only one of ${names} can be specified`, at),
    ];
  };
}

/** `initial_option(s)` name options that are offered, equal in every field. */
export function initialIsOffered(value: Fields, at: string): readonly string[] {
  const offered = optionsOf(value);
  const wanted: (readonly [string, unknown])[] = fieldsIn(value['initial_options']).map((option, index) => [
    `${at}/initial_options/${index}`,
    option,
  ]);
  if (isFields(value['initial_option'])) wanted.push([`${at}/initial_option`, value['initial_option']]);
  return wanted
    .filter(([, option]) => !offered.some((each) => isDeepStrictEqual(each, option)))
    .map(([where]) => problem('must exactly match one of the provided options', where));
}

/** min_length <= max_length, and an initial value no longer than max_length. */
export function lengthsAgree(value: Fields, at: string): readonly string[] {
  const { min_length: min, max_length: max, initial_value: initial } = value;
  if (typeof max !== 'number') return [];
  const problems: string[] = [];
  if (typeof min === 'number' && min > max) {
    problems.push(problem('`min_length` must not be greater than `max_length`', `${at}/min_length`));
  }
  if (typeof initial === 'string' && initial.length > max) {
    problems.push(problem(`must be less than ${max + 1} characters`, `${at}/initial_value`));
  }
  return problems;
}

/** min_value <= initial_value <= max_value, and whole numbers unless decimals are allowed. */
export function numbersAgree(value: Fields, at: string): readonly string[] {
  const { min_value: min, max_value: max, initial_value: initial, is_decimal_allowed: decimals } = value;
  const problems = Object.entries({ min_value: min, max_value: max, initial_value: initial })
    .filter(([, each]) => decimals === false && typeof each === 'string' && each.includes('.'))
    .map(([name]) => problem('decimals are not allowed', `${at}/${name}`));
  if (isBelow(max, min)) {
    problems.push(problem('`min_value` must not be greater than `max_value`', `${at}/min_value`));
  }
  if (isBelow(initial, min) || isBelow(max, initial)) {
    problems.push(problem('must be between `min_value` and `max_value`', `${at}/initial_value`));
  }
  return problems;
}

/** An input with a file_input does not dispatch actions. */
export function fileInputDoesNotDispatch(value: Fields, at: string): readonly string[] {
  const isFileInput = isFields(value['element']) && value['element']['type'] === 'file_input';
  if (!isFileInput || value['dispatch_action'] !== true) return [];
  return [problem('`dispatch_action` cannot be used with `file_input`', `${at}/dispatch_action`)];
}

/** All cells of a table together hold at most 10,000 characters. */
export function cellsFit(value: Fields, at: string): readonly string[] {
  return textLength(value['rows']) > 10_000
    ? [problem('must be less than 10001 characters', `${at}/rows`)]
    : [];
}

/** Characters in every `text` string below a value: text objects, labels, options, rich text, cells. */
export function textLength(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, each) => sum + textLength(each), 0);
  if (!isFields(value)) return 0;
  return Object.entries(value).reduce(
    (sum, [key, each]) => sum + (key === 'text' && typeof each === 'string' ? each.length : textLength(each)),
    0,
  );
}

/** Compares numbers held in strings; anything else is not below anything. */
function isBelow(value: unknown, limit: unknown): boolean {
  return typeof value === 'string' && typeof limit === 'string' && Number(value) < Number(limit);
}
