import { captureRules } from '../../baseline/capture.js';
import { currentDesired } from '../../baseline/desired.js';
import { type Mode, modes } from '../../baseline/rules.js';
import { currentBaseline } from '../../baseline/store.js';
import { proposeBaseline } from '../../changes/propose-baseline.js';
import type { Ctx } from '../../ctx.js';
import { UserError } from '../../errors.js';
import { covers } from '../../fleet/covers.js';
import { getPbx, getTarget } from '../../fleet/pbx.js';
import { nearest } from '../../settings/suggest.js';
import { answer } from '../blocks/answers.js';
import { askedWords } from '../blocks/asked-words.js';
import { desiredMessage, rulesMessage } from '../blocks/baseline-view.js';
import type { Message } from '../blocks/kit.js';
import { escape } from '../blocks/text.js';
import type { CommandInput, Conversation } from '../conversation.js';
import { replyWhenReady } from '../patience.js';
import { pbxAndKeys, pbxNames } from './scope.js';

const CAPTURE_USAGE =
  '/pbx-baseline capture [pbx] [setting or resource…] [--except names] [--for target] [--mode enforce|ask|report] --because reason';
const NONE = 'There is no baseline yet. Take one from a PBX with `/pbx-baseline capture`.';

/** The stored baseline: taking it from a live PBX, looking at it. */
export const baseline: Conversation = {
  commands: [
    {
      command: '/pbx-baseline',
      verb: 'capture',
      usage: CAPTURE_USAGE,
      help: 'Asks for the live values of a PBX, all or some, to become the baseline: for that PBX, or for a target such as all or tag:emea.',
      options: ['except', 'for', 'mode', 'because'],
      run: capture,
    },
    {
      command: '/pbx-baseline',
      verb: 'show',
      usage: '/pbx-baseline show [pbx, tag:name or all]',
      help: 'Shows the baseline in force, whole or what one PBX is held to.',
      most: 1,
      run: async ({ ctx, words, reply }) => reply(await shown(ctx, words.args[0])),
    },
  ],
  actions: [{ id: 'baseline.show', run: async ({ ctx, reply }) => reply(await shown(ctx, undefined)) }],
};

async function capture(input: CommandInput): Promise<void> {
  const { ctx, words, person, triggerId, source, approvalsChannel, reply } = input;
  const { pbx, keys } = pbxAndKeys(ctx, words.args);
  const { because: reason = '', for: wanted = pbx.id, mode: typedMode = 'enforce' } = words.options;
  if (reason === '')
    throw new UserError('invalid', 'A reason is missing.', { mend: `Usage: ${CAPTURE_USAGE}` });
  const order = {
    keys,
    except: namesIn(words.options['except']),
    mode: modeOf(typedMode),
    target: getTarget(ctx, wanted),
  };
  await replyWhenReady(reply, `Asking *${escape(pbx.name)}* for its settings…`, async () => {
    const { rules, observation } = await captureRules(ctx, pbx, order);
    const request = await proposeBaseline(ctx, {
      ...person,
      reason,
      origin: `trigger:${triggerId}`,
      source,
      target: pbx.id,
      rules,
      known: [observation],
    });
    return answer(askedWords(request, approvalsChannel, pbxNames(ctx)).join('\n'));
  });
}

function namesIn(text = ''): readonly string[] {
  return text.split(/[\s,]+/).filter((name) => name !== '');
}

function modeOf(text: string): Mode {
  const mode = modes.find((known) => known === text.toLowerCase());
  if (mode !== undefined) return mode;
  const [guess] = nearest(text, modes);
  const mend = guess === undefined ? `Use ${modes.join(', ')}.` : `Did you mean ${guess}?`;
  throw new UserError('invalid', `“${text}” is no mode.`, { field: 'mode', mend });
}

async function shown(ctx: Ctx, wanted: string | undefined): Promise<Message> {
  const { version, rules } = await currentBaseline(ctx.db);
  if (version === 0) return answer(NONE);
  if (wanted === undefined) return rulesMessage(version, rules, null);
  const target = getTarget(ctx, wanted);
  if (target === 'all' || target.startsWith('tag:')) {
    const of = rules.filter((rule) => rule.target === target);
    return rulesMessage(version, of, target);
  }
  const pbx = getPbx(ctx, target);
  const covering = rules.filter((rule) => covers(rule.target, pbx));
  return desiredMessage(version, pbx.name, (await currentDesired(ctx, pbx)).desired, covering);
}
