import { findObject } from '../../settings/catalogue.js';
import { expects, formatValue } from '../../settings/kind.js';
import { readingOf, type Reading } from '../../fleet/observation.js';
import { imageContent } from '../../settings/image.js';
import type { NestedObject, Setting, Value } from '../../settings/setting.js';
import { type Block, context, plain } from './kit.js';
import { clip, escape } from './text.js';

/** Slack docs: a text input takes at most 3,000 characters. */
const TEXT_INPUT_MOST = 3000;
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
  return setting.kind === 'text' || setting.kind === 'number' ? String(value) : formatValue(setting, value);
}

/** The inputs of one field, filled in with what the PBX has or with what was typed; a sentence where there can be none. */
export function fieldInputs(
  field: FormField,
  readings: Readonly<Record<string, Reading>>,
  typed: string | undefined,
): Block[] {
  if (field.kind === 'object') return objectInput(field, readings, typed);
  const { setting } = field;
  const reading = readingOf({ readings }, setting.key);
  if (reading.status === 'unknown') {
    return [context(`*${escape(setting.label)}* could not be read: ${escape(reading.because)}`)];
  }
  if (reading.status === 'not-applicable') {
    return [context(`*${escape(setting.label)}* cannot be changed: ${escape(reading.because)}`)];
  }
  return settingInputs(setting, reading.value, typed);
}

/** The reason, which every form ends with. */
export function reasonInput(): Block {
  return textInput('reason', 'Reason', {
    hint: 'Approvers and the audit log see it.',
    live: '',
    isMultiline: true,
    isRequired: true,
  });
}

function settingInputs(setting: Setting, value: Value, typed: string | undefined): Block[] {
  const hint = setting.warning === undefined ? setting.help : `${setting.help} ${setting.warning}`;
  const live = typedForm(setting, value);
  switch (setting.kind) {
    case 'flag':
      return [selectInput(setting, hint, ['on', 'off'], live, typed)];
    case 'choice':
      return [selectInput(setting, hint, setting.options, live, typed)];
    case 'image':
      return [
        fileInput(setting, value),
        textInput(setting.key, `${setting.label}: URL or identifier`, {
          hint: 'Instead of a file: a text that is passed to the PBX as it is.',
          live,
          typed,
        }),
      ];
    default:
      return [
        textInput(setting.key, setting.label, {
          hint: setting.kind === 'text' ? hint : `${hint} Expects ${expects(setting)}.`,
          live,
          typed,
        }),
      ];
  }
}

function objectInput(
  { key, label, help }: NestedObject,
  all: Readonly<Record<string, Reading>>,
  typed: string | undefined,
): Block[] {
  const readings = (findObject(key)?.leaves ?? []).map((leaf) => ({
    name: leaf.path.at(-1) ?? leaf.key,
    reading: readingOf({ readings: all }, leaf.key),
  }));
  const unread = readings.flatMap(({ reading }) => (reading.status === 'unknown' ? [reading.because] : []));
  if (unread[0] !== undefined) {
    return [context(`*${escape(label)}* could not be read: ${escape(unread[0])}`)];
  }
  const live = readings.flatMap(({ name, reading }) =>
    reading.status === 'read' ? [[name, reading.value] as const] : [],
  );
  if (live.length === 0) return [];
  const json = JSON.stringify(Object.fromEntries(live), null, 2);
  return [textInput(key, label, { hint: help, live: json, typed, isMultiline: true })];
}

function fileInput(setting: Setting, value: Value): Block {
  const now = formatValue(setting, value);
  return {
    type: 'input',
    block_id: fileBlockId(setting.key),
    optional: true,
    label: plain(`${setting.label}: file`),
    hint: plain(clip(`Now: ${now}. Leave empty to keep it.`, 2000)),
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
  const hint = isTooLong
    ? `The text there is now has ${length} characters, too many for this form. Leave empty to keep it. ${look.hint}`
    : look.hint;
  return {
    type: 'input',
    block_id: blockId,
    label: plain(label),
    hint: plain(clip(hint, 2000)),
    ...(look.isRequired === true ? {} : { optional: true }),
    element: {
      type: 'plain_text_input',
      action_id: look.typed === undefined ? FROM_PBX : TYPED,
      multiline: look.isMultiline === true || shown.includes('\n') || shown.length > ONE_LINE_MOST,
      ...(isTooLong || shown === '' ? {} : { initial_value: shown }),
    },
  };
}
