import type { Db } from '../storage/database.js';

/**
 * Makes the cards of the open drifts that a request answers out of date, because it ended and they may be answered anew.
 * Returns their ids.
 */
export async function touchAnswered(db: Db, requestId: string): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('episodes')
    .select('id')
    .where('request_id', '=', requestId)
    .where('closed_at', 'is', null)
    .execute();
  return touch(db, rows);
}

/** Makes the card of the open drift of a setting out of date. Returns its id, if there is one. */
export async function touchDrift(db: Db, pbxId: string, key: string): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('episodes')
    .select('id')
    .where('pbx_id', '=', pbxId)
    .where('setting_key', '=', key)
    .where('closed_at', 'is', null)
    .execute();
  return touch(db, rows);
}

async function touch(db: Db, rows: readonly { readonly id: string }[]): Promise<readonly string[]> {
  for (const { id } of rows) {
    await db
      .updateTable('episodes')
      .set((eb) => ({ revision: eb('revision', '+', 1) }))
      .where('id', '=', id)
      .execute();
  }
  return rows.map(({ id }) => id);
}
