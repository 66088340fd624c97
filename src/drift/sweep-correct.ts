import { type Ctx, type Pbx, timestamp } from '../ctx.js';
import { hasFailed, type Outcome, unknownOutcome, type WantedChange } from '../fleet/outcome.js';
import { findPbx } from '../fleet/pbx.js';
import { shutBecause } from '../fleet/period.js';
import { findStop, stopWords } from '../fleet/stop.js';
import { type Cause, findWrite, listSettled } from '../fleet/write-journal.js';
import type { Tx } from '../storage/database.js';
import { type Canary, createCanary } from './canary.js';
import { correctPbx } from './correct.js';
import {
  findInspection,
  finishUnplanned,
  inspectionsOf,
  saveCorrection,
  type StoredInspection,
} from './inspection-store.js';
import { createLanes } from './lanes.js';
import { findMemory, insertCorrection, saveMemory } from './memory-store.js';
import { afterFailure } from './restraint.js';
import type { Sweep } from './store.js';
import { isReleasable, type Withheld } from './withheld.js';

const UNEXPECTED = 'an unexpected error, see the log';

/** Which plans a run carries out: those nothing held back, or those a person released. */
type Run = 'inspected' | 'released';

/**
 * Carries out the stored plans of a sweep, one PBX first and then several at once, and leaves the rest alone where too many
 * fail. Returns false where the process ends before all are done.
 */
export async function correctAll(ctx: Ctx, sweep: Sweep, run: Run): Promise<boolean> {
  await finishUnplanned(ctx.db, sweep.id);
  const { busy, idle } = await queueOf(ctx, sweep, run);
  const canary = await canaryFor(ctx, sweep, run, busy);
  const work = (pbxId: string): Promise<void> =>
    ctx.closing.aborted ? Promise.resolve() : correct(ctx, { sweep, run, canary }, pbxId);
  while (!canary.isProven() && busy.length > 0) await work(busy.shift() ?? '');
  const lanes = createLanes({ atOnce: ctx.sweepPolicy.concurrency });
  const ended = await Promise.allSettled([...busy, ...idle].map((pbxId) => lanes.run(() => work(pbxId))));
  const broken = ended.find((one) => one.status === 'rejected');
  if (broken !== undefined) throw broken.reason;
  return !ctx.closing.aborted;
}

/** The PBXs whose turn is yet to come: those that are to be written, and those of which all is held back. */
async function queueOf(
  ctx: Ctx,
  sweep: Sweep,
  run: Run,
): Promise<{ readonly busy: string[]; readonly idle: readonly string[] }> {
  const busy: string[] = [];
  const idle: string[] = [];
  for await (const inspection of inspectionsOf(ctx.db, sweep.id)) {
    if (inspection.state !== run) continue;
    (orderOf(inspection, run, null).plan.length > 0 ? busy : idle).push(inspection.pbxId);
  }
  return { busy, idle };
}

/** A canary that remembers how the corrections before an interruption went. */
async function canaryFor(ctx: Ctx, sweep: Sweep, run: Run, busy: readonly string[]): Promise<Canary> {
  const earlier = await listSettled(ctx.db, causeOf(sweep, run));
  const all = new Set([...busy, ...earlier.map(({ pbxId }) => pbxId)]);
  const canary = createCanary(all.size, ctx.guards);
  for (const { pbxId, outcomes } of earlier) canary.note(pbxId, outcomes);
  return canary;
}

/** The two runs of one sweep are two causes: what was released is a write of its own. */
function causeOf({ id }: Sweep, run: Run): Cause {
  return { kind: 'sweep', id: run === 'inspected' ? id : `${id}.released` };
}

interface Task {
  readonly sweep: Sweep;
  readonly run: Run;
  readonly canary: Canary;
}

