import { isSameRule } from '../../baseline/diff.js';
import { type Mode, modes, type Rule, severities } from '../../baseline/rules.js';
import { currentBaseline } from '../../baseline/store.js';
import { proposeBaseline } from '../../changes/propose-baseline.js';
import { checkMayPropose } from '../../changes/propose.js';
import type { Ctx } from '../../ctx.js';
import { UserError } from '../../errors.js';
import { getTarget } from '../../fleet/pbx.js';
import { getSetting } from '../../settings/catalogue.js';
import { imageFromFile } from '../../settings/image.js';
import { checkValue, expects, parseValue } from '../../settings/kind.js';
import type { Setting, Value } from '../../settings/setting.js';
import {
  PICK_RULE_FORM,
  pickRuleForm,
  RULE_FORM,
  type RuleFacts,
  ruleForm,
} from '../blocks/baseline-forms.js';
import { targetName } from '../blocks/change-words.js';
import { fileBlockId } from '../blocks/form-inputs.js';
import type { View } from '../blocks/kit.js';
import type { CommandInput, Conversation, FormInput } from '../conversation.js';
import { openView } from '../open-modal.js';
import { withSource } from '../source.js';
import { askedNotice, targetsOf } from './except-words.js';
import { valueOf } from './propose.js';
import { pbxNames, targetAndKeys } from './scope.js';

const OWN_BLOCKS = ['mode', 'severity', 'why', 'reason'];

/** Changing one rule of the baseline in a window: which, then to what. */
export const baselineEdit: Conversation = {
  commands: [
    {
      command: '/pbx-baseline',
      verb: 'edit',
      usage: '/pbx-baseline edit [pbx, tag:name or all] [setting]',
      help: 'Asks in a window for a rule to be added, changed or taken away.',
      most: 2,
      run: open,
    },
  ],
  forms: [
    { callbackId: PICK_RULE_FORM, run: pick },
    { callbackId: RULE_FORM, run: submit },
  ],
};

async function open({ ctx, client, words, person, triggerId, source }: CommandInput): Promise<void> {
  checkMayPropose(ctx, person);
  const isBare = words.args.length === 0;
  const { target, keys } = isBare ? { target: undefined, keys: [] } : targetAndKeys(ctx, words.args);
  const [key] = keys;
  const view =
    target === undefined || key === undefined
      ? pickRuleForm(targetsOf(ctx), target, withSource('pick', source))
      : await formFor(ctx, target, getSetting(key), source);
  await openView({ client, triggerId, log: ctx.log }, view);
}

/** The second window takes the place of the first. */
async function pick({ ctx, fields, source }: FormInput): Promise<View> {
  const target = getTarget(ctx, valueOf(fields, 'target').trim());
  const opener = source.replace(/^view:\S+ from /, '');
  return formFor(ctx, target, getSetting(valueOf(fields, 'setting')), opener);
}

async function formFor(ctx: Ctx, target: string, setting: Setting, source: string): Promise<View> {
  const { rules } = await currentBaseline(ctx.db);
  const own = rules.filter(({ key }) => key === setting.key);
  const facts: RuleFacts = {
    setting,
    targetName: targetName(target, pbxNames(ctx)),
    rule: own.find((rule) => rule.target === target),
    others: own.filter((rule) => rule.target !== target),
  };
  return ruleForm(facts, withSource(`${target} ${setting.key}`, source));
}

async function submit(input: FormInput): Promise<View> {
  const { ctx, person, fields, metadata, origin, source } = input;
  const [target = '', key = ''] = metadata.split(' ');
  const setting = getSetting(key);
  const { rules } = await currentBaseline(ctx.db);
  const before = rules.find((rule) => rule.key === setting.key && rule.target === target);
  const petition = { ...person, reason: valueOf(fields, 'reason'), origin, source, target: 'baseline' };
  if (valueOf(fields, 'mode') === 'remove') {
    const removed = [{ key: setting.key, target }];
    return askedNotice(input, await proposeBaseline(ctx, { ...petition, rules: [], removed }));
  }
  const rule = await ruleFrom(input, setting, target, before);
  if (before !== undefined && isSameRule(before, rule)) {
    throw new UserError('invalid', 'Nothing is changed yet.', { field: 'mode' });
  }
  return askedNotice(input, await proposeBaseline(ctx, { ...petition, rules: [rule] }));
}

async function ruleFrom(
  input: FormInput,
  setting: Setting,
  target: string,
  before: Rule | undefined,
): Promise<Rule> {
  const { fields } = input;
  const mode = modes.find((known) => known === valueOf(fields, 'mode')) ?? 'report';
  const severity = severities.find((known) => known === valueOf(fields, 'severity')) ?? 'warning';
  const why = valueOf(fields, 'why').trim();
  return {
    key: setting.key,
    value: await valueFrom(input, setting, mode, before),
    mode,
    target,
    ...(severity === 'warning' && before?.severity === undefined ? {} : { severity }),
    ...(why === '' ? {} : { reason: why }),
  };
}

/** The value of the window; where nothing was done to its input the rule keeps its own. */
async function valueFrom(
  { fields, download }: FormInput,
  setting: Setting,
  mode: Mode,
  before: Rule | undefined,
): Promise<Value> {
  const strictness = mode === 'report' ? setting.since : null;
  const [file] = fields.find(({ blockId }) => blockId === fileBlockId(setting.key))?.files ?? [];
  if (file !== undefined && setting.kind === 'image') {
    return imageFromFile(setting, await download(file.url), strictness);
  }
  const field = fields.find(({ blockId }) => blockId === setting.key && !OWN_BLOCKS.includes(blockId));
  if (field?.isChanged === true) {
    return checkValue(setting, parseValue(setting, field.value), strictness);
  }
  const isHeld = before !== undefined && (before.value !== null || mode === 'report');
  if (isHeld) return before.value;
  throw new UserError('invalid', `Say what ${setting.label} is to be.`, {
    field: setting.key,
    mend: `Write ${expects(setting)}.`,
  });
}
