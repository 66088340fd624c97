import { UserError, UserErrors } from '../errors.js';
import { getSetting } from '../settings/catalogue.js';
import { imageContent } from '../settings/image.js';
import { checkValue, expects, parseValue, readValue } from '../settings/kind.js';
import type { Setting, Value } from '../settings/setting.js';
import { nearest } from '../settings/suggest.js';
import { type Mode, modes, type Rule, severities, type Severity } from './rules.js';

/** Turns a target as it was written into one as it is stored. Throws `UserError` for one that there is not. */
export type TargetOf = (target: string) => string;

/** One entry of a baseline file, with what is needed to say where something stands and how it was written. */
export interface RuleEntry {
  readonly at: string;
  readonly plain: unknown;
  readonly placeOf: (field: string) => string;
  /** How a plain, quoted or block text was written; null for anything else and for what is not there. */
  readonly scalarOf: (field: string) => { readonly source: string; readonly style: string } | null;
}

const FIELDS = ['setting', 'value', 'mode', 'target', 'severity', 'reason'];
const TARGET = /^(?:all|tag:[\w:.-]+|[a-z0-9][\w.-]*)$/i;
const MOST_REASON = 2000;
/** The strictest limits: a PBX that is updated must be able to keep what it is held to. */
const ANY_VERSION = null;
const WHOLE_NUMBER = /^[+-]?(?:0|[1-9]\d*)$/;

/** What may be a target as far as its letters go, for where the fleet is not known. */
export function plausibleTarget(target: string): string {
  if (TARGET.test(target)) return target;
  throw new UserError('invalid', `“${target}” is no target.`, { mend: 'Use a PBX, tag:NAME or all.' });
}

/** What is wrong somewhere in a file. */
export function fault(at: string, { what, mend, field }: Fault): UserError {
  return new UserError('invalid', `${at}: ${what}.`, { mend, ...(field === undefined ? {} : { field }) });
}

interface Fault {
  readonly what: string;
  readonly mend: string;
  readonly field?: string;
}

/** A rule of a file. Throws `UserErrors` with all that is wrong with it. */
export function readRule(entry: RuleEntry, targetOf: TargetOf): Rule {
  const fields = fieldsOf(entry);
  const faults: UserError[] = unknownFields(entry, fields);
  const attempt = <T>(field: string, work: () => T): T | null => {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      faults.push(placed(error, entry.placeOf(field)));
      return null;
    }
  };
  const setting = attempt('setting', () => settingOf(fields['setting']));
  const mode = attempt('mode', () => oneOf<Mode>(fields['mode'] ?? 'enforce', modes, 'mode'));
  const value = setting === null ? null : attempt('value', () => valueOf(setting, mode, fields, entry));
  const target = attempt('target', () => targetIn(fields['target'] ?? 'all', targetOf));
  const severity = attempt('severity', () => severityOf(fields['severity']));
  const reason = attempt('reason', () => reasonOf(fields['reason']));
  const [first, ...rest] = faults;
  if (first !== undefined) throw rest.length === 0 ? first : new UserErrors([first, ...rest]);
  if (setting === null || mode === null || target === null) throw noRule(entry.at);
  return {
    key: setting.key,
    value,
    mode,
    target,
    ...(severity === null ? {} : { severity }),
    ...(reason === null ? {} : { reason }),
  };
}

function fieldsOf({ plain, at }: RuleEntry): Readonly<Record<string, unknown>> {
  if (typeof plain === 'object' && plain !== null && !Array.isArray(plain)) return { ...plain };
  throw noRule(at);
}

function noRule(at: string): UserError {
  return fault(at, { what: 'this is no rule', mend: `Give it ${FIELDS.join(', ')}.` });
}

function unknownFields(entry: RuleEntry, fields: Readonly<Record<string, unknown>>): UserError[] {
  const unknown = Object.keys(fields).filter((name) => !FIELDS.includes(name));
  return unknown.map((name) => {
    const [guess] = nearest(name, FIELDS);
    const mend = guess === undefined ? `Known are ${FIELDS.join(', ')}.` : `Did you mean ${guess}?`;
    return fault(entry.placeOf(name), { what: `a rule has no “${name}”`, mend });
  });
}

