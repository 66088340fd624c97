import { warnedOf } from '../../baseline/ending-store.js';
import { endExceptionEarly, exceptionsNow, mayEnd } from '../../changes/end-early.js';
import { proposeException } from '../../changes/propose-exception.js';
import { UserError } from '../../errors.js';
import { answer } from '../blocks/answers.js';
import { askedWords } from '../blocks/asked-words.js';
import { NEW_EXCEPTION_FORM, newExceptionForm, pauseForm } from '../blocks/except-form.js';
import { endedMessage, exceptionsMessage } from '../blocks/exception-view.js';
import { isUserId } from '../blocks/people.js';
import type { ActionInput, CommandInput, Conversation, FormInput } from '../conversation.js';
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
import { valueOf } from './propose.js';
import { pbxNames, settingsNamed, targetAndKeys } from './scope.js';

/** Exceptions to the baseline: asking for them, seeing them, ending them early. */
export const except: Conversation = {
  commands: [
    {
      command: '/pbx-baseline',
      verb: 'except',
      usage:
        '/pbx-baseline except [pbx, tag:name or all] [setting…] [--until 2026-12-31] [--because reason] [--owner @user]',
      help: 'Asks for the rules of some settings to be suspended until a date; a window asks for what is left out.',
      options: lastingOptions,
      run: ask,
    },
    {
      command: '/pbx-baseline',
      verb: 'exceptions',
      usage: '/pbx-baseline exceptions [pbx, tag:name or all]',
      help: 'Shows the exceptions in force, with a button to end them early.',
      most: 1,
      run: list,
    },
  ],
  actions: [
    { id: 'exception.end', run: endNow },
    { id: 'ending.more', run: askForMore },
  ],
  forms: [{ callbackId: NEW_EXCEPTION_FORM, blockOf: lastingBlock, run: submit }],
};

async function ask(input: CommandInput): Promise<void> {
  const { ctx, words, person, triggerId, source, approvalsChannel, reply } = input;
  const isBare = words.args.length === 0;
  const { target, keys: names } = isBare ? { target: undefined, keys: [] } : targetAndKeys(ctx, words.args);
  const keys = names.length === 0 ? [] : settingsNamed(names).map(({ key }) => key);
  const lasting = lastingFrom(input);
  if (target === undefined || keys.length === 0 || lasting === null) {
    return openLasting(input, (facts) => newExceptionForm({ ...begunBy(input), target, keys }, facts));
  }
  if (lasting.owner !== undefined) await checkOwner(ctx, lasting.owner);
  const origin = `trigger:${triggerId}`;
  const request = await proposeException(ctx, { ...person, ...lasting, source, origin, target, keys });
  await reply(answer(askedWords(request, approvalsChannel, pbxNames(ctx)).join('\n')));
}

async function submit(input: FormInput) {
  const names = valueOf(input.fields, 'settings').split(/[\s,]+/);
  const keys = settingsNamed(names.filter((name) => name !== '')).map(({ key }) => key);
  const petition = await petitionFrom(input);
  return askedNotice(input, await proposeException(input.ctx, { ...petition, keys }));
}

async function list({ ctx, words, person, reply }: CommandInput): Promise<void> {
  const named = words.args.length === 0 ? undefined : targetAndKeys(ctx, words.args).target;
  const exceptions = await exceptionsNow(ctx, named);
  const isTheirs = (exception: (typeof exceptions)[number]): boolean => mayEnd(ctx, exception, person);
  const now = ctx.now();
  await reply(exceptionsMessage(exceptions, { named, isTheirs, nameOf: pbxNames(ctx), now }));
}

async function endNow({ ctx, value, person, source, reply }: ActionInput): Promise<void> {
  const ended = await endExceptionEarly(ctx, value, { ...person, source });
  await reply(endedMessage(ended, pbxNames(ctx)));
}

/** The window once more, with all that was granted before but its end. */
async function askForMore(input: ActionInput): Promise<void> {
  const granted = await warnedOf(input.ctx.db, input.value);
  const [first] = granted;
  if (first === undefined) {
    throw new UserError('conflict', 'It was ended early.', { mend: 'Ask for a new one where it is needed.' });
  }
  const { target, reason, owner } = first;
  const begun = { target, reason, owner: isUserId(owner) ? owner : input.person.actor.id };
  const keys = [...new Set(granted.flatMap(({ key }) => key ?? []))];
  await openLasting(input, (facts) =>
    first.kind === 'pause' ? pauseForm(begun, facts) : newExceptionForm({ ...begun, keys }, facts),
  );
}
