import pLimit from 'p-limit';
import { record } from '../audit/record.js';
import { currentBaseline } from '../baseline/store.js';
import { type Actor, type Ctx, timestamp } from '../ctx.js';
import { UserError } from '../errors.js';
import { unknownOutcome } from '../fleet/outcome.js';
import { correctPbx } from './correct.js';
import { inspectPbx } from './inspect.js';
import { reportOf } from './report.js';
import {
  advanceState,
  findSweep,
  insertSweep,
  listInspections,
  saveCorrection,
  saveInspection,
  type StoredInspection,
  type Sweep,
  type SweepCause,
} from './store.js';

const SYSTEM: Actor = { kind: 'system', id: 'sweep' };
const CONCURRENCY = 16;
const REMOVED = 'it is no longer in the fleet';
const UNEXPECTED = 'an unexpected error, see the log';

/**
 * Begins a sweep over the whole fleet and wakes its work. Throws `UserError` (conflict) where one is under way or this
 * slot's sweep was begun already, on this machine or another.
 */
export async function startSweep(ctx: Ctx, cause: SweepCause): Promise<string> {
  const id = ctx.newId();
  const at = timestamp(ctx);
  await ctx.db.transaction().execute(async (tx) => {
    const { version } = await currentBaseline(tx);
    const sweep = { id, cause, baselineVersion: version, startedAt: at };
    const isBegun = await insertSweep(
      tx,
      sweep,
      ctx.pbxs.map((pbx) => pbx.id),
    );
    if (!isBegun) {
      throw new UserError('conflict', 'A sweep is under way.', { mend: 'Its report comes when it ends.' });
    }
    const actor = cause.kind === 'person' ? cause.actor : SYSTEM;
    await record(tx, {
      at,
      actor,
      action: 'sweep.started',
      subject: { kind: 'sweep', id },
      detail: { cause, version },
    });
  });
  ctx.wake({ kind: 'sweep', id });
  return id;
}

/**
 * Takes a sweep from wherever it is to its end: inspect every PBX and store the plans, then carry the plans out, then
 * close it. Interrupted and called again it goes on; one PBX's trouble never stops the others.
 */
export async function advanceSweep(ctx: Ctx, id: string): Promise<void> {
  const sweep = await findSweep(ctx.db, id);
  if (sweep?.state === 'inspecting') {
    await eachPbx(ctx, sweep, 'pending', inspect);
    await move(ctx, sweep, 'inspecting', 'correcting');
    return advanceSweep(ctx, id);
  }
  if (sweep?.state === 'correcting') {
    await eachPbx(ctx, sweep, 'inspected', correct);
    await move(ctx, sweep, 'correcting', 'finished');
  }
}

async function eachPbx(
  ctx: Ctx,
  sweep: Sweep,
  state: StoredInspection['state'],
  work: (ctx: Ctx, sweep: Sweep, inspection: StoredInspection) => Promise<void>,
): Promise<void> {
  const limit = pLimit(CONCURRENCY);
  const inspections = await listInspections(ctx.db, sweep.id);
  const waiting = inspections.filter((inspection) => inspection.state === state);
  const ended = await Promise.allSettled(
    waiting.map((inspection) => limit(() => work(ctx, sweep, inspection))),
  );
  const failed = ended.find((end) => end.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

async function inspect(ctx: Ctx, sweep: Sweep, { pbxId }: StoredInspection): Promise<void> {
  const pbx = ctx.pbxs.find((candidate) => candidate.id === pbxId);
  const nothing = { findings: [], plan: [] };
  if (pbx === undefined) return saveInspection(ctx.db, sweep.id, pbxId, { ...nothing, failure: REMOVED });
  try {
    await saveInspection(ctx.db, sweep.id, pbxId, { ...(await inspectPbx(ctx, pbx)), failure: null });
  } catch (error) {
    ctx.log.error({ err: error, pbx: pbxId }, 'a PBX could not be inspected');
    await saveInspection(ctx.db, sweep.id, pbxId, { ...nothing, failure: UNEXPECTED });
  }
}

async function correct(ctx: Ctx, sweep: Sweep, inspection: StoredInspection): Promise<void> {
  const { pbxId, findings, plan, failure } = inspection;
  const pbx = ctx.pbxs.find((candidate) => candidate.id === pbxId);
  if (pbx === undefined) {
    return saveCorrection(ctx.db, sweep.id, pbxId, { findings, outcomes: [], failure: failure ?? REMOVED });
  }
  try {
    const corrected = await correctPbx(ctx, pbx, sweep.id, inspection);
    await saveCorrection(ctx.db, sweep.id, pbxId, { ...corrected, failure });
  } catch (error) {
    ctx.log.error({ err: error, pbx: pbxId }, 'a PBX could not be corrected');
    const outcomes = plan.map((change) => unknownOutcome(change, UNEXPECTED));
    await saveCorrection(ctx.db, sweep.id, pbxId, { findings, outcomes, failure });
  }
}

async function move(
  ctx: Ctx,
  sweep: Sweep,
  from: 'inspecting' | 'correcting',
  to: 'correcting' | 'finished',
): Promise<void> {
  const at = timestamp(ctx);
  const { counts } = reportOf(await listInspections(ctx.db, sweep.id));
  await ctx.db.transaction().execute(async (tx) => {
    if (!(await advanceState(tx, sweep.id, from, to, to === 'finished' ? at : null))) return;
    const subject = { kind: 'sweep', id: sweep.id } as const;
    await record(tx, { at, actor: SYSTEM, action: `sweep.${to}`, subject, detail: { counts } });
  });
}
