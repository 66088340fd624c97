import type { Db, Tx } from '../storage/database.js';
import type { ExceptionTable } from '../storage/schema.js';
import type { Exception } from './rules.js';

/** An exception as it is stored. */
export interface StoredException extends Exception {
  readonly id: string;
  readonly createdAt: string;
}

/** Exceptions that have not ended at `now`. */
export async function activeExceptions(db: Db | Tx, now: string): Promise<readonly StoredException[]> {
  const rows = await db
    .selectFrom('exceptions')
    .selectAll()
    .where('until_at', '>', now)
    .where('ended_at', 'is', null)
    .orderBy('until_at')
    .execute();
  return rows.map(exceptionOf);
}

/** Stores the exceptions of a request; storing them again changes nothing. */
export async function insertExceptions(
  tx: Tx,
  requestId: string,
  exceptions: readonly (Exception & { readonly id: string })[],
  at: string,
): Promise<void> {
  for (const exception of exceptions) {
    await tx
      .insertInto('exceptions')
      .values({
        id: exception.id,
        setting_key: exception.key,
        target: exception.target,
        owner: exception.owner,
        reason: exception.reason,
        until_at: exception.untilAt,
        request_id: requestId,
        created_at: at,
        warned_at: null,
        ended_at: null,
        ended_by: null,
      })
      .onConflict((conflict) => conflict.columns(['request_id', 'setting_key', 'target']).doNothing())
      .execute();
  }
}

/** Takes back the exceptions of a request that came to nothing. */
export async function deleteExceptions(tx: Tx, requestId: string): Promise<void> {
  await tx.deleteFrom('exceptions').where('request_id', '=', requestId).execute();
}

/** Takes back one exception of a request. */
export async function deleteException(
  tx: Tx,
  requestId: string,
  { key, target }: Pick<Exception, 'key' | 'target'>,
): Promise<void> {
  await tx
    .deleteFrom('exceptions')
    .where('request_id', '=', requestId)
    .where('setting_key', '=', key)
    .where('target', '=', target)
    .execute();
}

/** Ends an exception before its time. Returns false where it is over already. */
export async function endException(tx: Tx, id: string, by: string, at: string): Promise<boolean> {
  const ended = await tx
    .updateTable('exceptions')
    .set({ ended_at: at, ended_by: by })
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .where('until_at', '>', at)
    .executeTakeFirst();
  return ended.numUpdatedRows === 1n;
}

function exceptionOf(row: ExceptionTable): StoredException {
  return {
    id: row.id,
    key: row.setting_key,
    target: row.target,
    untilAt: row.until_at,
    owner: row.owner,
    reason: row.reason,
    createdAt: row.created_at,
  };
}
