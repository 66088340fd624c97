import { findObject } from '../../settings/catalogue.js';
import { expects, formatValue } from '../../settings/kind.js';
import type { Reading } from '../../fleet/observation.js';
import { imageContent } from '../../settings/image.js';
import type { NestedObject, Setting, Value } from '../../settings/setting.js';
import { sentence } from '../../errors.js';
import { type Block, context, plain } from './kit.js';
import { warningsOf } from './setting-words.js';
import { clip, escape } from './text.js';

/** Slack docs: a text input takes at most 3,000 characters. */
export const TEXT_INPUT_MOST = 3000;
const ONE_LINE_MOST = 120;

/**
 * The action id of an input whose content comes from the PBX, and of one whose content the person typed before this form
 * was shown, in a command or in an earlier attempt: the latter counts as changed even where it is left as it is.
 */
export const FROM_PBX = 'value';
export const TYPED = 'typed';

/** One input of the form: a setting, or a nested object as JSON. */
export type FormField =
  | { readonly kind: 'setting'; readonly key: string; readonly setting: Setting }
  | ({ readonly kind: 'object' } & NestedObject);

/** The block of an image's file, beside the one for its text. */
export function fileBlockId(key: string): string {
  return `${key}:file`;
}

/** A value as it would be typed. */
export function typedForm(setting: Setting, value: Value): string {
  if (value === null || value === '') return '';
  if (setting.kind === 'image') {
    const content = imageContent(String(value));
    return content.form === 'text' ? content.text : '';
  }
  if (setting.kind === 'list' && typeof value === 'object') return value.join('\n');
  return setting.kind === 'text' || setting.kind === 'number' ? String(value) : formatValue(setting, value);
}

/**
 * What a form shows of a setting: what one PBX has, what all of several have, or, where they differ or nothing is known,
 * an empty input that says so.
 */
export type Shown = Reading | { readonly status: 'open'; readonly because: string };

/** What stands in an input instead of what the PBX has. */
export interface Entered {
  /** What was typed before, in a command or an earlier form. */
  readonly typed?: string | undefined;
  /** What is asked for already and too large to be typed again: it stays asked for where the input is left empty. */
  readonly kept?: string | undefined;
}

/** The inputs of one field, filled in with what the PBX has or with what was typed; a sentence where there can be none. */
export function fieldInputs(
  field: FormField,
  shown: Readonly<Record<string, Shown>>,
  entered: Entered,
): Block[] {
  if (field.kind === 'object') return objectInput(field, shown, entered);
  const { setting } = field;
  const one = shownOf(shown, setting.key);
  if (one.status === 'unknown') {
    return [context(`*${escape(setting.label)}* could not be read: ${escape(one.because)}`)];
  }
  if (one.status === 'not-applicable') {
    return [context(`*${escape(setting.label)}* cannot be changed: ${escape(one.because)}`)];
  }
  return [...riskNote([setting]), ...settingInputs(setting, one, entered)];
}

/** The reason, which every form ends with. */
export function reasonInput(typed?: string): Block {
  return textInput('reason', 'Reason', {
    hint: 'Approvers and the audit log see it.',
    live: '',
    typed,
    isMultiline: true,
    isRequired: true,
  });
}

type Open = Extract<Shown, { readonly status: 'read' | 'open' }>;

function settingInputs(setting: Setting, shown: Open, entered: Entered): Block[] {
  const live = shown.status === 'read' && entered.kept === undefined ? typedForm(setting, shown.value) : '';
  const hint = hintOf(setting, shown, entered);
  const { typed } = entered;
  switch (setting.kind) {
    case 'flag':
      return [selectInput(setting, hint, ['on', 'off'], live, typed)];
    case 'choice':
      return [selectInput(setting, hint, setting.options, live, typed)];
    case 'image':
      return [
        fileInput(setting, shown, entered),
        textInput(setting.key, `${setting.label}: URL or identifier`, {
          hint: 'Instead of a file: a text that is passed to the PBX as it is.',
          live,
          typed,
        }),
      ];
    default: {
      const isMultiline = setting.kind === 'list';
      return [textInput(setting.key, setting.label, { hint, live, typed, isMultiline })];
    }
  }
}

function hintOf(setting: Setting, shown: Open, { kept }: Entered): string {
  const isTyped = ['number', 'duration', 'list'].includes(setting.kind);
  const parts = [
    ...(shown.status === 'open' ? [sentence(shown.because)] : []),
    ...(kept === undefined ? [] : [keptWords(kept)]),
    setting.help,
    ...(setting.warning === undefined || setting.risk === 'high' ? [] : [setting.warning]),
    ...(isTyped ? [`Expects ${expects(setting)}.`] : []),
  ];
  return parts.join(' ');
}

