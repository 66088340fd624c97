import type { Db } from '../storage/database.js';
import { type Report, reportOf } from './report.js';
import { findLastSweep, findSweep, listInspections, type Sweep } from './store.js';

export interface SweepReport {
  readonly sweep: Sweep;
  readonly report: Report;
}

/** A sweep and its report as far as it got, or undefined for an unknown id. */
export async function findSweepReport(db: Db, id: string): Promise<SweepReport | undefined> {
  const sweep = await findSweep(db, id);
  return sweep === undefined ? undefined : { sweep, report: reportOf(await listInspections(db, id)) };
}

/** The newest finished sweep and its report, or undefined before the first. */
export async function findLastReport(db: Db): Promise<SweepReport | undefined> {
  const sweep = await findLastSweep(db);
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

/** Sweeps finished since `since` of which no up-to-date message is known in `audience`. */
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
    .where('sweeps.state', '=', 'finished')
    .where('sweeps.started_at', '>=', since)
    .where((eb) =>
      eb.or([eb('messages.ts', 'is', null), eb('messages.revision', '<', eb.ref('sweeps.revision'))]),
    )
    .execute();
  return rows.map(({ id }) => id);
}
