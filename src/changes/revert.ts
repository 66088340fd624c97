import type { RuleName } from '../baseline/diff.js';
import { findBaseline, versionOfRequest } from '../baseline/store.js';
import type { Rule } from '../baseline/rules.js';
import type { Ctx, Pbx } from '../ctx.js';
import { UserError } from '../errors.js';
import type { Assignment } from '../settings/assignment.js';
import { openRequest, type Petition } from './open.js';
import { baselineNow, governing, makePlan, type Wish } from './plan.js';
import { checkedContent } from './propose-baseline.js';
import { checkPetition } from './propose.js';
import { getRequest } from './queries.js';
import type { ChangeRequest, Hold } from './request.js';
import { findByOrigin } from './store.js';
import { isFinal } from './transitions.js';

export interface RevertPetition extends Petition {
  /** The request to take back. */
  readonly requestId: string;
}

/**
 * Asks for what a request wrote to become again what it was before, by the same rules as any change. Where the baseline
 * holds another value, the revert becomes the baseline, so that no sweep fights it. Throws `UserError` where nothing was
 * written, or where all of it is already as it was.
 */
export async function proposeRevert(ctx: Ctx, petition: RevertPetition): Promise<ChangeRequest> {
  checkPetition(ctx, petition);
  const earlier = petition.origin === undefined ? undefined : await findByOrigin(ctx.db, petition.origin);
  if (earlier !== undefined) return earlier;
  const request = await getRequest(ctx.db, petition.requestId);
  if (!isFinal(request.state))
    throw new UserError('conflict', `Request #${request.number} has not ended yet.`);
  switch (request.content.kind) {
    case 'baseline':
      return revertBaseline(ctx, petition, request);
    case 'settings':
      return revertSettings(ctx, petition, request);
    default:
      throw new UserError('conflict', `Request #${request.number} is no change that could be taken back.`, {
        mend: 'An exception or a pause can be ended early.',
      });
  }
}

/** Whether a request wrote something that could be taken back. */
export function isRevertible({ state, content, results }: ChangeRequest): boolean {
  if (!isFinal(state)) return false;
  if (content.kind === 'baseline') return state === 'applied';
  return results.some(({ outcomes }) => outcomes?.some(({ status }) => status === 'written') === true);
}

async function revertSettings(ctx: Ctx, petition: Petition, request: ChangeRequest): Promise<ChangeRequest> {
  const wishes = request.results.flatMap(({ pbxId, outcomes }) => {
    const pbx = ctx.pbxs.find(({ id }) => id === pbxId);
    const assignments = (outcomes ?? [])
      .filter(({ status }) => status === 'written')
      .map(({ key, before }) => ({ key, value: before }));
    return pbx === undefined || assignments.length === 0
      ? []
      : [{ pbx, assignments, isReturn: true as const }];
  });
  if (wishes.length === 0) throw nothingWritten(request);
  checkNulls(wishes);
  const hold = await holdFor(ctx, wishes);
  const { parts, left, baselineVersion } = await makePlan(ctx, wishes, hold);
  const reverts = { id: request.id, number: request.number };
  return openRequest(ctx, petition, {
    target: request.target,
    content: { kind: 'settings', parts, left, hold, reverts },
    baselineVersion,
  });
}

/** What a PBX does with null is not documented, so a value that was not set is not brought back. */
function checkNulls(wishes: readonly Wish[]): void {
  const unset = wishes.flatMap(({ assignments }) => assignments).find(({ value }) => value === null);
  if (unset === undefined) return;
  throw new UserError('invalid', `${unset.key} was not set at all before, and 3CX has no way to unset it.`, {
    field: unset.key,
    mend: 'Ask for the value that it is to have.',
  });
}

async function holdFor(
  ctx: Ctx,
  wishes: readonly { readonly pbx: Pbx; readonly assignments: readonly Assignment[] }[],
): Promise<Hold> {
  const { desiredOf } = await baselineNow(ctx);
  const isHeld = wishes.some(({ pbx, assignments }) =>
    assignments.some((one) => governing(one, desiredOf(pbx.id)) !== undefined),
  );
  return { kind: isHeld ? 'baseline' : 'none' };
}

async function revertBaseline(ctx: Ctx, petition: Petition, request: ChangeRequest): Promise<ChangeRequest> {
  const { content } = request;
  const version = await versionOfRequest(ctx.db, request.id);
  if (version === undefined || content.kind !== 'baseline') throw nothingWritten(request);
  const before = (await findBaseline(ctx.db, version - 1))?.rules ?? [];
  const { version: current } = await baselineNow(ctx);
  const touched: readonly RuleName[] = [...content.rules, ...(content.removed ?? [])];
  const ruleBefore = ({ key, target }: RuleName): Rule | undefined =>
    before.find((rule) => rule.key === key && rule.target === target);
  const rules = touched.flatMap((name) => ruleBefore(name) ?? []);
  const removed = touched
    .filter((name) => ruleBefore(name) === undefined)
    .map(({ key, target }) => ({ key, target }));
  const reverts = { id: request.id, number: request.number };
  const taken = await checkedContent(ctx, { rules, removed });
  return openRequest(ctx, petition, {
    target: request.target,
    content: { ...taken, reverts },
    baselineVersion: current,
  });
}

function nothingWritten({ number }: ChangeRequest): UserError {
  return new UserError('conflict', `Request #${number} wrote nothing that could be taken back.`);
}
