import { record } from '../audit/record.js';
import { type Actor, type Ctx, timestamp } from '../ctx.js';
import { UserError } from '../errors.js';
import { getRequest } from './queries.js';
import type { ChangeRequest } from './request.js';
import { transition } from './store.js';

export interface Withdrawal {
  readonly requestId: string;
  readonly actor: Actor;
  readonly source?: string;
}

/**
 * Takes a request back, as only the one who asked may, until its writing begins. Throws `UserError`: forbidden, or
 * conflict where it is too late.
 */
export async function withdrawChange(ctx: Ctx, withdrawal: Withdrawal): Promise<ChangeRequest> {
  const { requestId, actor, source = null } = withdrawal;
  const request = await getRequest(ctx.db, requestId);
  checkMayWithdraw(request, actor);
  const at = timestamp(ctx);
  const isWithdrawn = await ctx.db.transaction().execute(async (tx) => {
    if (!(await transition(tx, request, request.state, 'withdraw', { finished_at: at }))) return false;
    await record(tx, {
      at,
      actor,
      action: 'change.withdrawn',
      subject: { kind: 'change', id: request.id },
      detail: { number: request.number, round: request.round, source },
    });
    return true;
  });
  if (!isWithdrawn) throw tooLate(request);
  ctx.wake({ kind: 'change', id: request.id });
  return getRequest(ctx.db, request.id);
}

/** Refuses whoever did not ask for it, and a request that is being applied or has come to its end. */
export function checkMayWithdraw(request: ChangeRequest, actor: Actor): void {
  const { requestedBy, state } = request;
  if (requestedBy.kind !== actor.kind || requestedBy.id !== actor.id) {
    throw new UserError('forbidden', 'Only the person who asked for this can withdraw it.');
  }
  if (state !== 'pending' && state !== 'approved') throw tooLate(request);
}

function tooLate({ number, state }: ChangeRequest): UserError {
  return new UserError('conflict', `Request #${number} cannot be withdrawn any more (it is ${state}).`);
}
