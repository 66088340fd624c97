import type { Actor } from '../ctx.js';
import type { Db, Tx } from '../storage/database.js';
import { decodeJson, decodeOptionalJson, encodeJson } from '../storage/json.js';
import type { SweepTable } from '../storage/schema.js';
import { takeTurn } from '../storage/turn.js';
import type { HoldReason } from './guard.js';
import { insertInspections } from './inspection-store.js';
import type { Totals } from './report.js';

/** Why a sweep runs: its time came, or a person wanted it. */
export type SweepCause =
  { readonly kind: 'schedule'; readonly slot: string } | { readonly kind: 'person'; readonly actor: Actor };

/** A held sweep waits for a person; a new one takes its place. */
export type SweepState = 'inspecting' | 'correcting' | 'held' | 'releasing' | 'finished';

/** Why a sweep waits for a person, and what became of that. */
export interface Hold {
  readonly reasons: readonly HoldReason[];
  /** How many settings, on how many PBXs, wait. */
  readonly writes: number;
  readonly pbxs: number;
  /** The baseline version whose new rules are shown; missing where a newer one came while the PBXs were looked at. */
  readonly version?: number;
  readonly ended?: {
    readonly how: 'released' | 'dismissed' | 'superseded';
    readonly by: Actor;
    readonly at: string;
  };
}

export interface Sweep {
  readonly id: string;
  readonly number: number;
  readonly cause: SweepCause;
  readonly state: SweepState;
  readonly revision: number;
  readonly baselineVersion: number;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly hold: Hold | null;
  /** Null before the sweep's end, and for sweeps of version 0.1. */
  readonly totals: Totals | null;
}

/** The sweep of an id. */
export async function findSweep(db: Db | Tx, id: string): Promise<Sweep | undefined> {
  const row = await db.selectFrom('sweeps').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : sweepOf(row);
}

/** The sweep of a number. */
export async function findSweepByNumber(db: Db, number: number): Promise<Sweep | undefined> {
  const row = await db.selectFrom('sweeps').selectAll().where('number', '=', number).executeTakeFirst();
  return row === undefined ? undefined : sweepOf(row);
}

/** The sweep that is under way, if any. There is never more than one. */
export async function findOpenSweep(db: Db | Tx): Promise<Sweep | undefined> {
  const row = await db.selectFrom('sweeps').selectAll().where('open_key', '=', 'open').executeTakeFirst();
  return row === undefined ? undefined : sweepOf(row);
}

/** The sweep that waits for a person's release, if any: the newest one only. */
export async function findHeldSweep(db: Db | Tx): Promise<Sweep | undefined> {
  const row = await db
    .selectFrom('sweeps')
    .selectAll()
    .where('state', '=', 'held')
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? undefined : sweepOf(row);
}

/** The newest sweeps that ended or wait for a person, newest first. */
export async function listSweeps(db: Db, limit: number): Promise<readonly Sweep[]> {
  const rows = await db
    .selectFrom('sweeps')
    .selectAll()
    .where('state', 'in', ['held', 'finished'])
    .orderBy('number', 'desc')
    .limit(limit)
    .execute();
  return rows.map(sweepOf);
}

/** The newest slot, no later than `now`, for which a scheduled sweep was begun: a clock may have been ahead once. */
export async function lastSlot(db: Db, now: string): Promise<string | null> {
  const row = await db
    .selectFrom('sweeps')
    .select((eb) => eb.fn.max('slot').as('slot'))
    .where('slot', '<=', now)
    .executeTakeFirst();
  return row?.slot ?? null;
}

/** Stores a sweep and a pending inspection a PBX. Returns false where one is under way or the slot was taken. */
export async function insertSweep(
  tx: Tx,
  sweep: Pick<Sweep, 'id' | 'cause' | 'baselineVersion' | 'startedAt'>,
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
      hold: null,
      totals: null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if (inserted.numInsertedOrUpdatedRows !== 1n) return false;
  await insertInspections(tx, sweep.id, pbxIds);
  return true;
}

/** What a move of a sweep changes besides its state. */
export interface SweepMove {
  readonly from: SweepState;
  readonly to: SweepState;
  readonly finishedAt?: string;
  readonly hold?: Hold;
  readonly totals?: Totals;
}

/** Moves a sweep on where it still is in `from`; one that is under way holds the only place. Returns false where it was not. */
export async function moveSweep(tx: Tx, id: string, move: SweepMove): Promise<boolean> {
  const { from, to, finishedAt, hold, totals } = move;
  const moved = await tx
    .updateTable('sweeps')
    .set((eb) => ({
      state: to,
      revision: eb('revision', '+', 1),
      open_key: to === 'finished' || to === 'held' ? null : 'open',
      ...(finishedAt === undefined ? {} : { finished_at: finishedAt }),
      ...(hold === undefined ? {} : { hold: encodeJson(hold) }),
      ...(totals === undefined ? {} : { totals: encodeJson(totals) }),
    }))
    .where('id', '=', id)
    .where('state', '=', from)
    .executeTakeFirst();
  return moved.numUpdatedRows === 1n;
}

/** Makes the messages of a sweep out of date, so that its progress is shown. */
export async function touchSweep(db: Db | Tx, id: string): Promise<void> {
  await db
    .updateTable('sweeps')
    .set((eb) => ({ revision: eb('revision', '+', 1) }))
    .where('id', '=', id)
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
    hold: decodeOptionalJson(row.hold),
    totals: decodeOptionalJson(row.totals),
  };
}