function settingOf(name: unknown): Setting {
  if (typeof name === 'string') return getSetting(name);
  throw new UserError('invalid', 'A rule needs the name of a setting.', {
    mend: '`plumbline settings` lists them.',
  });
}

/**
 * YAML has `on`, `yes` and 0755 in store: what it made of a value is checked by what was written, and a text is read as a
 * person's. A rule that only reports may say whatever a PBX can have, fit for writing or not.
 */
function valueOf(
  setting: Setting,
  mode: Mode | null,
  fields: Readonly<Record<string, unknown>>,
  entry: RuleEntry,
): Value {
  if (!('value' in fields)) {
    throw invalid(setting, `the rule for ${setting.key} has no value`, 'Write value: and what it is to be.');
  }
  const { value } = fields;
  if (value === null) return checkNull(setting, mode);
  const written = entry.scalarOf('value');
  checkWriting(setting, value, written?.style === 'PLAIN' ? written.source : null);
  const text = typeof value === 'string' ? textOf(setting, value, written?.style) : value;
  try {
    return checkValue(setting, text, ANY_VERSION);
  } catch (error) {
    const asRead = mode === 'report' ? readValue(setting, value) : undefined;
    if (asRead !== undefined) return asRead;
    throw error;
  }
}

function checkNull(setting: Setting, mode: Mode | null): null {
  if (mode === 'report') return null;
  const empty = setting.kind === 'text' || setting.kind === 'image' ? ', value: "" for an empty text' : '';
  const mend = `What 3CX does with null is not documented. Use mode: report${empty}, or a value.`;
  throw invalid(setting, `${setting.key} cannot be held at null`, mend);
}

/** Refuses what YAML does not read as it looks: a text of digits, a number with a leading zero. */
function checkWriting(setting: Setting, value: unknown, source: string | null): void {
  if (source === null || typeof value === 'string') return;
  if (setting.kind === 'text' || setting.kind === 'image') {
    const mend = `Put it into quotes: value: ${JSON.stringify(source)}`;
    throw invalid(setting, `YAML takes ${source} for no text`, mend);
  }
  if (setting.kind === 'number' && typeof value === 'number' && !WHOLE_NUMBER.test(source)) {
    const mend = `Write it without zeros in front, prefix, fraction or exponent: ${expects(setting)}.`;
    throw invalid(setting, `${source} is not what everybody reads as one whole number`, mend);
  }
}

function textOf(setting: Setting, value: string, style: string | undefined): Value {
  if (setting.kind === 'text') return value;
  if (setting.kind !== 'image') return parseValue(setting, value);
  if (style === undefined || !style.startsWith('BLOCK_')) return value;
  const joined = value.replace(/\s+/g, '');
  return imageContent(joined).form === 'file' ? joined : value.trim();
}

function targetIn(value: unknown, targetOf: TargetOf): string {
  if (typeof value === 'string') return targetOf(value);
  const mend = 'Use a PBX, tag:NAME or all.';
  throw new UserError('invalid', `“${String(value)}” is no target.`, { mend });
}

function severityOf(value: unknown): Severity | null {
  return value === undefined || value === null ? null : oneOf<Severity>(value, severities, 'severity');
}

function oneOf<T extends string>(value: unknown, known: readonly T[], field: string): T {
  const found = known.find((one) => one === String(value).toLowerCase());
  if (found !== undefined) return found;
  const [guess] = nearest(String(value), known);
  const mend = `Use ${known.join(', ')}.${guess === undefined ? '' : ` Did you mean ${guess}?`}`;
  throw new UserError('invalid', `“${String(value)}” is no ${field}.`, { field, mend });
}

function reasonOf(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string' && value.length <= MOST_REASON) return value;
  const message = `The reason is no text of at most ${MOST_REASON} characters.`;
  throw new UserError('invalid', message, { field: 'reason', mend: 'Shorten it, or put it into quotes.' });
}

function invalid(setting: Setting, what: string, mend: string): UserError {
  return new UserError('invalid', `${what}.`, { field: setting.key, mend });
}

/** The same error, with where it stands. */
function placed(error: UserError, at: string): UserError {
  const { code, message, field, mend } = error;
  return new UserError(code, `${at}: ${message}`, {
    ...(field === undefined ? {} : { field }),
    ...(mend === undefined ? {} : { mend }),
  });
}
