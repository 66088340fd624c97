import { record } from '../audit/record.js';
import { type Ctx, timestamp } from '../ctx.js';
import { UserError } from '../errors.js';
import { selectPbxs } from '../fleet/pbx.js';
import type { Assignment } from '../settings/assignment.js';
import { beginRound } from './ask-again.js';
import { approvalFor, checkSatisfiable } from './approval.js';
import { checkNotExpired, checkSeen, type Seen } from './decide.js';
import type { Petition } from './open.js';
import { makePlan } from './plan.js';
import { checkHold, checkPetition } from './propose.js';
import { getRequest } from './queries.js';
import { type ChangeRequest, type Hold, riskOf } from './request.js';
import { jsonContent } from './request-json.js';

export interface Edit extends Petition, Seen {
  readonly assignments: readonly Assignment[];
  readonly hold: Hold;
}

/**
 * Changes what a waiting request asks for. Whoever does can no longer approve it, and what approvals it had are void.
 * Throws `UserError` as `proposeSettings`, and conflict where the request is decided or has changed since it was seen.
 */
export async function editChange(ctx: Ctx, edit: Edit): Promise<ChangeRequest> {
  checkPetition(ctx, edit);
  checkHold(ctx, edit.hold);
  const request = await getRequest(ctx.db, edit.requestId);
  checkMayEdit(request, edit.round);
  checkNotExpired(ctx, request);
  const wishes = selectPbxs(ctx, request.target).map((pbx) => ({ pbx, assignments: edit.assignments }));
  const { parts, left, baselineVersion } = await makePlan(ctx, wishes, edit.hold);
  const content = { kind: 'settings', parts, left, hold: edit.hold } as const;
  const editors = [...request.editors.filter(({ id }) => id !== edit.actor.id), edit.actor];
  const { requestedBy } = request;
  const approval = approvalFor(ctx, requestedBy, riskOf(content), content);
  await checkSatisfiable(ctx, { approval, requestedBy, editors });
  const isEdited = await ctx.db.transaction().execute(async (tx) => {
    const reason = edit.reason.trim();
    const round = { content, baselineVersion, blocked: null, editors, reason };
    if (!(await beginRound(ctx, tx, request, 'revise', round))) return false;
    await record(tx, {
      at: timestamp(ctx),
      actor: edit.actor,
      action: 'change.edited',
      subject: { kind: 'change', id: request.id },
      detail: {
        number: request.number,
        round: request.round + 1,
        reason,
        content: jsonContent(content),
        source: edit.source ?? null,
      },
    });
    return true;
  });
  if (!isEdited) throw new UserError('conflict', 'Somebody else decided or edited this request first.');
  ctx.wake({ kind: 'change', id: request.id });
  return getRequest(ctx.db, request.id);
}

/** Refuses a request that is decided or has changed since, and one that is not a plain change of settings. */
export function checkMayEdit(request: ChangeRequest, round: number): void {
  checkSeen(request, round);
  if (request.content.kind === 'settings' && request.content.reverts === undefined) return;
  throw new UserError('conflict', 'Only a change of settings can be edited.', {
    mend: 'Withdraw this request and ask for another one.',
  });
}
