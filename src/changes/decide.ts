import { record } from '../audit/record.js';
import { type Actor, type Ctx, type Standing, timestamp } from '../ctx.js';
import { UserError } from '../errors.js';
import type { Tx } from '../storage/database.js';
import { takeTurn } from '../storage/turn.js';
import { factsOf } from './approval.js';
import { expiryOf } from './due.js';
import { type Facts, judge, judgeVoter } from './judge.js';
import { checkReason } from './propose.js';
import { getRequest } from './queries.js';
import { type ChangeRequest, confirmationOf } from './request.js';
import { findRequest, saveVote, touch, transition } from './store.js';

/** Which request somebody looked at when they acted: a button of an older round decides nothing. */
export interface Seen {
  readonly requestId: string;
  readonly round: number;
}

export interface Decision extends Seen {
  readonly actor: Actor;
  /** Who the person is, looked up afresh. */
  readonly standing: Standing;
  readonly verdict: 'approve' | 'deny';
  /** Required for a deny. */
  readonly reason: string | null;
  /** What was typed where the request needs it; see `confirmationOf`. */
  readonly confirmation?: string;
  /** The Slack message the decision was made on, for the audit log. */
  readonly source?: string;
}

/**
 * Records a person's vote and, where it decides, moves the request on; all in one transaction, so that of many clicks one
 * decides. Returns the request as it then is. Throws `UserError`: forbidden with the reason, conflict where it is decided
 * or has changed since, invalid where a reason or the confirmation is missing.
 */
export async function decideChange(ctx: Ctx, decision: Decision): Promise<ChangeRequest> {
  const request = await getRequest(ctx.db, decision.requestId);
  checkMayDecide(ctx, request, decision);
  checkNotExpired(ctx, request);
  if (decision.verdict === 'deny') checkReason(decision.reason ?? '', 'Say why you deny it.');
  else checkConfirmation(request, decision.confirmation);
  const facts = await factsOf(ctx, request, new Map([[decision.actor.id, decision.standing]]));
  await ctx.db.transaction().execute((tx) => vote(ctx, tx, decision, facts));
  ctx.wake({ kind: 'change', id: request.id });
  return getRequest(ctx.db, request.id);
}

/** Refuses whoever may not decide a request as it stands. Throws `UserError` with the reason. */
export function checkMayDecide(
  ctx: Pick<Ctx, 'roles'>,
  request: ChangeRequest,
  decision: Pick<Decision, 'round' | 'actor' | 'standing' | 'verdict'>,
): void {
  const standings = new Map([[decision.actor.id, decision.standing]]);
  checkSeen(request, decision.round);
  const voter = judgeVoter(request, decision.actor.id, { roles: ctx.roles, standings });
  if (voter.verdict === 'refused') throw new UserError('forbidden', voter.because);
  if (decision.verdict === 'approve' && request.blocked !== null) {
    throw new UserError('conflict', request.blocked, { mend: 'Edit the request, or deny it.' });
  }
}

/** Refuses an act on a request that is no longer pending, or on an older round of it than the present one. */
export function checkSeen(
  request: ChangeRequest | undefined,
  round: number,
): asserts request is ChangeRequest {
  if (request?.state !== 'pending') {
    throw new UserError(
      'conflict',
      `This request was decided already (it is ${request?.state ?? 'gone'}); your click changed nothing.`,
    );
  }
  if (request.round !== round) {
    throw new UserError(
      'conflict',
      'This request has changed since you saw it; your click changed nothing.',
      {
        mend: 'Look at its card again.',
      },
    );
  }
}

/** Refuses an act on a request whose time is over, although nobody has noted that yet. */
export function checkNotExpired(ctx: Pick<Ctx, 'now'>, request: ChangeRequest): void {
  const expiry = expiryOf(request);
  if (expiry === null || expiry > timestamp(ctx)) return;
  throw new UserError('conflict', 'This request has expired; your click changed nothing.', {
    mend: 'Ask for it anew.',
  });
}

/** Refuses an approval without the typed words that a high risk asks for. */
function checkConfirmation(request: ChangeRequest, typed: string | undefined): void {
  const wanted = confirmationOf(request);
  if (wanted === null || typed?.trim().toLowerCase() === wanted.toLowerCase()) return;
  throw new UserError('invalid', `Type ${wanted} to confirm.`, { field: 'confirmation' });
}

async function vote(ctx: Ctx, tx: Tx, decision: Decision, facts: Facts): Promise<void> {
  await takeTurn(tx);
  const at = timestamp(ctx);
  const before = await findRequest(tx, decision.requestId);
  checkSeen(before, decision.round);
  const { actor, verdict, reason, source = null, requestId: id, round } = decision;
  if (!isSaid(before, decision, facts)) {
    await saveVote(tx, id, { round, voter: actor.id, verdict, reason, at }, source);
    await record(tx, {
      at,
      actor,
      action: `change.${verdict === 'approve' ? 'approved' : 'denied'}`,
      subject: { kind: 'change', id },
      detail: { number: before.number, round, reason, source },
    });
  }
  const after = await findRequest(tx, id);
  if (after === undefined || !(await applyJudgement(ctx, tx, after, facts))) {
    await touch(tx, id, { look_at: at });
  }
}

/** Whether a person has said the same before and it still counts: a click that comes twice is one vote. */
function isSaid(request: ChangeRequest, { actor, verdict }: Decision, facts: Facts): boolean {
  return judge(request, facts).votes.some(
    ({ vote: earlier, judgement }) =>
      earlier.voter === actor.id && earlier.verdict === verdict && judgement.verdict === 'allowed',
  );
}

/** Moves a pending request on where its votes decide it. Returns false where they do not. */
export async function applyJudgement(
  ctx: Pick<Ctx, 'now'>,
  tx: Tx,
  request: ChangeRequest,
  facts: Facts,
): Promise<boolean> {
  const judgement = judge(request, facts);
  if (judgement.verdict === 'waiting') return false;
  const at = timestamp(ctx);
  const isApproved = judgement.verdict === 'approved';
  const finished = isApproved ? {} : { finished_at: at };
  const moved = await transition(tx, request, 'pending', isApproved ? 'approve' : 'deny', {
    decided_at: at,
    ...finished,
  });
  if (!moved) throw new UserError('conflict', 'Somebody else decided this request first.');
  return true;
}
