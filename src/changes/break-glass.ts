import { record } from '../audit/record.js';
import { type Actor, type Ctx, type Role, timestamp } from '../ctx.js';
import { UserError } from '../errors.js';
import { encodeJson } from '../storage/json.js';
import { takeTurn } from '../storage/turn.js';
import { checkNotExpired, checkSeen, type Seen } from './decide.js';
import { nextLook } from './due.js';
import { checkReason } from './propose.js';
import { getRequest } from './queries.js';
import { type BreakGlass, type ChangeRequest, confirmationOf, type Review } from './request.js';
import { amend, transition } from './store.js';

export interface BreakGlassOrder extends Seen {
  readonly actor: Actor;
  readonly roles: ReadonlySet<Role>;
  readonly reason: string;
  /** What was typed; see `breakGlassConfirmation`. */
  readonly confirmation: string;
  readonly source?: string;
}

/**
 * Applies a request at once, without approval. It is marked for ever and opens a review that another person must close.
 * Throws `UserError`: forbidden without the role, invalid without reason or confirmation, conflict where it is decided.
 */
export async function breakGlass(ctx: Ctx, order: BreakGlassOrder): Promise<ChangeRequest> {
  const request = await getRequest(ctx.db, order.requestId);
  checkMayBreakGlass(request, order);
  checkNotExpired(ctx, request);
  checkReason(order.reason, 'Say why this cannot wait.');
  const wanted = breakGlassConfirmation(request);
  if (order.confirmation.trim().toLowerCase() !== wanted.toLowerCase()) {
    throw new UserError('invalid', `Type ${wanted} to confirm.`, { field: 'confirmation' });
  }
  const at = timestamp(ctx);
  const broken: BreakGlass = { by: order.actor, reason: order.reason.trim(), at };
  const review: Review = { state: 'open' };
  const isBroken = await ctx.db.transaction().execute(async (tx) => {
    const isMoved = await transition(tx, request, 'pending', 'break-glass', {
      approval: encodeJson({ kind: 'break-glass' }),
      break_glass: encodeJson(broken),
      review_state: review.state,
      review: encodeJson(review),
      reminders: 0,
      decided_at: at,
      look_at: nextLook({ ...request, state: 'approved', breakGlass: broken }, ctx.now()),
    });
    if (!isMoved) return false;
    await record(tx, {
      at,
      actor: order.actor,
      action: 'change.broke-glass',
      subject: { kind: 'change', id: request.id },
      detail: {
        number: request.number,
        round: request.round,
        reason: broken.reason,
        approval: request.approval,
        source: order.source ?? null,
      },
    });
    return true;
  });
  if (!isBroken) throw new UserError('conflict', 'Somebody else decided this request first.');
  ctx.wake({ kind: 'change', id: request.id });
  return getRequest(ctx.db, request.id);
}

/** What must be typed to apply a request without approval. */
export function breakGlassConfirmation(request: ChangeRequest): string {
  return confirmationOf(request) ?? request.target;
}

/** Refuses whoever lacks the role, and a request that is decided or has changed since it was seen. */
export function checkMayBreakGlass(
  request: ChangeRequest,
  { roles, round }: Pick<BreakGlassOrder, 'roles' | 'round'>,
): void {
  checkBreakGlassRole(roles);
  checkSeen(request, round);
  if (request.blocked !== null) throw new UserError('conflict', request.blocked);
}

/** Refuses whoever may not apply anything without approval. */
export function checkBreakGlassRole(roles: ReadonlySet<Role>): void {
  if (roles.has('break-glass')) return;
  throw new UserError('forbidden', 'You may not apply changes without approval.', {
    mend: 'Only those in PLUMBLINE_BREAK_GLASS may.',
  });
}

export interface ReviewOrder {
  readonly requestId: string;
  readonly actor: Actor;
  readonly roles: ReadonlySet<Role>;
  readonly note: string;
  readonly source?: string;
}

/**
 * Closes the review of a request that was applied without approval. Throws `UserError`: forbidden for those involved and
 * for all but approvers, invalid without a note, conflict where no review is open.
 */
export async function closeReview(ctx: Ctx, order: ReviewOrder): Promise<ChangeRequest> {
  const request = await getRequest(ctx.db, order.requestId);
  checkMayReview(request, order);
  checkReason(order.note, 'Say what you found.');
  const at = timestamp(ctx);
  const review: Review = { state: 'closed', by: order.actor, note: order.note.trim(), at };
  const isClosed = await ctx.db.transaction().execute(async (tx) => {
    const fields = { review_state: review.state, review: encodeJson(review), look_at: null };
    await takeTurn(tx);
    if (!(await amend(tx, request, fields, true))) return false;
    await record(tx, {
      at,
      actor: order.actor,
      action: 'review.closed',
      subject: { kind: 'change', id: request.id },
      detail: { number: request.number, note: review.note, source: order.source ?? null },
    });
    return true;
  });
  if (!isClosed) throw new UserError('conflict', 'This request changed just now.', { mend: 'Try again.' });
  ctx.wake({ kind: 'change', id: request.id });
  return getRequest(ctx.db, request.id);
}

/** Refuses those involved in a request, all but approvers, and a request without an open review. */
export function checkMayReview(
  request: ChangeRequest,
  { actor, roles }: Pick<ReviewOrder, 'actor' | 'roles'>,
): void {
  if (request.review?.state !== 'open') {
    throw new UserError('conflict', `Request #${request.number} has no open review.`);
  }
  const involved = [
    request.requestedBy,
    ...request.editors,
    ...(request.breakGlass ? [request.breakGlass.by] : []),
  ];
  if (involved.some(({ kind, id }) => kind === actor.kind && id === actor.id)) {
    throw new UserError('forbidden', 'You were part of this yourself; another person must review it.');
  }
  if (!roles.has('approver')) {
    throw new UserError('forbidden', 'You are not an approver of Plumbline; an approver must review it.');
  }
}
