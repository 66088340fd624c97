import { type PlacedElement, elementsOf } from './blocks.js';
import { type Fields, fieldsIn, fieldsOf } from './json.js';
import type { FormValues } from './types.js';

/** Where an element's value lives in state, and under which name its initial value is declared. */
interface ValueSlot {
  readonly name: string;
  readonly initial: string;
  readonly isList?: boolean;
}

const OPTION: ValueSlot = { name: 'selected_option', initial: 'initial_option' };
const OPTIONS: ValueSlot = { name: 'selected_options', initial: 'initial_options', isList: true };
const TEXT: ValueSlot = { name: 'value', initial: 'initial_value' };

const SLOTS: Readonly<Record<string, ValueSlot>> = {
  plain_text_input: TEXT,
  number_input: TEXT,
  email_text_input: TEXT,
  url_text_input: TEXT,
  rich_text_input: { name: 'rich_text_value', initial: 'initial_value' },
  static_select: OPTION,
  external_select: OPTION,
  radio_buttons: OPTION,
  multi_static_select: OPTIONS,
  multi_external_select: OPTIONS,
  checkboxes: OPTIONS,
  users_select: { name: 'selected_user', initial: 'initial_user' },
  conversations_select: { name: 'selected_conversation', initial: 'initial_conversation' },
  channels_select: { name: 'selected_channel', initial: 'initial_channel' },
  multi_users_select: { name: 'selected_users', initial: 'initial_users', isList: true },
  multi_conversations_select: {
    name: 'selected_conversations',
    initial: 'initial_conversations',
    isList: true,
  },
  multi_channels_select: { name: 'selected_channels', initial: 'initial_channels', isList: true },
  datepicker: { name: 'selected_date', initial: 'initial_date' },
  timepicker: { name: 'selected_time', initial: 'initial_time' },
  datetimepicker: { name: 'selected_date_time', initial: 'initial_date_time' },
  file_input: { name: 'files', initial: 'initial_files', isList: true },
};

/** Whether an element keeps a value (a button and an overflow menu do not). */
export function keepsValue(type: string): boolean {
  return type in SLOTS;
}

/** The state entry of an element that holds this value, in the shape Slack gives its type. */
export function stateEntry(type: string, value: unknown): Fields {
  const slot = SLOTS[type] ?? TEXT;
  return { type, [slot.name]: value };
}

/** The value inside a state entry. */
export function valueIn(entry: Fields): unknown {
  return entry[(SLOTS[String(entry['type'])] ?? TEXT).name];
}

/** What a state entry holds before anyone has touched the element. */
function initialEntry(element: Fields): Fields {
  const type = String(element['type']);
  const slot = SLOTS[type] ?? TEXT;
  return stateEntry(type, element[slot.initial] ?? (slot.isList === true ? [] : null));
}

/**
 * The state of all value-keeping elements. A value already there is kept while block id, action id and
 * type stay the same, as Slack keeps it when a view is updated.
 */
export function valuesOf(blocks: readonly Fields[], earlier: FormValues = {}): FormValues {
  const values: Record<string, Record<string, Fields>> = {};
  for (const placed of elementsOf(blocks)) {
    if (!keepsValue(placed.type)) continue;
    const kept = earlier[placed.blockId]?.[placed.actionId];
    const entry = kept?.['type'] === placed.type ? kept : initialEntry(placed.element);
    values[placed.blockId] = { ...values[placed.blockId], [placed.actionId]: entry };
  }
  return values;
}

/** The values with one element's entry replaced. */
export function withEntry(values: FormValues, placed: PlacedElement, entry: Fields): FormValues {
  return { ...values, [placed.blockId]: { ...values[placed.blockId], [placed.actionId]: entry } };
}

/** Whether an entry holds nothing: no text, no choice, no file. */
export function isEmptyEntry(entry: Fields | undefined): boolean {
  if (entry === undefined) return true;
  const value = valueIn(entry);
  return (
    value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)
  );
}

/** The form's values in few words, for whoever reads the simulator's state. */
export function readableValues(values: FormValues): Fields {
  const entries = Object.entries(values).flatMap(([blockId, actions]) =>
    Object.values(actions).map((entry) => [blockId, readable(valueIn(entry))] as const),
  );
  return Object.fromEntries(entries);
}

function readable(value: unknown): unknown {
  if (Array.isArray(value)) return fieldsIn(value).length > 0 ? fieldsIn(value).map(readable) : value;
  return fieldsOf(value)['value'] ?? fieldsOf(value)['name'] ?? value;
}
