import { parseUntil } from '../../baseline/until.js';
import type { Hold } from '../../changes/request.js';
import type { Ctx } from '../../ctx.js';
import { UserError } from '../../errors.js';
import { type Assignment, parseAssignments } from '../../settings/assignment.js';
import { findObject, getResource, getSetting } from '../../settings/catalogue.js';
import type { Resource } from '../../settings/setting.js';
import type { FormScope, Typed } from '../blocks/change-form.js';
import { typedForm } from '../blocks/form-inputs.js';
import { valueAfter, type Words } from '../words.js';
import { findResource, targetAndKeys } from './scope.js';

/** The options of a command that asks for one setting to be changed. */
export const orderOptions = ['because', 'baseline', 'until'] as const;

/** One setting, or one nested object, that a command asks for. */
export interface Order {
  readonly target: string;
  readonly key: string;
  readonly assignments: readonly Assignment[];
  readonly hold: Hold;
  /** Empty where none was typed. */
  readonly reason: string;
  /** The form for the same, filled in with it. */
  readonly scope: FormScope;
}

/** Reads `[target] setting value` and its options. Throws `UserError` with `usage` where something is missing. */
export function orderFrom(ctx: Pick<Ctx, 'pbxs'>, words: Words, usage: string): Order {
  const { target, keys } = targetAndKeys(ctx, words.args);
  const [key] = keys;
  if (key === undefined) throw usageError('Say which setting you want to change, and its new value.', usage);
  const resource = resourceOf(key);
  const value = valueAfter(words.rest, key);
  if (value === '') throw usageError(`Say what ${key} should become, or "" to empty it.`, usage);
  const assignments = parseAssignments(key, value, null);
  const hold = holdOf(words.options, usage);
  const { because: reason = '' } = words.options;
  const values = typedValue(key, value, assignments);
  const typed = { values, ...typedHold(hold), ...(reason === '' ? {} : { reason }) };
  return { target, key, assignments, hold, reason, scope: { resources: [resource], wanted: [key], typed } };
}

/** What a form for these names offers: settings of one resource, or all of it. */
export function formScope(keys: readonly string[], usage: string): FormScope {
  const typed = { values: {} };
  const [first, ...rest] = keys;
  if (first === undefined) return { resources: [getResource('GeneralSettingsForApps')], wanted: [], typed };
  const named = findResource(first);
  const resource = named ?? resourceOf(first);
  const wanted = named === undefined ? keys : rest;
  const stranger = wanted.find((key) => resourceOf(key) !== resource);
  if (stranger === undefined) return { resources: [resource], wanted, typed };
  throw new UserError('invalid', `${stranger} belongs to another form than ${first}.`, {
    mend: `Change the settings of one resource at a time. Usage: ${usage}`,
  });
}

/** What is to become of the baseline, as a form begins with it. */
export function typedHold(hold: Hold): Pick<Typed, 'hold' | 'untilDate'> {
  if (hold.kind === 'none') return {};
  if (hold.kind === 'baseline') return { hold: 'baseline' };
  return { hold: 'exception', untilDate: hold.untilAt.slice(0, 10) };
}

function resourceOf(key: string): Resource {
  const object = findObject(key);
  return getResource((object?.leaves[0] ?? getSetting(key)).resource);
}

/** A value of the command as it stands in the form: one the PBX understands as it would be typed, JSON as it was. */
function typedValue(
  key: string,
  value: string,
  assignments: readonly Assignment[],
): Readonly<Record<string, string>> {
  const object = findObject(key);
  if (object !== undefined) return { [object.object.key]: value };
  const setting = getSetting(key);
  const typed = typedForm(setting, assignments[0]?.value ?? null);
  if (setting.path.length === 1) return { [setting.key]: typed };
  const leaf = { [setting.path.at(-1) ?? key]: assignments[0]?.value ?? null };
  return { [setting.path[0]]: JSON.stringify(leaf) };
}

function holdOf({ baseline, until }: Readonly<Record<string, string>>, usage: string): Hold {
  if (baseline !== undefined && until !== undefined) {
    throw usageError('A change is made the baseline, or an exception until a date, but not both.', usage);
  }
  if (baseline !== undefined && baseline !== '') {
    throw usageError(`--baseline stands alone, but “${baseline}” follows it.`, usage);
  }
  if (until !== undefined) return { kind: 'exception', untilAt: parseUntil(until) };
  return { kind: baseline === undefined ? 'none' : 'baseline' };
}

function usageError(message: string, usage: string): UserError {
  return new UserError('invalid', message, { mend: `Usage: ${usage}` });
}
