import type { Outcome, WantedChange } from '../fleet/outcome.js';
import type { Db, Tx } from '../storage/database.js';
import { decodeOptionalJson, encodeJson } from '../storage/json.js';
import { writeTogether } from '../storage/together.js';
import type { InspectionTable } from '../storage/schema.js';
import type { Finding } from './finding.js';
import type { Withheld } from './withheld.js';

/** What a sweep knows of one PBX. `released`: what waited for a person was released and is yet to be written. */
export interface StoredInspection {
  readonly pbxId: string;
  readonly state: 'pending' | 'inspected' | 'done' | 'released';
  /** The keys that were as their rules say. */
  readonly inSync: readonly string[];
  /** All other findings. */
  readonly findings: readonly Finding[];
  readonly plan: readonly WantedChange[];
  readonly withheld: readonly Withheld[];
  readonly outcomes: readonly Outcome[];
  /** Why the PBX could not be inspected at all, or null. */
  readonly failure: string | null;
  /** Why the PBX was not looked at on purpose, or null. */
  readonly skipped: string | null;
  /** Why nobody can tell who changed what there; said once. */
  readonly gap: string | null;
  /** Where the PBX was when it was looked at; null where it was not, and in sweeps of versions before. */
  readonly url: string | null;
}

/** What stands in the findings of a PBX of which something could not be read. */
const UNREAD = encodeJson({ status: 'unknown' }).slice(1, -1);
const PAGE = 200;
const BATCH = 500;

/** Stores a pending inspection for every PBX of a sweep. */
export async function insertInspections(tx: Tx, sweepId: string, pbxIds: readonly string[]): Promise<void> {
  for (let from = 0; from < pbxIds.length; from += BATCH) {
    const rows = pbxIds
      .slice(from, from + BATCH)
      .map((pbxId) => ({ sweep_id: sweepId, pbx_id: pbxId, ...EMPTY }));
    await tx.insertInto('inspections').values(rows).execute();
  }
}

const EMPTY = {
  state: 'pending',
  findings: null,
  plan: null,
  outcomes: null,
  failure: null,
  in_sync: null,
  withheld: null,
  skipped: null,
  gap: null,
  url: null,
};

/** The PBXs of a sweep whose inspection is in a state, in the order of their ids. */
export async function listPbxIds(
  db: Db,
  sweepId: string,
  state: StoredInspection['state'],
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('inspections')
    .select('pbx_id')
    .where('sweep_id', '=', sweepId)
    .where('state', '=', state)
    .orderBy('pbx_id')
    .execute();
  return rows.map((row) => row.pbx_id);
}

/** How many PBXs of a sweep are past a state, and how many there are. */
export async function countDone(
  db: Db,
  sweepId: string,
  before: StoredInspection['state'],
): Promise<{ readonly done: number; readonly all: number }> {
  const rows = await db
    .selectFrom('inspections')
    .select((eb) => ['state', eb.fn.countAll().as('count')])
    .where('sweep_id', '=', sweepId)
    .groupBy('state')
    .execute();
  const all = rows.reduce((sum, { count }) => sum + Number(count), 0);
  const waiting = rows.find(({ state }) => state === before)?.count ?? 0;
  return { done: all - Number(waiting), all };
}

/** When the newest sweep that could read all it asked of a PBX began, in ISO 8601, or null. */
export async function lastInspectedAt(db: Db, pbxId: string): Promise<string | null> {
  const row = await db
    .selectFrom('inspections')
    .innerJoin('sweeps', 'sweeps.id', 'inspections.sweep_id')
    .select((eb) => eb.fn.max('sweeps.started_at').as('at'))
    .where('inspections.pbx_id', '=', pbxId)
    .where('inspections.state', '=', 'done')
    .where('inspections.failure', 'is', null)
    .where('inspections.skipped', 'is', null)
    .where('inspections.findings', 'not like', `%${UNREAD}%`)
    .executeTakeFirst();
  return row?.at ?? null;
}

/** One inspection of a sweep. */
export async function findInspection(
  db: Db,
  sweepId: string,
  pbxId: string,
): Promise<StoredInspection | undefined> {
  const row = await db
    .selectFrom('inspections')
    .selectAll()
    .where('sweep_id', '=', sweepId)
    .where('pbx_id', '=', pbxId)
    .executeTakeFirst();
  return row === undefined ? undefined : inspectionOf(row);
}

