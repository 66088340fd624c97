import type { Desired } from '../../baseline/rules.js';
import { readingOf, type Reading } from '../../fleet/observation.js';
import { findObject, getSetting } from '../../settings/catalogue.js';
import { expects, formatValue } from '../../settings/kind.js';
import type { Resource, Setting, Value } from '../../settings/setting.js';
import { type Block, clip, code, context, escape, modal, section, type View } from './kit.js';

export const CHANGE_FORM = 'change.form';

const TEXT_INPUT_MOST = 3000;

/** What the form needs to know of the PBX it is for. */
export interface FormFacts {
  readonly pbxId: string;
  readonly pbxName: string;
  readonly readings: Readonly<Record<string, Reading>>;
  /** Said on top of the form, for instance that the values are old. */
  readonly notice: string | null;
  readonly desired: readonly Desired[];
  readonly baselineVersion: number;
  readonly today: string;
}

/** What the form remembers of how it was opened; well under Slack's 3,000 characters. */
export interface FormMetadata {
  readonly pbxId: string;
  /** Values typed in the command that opened the form; they count as changed though they stand there from the start. */
  readonly presets: Readonly<Record<string, string>>;
}

/** What the form shows while the PBX is being asked. */
export function loadingForm(pbxName: string): View {
  return modal('Change settings', [section(`Asking ${escape(pbxName)} for its settings…`)]);
}

/** The form for some settings of one resource, filled in with what the PBX has. */
export function changeForm(
  resource: Resource,
  wanted: readonly string[],
  facts: FormFacts,
  presets: Readonly<Record<string, string>>,
): View {
  const fields = fieldsOf(resource, wanted);
  const metadata: FormMetadata = { pbxId: facts.pbxId, presets };
  return modal(
    'Change settings',
    [
      section(
        `*${escape(facts.pbxName)}*: ${escape(resource.label)}. Change what you want; all else stays as it is.`,
      ),
      ...(facts.notice === null ? [] : [section(`:warning: ${escape(facts.notice)}`)]),
      ...fields.flatMap((field) => fieldBlocks(field, facts, presets[field.key])),
      ...governance(fields, facts),
      textInput('reason', 'Reason', { hint: 'Approvers and the audit log see it.', isMultiline: true }),
    ],
    {
      callbackId: CHANGE_FORM,
      submit: 'Ask for approval',
      close: 'Cancel',
      metadata: JSON.stringify(metadata),
    },
  );
}

/** The block in which a setting's input, and so its error, stands. */
export function blockIdOf(key: string): string {
  const setting = getSetting(key);
  return setting.path.length > 1 ? (setting.path[0] ?? key) : setting.key;
}

/** The block of an image's file, beside the one for its text. */
export function fileBlockId(key: string): string {
  return `${key}:file`;
}

/** One input of the form: a setting, or a nested object as JSON. */
type Field =
  | { readonly kind: 'setting'; readonly key: string; readonly setting: Setting }
  | { readonly kind: 'object'; readonly key: string; readonly label: string; readonly help: string };

function fieldsOf(resource: Resource, wanted: readonly string[]): readonly Field[] {
  const names = new Set(wanted.map(blockName));
  const fields: Field[] = [];
  for (const setting of resource.settings) {
    const object = resource.objects.find(({ key }) => setting.path.length > 1 && key === setting.path[0]);
    const key = object?.key ?? setting.key;
    if ((names.size > 0 && !names.has(key)) || fields.some((field) => field.key === key)) continue;
    fields.push(object === undefined ? { kind: 'setting', key, setting } : { kind: 'object', ...object });
  }
  return fields;
}

function blockName(key: string): string {
  return findObject(key)?.object.key ?? blockIdOf(key);
}

function fieldBlocks(field: Field, facts: FormFacts, preset: string | undefined): Block[] {
  if (field.kind === 'object') return objectBlocks(field, facts, preset);
  const { setting } = field;
  const reading = facts.readings[setting.key] ?? { status: 'unknown', because: 'it was not read' };
  if (reading.status === 'not-applicable') return [];
  if (reading.status === 'unknown') {
    return [context(`*${escape(setting.label)}* could not be read: ${escape(reading.because)}`)];
  }
  return inputOf(setting, reading.value, preset);
}

function inputOf(setting: Setting, live: Value, preset: string | undefined): Block[] {
  const hint = setting.warning === undefined ? setting.help : `${setting.help} ${setting.warning}`;
  const now = preset === undefined ? textOf(setting, live) : preset;
  switch (setting.kind) {
    case 'flag':
      return [selectInput(setting, hint, ['on', 'off'], now)];
    case 'choice':
      return [selectInput(setting, hint, setting.options, now)];
    case 'image':
      return imageInputs(setting, live, preset);
    default:
      return [
        textInput(setting.key, setting.label, {
          hint: `${hint} Expects ${expects(setting)}.`,
          initial: now,
          isOptional: true,
        }),
      ];
  }
}