async function correct(ctx: Ctx, task: Task, pbxId: string): Promise<void> {
  const { sweep, run, canary } = task;
  const inspection = await findInspection(ctx.db, sweep.id, pbxId);
  const cause = causeOf(sweep, run);
  if (inspection?.state !== run) return noteElsewhere(ctx, canary, cause, pbxId);
  const pbx = findPbx(ctx, pbxId);
  const { plan, withheld } = orderOf(inspection, run, await keptBack(ctx, { canary, cause, pbxId, pbx }));
  const corrected =
    pbx === undefined
      ? { findings: inspection.findings, outcomes: [] }
      : await attempt(ctx, pbx, {
          cause: cause.id,
          findings: inspection.findings,
          plan,
          url: inspection.url,
        });
  canary.note(pbxId, corrected.outcomes);
  await ctx.db.transaction().execute(async (tx) => {
    const outcomes = [...inspection.outcomes, ...corrected.outcomes];
    const ended = { ...corrected, from: run, inSync: inspection.inSync, outcomes, withheld };
    if (!(await saveCorrection(tx, sweep.id, pbxId, ended))) return;
    for (const outcome of corrected.outcomes) await remember(ctx, tx, { sweepId: sweep.id, pbxId }, outcome);
  });
}

/** Another machine had its turn first: how that went counts here too. */
async function noteElsewhere(ctx: Ctx, canary: Canary, cause: Cause, pbxId: string): Promise<void> {
  const known = await findWrite(ctx.db, cause, pbxId);
  canary.note(pbxId, known?.outcomes ?? []);
}

type KeptBack = Pick<Withheld, 'why' | 'because'>;

interface Turn {
  readonly canary: Canary;
  readonly cause: Cause;
  readonly pbxId: string;
  readonly pbx: Pbx | undefined;
}

/**
 * Why a PBX is left alone when its turn comes, be it that everything was stopped or a window shut since the plans were
 * judged. A write that was begun before an interruption is taken to its end all the same.
 */
async function keptBack(ctx: Ctx, { canary, cause, pbxId, pbx }: Turn): Promise<KeptBack | null> {
  const failing = canary.stopBecause();
  const stop = await findStop(ctx);
  const shut = pbx === undefined ? null : shutBecause(pbx, ctx, ctx.now());
  const why: KeptBack | null =
    failing !== null
      ? { why: 'canary', because: failing }
      : stop !== null
        ? { why: 'stop', because: stopWords(stop) }
        : shut;
  return why === null || (await findWrite(ctx.db, cause, pbxId)) !== undefined ? null : why;
}

/** What of a plan is carried out in this run, and what stays withheld after it. */
function orderOf(
  { plan, withheld, outcomes }: StoredInspection,
  run: Run,
  kept: KeptBack | null,
): { readonly plan: readonly WantedChange[]; readonly withheld: readonly Withheld[] } {
  const stays = run === 'released' ? withheld.filter((one) => !isReleasable(one)) : withheld;
  const open = plan.filter(
    ({ key }) => !stays.some((one) => one.key === key) && !outcomes.some((one) => one.key === key),
  );
  if (kept === null) return { plan: open, withheld: stays };
  const left = open.map(({ key }): Withheld => ({ key, ...kept }));
  return { plan: [], withheld: [...stays, ...left] };
}

/** What failed after the write was begun may have been sent, so it counts as a correction that was not kept. */
async function attempt(
  ctx: Ctx,
  pbx: Pbx,
  order: Parameters<typeof correctPbx>[2],
): ReturnType<typeof correctPbx> {
  try {
    return await correctPbx(ctx, pbx, order);
  } catch (error) {
    ctx.log.error({ err: error, pbx: pbx.id }, 'a PBX could not be corrected');
    const begun = await findWrite(ctx.db, { kind: 'sweep', id: order.cause }, pbx.id);
    const sent = begun === undefined ? {} : { isSent: true as const };
    const outcomes = order.plan.map((change) => ({ ...unknownOutcome(change, UNEXPECTED), ...sent }));
    return { findings: order.findings, outcomes };
  }
}

/** A correction the PBX did not keep makes the next one wait; every correction counts against the budget. */
async function remember(
  ctx: Ctx,
  tx: Tx,
  { sweepId, pbxId }: { readonly sweepId: string; readonly pbxId: string },
  outcome: Outcome,
): Promise<void> {
  const { key, status } = outcome;
  const isLost = hasFailed(outcome);
  if (status !== 'written' && !isLost) return;
  await insertCorrection(tx, { sweepId, pbxId, key, at: timestamp(ctx), hasConverged: !isLost });
  if (isLost) await saveMemory(tx, pbxId, key, afterFailure(await findMemory(tx, pbxId, key), ctx.now()));
}
