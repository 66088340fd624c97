import type { Fields } from './json.js';

/** What a string must look like beyond its length; `problem` is said when it does not. */
export interface Format {
  readonly matches: (value: string) => boolean;
  readonly problem: string;
}

/** A check across the fields of one object, e.g. "options or option_groups"; returns problems with their pointers. */
export type Rule = (value: Fields, at: string) => readonly string[];

/** The fields an object may have; any other field is refused. `type` is implied where shapes are told apart by it. */
export interface ObjectShape {
  readonly required?: Readonly<Record<string, Shape>>;
  readonly optional?: Readonly<Record<string, Shape>>;
  readonly rules?: readonly Rule[];
}

/** Shapes by the `type` that picks them. */
type Types = Readonly<Record<string, ObjectShape>>;

export type Shape =
  | { readonly is: 'text'; readonly min: number; readonly max: number; readonly format?: Format }
  | { readonly is: 'choice'; readonly values: readonly (string | number)[] }
  | { readonly is: 'integer'; readonly min: number; readonly max: number }
  | { readonly is: 'number' }
  | { readonly is: 'boolean' }
  | { readonly is: 'list'; readonly of: Shape; readonly min: number; readonly max: number }
  | { readonly is: 'object'; readonly shape: ObjectShape }
  | { readonly is: 'typed'; readonly types: Types; readonly strange: 'unsupported' | 'enum' }
  | { readonly is: 'nullable'; readonly of: Shape };

export const BOOLEAN: Shape = { is: 'boolean' };
export const NUMBER: Shape = { is: 'number' };

/** A non-empty string of at most `max` characters (UTF-16 units, as JavaScript counts). */
export function text(max = Infinity, format?: Format): Shape {
  return format === undefined ? { is: 'text', min: 1, max } : { is: 'text', min: 1, max, format };
}

/** A string of a certain format, of any length. */
export function formatted(format: Format): Shape {
  return text(Infinity, format);
}

/** As `text`, but empty is allowed. */
export function textOrEmpty(max = Infinity): Shape {
  return { is: 'text', min: 0, max };
}

/** Exactly one of these values. */
export function choice(...values: readonly (string | number)[]): Shape {
  return { is: 'choice', values };
}

/** A whole number from `min` to `max`, both included. */
export function integer(min: number, max = Infinity): Shape {
  return { is: 'integer', min, max };
}

/** An array of `min` to `max` items of one shape. */
export function list(of: Shape, min = 0, max = Infinity): Shape {
  return { is: 'list', of, min, max };
}

/** An object without a `type`, such as an option or a confirmation dialog. */
export function object(shape: ObjectShape): Shape {
  return { is: 'object', shape };
}

/** A value of this shape, or null to skip the place. */
export function nullable(of: Shape): Shape {
  return { is: 'nullable', of };
}

/** An object whose `type` picks its shape from the table; any other type is refused. */
export function typed(types: Types): Shape {
  return { is: 'typed', types, strange: 'unsupported' };
}

/** As `typed`, with only the named entries of the table. */
export function someOf<Name extends string>(
  table: Readonly<Record<Name, ObjectShape>>,
  names: readonly NoInfer<Name>[],
): Shape {
  return typed(Object.fromEntries(names.map((name) => [name, table[name]])));
}

/** The two formattings of a text object of 1..`max` characters. */
export function textTypes(max: number) {
  const required = { text: text(max) };
  return {
    plain_text: { required, optional: { emoji: BOOLEAN } },
    mrkdwn: { required, optional: { verbatim: BOOLEAN } },
  };
}

export function plainText(max: number): Shape {
  return { is: 'typed', types: { plain_text: textTypes(max).plain_text }, strange: 'enum' };
}

export function anyText(max: number): Shape {
  return { is: 'typed', types: textTypes(max), strange: 'enum' };
}

export const URL_FORMAT: Format = { matches: (value) => URL.canParse(value), problem: 'must be a valid URL' };
export const HTTPS: Format = {
  matches: (value) => URL.canParse(value) && value.startsWith('https://'),
  problem: 'must be a valid HTTPS URL',
};
export const DATE: Format = { matches: isDate, problem: 'must be a date in the format YYYY-MM-DD' };
export const TIME: Format = {
  matches: (value) => /^([01]\d|2[0-3]):[0-5]\d$/.test(value),
  problem: 'must be a time in the format HH:mm',
};
export const DECIMAL: Format = {
  matches: (value) => /^-?\d+(\.\d+)?$/.test(value),
  problem: 'must be a number in a string',
};

function isDate(value: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const at = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(value);
}
