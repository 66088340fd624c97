import { expect } from 'vitest';
import { verifyAudit } from '../../src/audit/queries.js';
import { openDatabase } from '../../src/storage/database.js';

/** Fails the test where the audit log of a database that nobody uses any more is not whole. */
export async function expectWholeAudit(databaseUrl: string): Promise<void> {
  const db = await openDatabase(databaseUrl);
  try {
    expect((await verifyAudit(db)).fault).toBeNull();
  } finally {
    await db.destroy();
  }
}
