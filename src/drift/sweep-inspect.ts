import { setTimeout as sleep } from 'node:timers/promises';
import { currentDesired, currentlyHeld, type Held } from '../baseline/desired.js';
import { activePauses, type Pause } from '../baseline/pause-store.js';
import { type Ctx, type Pbx, timestamp } from '../ctx.js';
import { covers } from '../fleet/covers.js';
import { findPbx } from '../fleet/pbx.js';
import { saveObservation } from '../fleet/store.js';
import { timeWords } from '../settings/time-words.js';
import { skippedFindings } from './finding.js';
import { lookAt } from './inspect.js';
import { listPbxIds, saveInspection } from './inspection-store.js';
import { createLanes } from './lanes.js';
import { splayOf } from './splay.js';
import type { Sweep } from './store.js';

const REMOVED = 'it is no longer in the fleet';
const FACTS_MS = 1000;
const UNEXPECTED = 'an unexpected error, see the log';

/** What a look needs to know of the whole fleet. */
interface Facts {
  readonly held: () => Promise<Held>;
  readonly pauses: () => Promise<readonly Pause[]>;
}

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
  const facts: Facts = {
    held: briefly(() => currentlyHeld(ctx)),
    pauses: briefly(() => activePauses(ctx.db, timestamp(ctx))),
  };
  const looks: Promise<void>[] = [];
  for (const { pbxId, afterMs } of waiting) {
    if (afterMs > 0) await pauseUntil(begunAt + afterMs, ctx.closing);
    if (ctx.closing.aborted) break;
    looks.push(lanes.run(() => (ctx.closing.aborted ? Promise.resolve() : look(ctx, sweep, pbxId, facts))));
  }
  const ended = await Promise.allSettled(looks);
  const broken = ended.find((one) => one.status === 'rejected');
  if (broken !== undefined) throw broken.reason;
  return !ctx.closing.aborted;
}

/** The same answer for a while: looks write nothing, and a thousand of them need not ask a thousand times. */
function briefly<T>(ask: () => Promise<T>): () => Promise<T> {
  let known: { readonly answer: Promise<T>; readonly until: number } | undefined;
  return () => {
    if (known === undefined || performance.now() > known.until) {
      known = { answer: ask(), until: performance.now() + FACTS_MS };
      known.answer.catch(() => (known = undefined));
    }
    return known.answer;
  };
}

async function pauseUntil(at: number, signal: AbortSignal): Promise<void> {
  const ms = at - Date.now();
  if (ms > 0) await sleep(ms, undefined, { signal, ref: false }).catch(() => undefined);
}

/** One PBX's trouble never stops the others: it is stored as the reason why the PBX could not be inspected. */
async function look(ctx: Ctx, sweep: Sweep, pbxId: string, { held, pauses }: Facts): Promise<void> {
  const pbx = findPbx(ctx, pbxId);
  const save = (found: Parameters<typeof saveInspection>[3]): Promise<void> =>
    saveInspection(ctx.db, sweep.id, pbxId, found);
  if (pbx === undefined) return save({ failure: REMOVED });
  try {
    const skipped = pauseOf(pbx, await pauses());
    if (skipped !== null) {
      const { desired } = await currentDesired(ctx, pbx, await held());
      return await save({ skipped, findings: skippedFindings(desired, skipped) });
    }
    const found = await lookAt(ctx, pbx, { held: await held(), telling: 'once' });
    await Promise.all([saveObservation(ctx.db, found.observation), save({ ...found, url: pbx.url })]);
  } catch (error) {
    ctx.log.error({ err: error, pbx: pbxId }, 'a PBX could not be inspected');
    await save({ failure: UNEXPECTED });
  }
}

/** Why sweeps leave a PBX alone now, or null. */
export async function pausedBecause(ctx: Pick<Ctx, 'db' | 'now'>, pbx: Pbx): Promise<string | null> {
  return pauseOf(pbx, await activePauses(ctx.db, timestamp(ctx)));
}

function pauseOf(pbx: Pbx, pauses: readonly Pause[]): string | null {
  const pause = pauses.findLast(({ target }) => covers(target, pbx));
  return pause === undefined ? null : `paused until ${timeWords(pause.untilAt)}: ${pause.reason}`;
}
