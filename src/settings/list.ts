import { UserError } from '../errors.js';
import { canonicalNetwork } from './ip-address.js';
import { normalText } from './text.js';
import type { ListLiteral, Setting } from './setting.js';

const SEPARATORS = /[\s,;]+/;
const SHOWN_ITEMS = 5;

type ListSetting = ListLiteral & Setting;

/** The items of what a person typed: a JSON array, or items with commas, spaces or line breaks between them. */
export function parseList({ items }: ListLiteral, text: string): readonly unknown[] {
  if (text.startsWith('[')) {
    try {
      const parsed: unknown = JSON.parse(text);
      if (Array.isArray(parsed)) return parsed;
    } catch {
      // What is no JSON is taken as it was typed; the check of its items says what is wrong.
    }
  }
  const parts = items === 'ip-network' ? text.split(SEPARATORS) : text.split(/\s*[\n,]\s*/);
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

/**
 * A list in its canonical form: every item in its own, and of a set each once. Throws `UserError` for an item that does
 * not fit, naming it, and for too many.
 */
export function checkList(setting: ListSetting, value: readonly unknown[]): readonly string[] {
  const items = value.map((item) => checkItem(setting, item));
  const kept = setting.isSet ? [...new Set(items)] : items;
  if (kept.length <= setting.maxItems) return kept;
  throw invalid(setting, `${kept.length} entries are too many`, `Use at most ${setting.maxItems}.`);
}

/** The form in which two lists that mean the same are the same: a set in a fixed order, each item in its canonical form. */
export function canonicalList(setting: ListLiteral, value: readonly string[]): readonly string[] {
  const items = value.map((item) =>
    setting.items === 'ip-network' ? (canonicalNetwork(item) ?? item) : normalText(item),
  );
  return setting.isSet ? [...new Set(items)].toSorted() : items;
}

/** A list for people, in one line. */
export function formatList(value: readonly string[]): string {
  if (value.length === 0) return '(empty list)';
  const left = value.length - SHOWN_ITEMS;
  return `${value.slice(0, SHOWN_ITEMS).join(', ')}${left > 0 ? ` and ${left} more` : ''}`;
}

function checkItem(setting: ListSetting, item: unknown): string {
  if (typeof item !== 'string') {
    throw invalid(
      setting,
      `${JSON.stringify(item) ?? 'nothing'} is not a text`,
      'Write each entry as a text.',
    );
  }
  const text = normalText(item.trim());
  if (setting.items === 'text') return text;
  const network = canonicalNetwork(text);
  if (network !== null) return network;
  throw invalid(
    setting,
    `“${text.slice(0, 60)}” is neither an address nor a network`,
    'Write addresses such as 192.0.2.7 or networks such as 192.168.10.0/24, without host bits.',
  );
}

function invalid(setting: ListSetting, what: string, mend: string): UserError {
  return new UserError('invalid', `${setting.label}: ${what}.`, { field: setting.key, mend });
}
