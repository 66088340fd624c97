import { factsOf } from '../../changes/approval.js';
import { checkMayDecide, decideChange, type Decision } from '../../changes/decide.js';
import { judge } from '../../changes/judge.js';
import { getRequest } from '../../changes/queries.js';
import { type ChangeRequest, confirmationOf, votesNow } from '../../changes/request.js';
import { jsonRequest } from '../../changes/request-json.js';
import type { Ctx } from '../../ctx.js';
import { answer, jsonView, notice } from '../blocks/answers.js';
import { hasBecome } from '../blocks/change-words.js';
import { APPROVE_FORM, approveForm, DENY_FORM, denyForm } from '../blocks/confirm-form.js';
import type { View } from '../blocks/kit.js';
import type { ActionInput, Conversation, FormInput } from '../conversation.js';
import { once } from '../once.js';
import { openView } from '../open-modal.js';
import { seenOf } from '../request-ref.js';
import { askedAs } from './asked.js';
import { valueOf } from './propose.js';

/** Deciding requests: the buttons of their cards. */
export const decisions: Conversation = {
  actions: [
    { id: 'change.approve', run: approve },
    {
      id: 'change.deny',
      run: async ({ ctx, client, value, person, triggerId, source }) => {
        const seen = seenOf(value);
        const request = await getRequest(ctx.db, seen.requestId);
        checkMayDecide(ctx, request, { ...person, ...seen, verdict: 'deny' });
        await openView({ client, triggerId, log: ctx.log }, denyForm(askedAs(ctx, request, source)));
      },
    },
    {
      id: 'change.json',
      run: async ({ ctx, client, value, triggerId }) => {
        const request = await getRequest(ctx.db, value);
        await openView({ client, triggerId, log: ctx.log }, requestJson(request));
      },
    },
  ],
  forms: [
    {
      callbackId: APPROVE_FORM,
      run: async (input) => {
        const confirmation = valueOf(input.fields, 'confirmation');
        const seen = seenOf(input.metadata);
        const before = await getRequest(input.ctx.db, seen.requestId);
        const request = await decideOnce(input, seen, { verdict: 'approve', reason: null, confirmation });
        return notice('Approved', [await approvedWords(input, request, before)]);
      },
    },
    {
      callbackId: DENY_FORM,
      run: async (input) => {
        await decideOnce(input, seenOf(input.metadata), {
          verdict: 'deny',
          reason: valueOf(input.fields, 'reason'),
        });
        return null;
      },
    },
  ],
};

/** A click is enough for most requests; a high risk is read once more and confirmed in a window. */
async function approve(input: ActionInput): Promise<void> {
  const { ctx, client, value, person, triggerId, source, reply } = input;
  const seen = seenOf(value);
  const pending = await getRequest(ctx.db, seen.requestId);
  if (confirmationOf(pending) === null) {
    const request = await decideOnce(input, seen, { verdict: 'approve', reason: null });
    return reply(answer(await approvedWords(input, request, pending)));
  }
  checkMayDecide(ctx, pending, { ...person, ...seen, verdict: 'approve' });
  await openView({ client, triggerId, log: ctx.log }, approveForm(askedAs(ctx, pending, source)));
}

function decideOnce(
  { ctx, person, source }: Pick<FormInput, 'ctx' | 'person' | 'source'>,
  seen: ReturnType<typeof seenOf>,
  word: Pick<Decision, 'verdict' | 'reason' | 'confirmation'>,
): Promise<ChangeRequest> {
  return once(
    ctx,
    seen.requestId,
    () => decideChange(ctx, { ...person, ...seen, ...word, source }),
    (request) =>
      request.round === seen.round &&
      votesNow(request).some(
        ({ voter, verdict, reason }) =>
          voter === person.actor.id && verdict === word.verdict && reason === word.reason,
      ),
  );
}

/** What an approval came to: approved, or how many more it needs. */
async function approvedWords(
  { ctx, person }: { readonly ctx: Ctx; readonly person: ActionInput['person'] },
  request: ChangeRequest,
  before: ChangeRequest,
): Promise<string> {
  const isSaid =
    before.round === request.round &&
    votesNow(before).some(({ voter, verdict }) => voter === person.actor.id && verdict === 'approve');
  const first = isSaid
    ? `Your approval of request #${request.number} was counted already.`
    : `You approved request #${request.number}.`;
  if (['denied', 'withdrawn', 'expired'].includes(request.state))
    return `${first} It ${hasBecome(request)} by now.`;
  if (request.state !== 'pending') return `${first} It is approved; the card shows what becomes of it.`;
  const facts = await factsOf(ctx, request, new Map([[person.actor.id, person.standing]]));
  const judgement = judge(request, facts);
  if (judgement.verdict !== 'waiting') return `${first} The card shows what becomes of it.`;
  const { missing } = judgement;
  if (isSaid)
    return `${first} ${missing === 1 ? 'Another person is' : `${missing} other people are`} needed.`;
  return `${first} ${missing} more ${missing === 1 ? 'approval is' : 'approvals are'} missing.`;
}

/** The whole resource as the PBX had it afterwards; where there is none, what was asked for and how it ended. */
function requestJson(request: ChangeRequest): View {
  const title = `Request #${request.number}`;
  const [only, ...others] = request.results;
  if (only?.result != null && others.length === 0)
    return jsonView(title, only.result, 'The whole resource, read back from the PBX afterwards.');
  return jsonView(title, jsonRequest(request), `This request ${hasBecome(request)}.`);
}