/** A value as it would be typed. */
function textOf(setting: Setting, value: Value): string {
  if (value === null) return '';
  return setting.kind === 'text' ? String(value) : formatValue(setting, value);
}

function imageInputs(setting: Setting, live: Value, preset: string | undefined): Block[] {
  const now = formatValue(setting, live);
  return [
    {
      type: 'input',
      block_id: fileBlockId(setting.key),
      optional: true,
      label: plain(`${setting.label}: file`),
      hint: plain(clip(`Now: ${now}. Leave empty to keep it.`, 2000)),
      element: {
        type: 'file_input',
        action_id: 'value',
        filetypes: ['png', 'jpg', 'jpeg', 'gif', 'webp', 'svg'],
        max_files: 1,
      },
    },
    textInput(setting.key, `${setting.label}: URL or identifier`, {
      hint: 'Instead of a file: a text that is passed to the PBX as it is.',
      isOptional: true,
      ...(preset === undefined ? {} : { initial: preset }),
    }),
  ];
}

function objectBlocks(
  field: Field & { kind: 'object' },
  facts: FormFacts,
  preset: string | undefined,
): Block[] {
  const leaves = findObject(field.key)?.leaves ?? [];
  const readings = leaves.map((leaf) => [leaf, readingOf({ readings: facts.readings }, leaf.key)] as const);
  if (readings.every(([, reading]) => reading.status === 'not-applicable')) return [];
  const unread = readings.find(([, reading]) => reading.status !== 'read')?.[1];
  if (unread !== undefined && unread.status !== 'read') {
    return [context(`*${escape(field.label)}* could not be read: ${escape(unread.because)}`)];
  }
  const live = readings.flatMap(([leaf, reading]) =>
    reading.status === 'read' ? [[leaf.path.at(-1) ?? leaf.key, reading.value] as const] : [],
  );
  const initial = preset ?? JSON.stringify(Object.fromEntries(live), null, 2);
  return [
    textInput(field.key, field.label, { hint: field.help, initial, isMultiline: true, isOptional: true }),
  ];
}

function governance(fields: readonly Field[], facts: FormFacts): Block[] {
  const keys = new Set(
    fields.flatMap((field) =>
      field.kind === 'setting' ? [field.key] : (findObject(field.key)?.leaves ?? []).map(({ key }) => key),
    ),
  );
  const held = facts.desired.filter(({ rule }) => keys.has(rule.key) && rule.mode !== 'report');
  const note = held
    .slice(0, 10)
    .map(
      ({ rule }) =>
        `${escape(getSetting(rule.key).label)} at ${code(formatValue(getSetting(rule.key), rule.value))}`,
    );
  return [
    ...(held.length === 0 ? [] : [context(`Baseline v${facts.baselineVersion} holds ${note.join(', ')}`)]),
    holdInput(held.length > 0),
    {
      type: 'input',
      block_id: 'until',
      optional: true,
      label: plain('The exception ends on'),
      hint: plain('Only for an exception. The sweep after this day restores the baseline.'),
      element: { type: 'datepicker', action_id: 'value' },
    },
  ];
}

function holdInput(isHeld: boolean): Block {
  const options = [
    { value: 'none', text: plain(isHeld ? 'Only what the baseline does not hold' : 'Just change it') },
    { value: 'baseline', text: plain('Make it the new baseline') },
    { value: 'exception', text: plain('Make an exception until a date') },
  ];
  const [first] = options;
  return {
    type: 'input',
    block_id: 'hold',
    label: plain('And the baseline?'),
    element: {
      type: 'radio_buttons',
      action_id: 'value',
      options,
      ...(first === undefined ? {} : { initial_option: first }),
    },
  };
}

function selectInput(setting: Setting, hint: string, choices: readonly string[], now: string): Block {
  const options = choices.map((choice) => ({ value: choice, text: plain(choice) }));
  const initial = options.find(({ value }) => value.toLowerCase() === now.toLowerCase());
  return {
    type: 'input',
    block_id: setting.key,
    optional: true,
    label: plain(setting.label),
    hint: plain(hint),
    element: {
      type: 'static_select',
      action_id: 'value',
      options,
      placeholder: plain('not set'),
      ...(initial === undefined ? {} : { initial_option: initial }),
    },
  };
}

interface TextLook {
  readonly hint: string;
  readonly initial?: string;
  readonly isMultiline?: boolean;
  readonly isOptional?: boolean;
}

function textInput(blockId: string, label: string, look: TextLook): Block {
  const initial =
    look.initial === undefined || look.initial === ''
      ? {}
      : { initial_value: look.initial.slice(0, TEXT_INPUT_MOST) };
  return {
    type: 'input',
    block_id: blockId,
    label: plain(label),
    hint: plain(look.hint),
    ...(look.isOptional === true ? { optional: true } : {}),
    element: {
      type: 'plain_text_input',
      action_id: 'value',
      multiline: look.isMultiline ?? false,
      ...initial,
    },
  };
}

function plain(text: string): { type: 'plain_text'; text: string; emoji: false } {
  return { type: 'plain_text', text, emoji: false };
}
