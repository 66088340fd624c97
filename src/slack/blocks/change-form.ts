import type { Desired } from '../../baseline/rules.js';
import { findObject, getSetting } from '../../settings/catalogue.js';
import type { Resource } from '../../settings/setting.js';
import { notice } from './answers.js';
import { fieldInputs, type FormField, FROM_PBX, reasonInput, type Shown, TYPED } from './form-inputs.js';
import { type Block, context, modal, plain, section, type View } from './kit.js';
import { labelOf, valueOf } from './setting-words.js';
import { escape } from './text.js';

export const CHANGE_FORM = 'change.form';
export const EDIT_FORM = 'edit.form';

const TITLE = 'Change settings';
const HELD_SHOWN = 10;

/** What the form needs to know of the PBXs it is for. */
export interface FormFacts {
  /** What people call the target. */
  readonly name: string;
  readonly shown: Readonly<Record<string, Shown>>;
  /** What the baseline holds of any of the PBXs. */
  readonly desired: readonly Desired[];
  readonly baselineVersion: number;
  /** Where the values come from, where that is not one PBX that was just asked. */
  readonly note?: string;
}

/** What the form begins with: it stands in the form and counts as changed. */
export interface Typed {
  /** By the key of a setting or of a nested object. */
  readonly values: Readonly<Record<string, string>>;
  /** By key: what stays asked for although it cannot stand in an input. */
  readonly kept?: Readonly<Record<string, string>>;
  readonly hold?: 'baseline' | 'exception';
  /** As `2026-12-31`. */
  readonly untilDate?: string;
  readonly reason?: string;
}

/** Which settings a form is for; all of the resources where none are named. */
export interface FormScope {
  readonly resources: readonly Resource[];
  readonly wanted: readonly string[];
  readonly typed: Typed;
}

/** What becomes of a form that is submitted, and what it says beside the settings. */
export interface Purpose {
  readonly callbackId: string;
  readonly metadata: string;
  readonly title: string;
  readonly submit: string;
  readonly before?: readonly Block[];
  readonly after?: readonly Block[];
}

/** A form that asks for approval. */
export function changePurpose(metadata: string): Purpose {
  return { callbackId: CHANGE_FORM, metadata, title: TITLE, submit: 'Ask for approval' };
}

/** What the form shows until it is filled in. */
export function loadingForm(name: string, isOne: boolean): View {
  const words = isOne
    ? `Asking ${escape(name)} for its settings…`
    : `Looking up what was last seen of ${escape(name)}…`;
  return notice(TITLE, [words]);
}

/** The form's place where the PBX could not be read. */
export function unreadableForm(
  name: string,
  readings: Readonly<Record<string, { status: string; because?: string }>>,
): View {
  const because = Object.values(readings).find(({ status }) => status === 'unknown')?.because ?? 'no answer';
  return notice(TITLE, [
    `:warning: *${escape(name)}* could not be read: ${escape(because)}`,
    'A change needs the values it starts from, so nothing can be asked for now. Close this and try again when the PBX answers.',
  ]);
}

/** The form for some settings, filled in with what the PBX has, or with what several have alike. */
export function changeForm(
  { resources, wanted, typed }: FormScope,
  facts: FormFacts,
  purpose: Purpose,
): View {
  const fields = resources.flatMap((resource) => fieldsOf(resource, wanted));
  const inputs = fields
    .filter((field) => wanted.length > 0 || isOffered(field, facts))
    .flatMap((field) => {
      const entered = { typed: typed.values[field.key], kept: typed.kept?.[field.key] };
      return fieldInputs(field, facts.shown, entered);
    });
  const labels = resources.map(({ label }) => escape(label)).join(', ');
  const title = `*${escape(facts.name)}*: ${labels}.`;
  const note = facts.note === undefined ? [] : [context(escape(facts.note))];
  const { callbackId, metadata, submit, before = [], after = [] } = purpose;
  if (!inputs.some(({ type }) => type === 'input'))
    return modal(purpose.title, [section(title), ...note, ...inputs]);
  const lead = `${title} Change what you want; all else stays as it is.`;
  return modal(
    purpose.title,
    [
      section(lead),
      ...note,
      ...before,
      ...inputs,
      ...holdInputs(fields, facts, typed),
      reasonInput(typed.reason),
      ...after,
    ],
    { callbackId, submit, close: 'Cancel', metadata },
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
function isOffered(field: FormField, { shown }: FormFacts): boolean {
  return field.kind === 'object' || shown[field.key]?.status !== 'not-applicable';
}

/** What is to become of the baseline, with what it holds of the form's settings. */
function holdInputs(fields: readonly FormField[], facts: FormFacts, typed: Typed): Block[] {
  const keys = new Set(
    fields.flatMap((field) =>
      field.kind === 'setting' ? [field.key] : (findObject(field.key)?.leaves ?? []).map(({ key }) => key),
    ),
  );
  const held = facts.desired
    .filter(({ rule }) => keys.has(rule.key) && rule.mode !== 'report')
    .map(({ rule }) => `${labelOf(rule.key)} at ${valueOf(rule.key, rule.value)}`);
  const different = [...new Set(held)];
  const shown = different.slice(0, HELD_SHOWN);
  const more = different.length > shown.length ? [`${different.length - shown.length} more`] : [];
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
