import { checkMayPropose } from '../../changes/propose.js';
import { getRequest } from '../../changes/queries.js';
import { type ChangeRequest, revertOf } from '../../changes/request.js';
import { isRevertible, proposeRevert } from '../../changes/revert.js';
import type { Ctx } from '../../ctx.js';
import { UserError } from '../../errors.js';
import { answer, notice } from '../blocks/answers.js';
import { askedWords } from '../blocks/asked-words.js';
import { REVERT_FORM, revertForm } from '../blocks/confirm-form.js';
import type { ActionInput, CommandInput, Conversation, SlackTools } from '../conversation.js';
import { openView } from '../open-modal.js';
import { replyWhenReady } from '../patience.js';
import type { Person } from '../people.js';
import { requestNamed, seenOf } from '../request-ref.js';
import { askedAs } from './asked.js';
import { valueOf } from './propose.js';
import { pbxNames } from './scope.js';

const USAGE = '/pbx revert number [--because reason]';

/** Asking for what a request wrote to be taken back. */
export const revert: Conversation = {
  commands: [
    {
      command: '/pbx',
      verb: 'revert',
      usage: USAGE,
      help: 'Asks for what a request wrote to become what it was before; without a reason a form asks for it.',
      options: ['because'],
      most: 1,
      run: revertFromCommand,
    },
  ],
  actions: [
    {
      id: 'change.revert',
      run: async (input) => openRevert(input, await getRequest(input.ctx.db, seenOf(input.value).requestId)),
    },
  ],
  forms: [
    {
      callbackId: REVERT_FORM,
      run: async (input) => {
        const { ctx, person, fields, metadata, origin, source } = input;
        const { requestId } = seenOf(metadata);
        const reason = valueOf(fields, 'reason');
        const request = await proposeRevert(ctx, { ...person, reason, requestId, origin, source });
        return notice('Asked for', revertedWords(request, input));
      },
    },
  ],
};

async function revertFromCommand(input: CommandInput): Promise<void> {
  const { ctx, words, person, triggerId, source, reply } = input;
  const applied = await requestNamed(ctx, words.args[0], USAGE);
  const { because: reason = '' } = words.options;
  if (reason === '') return openRevert(input, applied);
  checkMayRevert(ctx, person, applied);
  await replyWhenReady(reply, `Looking at what request #${applied.number} wrote…`, async () => {
    const origin = `trigger:${triggerId}`;
    const petition = { ...person, reason, requestId: applied.id, origin, source };
    return answer(revertedWords(await proposeRevert(ctx, petition), input).join('\n'));
  });
}

async function openRevert(
  { ctx, client, person, triggerId, source }: ActionInput | CommandInput,
  request: ChangeRequest,
): Promise<void> {
  checkMayRevert(ctx, person, request);
  await openView({ client, triggerId, log: ctx.log }, revertForm(askedAs(ctx, request, source)));
}

function checkMayRevert(ctx: Ctx, person: Person, request: ChangeRequest): void {
  checkMayPropose(ctx, person);
  if (isRevertible(request)) return;
  throw new UserError('conflict', `Request #${request.number} wrote nothing that could be taken back.`);
}

function revertedWords(request: ChangeRequest, { ctx, approvalsChannel }: SlackTools): readonly string[] {
  const reverts = revertOf(request.content);
  const what = reverts === undefined ? [] : [`It takes back request #${reverts.number}.`];
  return [...askedWords(request, approvalsChannel, pbxNames(ctx)), ...what];
}
