import { checkMayReview, closeReview } from '../../changes/break-glass.js';
import { getRequest } from '../../changes/queries.js';
import { notice } from '../blocks/answers.js';
import { REVIEW_FORM, reviewForm } from '../blocks/confirm-form.js';
import type { Conversation } from '../conversation.js';
import { isSameActor, once } from '../once.js';
import { openView } from '../open-modal.js';
import { seenOf } from '../request-ref.js';
import { askedAs } from './asked.js';
import { valueOf } from './propose.js';

/** The review of what was applied without approval: another person says what they found, and closes it. */
export const review: Conversation = {
  actions: [
    {
      id: 'change.review',
      run: async ({ ctx, client, value, person, triggerId, source }) => {
        const request = await getRequest(ctx.db, seenOf(value).requestId);
        checkMayReview(request, person);
        await openView({ client, triggerId, log: ctx.log }, reviewForm(askedAs(ctx, request, source)));
      },
    },
  ],
  forms: [
    {
      callbackId: REVIEW_FORM,
      blockOf: (field) => (field === 'reason' ? 'note' : field),
      run: async ({ ctx, person, fields, metadata, source }) => {
        const { requestId } = seenOf(metadata);
        const note = valueOf(fields, 'note');
        const { number } = await once(
          ctx,
          requestId,
          () => closeReview(ctx, { ...person, requestId, note, source }),
          ({ review: closed }) =>
            closed?.state === 'closed' && isSameActor(closed.by, person.actor) && closed.note === note.trim(),
        );
        return notice('Reviewed', [`The review of request #${number} is closed.`]);
      },
    },
  ],
};
