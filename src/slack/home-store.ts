import type { Db } from '../storage/database.js';

/** Notes that a person, by Slack user id, opened the Home tab. */
export async function saveViewer(db: Db, person: string, at: string): Promise<void> {
  await db
    .insertInto('home_viewers')
    .values({ person, opened_at: at })
    .onConflict((conflict) => conflict.column('person').doUpdateSet({ opened_at: at }))
    .execute();
}

/** Who opened the Home tab since a time, the last ones first, at most `limit` people. */
export async function listViewers(db: Db, since: string, limit: number): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('home_viewers')
    .select('person')
    .where('opened_at', '>=', since)
    .orderBy('opened_at', 'desc')
    .limit(limit)
    .execute();
  return rows.map(({ person }) => person);
}

/** Forgets a person whose Home tab cannot be shown any more. */
export async function deleteViewer(db: Db, person: string): Promise<void> {
  await db.deleteFrom('home_viewers').where('person', '=', person).execute();
}
