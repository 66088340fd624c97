import { type Ctx, timestamp } from '../ctx.js';
import { UserError } from '../errors.js';
import { lastSlot } from '../drift/store.js';
import { startSweep } from '../drift/sweep.js';
import { dueSlot } from './due.js';

const NAME = 'sweep';

/**
 * Begins the scheduled sweep where one is due. Called every minute on every machine: the slot is a unique column, so one
 * of them wins. Slots before Plumbline first saw this schedule do not count.
 */
export async function startDueSweep(ctx: Ctx): Promise<void> {
  const anchor = await anchorOf(ctx);
  const last = await lastSlot(ctx.db, timestamp(ctx));
  const after = last !== null && last > anchor ? last : anchor;
  const slot = dueSlot(ctx.schedule, new Date(after), ctx.now());
  if (slot === null) return;
  try {
    await startSweep(ctx, { kind: 'schedule', slot: slot.toISOString() });
  } catch (error) {
    if (!(error instanceof UserError && error.code === 'conflict')) throw error;
    ctx.log.info({ slot: slot.toISOString() }, 'the due sweep waits for another one');
  }
}

/** Since when this schedule is known; a changed expression or zone starts anew, and so does a clock that was ahead. */
async function anchorOf(ctx: Ctx): Promise<string> {
  const expression = `${ctx.schedule.expression} ${ctx.schedule.timezone}`;
  const row = { name: NAME, expression, anchor_at: timestamp(ctx) };
  const known = await ctx.db.selectFrom('schedules').selectAll().where('name', '=', NAME).executeTakeFirst();
  if (known?.expression === expression && known.anchor_at <= row.anchor_at) return known.anchor_at;
  await ctx.db
    .insertInto('schedules')
    .values(row)
    .onConflict((conflict) => conflict.column('name').doUpdateSet(row))
    .execute();
  return row.anchor_at;
}
