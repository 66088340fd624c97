import { UserError } from '../../errors.js';
import { type PlacedElement, captionOf, elementsOf, findOption, optionsOf } from './blocks.js';
import { addFile, filePayload } from './files.js';
import { type Fields, fieldsOf, stringOf, visibleText } from './json.js';
import type { Workspace } from './state.js';
import type { FillValue, SimView, UploadedFile } from './types.js';
import { isEmptyEntry, keepsValue, stateEntry } from './values.js';

/** Slack docs: a file given to a file_input is at most 10 MB. */
const MAX_FILE_BYTES = 10_000_000;

/** What a person's choice is resolved against. */
export interface FormContext {
  readonly workspace: Workspace;
  readonly userId: string;
  /** Options an external select was offered, by action id. */
  readonly suggested: ReadonlyMap<string, readonly Fields[]>;
}

/** The input a key names: by block id, action id or label; throws when there is none. */
export function fieldNamed(view: SimView, key: string): PlacedElement {
  const fields = elementsOf(view.blocks).filter((placed) => keepsValue(placed.type));
  const found =
    fields.find((placed) => placed.isInput && placed.blockId === key) ??
    fields.find((placed) => placed.actionId === key) ??
    fields.find((placed) => placed.blockId === key) ??
    fields.find((placed) => captionOf(placed) === key);
  if (found !== undefined) return found;
  const names = fields.map((placed) => `${placed.blockId} ("${captionOf(placed)}")`);
  throw new UserError('not-found', `"${view.title}" has no field ${key}.`, {
    field: key,
    mend: names.length === 0 ? 'It has no fields at all.' : `It has ${names.join(', ')}.`,
  });
}

/** The state entry a choice leads to; throws when Slack's client would not let a person make it. */
export function entryFor(context: FormContext, placed: PlacedElement, choice: FillValue): Fields {
  const { type, element } = placed;
  if (type === 'file_input') return stateEntry(type, filesFor(context, placed, choice));
  if (type.startsWith('multi_') || type === 'checkboxes') {
    const chosen = choicesOf(placed, choice).map((one) => chosenValue(context, placed, one));
    return stateEntry(type, chosen);
  }
  const text = textOf(placed, choice);
  if (text === '') return stateEntry(type, null);
  if (type.endsWith('_input')) return stateEntry(type, typed(placed, element, text));
  return stateEntry(type, chosenValue(context, placed, text));
}

function textOf(placed: PlacedElement, choice: FillValue): string {
  if (typeof choice === 'string') return choice;
  throw wrong(placed, `takes one text or choice, not ${describe(choice)}`);
}

function choicesOf(placed: PlacedElement, choice: FillValue): readonly string[] {
  if (typeof choice === 'string') return choice === '' ? [] : [choice];
  if (choice === false) return [];
  if (choice === true) {
    const options = optionsOf(placed.element);
    if (options.length !== 1) throw wrong(placed, 'offers several options; name the ones to tick');
    return options.map((option) => String(option['value']));
  }
  if ('file' in choice) throw wrong(placed, 'does not take a file');
  return choice;
}

function chosenValue(context: FormContext, placed: PlacedElement, wanted: string): unknown {
  const { type } = placed;
  const { people, channels } = context.workspace;
  if (type.endsWith('users_select')) {
    const person = people.get(wanted) ?? [...people.values()].find((one) => one.name === wanted);
    if (person === undefined) throw wrong(placed, `offers no person ${wanted}`);
    return person.id;
  }
  if (type.endsWith('conversations_select') || type.endsWith('channels_select')) {
    const name = wanted.replace(/^#/, '');
    const channel = channels.get(wanted) ?? [...channels.values()].find((one) => one.name === name);
    if (channel === undefined) throw wrong(placed, `offers no channel ${wanted}`);
    return channel.id;
  }
  if (type.endsWith('picker')) return pickedTime(placed, wanted);
  return chosenOption(context, placed, wanted);
}

function chosenOption(context: FormContext, placed: PlacedElement, wanted: string): Fields {
  const isExternal = placed.type.endsWith('external_select');
  const options = isExternal ? (context.suggested.get(placed.actionId) ?? []) : optionsOf(placed.element);
  const option = findOption(options, wanted);
  if (option !== undefined) return option;
  if (isExternal) return { text: { type: 'plain_text', text: wanted, emoji: true }, value: wanted };
  const offered = options.map((one) => `${visibleText(one['text'])} (${String(one['value'])})`);
  throw wrong(placed, `offers no option ${wanted}; it offers ${offered.join(', ')}`);
}

function pickedTime(placed: PlacedElement, wanted: string): unknown {
  if (placed.type === 'datetimepicker') {
    if (!/^\d{10}$/.test(wanted)) throw wrong(placed, 'takes a time in seconds since 1970');
    return Number(wanted);
  }
  const isDate = placed.type === 'datepicker';
  const form = isDate ? /^\d{4}-\d{2}-\d{2}$/ : /^([01]\d|2[0-3]):[0-5]\d$/;
  const isReal = form.test(wanted) && (!isDate || !Number.isNaN(Date.parse(wanted)));
  if (!isReal) throw wrong(placed, isDate ? 'takes a date as YYYY-MM-DD' : 'takes a time as HH:MM');
  return wanted;
}

function typed(placed: PlacedElement, element: Fields, text: string): unknown {
  const max = Number(element['max_length'] ?? 3000);
  if (placed.type === 'plain_text_input' && text.length > max) {
    throw wrong(placed, `takes at most ${max} characters, not ${text.length}`);
  }
  if (placed.type !== 'rich_text_input') return text;
  const section = { type: 'rich_text_section', elements: [{ type: 'text', text }] };
  return { type: 'rich_text', elements: [section] };
}

function filesFor(context: FormContext, placed: PlacedElement, choice: FillValue): readonly Fields[] {
  if (!isUpload(choice)) throw wrong(placed, `takes a file, not ${describe(choice)}`);
  const { name, mimetype, bytes } = choice.file;
  if (bytes.length > MAX_FILE_BYTES) throw wrong(placed, 'takes files of at most 10 MB');
  const { workspace, userId } = context;
  return [filePayload(workspace, addFile(workspace, { name, mimetype, bytes, user: userId }))];
}

function isUpload(choice: FillValue): choice is UploadedFile {
  return typeof choice === 'object' && 'file' in choice;
}

function describe(choice: FillValue): string {
  return isUpload(choice) ? 'a file' : JSON.stringify(choice);
}

function wrong(placed: PlacedElement, what: string): UserError {
  const name = captionOf(placed) === '' ? placed.actionId : captionOf(placed);
  return new UserError('invalid', `"${name}" ${what}.`, { field: placed.blockId });
}

/** What Slack's client says under inputs before it sends anything: what is empty, what is too short. */
export function clientErrors(view: SimView): Readonly<Record<string, string>> {
  const errors: Record<string, string> = {};
  for (const placed of elementsOf(view.blocks)) {
    if (!placed.isInput) continue;
    const entry = view.state.values[placed.blockId]?.[placed.actionId];
    const problem = isEmptyEntry(entry)
      ? placed.block['optional'] !== true && 'Please complete this required field.'
      : tooShort(placed, fieldsOf(entry));
    if (typeof problem === 'string') errors[placed.blockId] = problem;
  }
  return errors;
}

function tooShort(placed: PlacedElement, entry: Fields): string | undefined {
  const min = Number(placed.element['min_length'] ?? 0);
  const text = stringOf(entry['value']) ?? '';
  return text.length < min ? `This entry must be at least ${min} characters.` : undefined;
}
