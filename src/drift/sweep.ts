import { record } from '../audit/record.js';
import { currentBaseline } from '../baseline/store.js';
import { type Actor, type Ctx, timestamp } from '../ctx.js';
import { UserError } from '../errors.js';
import type { Tx } from '../storage/database.js';
import { finishSweep } from './finish.js';
import { startProgress } from './progress.js';
import { findHeldSweep, findSweep, insertSweep, moveSweep, type Sweep, type SweepCause } from './store.js';
import { correctAll } from './sweep-correct.js';
import { guardSweep } from './sweep-guard.js';
import { inspectAll } from './sweep-inspect.js';

const SYSTEM: Actor = { kind: 'system', id: 'sweep' };

/**
 * Begins a sweep over the whole fleet and wakes its work; it takes the place of one that still waits for a person. Throws
 * `UserError` (conflict) where one is under way or this slot's sweep was begun already, on this machine or another.
 */
export async function startSweep(ctx: Ctx, cause: SweepCause): Promise<string> {
  const id = ctx.newId();
  const at = timestamp(ctx);
  const superseded = await ctx.db.transaction().execute(async (tx) => {
    const { version } = await currentBaseline(tx);
    const sweep = { id, cause, baselineVersion: version, startedAt: at };
    const pbxIds = ctx.pbxs.map((pbx) => pbx.id);
    if (!(await insertSweep(tx, sweep, pbxIds))) {
      throw new UserError('conflict', 'A sweep is under way.', { mend: 'Its report comes when it ends.' });
    }
    const actor = cause.kind === 'person' ? cause.actor : SYSTEM;
    const subject = { kind: 'sweep', id } as const;
    await record(tx, { at, actor, action: 'sweep.started', subject, detail: { cause, version } });
    return supersede(tx, actor, at);
  });
  if (superseded !== null) ctx.wake({ kind: 'sweep', id: superseded });
  ctx.wake({ kind: 'sweep', id });
  return id;
}

/** What waited for a person is looked at afresh by the new sweep, so that nobody releases an old plan. */
async function supersede(tx: Tx, by: Actor, at: string): Promise<string | null> {
  const held = await findHeldSweep(tx);
  if (held?.hold == null) return null;
  const hold = { ...held.hold, ended: { how: 'superseded', by, at } } as const;
  await moveSweep(tx, held.id, { from: 'held', to: 'finished', hold });
  return held.id;
}

/**
 * Takes a sweep from wherever it is as far as it can go: inspect every PBX and store the plans, judge all plans together,
 * carry out what nothing holds back, then close it or leave it to a person. Interrupted and called again it goes on; one
 * PBX's trouble never stops the others.
 */
export async function advanceSweep(ctx: Ctx, id: string): Promise<void> {
  const progress = startProgress(ctx, id);
  try {
    while (await step(ctx, await findSweep(ctx.db, id)));
  } finally {
    await progress.end();
  }
}

/** Does what a sweep's state calls for. Returns false where there is nothing more to do now. */
async function step(ctx: Ctx, sweep: Sweep | undefined): Promise<boolean> {
  switch (sweep?.state) {
    case 'inspecting':
      if (!(await inspectAll(ctx, sweep))) return false;
      await guardSweep(ctx, sweep);
      return true;
    case 'correcting':
      if (!(await correctAll(ctx, sweep, 'inspected'))) return false;
      await finishSweep(ctx, sweep);
      return true;
    case 'releasing':
      if (!(await correctAll(ctx, sweep, 'released'))) return false;
      await finishSweep(ctx, sweep);
      return true;
    default:
      return false;
  }
}
