import type { Tx } from './database.js';

/**
 * Makes transactions that look before they write (the next number, all votes so far) wait for each other. SQLite's do so
 * anyway; on PostgreSQL the row of the audit log's head, which each of them updates in the end, is locked first.
 */
export async function takeTurn(tx: Tx): Promise<void> {
  await tx
    .updateTable('audit_head')
    .set((eb) => ({ seq: eb.ref('seq') }))
    .where('id', '=', 1)
    .execute();
}
