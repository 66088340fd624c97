import { type Ctx, timestamp } from '../ctx.js';
import { DIGEST_DUE, findAnchor, saveAnchor } from './anchor-store.js';
import { dueSlot } from './due.js';

const NAME = 'digest';

/**
 * Notes the weekly summary that is due, and wakes its work. Called every minute on every machine: the slot is the row that
 * is announced, so doing it twice is harmless. Slots before Plumbline first saw this schedule do not count.
 */
export async function startDueDigest(ctx: Ctx): Promise<void> {
  const anchor = await anchorOf(ctx);
  const last = await findAnchor(ctx.db, DIGEST_DUE);
  const isLater = last !== undefined && last.at > anchor && last.at <= timestamp(ctx);
  const after = isLater ? last.at : anchor;
  const slot = dueSlot(ctx.sweepPolicy.digest, new Date(after), ctx.now())?.toISOString();
  if (slot === undefined) return;
  await saveAnchor(ctx.db, { name: DIGEST_DUE, expression: '', at: slot });
  ctx.wake({ kind: 'digest', id: slot });
}

/** Since when this schedule is known; a changed expression or zone starts anew, and so does a clock that was ahead. */
async function anchorOf(ctx: Ctx): Promise<string> {
  const { expression, timezone } = ctx.sweepPolicy.digest;
  const fresh = { name: NAME, expression: `${expression} ${timezone}`, at: timestamp(ctx) };
  const known = await findAnchor(ctx.db, NAME);
  if (known?.expression === fresh.expression && known.at <= fresh.at) return known.at;
  await saveAnchor(ctx.db, fresh);
  return fresh.at;
}
