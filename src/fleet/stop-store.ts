import type { Db, Tx } from '../storage/database.js';

/** Since when, by whom and why nothing is written to any PBX. */
export interface Stop {
  readonly since: string;
  readonly by: string;
  readonly reason: string;
}

/** There is one stop for everything, or none. */
const ID = 1;

/** The stop in force as the database knows it, or null. */
export async function findStopRow(db: Db | Tx): Promise<Stop | null> {
  const row = await db.selectFrom('halts').selectAll().where('id', '=', ID).executeTakeFirst();
  return row === undefined ? null : { since: row.since, by: row.by_whom, reason: row.reason };
}

/** Notes a stop; a later one takes the place of an earlier. */
export async function saveStopRow(tx: Tx, { since, by, reason }: Stop): Promise<void> {
  const row = { id: ID, since, by_whom: by, reason };
  await tx
    .insertInto('halts')
    .values(row)
    .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
    .execute();
}

/** Notes that nothing is stopped. */
export async function deleteStopRow(tx: Tx): Promise<void> {
  await tx.deleteFrom('halts').where('id', '=', ID).execute();
}
