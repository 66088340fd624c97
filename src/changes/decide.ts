import { record } from '../audit/record.js';
import { type Actor, type Ctx, type Role, timestamp } from '../ctx.js';
import { UserError } from '../errors.js';
import { takeTurn } from '../storage/turn.js';
import { judge, judgeVoter } from './judge.js';
import { getRequest } from './queries.js';
import type { ChangeRequest } from './request.js';
import { findRequest, saveVote, transition } from './store.js';

export interface Decision {
  readonly requestId: string;
  readonly actor: Actor;
  readonly roles: ReadonlySet<Role>;
  readonly verdict: 'approve' | 'deny';
  /** Required for a deny. */
  readonly reason: string | null;
}

/**
 * Records a person's vote and, where it decides, moves the request on; all in one transaction, so that of many clicks one
 * decides. Returns the request as it then is. Throws `UserError`: forbidden with the reason, conflict where it is decided.
 */
export async function decideChange(ctx: Ctx, decision: Decision): Promise<ChangeRequest> {
  const request = await getRequest(ctx.db, decision.requestId);
  const voter = judgeVoter(request, decision.actor, decision.roles);
  if (voter.verdict === 'refused') throw new UserError('forbidden', voter.because);
  if (decision.verdict === 'deny' && (decision.reason ?? '').trim() === '') {
    throw new UserError('invalid', 'A reason is missing.', { field: 'reason', mend: 'Say why you deny it.' });
  }
  await ctx.db.transaction().execute((tx) => vote(ctx, tx, decision));
  ctx.wake({ kind: 'change', id: request.id });
  return getRequest(ctx.db, request.id);
}

async function vote(ctx: Ctx, tx: Parameters<typeof record>[0], decision: Decision): Promise<void> {
  await takeTurn(tx);
  const at = timestamp(ctx);
  const before = await findRequest(tx, decision.requestId);
  if (before === undefined || before.state !== 'pending') {
    throw new UserError(
      'conflict',
      `This request was decided already (it is ${before?.state ?? 'gone'}); your click changed nothing.`,
    );
  }
  await saveVote(tx, before.id, {
    voter: decision.actor.id,
    verdict: decision.verdict,
    reason: decision.reason,
    at,
  });
  await record(tx, {
    at,
    actor: decision.actor,
    action: `change.${decision.verdict === 'approve' ? 'approved' : 'denied'}`,
    subject: { kind: 'change', id: before.id },
    detail: { number: before.number, reason: decision.reason },
  });
  const after = await findRequest(tx, before.id);
  const judgement = judge(before.approval, before.requestedBy, after?.votes ?? []);
  if (judgement.verdict === 'waiting') return;
  const event = judgement.verdict === 'approved' ? 'approve' : 'deny';
  const finished = judgement.verdict === 'denied' ? { finished_at: at } : {};
  const moved = await transition(tx, before.id, 'pending', event, { decided_at: at, ...finished });
  if (!moved) throw new UserError('conflict', 'Somebody else decided this request first.');
}