/** The inspections of a sweep in the order of the PBXs' ids, a page at a time, so that a large fleet fits into memory. */
export async function* inspectionsOf(db: Db, sweepId: string): AsyncGenerator<StoredInspection> {
  for (let after = ''; ;) {
    const rows = await db
      .selectFrom('inspections')
      .selectAll()
      .where('sweep_id', '=', sweepId)
      .where('pbx_id', '>', after)
      .orderBy('pbx_id')
      .limit(PAGE)
      .execute();
    for (const row of rows) yield inspectionOf(row);
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    after = last.pbx_id;
  }
}

/** Stores what an inspection found, and the plan made of it. */
export async function saveInspection(
  db: Db,
  sweepId: string,
  pbxId: string,
  found: Partial<Pick<StoredInspection, 'findings' | 'plan' | 'failure' | 'skipped' | 'gap' | 'url'>>,
): Promise<void> {
  const { findings = [], plan = [], failure = null, skipped = null, gap = null, url = null } = found;
  const row = { ...findingColumns(findings), plan: encodeJson(plan), failure, skipped, gap, url };
  await writeTogether(db, async (tx) => {
    await tx
      .updateTable('inspections')
      .set({ state: 'inspected', ...row })
      .where('sweep_id', '=', sweepId)
      .where('pbx_id', '=', pbxId)
      .where('state', '=', 'pending')
      .execute();
  });
}

/** Stores what keeps back which of a PBX's writes. */
export async function saveWithheld(
  tx: Tx,
  sweepId: string,
  pbxId: string,
  withheld: readonly Withheld[],
): Promise<void> {
  await tx
    .updateTable('inspections')
    .set({ withheld: encodeJson(withheld) })
    .where('sweep_id', '=', sweepId)
    .where('pbx_id', '=', pbxId)
    .execute();
}

/** Opens the inspections of some PBXs again, whose withheld writes were released. */
export async function saveReleased(tx: Tx, sweepId: string, pbxIds: readonly string[]): Promise<void> {
  for (let from = 0; from < pbxIds.length; from += BATCH) {
    await tx
      .updateTable('inspections')
      .set({ state: 'released' })
      .where('sweep_id', '=', sweepId)
      .where('pbx_id', 'in', pbxIds.slice(from, from + BATCH))
      .where('state', '=', 'done')
      .execute();
  }
}

/** Stores how the correction of a PBX ended, and the findings as they stand then. Returns false where that was stored. */
export async function saveCorrection(
  tx: Tx,
  sweepId: string,
  pbxId: string,
  ended: Pick<StoredInspection, 'inSync' | 'findings' | 'outcomes' | 'withheld'> & {
    readonly from: 'inspected' | 'released';
  },
): Promise<boolean> {
  const saved = await tx
    .updateTable('inspections')
    .set({
      state: 'done',
      ...findingColumns(ended.findings, ended.inSync),
      outcomes: encodeJson(ended.outcomes),
      withheld: encodeJson(ended.withheld),
    })
    .where('sweep_id', '=', sweepId)
    .where('pbx_id', '=', pbxId)
    .where('state', '=', ended.from)
    .executeTakeFirst();
  return saved.numUpdatedRows === 1n;
}

/** Marks inspections without anything to correct as done, all at once. */
export async function finishUnplanned(db: Db, sweepId: string): Promise<void> {
  await db
    .updateTable('inspections')
    .set({ state: 'done' })
    .where('sweep_id', '=', sweepId)
    .where('state', '=', 'inspected')
    .where((eb) => eb.or([eb('plan', 'is', null), eb('plan', '=', '[]')]))
    .execute();
}

/** What is in sync needs no value: thousands of PBXs have little else. */
function findingColumns(
  findings: readonly Finding[],
  known: readonly string[] = [],
): Pick<InspectionTable, 'findings' | 'in_sync'> {
  const inSync = findings.flatMap(({ status, rule }) => (status === 'in-sync' ? [rule.key] : []));
  return {
    in_sync: encodeJson([...known, ...inSync]),
    findings: encodeJson(findings.filter(({ status }) => status !== 'in-sync')),
  };
}

function inspectionOf(row: InspectionTable): StoredInspection {
  const findings = decodeOptionalJson<Finding[]>(row.findings) ?? [];
  return {
    pbxId: row.pbx_id,
    state: row.state as StoredInspection['state'],
    // Version 0.1 stored the ones in sync among the others.
    inSync:
      decodeOptionalJson(row.in_sync) ??
      findings.flatMap(({ status, rule }) => (status === 'in-sync' ? [rule.key] : [])),
    findings: findings.filter(({ status }) => status !== 'in-sync'),
    plan: decodeOptionalJson(row.plan) ?? [],
    withheld: decodeOptionalJson(row.withheld) ?? [],
    outcomes: decodeOptionalJson(row.outcomes) ?? [],
    failure: row.failure,
    skipped: row.skipped,
    gap: row.gap,
    url: row.url,
  };
}
