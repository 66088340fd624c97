import { record } from '../audit/record.js';
import { type Actor, type Ctx, timestamp } from '../ctx.js';
import { applyJudgement } from './decide.js';
import { factsOf } from './approval.js';
import { expiryOf, lapses, nextLook, remindersDue, reviewRemindersDue } from './due.js';
import { findRequest, transition, amend } from './store.js';
import { type ChangeRequest, votesNow } from './request.js';
import { type Facts, judge } from './judge.js';
import { renewForBaseline } from './stale.js';
import { askAgain } from './ask-again.js';
import { takeTurn } from '../storage/turn.js';

const SOON_MS = 60_000;
const SYSTEM: Actor = { kind: 'system', id: 'plumbline' };

/**
 * Does for a waiting request what has come due: asks again where its baseline version was superseded, lets it expire,
 * counts its votes, notes a reminder. Called any number of times; every step is a conditional update.
 */
export async function keepUp(ctx: Ctx, id: string): Promise<void> {
  const request = await findRequest(ctx.db, id);
  if (request === undefined) return;
  if (request.state === 'pending') return keepPending(ctx, request);
  if (request.review?.state !== 'open') return;
  await noteReminders(ctx, request, reviewReminders(ctx, request), nextLook(request, ctx.now()));
}

async function keepPending(ctx: Ctx, request: ChangeRequest): Promise<void> {
  const renewal = await renewForBaseline(ctx, request);
  if (renewal !== null) {
    await askAgain(ctx, request, renewal);
    return;
  }
  const count = await countVotes(ctx, request);
  if (count === 'decided') return;
  const expiry = expiryOf(request);
  if (expiry !== null && expiry <= timestamp(ctx)) return expire(ctx, request);
  const lookAt = count === 'unclear' ? soon(ctx) : nextLook(request, ctx.now());
  await noteReminders(ctx, request, remindersDue(request, ctx.now()), lookAt);
}

function soon(ctx: Ctx): string {
  return new Date(ctx.now().getTime() + SOON_MS).toISOString();
}

/**
 * Counts votes that were cast before all about their voters was known. They may decide the request, or not; it is unclear
 * as long as a voter cannot be looked up.
 */
async function countVotes(ctx: Ctx, request: ChangeRequest): Promise<'decided' | 'undecided' | 'unclear'> {
  if (votesNow(request).length === 0) return 'undecided';
  const facts = await factsOf(ctx, request);
  const { verdict } = judge(request, facts);
  if (verdict === 'waiting') return isUnclear(request, facts) ? 'unclear' : 'undecided';
  const isDecided = await ctx.db.transaction().execute(async (tx) => {
    await takeTurn(tx);
    const current = await findRequest(tx, request.id);
    if (current?.state !== 'pending' || current.round !== request.round) return false;
    return applyJudgement(ctx, tx, current, facts);
  });
  if (isDecided) ctx.wake({ kind: 'change', id: request.id });
  return isDecided ? 'decided' : 'undecided';
}

function isUnclear(request: ChangeRequest, { standings }: Facts): boolean {
  return votesNow(request).some(({ voter }) => !standings.has(voter));
}

async function expire(ctx: Ctx, request: ChangeRequest): Promise<void> {
  const at = timestamp(ctx);
  await ctx.db.transaction().execute(async (tx) => {
    if (!(await transition(tx, request, 'pending', 'expire', { finished_at: at }))) return;
    await record(tx, {
      at,
      actor: SYSTEM,
      action: 'change.expired',
      subject: { kind: 'change', id: request.id },
      detail: { number: request.number, round: request.round, askedAt: request.askedAt },
    });
  });
}

function reviewReminders(ctx: Ctx, request: ChangeRequest): number {
  return reviewRemindersDue(request.breakGlass?.at ?? request.askedAt, ctx.now());
}

/** Reminders that were missed count as one: only the newest is posted. */
async function noteReminders(
  ctx: Ctx,
  request: ChangeRequest,
  reminders: number,
  look_at: string | null,
): Promise<void> {
  const isShown = reminders > request.reminders || hasLapsed(request, ctx.now());
  await amend(ctx.db, request, { reminders: Math.max(reminders, request.reminders), look_at }, isShown);
}

/** Whether an approval grew too old since the last look, which the card shows. */
function hasLapsed(request: ChangeRequest, now: Date): boolean {
  const { lookAt } = request;
  return lookAt !== null && lapses(request).some((at) => at >= lookAt && at <= now.toISOString());
}
