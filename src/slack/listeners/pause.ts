import { resumeSweeps } from '../../changes/end-early.js';
import { proposePause } from '../../changes/propose-exception.js';
import { answer } from '../blocks/answers.js';
import { askedWords } from '../blocks/asked-words.js';
import { targetName } from '../blocks/change-words.js';
import { PAUSE_FORM, pauseForm } from '../blocks/except-form.js';
import { escape } from '../blocks/text.js';
import type { CommandInput, Conversation } from '../conversation.js';
import {
  askedNotice,
  begunBy,
  checkOwner,
  lastingBlock,
  lastingFrom,
  lastingOptions,
  openLasting,
  petitionFrom,
} from './except-words.js';
import { pbxNames, targetAndKeys } from './scope.js';

/** Pauses: sweeps that leave some PBXs alone for a while. */
export const pause: Conversation = {
  commands: [
    {
      command: '/pbx-drift',
      verb: 'pause',
      usage:
        '/pbx-drift pause [pbx, tag:name or all] [--until 2026-12-31] [--because reason] [--owner @user]',
      help: 'Asks for sweeps to leave some PBXs alone until a date; a window asks for what is left out.',
      options: lastingOptions,
      most: 1,
      run: ask,
    },
    {
      command: '/pbx-drift',
      verb: 'resume',
      usage: '/pbx-drift resume [pbx, tag:name or all]',
      help: 'Ends a pause early.',
      most: 1,
      run: resume,
    },
  ],
  forms: [
    {
      callbackId: PAUSE_FORM,
      blockOf: lastingBlock,
      run: async (input) => askedNotice(input, await proposePause(input.ctx, await petitionFrom(input))),
    },
  ],
};

async function ask(input: CommandInput): Promise<void> {
  const { ctx, words, person, triggerId, source, approvalsChannel, reply } = input;
  const target = words.args.length === 0 ? undefined : targetAndKeys(ctx, words.args).target;
  const lasting = lastingFrom(input);
  if (target === undefined || lasting === null) {
    return openLasting(input, (facts) => pauseForm({ ...begunBy(input), target }, facts));
  }
  if (lasting.owner !== undefined) await checkOwner(ctx, lasting.owner);
  const origin = `trigger:${triggerId}`;
  const request = await proposePause(ctx, { ...person, ...lasting, source, origin, target });
  await reply(answer(askedWords(request, approvalsChannel, pbxNames(ctx)).join('\n')));
}

async function resume({ ctx, words, person, source, reply }: CommandInput): Promise<void> {
  const { target } = targetAndKeys(ctx, words.args);
  await resumeSweeps(ctx, target, { ...person, source });
  const name = escape(targetName(target, pbxNames(ctx)));
  await reply(answer(`The pause of *${name}* is over: the next sweep looks there again.`));
}
