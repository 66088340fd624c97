import { type ParseError, parse, printParseErrorCode } from 'jsonc-parser';
import { UserError, UserErrors } from '../errors.js';
import { findObject, getSetting } from './catalogue.js';
import { checkValue, parseValue } from './kind.js';
import type { Setting, Value } from './setting.js';
import { nearest } from './suggest.js';

/** One setting and the value it is to have. */
export interface Assignment {
  readonly key: string;
  readonly value: Value;
}

/**
 * What a person typed for a setting, or for a nested object as JSON, as assignments checked for a PBX of `version`.
 * Throws `UserError` naming the field and the mend; malformed JSON with line and column.
 */
export function parseAssignments(key: string, text: string, version: string | null): readonly Assignment[] {
  const nested = findObject(key);
  if (nested !== undefined) return parseObject(nested.object.key, nested.leaves, text, version);
  const setting = getSetting(key);
  return [{ key: setting.key, value: checkValue(setting, parseValue(setting, text), version) }];
}

function parseObject(
  key: string,
  leaves: readonly Setting[],
  text: string,
  version: string | null,
): readonly Assignment[] {
  const object = parseJsonObject(key, text);
  const names = leaves.map(({ path }) => path.at(-1) ?? '');
  const errors: UserError[] = [];
  const assignments: Assignment[] = [];
  for (const [name, value] of Object.entries(object)) {
    const leaf = leaves.find(({ path }) => path.at(-1) === name);
    if (leaf === undefined) errors.push(unknownLeaf(key, name, names));
    else collect(errors, assignments, leaf, value, version);
  }
  const [first, ...rest] = errors;
  if (first !== undefined) throw rest.length === 0 ? first : new UserErrors([first, ...rest]);
  return assignments;
}

function collect(
  errors: UserError[],
  assignments: Assignment[],
  leaf: Setting,
  value: unknown,
  version: string | null,
): void {
  try {
    assignments.push({ key: leaf.key, value: checkValue(leaf, value, version) });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    errors.push(error);
  }
}

/** A JSON object from text. Throws `UserError` with the line and column of the first fault. */
function parseJsonObject(field: string, text: string): Readonly<Record<string, unknown>> {
  const errors: ParseError[] = [];
  const value: unknown = parse(text, errors, { disallowComments: true, allowTrailingComma: false });
  const [fault] = errors;
  if (fault !== undefined) throw malformed(field, text, fault);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new UserError('invalid', `${field}: this is JSON, but not an object.`, {
    field,
    mend: 'Write an object such as {"Enabled": true}.',
  });
}

function malformed(field: string, text: string, fault: ParseError): UserError {
  const before = text.slice(0, fault.offset).split('\n');
  const place = `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
  const what = printParseErrorCode(fault.error).replace(
    /(?<=[a-z])[A-Z]/g,
    (letter) => ` ${letter.toLowerCase()}`,
  );
  return new UserError('invalid', `${field}: malformed JSON at ${place} (${what.toLowerCase()}).`, {
    field,
    mend: 'Write an object such as {"Enabled": true}.',
  });
}

function unknownLeaf(key: string, name: string, names: readonly string[]): UserError {
  const [guess] = nearest(name, names);
  const mend = guess === undefined ? `Known are ${names.join(', ')}.` : `Did you mean ${guess}?`;
  return new UserError('not-found', `${key} has no “${name}”.`, { field: key, mend });
}
