import { getRequest } from '../../changes/queries.js';
import type { ChangeRequest } from '../../changes/request.js';
import { checkMayWithdraw, withdrawChange } from '../../changes/withdraw.js';
import { answer, notice } from '../blocks/answers.js';
import { WITHDRAW_FORM, withdrawForm } from '../blocks/confirm-form.js';
import type { Conversation } from '../conversation.js';
import { isSameActor, once } from '../once.js';
import { openView } from '../open-modal.js';
import { requestNamed, seenOf } from '../request-ref.js';
import { askedAs } from './asked.js';

const USAGE = '/pbx withdraw number';

/** Taking a request back, as whoever asked for it may until its writing begins. */
export const withdraw: Conversation = {
  commands: [
    {
      command: '/pbx',
      verb: 'withdraw',
      usage: USAGE,
      help: 'Takes back a request of yours that is not applied yet.',
      most: 1,
      run: async ({ ctx, words, person, source, reply }) => {
        const { id: requestId } = await requestNamed(ctx, words.args[0], USAGE);
        const request = await withdrawChange(ctx, { requestId, actor: person.actor, source });
        await reply(answer(withdrawnWords(request)));
      },
    },
  ],
  actions: [
    {
      id: 'change.withdraw',
      run: async ({ ctx, client, value, person, triggerId, source }) => {
        const request = await getRequest(ctx.db, seenOf(value).requestId);
        checkMayWithdraw(request, person.actor);
        await openView({ client, triggerId, log: ctx.log }, withdrawForm(askedAs(ctx, request, source)));
      },
    },
  ],
  forms: [
    {
      callbackId: WITHDRAW_FORM,
      run: async ({ ctx, person: { actor }, metadata, source }) => {
        const { requestId } = seenOf(metadata);
        const request = await once(
          ctx,
          requestId,
          () => withdrawChange(ctx, { requestId, actor, source }),
          ({ state, requestedBy }) => state === 'withdrawn' && isSameActor(requestedBy, actor),
        );
        return notice('Withdrawn', [withdrawnWords(request)]);
      },
    },
  ],
};

function withdrawnWords({ number }: ChangeRequest): string {
  return `Request #${number} is withdrawn. Nothing of it will be applied.`;
}
