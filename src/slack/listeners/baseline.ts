import { captureRules } from '../../baseline/capture.js';
import { type Mode, modes } from '../../baseline/rules.js';
import { currentBaseline } from '../../baseline/store.js';
import { proposeBaseline } from '../../changes/propose.js';
import { UserError } from '../../errors.js';
import { selectPbxs } from '../../fleet/pbx.js';
import { getSetting } from '../../settings/catalogue.js';
import { formatValue } from '../../settings/kind.js';
import { answer } from '../blocks/answers.js';
import { code, context, escape, type Message, sections } from '../blocks/kit.js';
import type { CommandInput, Conversation } from '../conversation.js';
import { pbxAndKeys } from './show.js';

const CAPTURE_USAGE =
  '/pbx-baseline capture [pbx] [setting…] [--for target] [--mode enforce|ask|report] --because reason';
const SHOWN_TEXT = 10_000;

/** The stored baseline: taking it from a live PBX, looking at it. */
export const baseline: Conversation = {
  commands: [
    {
      command: '/pbx-baseline',
      verb: 'capture',
      usage: CAPTURE_USAGE,
      help: 'Asks for the live values of a PBX, all or some, to become the baseline.',
      options: ['for', 'mode', 'because'],
      run: capture,
    },
    {
      command: '/pbx-baseline',
      verb: 'show',
      usage: '/pbx-baseline show [pbx]',
      help: 'Shows the baseline in force.',
      run: async ({ ctx, words, reply }) => reply(await shown(ctx, words.args[0])),
    },
  ],
};

async function capture({
  ctx,
  words,
  person,
  triggerId,
  approvalsChannel,
  reply,
}: CommandInput): Promise<void> {
  const { pbx, keys } = pbxAndKeys(ctx, words.args);
  const { because: reason = '', for: target = pbx.id } = words.options;
  if (reason === '')
    throw new UserError('invalid', 'A reason is missing.', { mend: `Usage: ${CAPTURE_USAGE}` });
  selectPbxs(ctx, target);
  const rules = await captureRules(ctx, pbx, {
    keys,
    mode: modeOf(words.options['mode'] ?? 'enforce'),
    target,
  });
  const origin = `trigger:${triggerId}`;
  const request = await proposeBaseline(ctx, { ...person, reason, origin, pbx, rules });
  await reply(
    answer(
      `Request #${request.number} with ${rules.length} rules waits for approval in <#${approvalsChannel}>.`,
    ),
  );
}

function modeOf(text: string): Mode {
  const mode = modes.find((known) => known === text.toLowerCase());
  if (mode !== undefined) return mode;
  throw new UserError('invalid', `“${text}” is no mode.`, {
    field: 'mode',
    mend: `Use ${modes.join(', ')}.`,
  });
}

async function shown(ctx: CommandInput['ctx'], target: string | undefined): Promise<Message> {
  const { version, rules } = await currentBaseline(ctx.db);
  if (version === 0) {
    return answer('There is no baseline yet. Take one from a PBX with `/pbx-baseline capture`.');
  }
  const wanted =
    target === undefined ? rules : rules.filter((rule) => rule.target.toLowerCase() === target.toLowerCase());
  const lines = wanted.map(({ key, value, mode, target: of }) => {
    const setting = getSetting(key);
    return `• *${escape(setting.label)}* ${code(formatValue(setting, value))} (${mode}, for ${code(of)})`;
  });
  const total = lines.join('\n').length;
  const fitting =
    total > SHOWN_TEXT ? lines.slice(0, Math.floor((lines.length * SHOWN_TEXT) / total)) : lines;
  const more =
    fitting.length < lines.length
      ? [context(`${lines.length - fitting.length} more rules: \`plumbline baseline show\` lists them all.`)]
      : [];
  return {
    text: `Baseline v${version}: ${wanted.length} rules`,
    blocks: [...sections([`*Baseline v${version}*, ${wanted.length} rules`, ...fitting]), ...more],
  };
}
