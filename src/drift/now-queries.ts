import { type Pause, activePauses } from '../baseline/pause-store.js';
import { type Severity, severities } from '../baseline/rules.js';
import { activeExceptions } from '../baseline/exception-store.js';
import { type Ctx, type Period, timestamp } from '../ctx.js';
import { endOfRun } from '../fleet/period.js';
import { findStop, type Stop } from '../fleet/stop.js';
import type { Db } from '../storage/database.js';
import { decodeJson } from '../storage/json.js';
import type { EpisodeRule } from './episode.js';
import { countDone } from './inspection-store.js';
import { listQuarantines } from './memory-store.js';
import { findHeldSweep, findOpenSweep, listSweeps, type Sweep } from './store.js';

/** A period, and until when its present run lasts. */
export interface PeriodNow {
  readonly period: Period;
  readonly untilAt: string | null;
}

/** How the fleet's drift stands right now. */
export interface DriftNow {
  /** The newest sweep that ended or waits for a person. */
  readonly last: Sweep | null;
  readonly underWay: { readonly sweep: Sweep; readonly done: number; readonly all: number } | null;
  readonly held: Sweep | null;
  readonly open: number;
  readonly bySeverity: Readonly<Record<Severity, number>>;
  readonly quarantines: readonly { readonly pbxId: string; readonly key: string }[];
  readonly pauses: readonly Pause[];
  readonly exceptions: number;
  readonly stop: Stop | null;
  readonly freezes: readonly PeriodNow[];
  readonly windows: readonly PeriodNow[];
}

type NowCtx = Pick<Ctx, 'db' | 'now' | 'stopFile' | 'freezes' | 'windows'>;

/** Looks only at what is stored and configured, never at a PBX. */
export async function findDriftNow(ctx: NowCtx): Promise<DriftNow> {
  const { db } = ctx;
  const at = timestamp(ctx);
  const now = ctx.now();
  const [last] = await listSweeps(db, 1);
  const bySeverity = await countOpen(db);
  const running = (period: Period): PeriodNow => ({
    period,
    untilAt: endOfRun(period, now)?.toISOString() ?? null,
  });
  return {
    last: last ?? null,
    underWay: await findUnderWay(db),
    held: (await findHeldSweep(db)) ?? null,
    bySeverity,
    open: Object.values(bySeverity).reduce((sum, count) => sum + count, 0),
    quarantines: (await listQuarantines(db)).map(({ pbxId, key }) => ({ pbxId, key })),
    pauses: await activePauses(db, at),
    exceptions: (await activeExceptions(db, at)).length,
    stop: await findStop(ctx),
    freezes: ctx.freezes.map(running),
    windows: ctx.windows.map(running),
  };
}

/** The open drifts by severity. */
export async function countOpen(db: Db): Promise<Readonly<Record<Severity, number>>> {
  const rows = await db
    .selectFrom('episodes')
    .select((eb) => ['rule', eb.fn.countAll().as('count')])
    .where('closed_at', 'is', null)
    .groupBy('rule')
    .execute();
  const counts = new Map<Severity, number>(severities.map((severity) => [severity, 0]));
  for (const { rule, count } of rows) {
    const { severity } = decodeJson<EpisodeRule>(rule);
    counts.set(severity, (counts.get(severity) ?? 0) + Number(count));
  }
  return {
    info: counts.get('info') ?? 0,
    warning: counts.get('warning') ?? 0,
    critical: counts.get('critical') ?? 0,
  };
}

async function findUnderWay(db: Db): Promise<DriftNow['underWay']> {
  const sweep = await findOpenSweep(db);
  if (sweep === undefined) return null;
  const before =
    sweep.state === 'inspecting' ? 'pending' : sweep.state === 'releasing' ? 'released' : 'inspected';
  return { sweep, ...(await countDone(db, sweep.id, before)) };
}
