import { modes, type Rule, severities } from '../../baseline/rules.js';
import { resources } from '../../settings/catalogue.js';
import type { Setting } from '../../settings/setting.js';
import { ruleText } from './baseline-words.js';
import { fieldInputs, reasonInput, TEXT_INPUT_MOST } from './form-inputs.js';
import { type Block, context, modal, plain, section, type View } from './kit.js';
import { clip, escape } from './text.js';

/** The callback ids of the windows about the baseline. */
export const IMPORT_FORM = 'baseline.import';
export const PICK_RULE_FORM = 'baseline.rule.pick';
export const RULE_FORM = 'baseline.rule';

const OPTIONS_MOST = 100;
const OPTION_TEXT = 75;
const WHY_MOST = 2000;

/** Asks for a baseline file, uploaded or pasted. */
export function importForm(metadata: string): View {
  const blocks: Block[] = [
    section(
      'The baseline becomes exactly what the file says, once this is approved: a rule that is not in it goes. `/pbx-baseline export` writes such a file.',
    ),
    {
      type: 'input',
      block_id: 'file',
      optional: true,
      label: plain('Baseline file'),
      element: { type: 'file_input', action_id: 'value', filetypes: ['yml', 'yaml', 'txt'], max_files: 1 },
    },
    {
      type: 'input',
      block_id: 'text',
      optional: true,
      label: plain('Or its text'),
      hint: plain(`At most ${TEXT_INPUT_MOST.toLocaleString('en')} characters; a larger one as a file.`),
      element: {
        type: 'plain_text_input',
        action_id: 'value',
        multiline: true,
        max_length: TEXT_INPUT_MOST,
      },
    },
    reasonInput(),
  ];
  return modal('Import a baseline', blocks, {
    callbackId: IMPORT_FORM,
    submit: 'Ask for approval',
    close: 'Cancel',
    metadata,
  });
}

/** What rules may be for, as it is stored and as people call it. */
export type TargetChoices = readonly { readonly target: string; readonly name: string }[];

/** Asks which rule is meant. */
export function pickRuleForm(targets: TargetChoices, target: string | undefined, metadata: string): View {
  const groups = resources.map(({ label, settings }) => ({
    label: plain(clip(label, OPTION_TEXT)),
    options: settings.slice(0, OPTIONS_MOST).map((setting) => ({
      value: setting.key,
      text: plain(clip(setting.label, OPTION_TEXT)),
    })),
  }));
  const blocks: Block[] = [
    {
      type: 'input',
      block_id: 'setting',
      label: plain('Setting'),
      element: { type: 'static_select', action_id: 'value', option_groups: groups },
    },
    targetInput(targets, target),
  ];
  return modal('Edit the baseline', blocks, {
    callbackId: PICK_RULE_FORM,
    submit: 'Next',
    close: 'Cancel',
    metadata,
  });
}

/** A menu where all fit into one, else a text. */
function targetInput(targets: TargetChoices, target: string | undefined): Block {
  const base = { type: 'input', block_id: 'target', label: plain('For which PBXs') } as const;
  if (targets.length > OPTIONS_MOST) {
    const initial = target === undefined ? {} : { initial_value: target };
    const hint = plain('The id of a PBX, tag:NAME or all.');
    return { ...base, hint, element: { type: 'plain_text_input', action_id: 'value', ...initial } };
  }
  const options = targets.map(({ target: value, name }) => ({ value, text: plain(clip(name, OPTION_TEXT)) }));
  const initial = options.find(({ value }) => value === target);
  const chosen = initial === undefined ? {} : { initial_option: initial };
  return { ...base, element: { type: 'static_select', action_id: 'value', options, ...chosen } };
}

/** What the window for one rule needs to know. */
export interface RuleFacts {
  readonly setting: Setting;
  /** What people call the target. */
  readonly targetName: string;
  /** The rule that there is, if any. */
  readonly rule: Rule | undefined;
  /** The rules of other targets for the same setting. */
  readonly others: readonly Rule[];
}

/** Asks what a setting is to be where, and what to do about drift; or takes the rule away. */
export function ruleForm({ setting, targetName, rule, others }: RuleFacts, metadata: string): View {
  const now = rule === undefined ? 'There is no such rule yet.' : `Now: ${ruleText(rule)}`;
  const beside = others.map((other) => `• ${ruleText(other)}`).join('\n');
  const shown =
    rule === undefined
      ? ({ status: 'open', because: 'no rule yet' } as const)
      : ({ status: 'read', value: rule.value } as const);
  const blocks: Block[] = [
    section(`*${escape(setting.label)}* for *${escape(targetName)}*. ${now}`),
    ...(beside === '' ? [] : [context(`Rules for other targets:\n${beside}`)]),
    ...fieldInputs({ kind: 'setting', key: setting.key, setting }, { [setting.key]: shown }, {}),
    modeInput(rule),
    severityInput(rule),
    whyInput(rule),
    reasonInput(),
  ];
  return modal('Edit the baseline', blocks, {
    callbackId: RULE_FORM,
    submit: 'Ask for approval',
    close: 'Cancel',
    metadata,
  });
}

function modeInput(rule: Rule | undefined): Block {
  const words = {
    enforce: 'enforce: correct it',
    ask: 'ask: ask for its correction',
    report: 'report: only say so',
  };
  const options = modes.map((mode) => ({ value: mode as string, text: plain(words[mode]) }));
  const initial = options.find(({ value }) => value === (rule?.mode ?? 'enforce'));
  const remove = { value: 'remove', text: plain('Take this rule out of the baseline') };
  return {
    type: 'input',
    block_id: 'mode',
    label: plain('Where a PBX has something else'),
    element: {
      type: 'static_select',
      action_id: 'value',
      options: rule === undefined ? options : [...options, remove],
      ...(initial === undefined ? {} : { initial_option: initial }),
    },
  };
}

function severityInput(rule: Rule | undefined): Block {
  const options = severities.map((severity) => ({ value: severity as string, text: plain(severity) }));
  const initial = options.find(({ value }) => value === (rule?.severity ?? 'warning'));
  return {
    type: 'input',
    block_id: 'severity',
    label: plain('How bad that is'),
    element: {
      type: 'static_select',
      action_id: 'value',
      options,
      ...(initial === undefined ? {} : { initial_option: initial }),
    },
  };
}

function whyInput(rule: Rule | undefined): Block {
  const why = rule?.reason ?? '';
  return {
    type: 'input',
    block_id: 'why',
    optional: true,
    label: plain('Why the rule is there'),
    hint: plain('Reports of its drift show it. It stays with the rule.'),
    element: {
      type: 'plain_text_input',
      action_id: 'value',
      multiline: true,
      max_length: WHY_MOST,
      ...(why === '' ? {} : { initial_value: clip(why, WHY_MOST) }),
    },
  };
}
