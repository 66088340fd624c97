import type { Db } from '../storage/database.js';
import { severities } from '../baseline/rules.js';
import { decodeJson, decodeOptionalJson } from '../storage/json.js';
import type { EpisodeRule } from './episode.js';
import { inspectionsOf } from './inspection-store.js';
import { createTally, type PbxReport, type Report, type Totals } from './report.js';
import { findSweep, listSweeps, type Sweep } from './store.js';

const EPISODE_STATUSES: readonly string[] = ['waiting', 'drifted', 'not-converged', 'quarantined'];

export interface SweepReport {
  readonly sweep: Sweep;
  readonly report: Report;
}

/** A sweep and its report as far as it got, or undefined for an unknown id. */
export async function findSweepReport(db: Db, id: string): Promise<SweepReport | undefined> {
  const sweep = await findSweep(db, id);
  if (sweep === undefined) return undefined;
  const tally = createTally();
  const entries: PbxReport[] = [];
  for await (const inspection of inspectionsOf(db, id)) entries.push(tally.add(inspection));
  return { sweep, report: { ...tally.totals(), entries } };
}

/** The part of a sweep's report that concerns some of its PBXs, without the settings of those on which all is well. */
export interface ReportPart extends Totals {
  /** The PBXs of which there is something to tell. */
  readonly notable: readonly PbxReport[];
  /** The others, and how many of their settings are as they should be. */
  readonly quiet: readonly { readonly pbxId: string; readonly inSync: number }[];
}

/** A sweep's report as far as it got, in the parts into which `partOf` puts each PBX. Holds little of a fleet that is well. */
export async function findReportParts(
  db: Db,
  sweepId: string,
  partOf: (pbxId: string) => string,
): Promise<ReadonlyMap<string, ReportPart>> {
  const parts = new Map<string, ReturnType<typeof createPart>>();
  for await (const inspection of inspectionsOf(db, sweepId)) {
    const name = partOf(inspection.pbxId);
    const part = parts.get(name) ?? createPart();
    parts.set(name, part);
    part.add(inspection);
  }
  return new Map([...parts].map(([name, part]) => [name, part.part()]));
}

/** A whole report as one part. */
export function partOfReport({ entries, ...totals }: Report): ReportPart {
  const quiet = entries.filter(isQuiet).map(({ pbxId, inSync }) => ({ pbxId, inSync: inSync.length }));
  return { ...totals, notable: entries.filter((entry) => !isQuiet(entry)), quiet };
}

function createPart() {
  const tally = createTally();
  const notable: PbxReport[] = [];
  const quiet: { pbxId: string; inSync: number }[] = [];
  return {
    add(inspected: Parameters<typeof tally.add>[0]): void {
      const entry = tally.add(inspected);
      if (isQuiet(entry)) quiet.push({ pbxId: entry.pbxId, inSync: entry.inSync.length });
      else notable.push(entry);
    },
    part: (): ReportPart => ({ ...tally.totals(), notable, quiet }),
  };
}

function isQuiet({ failure, skipped, gap, lines, inSync }: PbxReport): boolean {
  return failure === null && skipped === null && gap === null && lines.length === 0 && inSync.length > 0;
}

/** How many settings were drifted, or did not keep their correction, at the end of each sweep up to a number, oldest first. */
export async function driftHistory(db: Db, number: number, limit: number): Promise<readonly number[]> {
  const rows = await db
    .selectFrom('sweeps')
    .select('totals')
    .where('state', 'in', ['held', 'finished', 'releasing'])
    .where('totals', 'is not', null)
    .where('number', '<=', number)
    .orderBy('number', 'desc')
    .limit(limit)
    .execute();
  return rows
    .flatMap(({ totals }) => decodeOptionalJson<Totals>(totals) ?? [])
    .map(({ counts }) => counts.drifted + counts['not-converged'])
    .toReversed();
}

/** The newest sweep that ended or waits for a person, and its report; undefined before the first. */
export async function findLastReport(db: Db): Promise<SweepReport | undefined> {
  const [sweep] = await listSweeps(db, 1);
  return sweep === undefined ? undefined : findSweepReport(db, sweep.id);
}

