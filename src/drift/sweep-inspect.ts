import { setTimeout as sleep } from 'node:timers/promises';
import { currentDesired } from '../baseline/desired.js';
import { activePauses } from '../baseline/pause-store.js';
import { type Ctx, type Pbx, timestamp } from '../ctx.js';
import { covers } from '../fleet/covers.js';
import { timeWords } from '../settings/time-words.js';
import { skippedFindings } from './finding.js';
import { inspectPbx } from './inspect.js';
import { listPbxIds, saveInspection } from './inspection-store.js';
import { createLanes } from './lanes.js';
import { splayOf } from './splay.js';
import type { Sweep } from './store.js';

const REMOVED = 'it is no longer in the fleet';
const UNEXPECTED = 'an unexpected error, see the log';

/**
 * Looks at every PBX that was not looked at yet. A scheduled sweep spreads the looks over the configured splay; one begun
 * by a person does not make them wait. Returns false where the process ends before all are done.
 */
export async function inspectAll(ctx: Ctx, sweep: Sweep): Promise<boolean> {
  const splayMs = sweep.cause.kind === 'schedule' ? ctx.sweepPolicy.splayMs : 0;
  const elapsedMs = Math.max(0, ctx.now().getTime() - Date.parse(sweep.startedAt));
  const begunAt = Date.now() - elapsedMs;
  const waiting = (await listPbxIds(ctx.db, sweep.id, 'pending'))
    .map((pbxId) => ({ pbxId, afterMs: splayOf(pbxId, splayMs) }))
    .toSorted((one, other) => one.afterMs - other.afterMs);
  const lanes = createLanes({ atOnce: ctx.sweepPolicy.concurrency });
  const looks: Promise<void>[] = [];
  for (const { pbxId, afterMs } of waiting) {
    if (afterMs > 0) await pauseUntil(begunAt + afterMs, ctx.closing);
    if (ctx.closing.aborted) break;
    looks.push(lanes.run(() => (ctx.closing.aborted ? Promise.resolve() : look(ctx, sweep, pbxId))));
  }
  const ended = await Promise.allSettled(looks);
  const broken = ended.find((one) => one.status === 'rejected');
  if (broken !== undefined) throw broken.reason;
  return !ctx.closing.aborted;
}

async function pauseUntil(at: number, signal: AbortSignal): Promise<void> {
  const ms = at - Date.now();
  if (ms > 0) await sleep(ms, undefined, { signal, ref: false }).catch(() => undefined);
}

/** One PBX's trouble never stops the others: it is stored as the reason why the PBX could not be inspected. */
async function look(ctx: Ctx, sweep: Sweep, pbxId: string): Promise<void> {
  const pbx = ctx.pbxs.find((candidate) => candidate.id === pbxId);
  const save = (found: Parameters<typeof saveInspection>[3]): Promise<void> =>
    saveInspection(ctx.db, sweep.id, pbxId, found);
  if (pbx === undefined) return save({ failure: REMOVED });
  try {
    const skipped = await pausedBecause(ctx, pbx);
    if (skipped !== null) {
      const { desired } = await currentDesired(ctx, pbx);
      return await save({ skipped, findings: skippedFindings(desired, skipped) });
    }
    await save(await inspectPbx(ctx, pbx));
  } catch (error) {
    ctx.log.error({ err: error, pbx: pbxId }, 'a PBX could not be inspected');
    await save({ failure: UNEXPECTED });
  }
}

/** Why sweeps leave a PBX alone now, or null. */
export async function pausedBecause(ctx: Pick<Ctx, 'db' | 'now'>, pbx: Pbx): Promise<string | null> {
  const pauses = await activePauses(ctx.db, timestamp(ctx));
  const pause = pauses.findLast(({ target }) => covers(target, pbx));
  return pause === undefined ? null : `paused until ${timeWords(pause.untilAt)}: ${pause.reason}`;
}
