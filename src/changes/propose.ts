import { type Ctx, timestamp } from '../ctx.js';
import { UserError } from '../errors.js';
import { getTarget, selectPbxs } from '../fleet/pbx.js';
import type { Assignment } from '../settings/assignment.js';
import { mayPropose } from './judge.js';
import { openRequest, type Petition } from './open.js';
import { makePlan } from './plan.js';
import type { ChangeRequest, Hold } from './request.js';
import { findByOrigin } from './store.js';

const MAX_REASON = 2000;

export interface SettingsPetition extends Petition {
  /** A PBX id, `tag:NAME` or `all`. */
  readonly target: string;
  readonly assignments: readonly Assignment[];
  readonly hold: Hold;
}

/**
 * Asks for settings of the PBXs of a target to be changed. Reads them first, so that the request carries the values it
 * was made against. Throws `UserError` where the person may not ask, nobody could approve it, a value does not fit,
 * nothing would change, a single PBX cannot be read, or the baseline holds a setting and `hold` does not say what becomes
 * of it.
 */
export async function proposeSettings(ctx: Ctx, petition: SettingsPetition): Promise<ChangeRequest> {
  checkPetition(ctx, petition);
  const earlier = petition.origin === undefined ? undefined : await findByOrigin(ctx.db, petition.origin);
  if (earlier !== undefined) return earlier;
  const { assignments, hold } = petition;
  const target = getTarget(ctx, petition.target);
  checkHold(ctx, hold);
  const wishes = selectPbxs(ctx, target).map((pbx) => ({ pbx, assignments }));
  const { parts, left, baselineVersion } = await makePlan(ctx, wishes, hold);
  return openRequest(ctx, petition, {
    target,
    content: { kind: 'settings', parts, left, hold },
    baselineVersion,
  });
}

/** Refuses whoever may not ask for changes, and a petition without a reason. */
export function checkPetition(ctx: Pick<Ctx, 'roles'>, petition: Petition): void {
  checkMayPropose(ctx, petition);
  checkReason(petition.reason, 'Say in a few words why.');
}

/** Refuses whoever may not ask for changes. */
export function checkMayPropose(
  { roles: { requesters } }: Pick<Ctx, 'roles'>,
  { actor, roles }: Pick<Petition, 'actor' | 'roles'>,
): void {
  if (mayPropose(actor, roles, requesters)) return;
  throw new UserError('forbidden', 'You may look at settings, but not ask for changes.', {
    mend: 'An admin can add you to PLUMBLINE_REQUESTERS.',
  });
}

/** Refuses a missing reason and one that is too long. */
export function checkReason(reason: string, mend: string): void {
  if (reason.trim() === '') throw new UserError('invalid', 'A reason is missing.', { field: 'reason', mend });
  if (reason.length > MAX_REASON) {
    throw new UserError('invalid', `The reason is longer than ${MAX_REASON} characters.`, {
      field: 'reason',
    });
  }
}

/** Refuses an exception that would end before it began. */
export function checkHold(ctx: Pick<Ctx, 'now'>, hold: Hold): void {
  if (hold.kind !== 'exception' || hold.untilAt > timestamp(ctx)) return;
  throw new UserError('invalid', 'An exception must end in the future.', {
    field: 'until',
    mend: 'Choose a later date.',
  });
}
