import { type Lasting, saveWarned, unwarned } from '../baseline/ending-store.js';
import { type Ctx, timestamp } from '../ctx.js';

const DAY_MS = 86_400_000;

/**
 * Notes which exceptions and pauses end soon, and wakes the warning about each request that granted some: a day before, and
 * no earlier than after three quarters of its time. Called every few minutes on every machine.
 */
export async function warnOfEndings(ctx: Ctx): Promise<void> {
  const at = timestamp(ctx);
  const before = new Date(ctx.now().getTime() + DAY_MS).toISOString();
  const due = (await unwarned(ctx.db, at, before)).filter((lasting) => isDue(lasting, ctx.now()));
  if (due.length === 0) return;
  const warned = await ctx.db.transaction().execute(async (tx) => {
    const noted: string[] = [];
    for (const lasting of due) if (await saveWarned(tx, lasting, at)) noted.push(lasting.requestId);
    return new Set(noted);
  });
  for (const id of warned) ctx.wake({ kind: 'ending', id });
}

/** Whether something is so near its end that its owner is told. */
export function isDue({ createdAt, untilAt }: Pick<Lasting, 'createdAt' | 'untilAt'>, now: Date): boolean {
  const end = Date.parse(untilAt);
  const leadMs = Math.min(DAY_MS, (end - Date.parse(createdAt)) / 4);
  return now.getTime() >= end - leadMs && now.getTime() < end;
}
