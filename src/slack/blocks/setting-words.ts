import { findSetting } from '../../settings/catalogue.js';
import { formatValue } from '../../settings/kind.js';
import { visibleValue } from '../../settings/text.js';
import type { Value } from '../../settings/setting.js';
import { code, escape } from './text.js';

const SHOWN = 150;
const AROUND = 20;

/** A setting's label, escaped; its key where the catalogue no longer has it. */
export function labelOf(key: string): string {
  return escape(findSetting(key)?.label ?? key);
}

/** What could happen, as the settings of these keys say it: each warning once, escaped. */
export function warningsOf(keys: readonly string[]): readonly string[] {
  const warnings = keys.flatMap((key) => findSetting(key)?.warning ?? []);
  return [...new Set(warnings)].map(escape);
}

/** A setting's value as a code span, pictures as type, size and hash. */
export function valueOf(key: string, value: Value): string {
  const setting = findSetting(key);
  return code(setting === undefined ? String(value) : formatValue(setting, value));
}

/** What a setting has and what it is to have; of long texts the parts in which they differ. */
export function stepOf(key: string, before: Value, after: Value): string {
  const isLong =
    findSetting(key)?.kind === 'text' && [before, after].some((value) => lengthOf(value) > SHOWN);
  if (!isLong) return `${valueOf(key, before)} → ${valueOf(key, after)}`;
  const from = Math.max(0, firstDifference(String(before), String(after)) - AROUND);
  return `${excerpt(before, from)} → ${excerpt(after, from)}`;
}

function excerpt(value: Value, from: number): string {
  if (typeof value !== 'string' || value === '') return code(value === '' ? '(empty)' : '(not set)');
  const part = visibleValue(value.slice(from, from + SHOWN));
  const text = `${from > 0 ? '…' : ''}${part}${from + SHOWN < value.length ? '…' : ''}`;
  return `${code(`“${text}”`)} (${value.length.toLocaleString('en')} characters)`;
}

function lengthOf(value: Value): number {
  return typeof value === 'string' ? value.length : 0;
}

function firstDifference(left: string, right: string): number {
  let index = 0;
  while (index < left.length && left[index] === right[index]) index += 1;
  return index;
}
