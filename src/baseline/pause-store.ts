import type { Db, Tx } from '../storage/database.js';
import type { PauseTable } from '../storage/schema.js';

/** Sweeps that leave the PBXs of a target alone until a time. */
export interface Pause {
  readonly id: string;
  /** A PBX id, `tag:NAME` or `all`. */
  readonly target: string;
  readonly owner: string;
  readonly reason: string;
  readonly untilAt: string;
}

/** Pauses that have not ended at `now`, the one that ends first leading. */
export async function activePauses(db: Db | Tx, now: string): Promise<readonly Pause[]> {
  const rows = await db
    .selectFrom('pauses')
    .selectAll()
    .where('until_at', '>', now)
    .where('ended_at', 'is', null)
    .orderBy('until_at')
    .execute();
  return rows.map(pauseOf);
}

/** Stores the pause of a request; storing it again changes nothing. */
export async function insertPause(
  tx: Tx,
  requestId: string,
  { id, target, owner, reason, untilAt }: Pause,
  at: string,
): Promise<void> {
  await tx
    .insertInto('pauses')
    .values({
      id,
      target,
      owner,
      reason,
      until_at: untilAt,
      request_id: requestId,
      created_at: at,
      warned_at: null,
      ended_at: null,
      ended_by: null,
    })
    .onConflict((conflict) => conflict.column('request_id').doNothing())
    .execute();
}

function pauseOf(row: PauseTable): Pause {
  return { id: row.id, target: row.target, owner: row.owner, reason: row.reason, untilAt: row.until_at };
}

/** Ends a pause before its time. Returns false where it is over already. */
export async function endPause(tx: Tx, id: string, by: string, at: string): Promise<boolean> {
  const ended = await tx
    .updateTable('pauses')
    .set({ ended_at: at, ended_by: by })
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .where('until_at', '>', at)
    .executeTakeFirst();
  return ended.numUpdatedRows === 1n;
}
