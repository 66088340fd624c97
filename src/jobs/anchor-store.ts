import type { Db } from '../storage/database.js';

/** Since when a schedule is known, or when it came due last. */
export interface Anchor {
  readonly name: string;
  /** The expression and the zone it was noted for; empty where that means nothing. */
  readonly expression: string;
  /** ISO 8601. */
  readonly at: string;
}

/** The weekly summary that is due. */
export const DIGEST_DUE = 'digest.due';

/** What is known of a schedule. */
export async function findAnchor(db: Db, name: string): Promise<Anchor | undefined> {
  const row = await db.selectFrom('schedules').selectAll().where('name', '=', name).executeTakeFirst();
  return row === undefined ? undefined : { name, expression: row.expression, at: row.anchor_at };
}

/** Notes it, in place of what was known. */
export async function saveAnchor(db: Db, { name, expression, at }: Anchor): Promise<void> {
  const row = { name, expression, anchor_at: at };
  await db
    .insertInto('schedules')
    .values(row)
    .onConflict((conflict) => conflict.column('name').doUpdateSet(row))
    .execute();
}
