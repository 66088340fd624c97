import { publishBaseline } from '../baseline/publish.js';
import { desiredFor } from '../baseline/rules.js';
import { deleteException, deleteExceptions } from '../baseline/exception-store.js';
import { currentBaseline } from '../baseline/store.js';
import type { Ctx } from '../ctx.js';
import { covers } from '../fleet/covers.js';
import { getSetting } from '../settings/catalogue.js';
import { isSameValue } from '../settings/kind.js';
import type { Tx } from '../storage/database.js';
import { heldRules } from './held-rules.js';
import type { ChangeRequest, Part, PartResult, SettingsContent } from './request.js';

/** What became of the baseline and its exceptions once the PBXs are written, in one transaction with the request's end. */
export async function keepBaseline(
  ctx: Ctx,
  tx: Tx,
  request: ChangeRequest,
  content: SettingsContent,
  results: readonly PartResult[],
): Promise<void> {
  const applied = content.parts.filter(({ pbxId }) =>
    results.some((result) => result.pbxId === pbxId && result.state === 'applied'),
  );
  const isWhole =
    applied.length === content.parts.length && content.left.every(({ kind }) => kind === 'same');
  if (content.hold.kind === 'baseline' && applied.length > 0) {
    const held = isWhole ? ctx.pbxs.filter((pbx) => covers(request.target, pbx)) : [];
    const isApplied = held.every(({ id }) => applied.some(({ pbxId }) => pbxId === id));
    await publishBaseline(ctx, tx, {
      requestId: request.id,
      actor: request.requestedBy,
      // What was left out because it was so already, or joined the fleet since, nobody looked at now.
      ...(isApplied ? { isApplied } : {}),
      build: (current) =>
        heldRules(current, { target: isWhole ? request.target : null, parts: applied }, ctx.pbxs, ctx.now()),
    });
  }
  if (content.hold.kind !== 'exception') await deleteExceptions(tx, request.id);
  else {
    for (const { pbxId, items } of content.parts.filter((part) => !applied.includes(part))) {
      for (const { key } of items) await deleteException(tx, request.id, { key, target: pbxId });
    }
  }
  await endRevertedExceptions(ctx, tx, content, applied);
}

/** A revert to what the baseline holds ends the exception that the reverted change needed. */
async function endRevertedExceptions(
  ctx: Ctx,
  tx: Tx,
  { reverts }: SettingsContent,
  applied: readonly Part[],
): Promise<void> {
  if (reverts === undefined) return;
  const baseline = await currentBaseline(tx);
  for (const { pbxId, items } of applied) {
    const pbx = ctx.pbxs.find(({ id }) => id === pbxId);
    const desired = pbx === undefined ? [] : desiredFor(baseline, [], pbx, ctx.now());
    for (const { key, value } of items) {
      const rule = desired.find((one) => one.rule.key === key)?.rule;
      if (rule === undefined || !isSameValue(getSetting(key), rule.value, value)) continue;
      await deleteException(tx, reverts.id, { key, target: pbxId });
    }
  }
}
