import type { Actor } from '../ctx.js';
import type { Outcome, WantedChange } from '../fleet/outcome.js';
import type { Db, Tx } from '../storage/database.js';
import { decodeJson, decodeOptionalJson, encodeJson } from '../storage/json.js';
import type { InspectionTable, SweepTable } from '../storage/schema.js';
import { takeTurn } from '../storage/turn.js';
import type { Finding } from './finding.js';

/** Why a sweep runs: its time came, or a person wanted it. */
export type SweepCause =
  { readonly kind: 'schedule'; readonly slot: string } | { readonly kind: 'person'; readonly actor: Actor };

export type SweepState = 'inspecting' | 'correcting' | 'finished';

export interface Sweep {
  readonly id: string;
  readonly number: number;
  readonly cause: SweepCause;
  readonly state: SweepState;
  readonly revision: number;
  readonly baselineVersion: number;
  readonly startedAt: string;
  readonly finishedAt: string | null;
}

export interface StoredInspection {
  readonly pbxId: string;
  readonly state: 'pending' | 'inspected' | 'done';
  readonly findings: readonly Finding[];
  readonly plan: readonly WantedChange[];
  readonly outcomes: readonly Outcome[];
  readonly failure: string | null;
}

/** The sweep of an id. */
export async function findSweep(db: Db | Tx, id: string): Promise<Sweep | undefined> {
  const row = await db.selectFrom('sweeps').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : sweepOf(row);
}

/** The sweep that is under way, if any. There is never more than one. */
export async function findOpenSweep(db: Db | Tx): Promise<Sweep | undefined> {
  const row = await db.selectFrom('sweeps').selectAll().where('open_key', '=', 'open').executeTakeFirst();
  return row === undefined ? undefined : sweepOf(row);
}

/** The newest sweep that ended, if any. */
export async function findLastSweep(db: Db): Promise<Sweep | undefined> {
  const row = await db
    .selectFrom('sweeps')
    .selectAll()
    .where('state', '=', 'finished')
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? undefined : sweepOf(row);
}

/** The newest slot for which a scheduled sweep was begun. */
export async function lastSlot(db: Db): Promise<string | null> {
  const row = await db
    .selectFrom('sweeps')
    .select((eb) => eb.fn.max('slot').as('slot'))
    .executeTakeFirst();
  return row?.slot ?? null;
}

/** Stores a sweep and a pending inspection a PBX. Returns false where one is under way or the slot was taken. */
export async function insertSweep(
  tx: Tx,
  sweep: Omit<Sweep, 'number' | 'state' | 'revision' | 'finishedAt'>,
  pbxIds: readonly string[],
): Promise<boolean> {
  await takeTurn(tx);
  const highest = await tx
    .selectFrom('sweeps')
    .select((eb) => eb.fn.max('number').as('number'))
    .executeTakeFirst();
  const inserted = await tx
    .insertInto('sweeps')
    .values({
      id: sweep.id,
      number: (highest?.number ?? 0) + 1,
      cause: encodeJson(sweep.cause),
      slot: sweep.cause.kind === 'schedule' ? sweep.cause.slot : null,
      open_key: 'open',
      state: 'inspecting',
      revision: 1,
      baseline_version: sweep.baselineVersion,
      started_at: sweep.startedAt,
      finished_at: null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if (inserted.numInsertedOrUpdatedRows !== 1n) return false;
  const empty = { state: 'pending', findings: null, plan: null, outcomes: null, failure: null };
  for (const pbxId of pbxIds) {
    await tx
      .insertInto('inspections')
      .values({ sweep_id: sweep.id, pbx_id: pbxId, ...empty })
      .execute();
  }
  return true;
}

/** Moves a sweep on where it still is in `from`. Returns false where it was not. */
export async function advanceState(
  tx: Tx,
  id: string,
  from: SweepState,
  to: SweepState,
  finishedAt: string | null,
): Promise<boolean> {
  const moved = await tx
    .updateTable('sweeps')
    .set((eb) => ({
      state: to,
      revision: eb('revision', '+', 1),
      finished_at: finishedAt,
      ...(to === 'finished' ? { open_key: null } : {}),
    }))
    .where('id', '=', id)
    .where('state', '=', from)
    .executeTakeFirst();
  return moved.numUpdatedRows === 1n;
}

/** The inspections of a sweep, in the order of the PBXs' ids. */
export async function listInspections(db: Db, sweepId: string): Promise<readonly StoredInspection[]> {
  const rows = await db
    .selectFrom('inspections')
    .selectAll()
    .where('sweep_id', '=', sweepId)
    .orderBy('pbx_id')
    .execute();
  return rows.map(inspectionOf);
}

/** Stores what an inspection found, and the plan made of it. */
export async function saveInspection(
  db: Db,
  sweepId: string,
  pbxId: string,
  found: Pick<StoredInspection, 'findings' | 'plan' | 'failure'>,
): Promise<void> {
  await db
    .updateTable('inspections')
    .set({
      state: 'inspected',
      findings: encodeJson(found.findings),
      plan: encodeJson(found.plan),
      failure: found.failure,
    })
    .where('sweep_id', '=', sweepId)
    .where('pbx_id', '=', pbxId)
    .where('state', '=', 'pending')
    .execute();
}

/** Stores how the correction of a PBX ended, and the findings as they stand then. */
export async function saveCorrection(
  db: Db,
  sweepId: string,
  pbxId: string,
  ended: Pick<StoredInspection, 'findings' | 'outcomes' | 'failure'>,
): Promise<void> {
  await db
    .updateTable('inspections')
    .set({
      state: 'done',
      findings: encodeJson(ended.findings),
      outcomes: encodeJson(ended.outcomes),
      failure: ended.failure,
    })
    .where('sweep_id', '=', sweepId)
    .where('pbx_id', '=', pbxId)
    .where('state', '=', 'inspected')
    .execute();
}

function sweepOf(row: SweepTable): Sweep {
  return {
    id: row.id,
    number: row.number,
    cause: decodeJson(row.cause),
    state: row.state as SweepState,
    revision: row.revision,
    baselineVersion: row.baseline_version,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  };
}

function inspectionOf(row: InspectionTable): StoredInspection {
  return {
    pbxId: row.pbx_id,
    state: row.state as StoredInspection['state'],
    findings: decodeOptionalJson(row.findings) ?? [],
    plan: decodeOptionalJson(row.plan) ?? [],
    outcomes: decodeOptionalJson(row.outcomes) ?? [],
    failure: row.failure,
  };
}