function keptWords(kept: string): string {
  return `Asked for: ${kept}. Leave empty to keep asking for it.`;
}

/** What could happen, said before a high-risk setting is asked for. */
function riskNote(settings: readonly Setting[]): Block[] {
  const keys = settings.filter(({ risk }) => risk === 'high').map(({ key }) => key);
  const warnings = warningsOf(keys);
  return warnings.length === 0 ? [] : [context(...warnings.map((text) => `:warning: *High risk.* ${text}`))];
}

function shownOf(shown: Readonly<Record<string, Shown>>, key: string): Shown {
  return shown[key] ?? { status: 'unknown', because: 'it was not read' };
}

function objectInput(
  { key, label, help }: NestedObject,
  all: Readonly<Record<string, Shown>>,
  { typed, kept }: Entered,
): Block[] {
  const leaves = findObject(key)?.leaves ?? [];
  const shown = leaves.map((leaf) => ({ leaf, name: nameOf(leaf), one: shownOf(all, leaf.key) }));
  const unread = shown.flatMap(({ one }) => (one.status === 'unknown' ? [one.because] : []));
  if (unread[0] !== undefined) {
    return [context(`*${escape(label)}* could not be read: ${escape(unread[0])}`)];
  }
  const live = shown.flatMap(({ name, one }) => (one.status === 'read' ? [[name, one.value] as const] : []));
  const open = shown.flatMap(({ name, one }) =>
    one.status === 'open' ? [`${name} ${sentence(one.because)}`] : [],
  );
  if (live.length === 0 && open.length === 0) return [];
  const json =
    live.length === 0 || kept !== undefined ? '' : JSON.stringify(Object.fromEntries(live), null, 2);
  const hint = [...open, ...(kept === undefined ? [] : [keptWords(kept)]), help].join(' ');
  return [...riskNote(leaves), textInput(key, label, { hint, live: json, typed, isMultiline: true })];
}

function nameOf(leaf: Setting): string {
  return leaf.path.at(-1) ?? leaf.key;
}

function fileInput(setting: Setting, shown: Open, { kept }: Entered): Block {
  const now =
    shown.status === 'read'
      ? `Now: ${formatValue(setting, shown.value)}. Leave empty to keep it.`
      : `${sentence(shown.because)} Leave empty to change nothing.`;
  return {
    type: 'input',
    block_id: fileBlockId(setting.key),
    optional: true,
    label: plain(`${setting.label}: file`),
    hint: plain(clip(kept === undefined ? now : keptWords(kept), 2000)),
    element: {
      type: 'file_input',
      action_id: FROM_PBX,
      filetypes: ['png', 'jpg', 'jpeg', 'gif', 'webp', 'svg'],
      max_files: 1,
    },
  };
}

function selectInput(
  setting: Setting,
  hint: string,
  choices: readonly string[],
  live: string,
  typed: string | undefined,
): Block {
  const options = choices.map((choice) => ({ value: choice, text: plain(choice) }));
  const shown = (typed ?? live).toLowerCase();
  const initial = options.find(({ value }) => value.toLowerCase() === shown);
  return {
    type: 'input',
    block_id: setting.key,
    optional: true,
    label: plain(setting.label),
    hint: plain(hint),
    element: {
      type: 'static_select',
      action_id: typed === undefined ? FROM_PBX : TYPED,
      options,
      placeholder: plain('not set'),
      ...(initial === undefined ? {} : { initial_option: initial }),
    },
  };
}

interface TextLook {
  readonly hint: string;
  /** What the PBX has. */
  readonly live: string;
  readonly typed?: string | undefined;
  readonly isMultiline?: boolean;
  readonly isRequired?: boolean;
}

/** A text that is too long for an input is left out rather than cut, so that no half of it is ever written. */
function textInput(blockId: string, label: string, look: TextLook): Block {
  const shown = look.typed ?? look.live;
  const isTooLong = shown.length > TEXT_INPUT_MOST;
  const length = shown.length.toLocaleString('en');
  const whose = look.typed === undefined ? 'The text there is now' : 'What you typed';
  const hint = isTooLong
    ? `${whose} has ${length} characters, too many for this form. Leave empty to change nothing. ${look.hint}`
    : look.hint;
  return {
    type: 'input',
    block_id: blockId,
    label: plain(label),
    hint: plain(clip(hint, 2000)),
    ...(look.isRequired === true ? {} : { optional: true }),
    element: {
      type: 'plain_text_input',
      action_id: look.typed === undefined || isTooLong ? FROM_PBX : TYPED,
      multiline: look.isMultiline === true || shown.includes('\n') || shown.length > ONE_LINE_MOST,
      ...(isTooLong || shown === '' ? {} : { initial_value: shown }),
    },
  };
}
