import type { Desired } from '../../baseline/rules.js';
import type { Reading } from '../../fleet/observation.js';
import { findObject, getSetting } from '../../settings/catalogue.js';
import type { Resource } from '../../settings/setting.js';
import { notice } from './answers.js';
import { fieldInputs, type FormField, FROM_PBX, reasonInput, TYPED } from './form-inputs.js';
import { type Block, context, modal, plain, section, type View } from './kit.js';
import { labelOf, valueOf } from './setting-words.js';
import { escape } from './text.js';

export const CHANGE_FORM = 'change.form';

const TITLE = 'Change settings';
const HELD_SHOWN = 10;

/** What the form needs to know of the PBX it is for. */
export interface FormFacts {
  readonly pbxId: string;
  readonly pbxName: string;
  readonly readings: Readonly<Record<string, Reading>>;
  readonly desired: readonly Desired[];
  readonly baselineVersion: number;
}

/** What was typed in the command that opened the form: it stands in the form and counts as changed. */
export interface Typed {
  /** By the key of a setting or of a nested object. */
  readonly values: Readonly<Record<string, string>>;
  readonly hold?: 'baseline' | 'exception';
  /** As `2026-12-31`. */
  readonly untilDate?: string;
}

/** What the form shows while the PBX is being asked. */
export function loadingForm(pbxName: string): View {
  return notice(TITLE, [`Asking ${escape(pbxName)} for its settings…`]);
}

/** The form's place where the PBX could not be read. */
export function unreadableForm(
  pbxName: string,
  readings: Readonly<Record<string, { status: string; because?: string }>>,
): View {
  const because = Object.values(readings).find(({ status }) => status === 'unknown')?.because ?? 'no answer';
  return notice(TITLE, [
    `:warning: *${escape(pbxName)}* could not be read: ${escape(because)}`,
    'A change needs the values it starts from, so nothing can be asked for now. Close this and try again when the PBX answers.',
  ]);
}

/** The form for some settings of one resource, filled in with what the PBX has. */
export function changeForm(
  resource: Resource,
  wanted: readonly string[],
  facts: FormFacts,
  typed: Typed,
): View {
  const fields = fieldsOf(resource, wanted);
  const inputs = fields
    .filter((field) => wanted.length > 0 || isOffered(field, facts))
    .flatMap((field) => fieldInputs(field, facts.readings, typed.values[field.key]));
  const title = `*${escape(facts.pbxName)}*: ${escape(resource.label)}.`;
  if (!inputs.some(({ type }) => type === 'input')) return modal(TITLE, [section(title), ...inputs]);
  return modal(
    TITLE,
    [
      section(`${title} Change what you want; all else stays as it is.`),
      ...inputs,
      ...holdInputs(fields, facts, typed),
      reasonInput(),
    ],
    { callbackId: CHANGE_FORM, submit: 'Ask for approval', close: 'Cancel', metadata: facts.pbxId },
  );
}

/** The block in which a setting's input, and so its error, stands. */
export function blockIdOf(key: string): string {
  const setting = getSetting(key);
  return setting.path.length > 1 ? (setting.path[0] ?? key) : setting.key;
}

function fieldsOf(resource: Resource, wanted: readonly string[]): readonly FormField[] {
  const names = new Set(wanted.map((key) => findObject(key)?.object.key ?? blockIdOf(key)));
  const fields = new Map<string, FormField>();
  for (const setting of resource.settings) {
    const object = resource.objects.find(({ key }) => setting.path.length > 1 && key === setting.path[0]);
    const key = object?.key ?? setting.key;
    if ((names.size > 0 && !names.has(key)) || fields.has(key)) continue;
    fields.set(key, object === undefined ? { kind: 'setting', key, setting } : { kind: 'object', ...object });
  }
  return [...fields.values()];
}

/** What a PBX does not have is only mentioned to those who asked for it. */
function isOffered(field: FormField, { readings }: FormFacts): boolean {
  return field.kind === 'object' || readings[field.key]?.status !== 'not-applicable';
}

/** What is to become of the baseline, with what it holds of the form's settings. */
function holdInputs(fields: readonly FormField[], facts: FormFacts, typed: Typed): Block[] {
  const keys = new Set(
    fields.flatMap((field) =>
      field.kind === 'setting' ? [field.key] : (findObject(field.key)?.leaves ?? []).map(({ key }) => key),
    ),
  );
  const held = facts.desired.filter(({ rule }) => keys.has(rule.key) && rule.mode !== 'report');
  const shown = held
    .slice(0, HELD_SHOWN)
    .map(({ rule }) => `${labelOf(rule.key)} at ${valueOf(rule.key, rule.value)}`);
  const more = held.length > shown.length ? [`${held.length - shown.length} more`] : [];
  const note = context(`Baseline v${facts.baselineVersion} holds ${[...shown, ...more].join(', ')}`);
  return [...(held.length === 0 ? [] : [note]), holdInput(held.length > 0, typed), untilInput(typed)];
}

function holdInput(isHeld: boolean, typed: Typed): Block {
  const none = {
    value: 'none',
    text: plain(isHeld ? 'Change only what the baseline does not hold' : 'Just change it'),
  };
  const options = [
    none,
    { value: 'baseline', text: plain('Make the new value the baseline') },
    { value: 'exception', text: plain('Make an exception until a date') },
  ];
  return {
    type: 'input',
    block_id: 'hold',
    label: plain('And the baseline?'),
    element: {
      type: 'radio_buttons',
      action_id: typed.hold === undefined ? FROM_PBX : TYPED,
      options,
      initial_option: options.find(({ value }) => value === typed.hold) ?? none,
    },
  };
}

function untilInput(typed: Typed): Block {
  return {
    type: 'input',
    block_id: 'until',
    optional: true,
    label: plain('The exception ends on'),
    hint: plain('Only for an exception. The first sweep after this day restores the baseline.'),
    element: {
      type: 'datepicker',
      action_id: typed.untilDate === undefined ? FROM_PBX : TYPED,
      ...(typed.untilDate === undefined ? {} : { initial_date: typed.untilDate }),
    },
  };
}
