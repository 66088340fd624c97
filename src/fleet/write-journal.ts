import type { Db, Tx } from '../storage/database.js';
import { decodeJson, decodeOptionalJson, encodeJson } from '../storage/json.js';
import type { Outcome, WantedChange } from './outcome.js';

/** Why a write happens: the request or the sweep it belongs to. There is at most one write per cause and PBX. */
export interface Cause {
  readonly kind: 'change' | 'sweep';
  readonly id: string;
}

export interface JournalEntry {
  readonly id: string;
  readonly state: 'intended' | 'settled';
  readonly changes: readonly WantedChange[];
  readonly outcomes: readonly Outcome[] | null;
}

/** The write that a cause has already begun or ended on a PBX. */
export async function findWrite(db: Db, cause: Cause, pbxId: string): Promise<JournalEntry | undefined> {
  const row = await db
    .selectFrom('writes')
    .selectAll()
    .where('cause_kind', '=', cause.kind)
    .where('cause_id', '=', cause.id)
    .where('pbx_id', '=', pbxId)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    id: row.id,
    state: row.state === 'settled' ? 'settled' : 'intended',
    changes: decodeJson(row.changes),
    outcomes: decodeOptionalJson(row.outcomes),
  };
}

/** Whether a cause has begun or ended a write on any PBX. */
export async function isBegun(db: Db, cause: Cause): Promise<boolean> {
  const row = await db
    .selectFrom('writes')
    .select('id')
    .where('cause_kind', '=', cause.kind)
    .where('cause_id', '=', cause.id)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** How the writes of a cause ended that have ended, by PBX, in the order in which they did. */
export async function listSettled(
  db: Db,
  cause: Cause,
): Promise<readonly { readonly pbxId: string; readonly outcomes: readonly Outcome[] }[]> {
  const rows = await db
    .selectFrom('writes')
    .select(['pbx_id', 'outcomes'])
    .where('cause_kind', '=', cause.kind)
    .where('cause_id', '=', cause.id)
    .where('state', '=', 'settled')
    .orderBy('settled_at')
    .orderBy('pbx_id')
    .execute();
  return rows.map((row) => ({ pbxId: row.pbx_id, outcomes: decodeOptionalJson(row.outcomes) ?? [] }));
}

/** Notes what is about to be written, before it is. */
export async function insertIntent(
  tx: Tx,
  entry: { id: string; cause: Cause; pbxId: string; changes: readonly WantedChange[]; at: string },
): Promise<void> {
  await tx
    .insertInto('writes')
    .values({
      id: entry.id,
      cause_kind: entry.cause.kind,
      cause_id: entry.cause.id,
      pbx_id: entry.pbxId,
      state: 'intended',
      changes: encodeJson(entry.changes),
      outcomes: null,
      intended_at: entry.at,
      settled_at: null,
    })
    .execute();
}

/** Notes how a write ended. Returns false where that was noted before. */
export async function settleWrite(
  tx: Tx,
  id: string,
  outcomes: readonly Outcome[],
  at: string,
): Promise<boolean> {
  const settled = await tx
    .updateTable('writes')
    .set({ state: 'settled', outcomes: encodeJson(outcomes), settled_at: at })
    .where('id', '=', id)
    .where('state', '=', 'intended')
    .executeTakeFirst();
  return settled.numUpdatedRows === 1n;
}