/** When the sweep before the one of a number ended, in ISO 8601; '' where it is the first. */
export async function previousSweepEnd(db: Db, number: number): Promise<string> {
  const row = await db
    .selectFrom('sweeps')
    .select((eb) => eb.fn.max('finished_at').as('at'))
    .where('number', '<', number)
    .executeTakeFirst();
  return row?.at ?? '';
}

/** Sweeps that ended, or wait for a person, since `since` of which no up-to-date message is known in `audience`. */
export async function unannouncedSweeps(db: Db, audience: string, since: string): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('sweeps')
    .leftJoin('messages', (join) =>
      join
        .onRef('messages.subject_id', '=', 'sweeps.id')
        .on('messages.subject_kind', '=', 'sweep')
        .on('messages.audience', '=', audience),
    )
    .select('sweeps.id')
    .where('sweeps.state', 'in', ['held', 'finished'])
    .where('sweeps.started_at', '>=', since)
    .where((eb) =>
      eb.or([eb('messages.ts', 'is', null), eb('messages.revision', '<', eb.ref('sweeps.revision'))]),
    )
    .execute();
  return rows.map(({ id }) => id);
}

/** Episodes of which no up-to-date message is known in `audience`, the oldest ones first. */
export async function unannouncedEpisodes(
  db: Db,
  audience: string,
  since: string,
  limit = 1000,
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('episodes')
    .leftJoin('messages', (join) =>
      join
        .onRef('messages.subject_id', '=', 'episodes.id')
        .on('messages.subject_kind', '=', 'episode')
        .on('messages.audience', '=', audience),
    )
    .select('episodes.id')
    .where('episodes.opened_at', '>=', since)
    .where((eb) =>
      eb.or([eb('messages.ts', 'is', null), eb('messages.revision', '<', eb.ref('episodes.revision'))]),
    )
    .orderBy('episodes.opened_at')
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}

/** The drifts that became new or worse with one sweep. */
export interface Batch {
  readonly from: string;
  /** When the next sweep began, or null. */
  readonly until: string | null;
  /** How many drifts are open, of this sweep and of others. */
  readonly open: number;
}

/** The sweep in which a drift became new or worse at a time. */
export async function batchOf(db: Db, worsenedAt: string): Promise<Batch> {
  const row = await db
    .selectFrom('episodes')
    .select((eb) => eb.fn.countAll().as('open'))
    .where('closed_at', 'is', null)
    .executeTakeFirst();
  const from = await sweepStart(db, '<=', worsenedAt);
  return { from: from ?? '', until: await sweepStart(db, '>', worsenedAt), open: Number(row?.open ?? 0) };
}

/** The ids of the worst drifts of a batch, as many as `limit` and only of PBXs that are `isIn`; the same for whoever asks. */
export async function topOf(
  db: Db,
  { from, until }: Batch,
  { limit, isIn }: { readonly limit: number; readonly isIn: (pbxId: string) => boolean },
): Promise<readonly string[]> {
  let query = db
    .selectFrom('episodes')
    .select(['id', 'pbx_id', 'status', 'rule'])
    .where('worsened_at', '>=', from)
    .where('status', '!=', 'waiting')
    .where('closed_at', 'is', null);
  if (until !== null) query = query.where('worsened_at', '<', until);
  const rows = await query.orderBy('pbx_id').orderBy('setting_key').execute();
  return rows
    .filter((row) => isIn(row.pbx_id))
    .map(({ id, status, rule }) => ({ id, badness: badnessOf(status, decodeJson<EpisodeRule>(rule)) }))
    .toSorted((one, other) => other.badness - one.badness)
    .slice(0, limit)
    .map(({ id }) => id);
}

/** When the newest sweep up to a time began, or the oldest one after it. */
async function sweepStart(db: Db, side: '<=' | '>', at: string): Promise<string | null> {
  const row = await db
    .selectFrom('sweeps')
    .select('started_at')
    .where('started_at', side, at)
    .orderBy('started_at', side === '>' ? 'asc' : 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.started_at ?? null;
}

function badnessOf(status: string, { severity }: EpisodeRule): number {
  return severities.indexOf(severity) * EPISODE_STATUSES.length + EPISODE_STATUSES.indexOf(status);
}
