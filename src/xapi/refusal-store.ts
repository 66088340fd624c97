import type { Db } from '../storage/database.js';
import type { Refusal, RefusalStore } from './breaker.js';

/** Keeps refused credentials in the database, so that a restart does not try a bad secret again. */
export function databaseRefusals(db: Db): RefusalStore {
  return {
    async find(pbxId) {
      const row = await db
        .selectFrom('credential_refusals')
        .selectAll()
        .where('pbx_id', '=', pbxId)
        .executeTakeFirst();
      if (row === undefined) return undefined;
      return { pbxId, fingerprint: row.fingerprint, refusedAt: row.refused_at, because: row.because };
    },
    async save(refusal: Refusal) {
      const row = {
        pbx_id: refusal.pbxId,
        fingerprint: refusal.fingerprint,
        refused_at: refusal.refusedAt,
        because: refusal.because,
      };
      await db
        .insertInto('credential_refusals')
        .values(row)
        .onConflict((conflict) => conflict.column('pbx_id').doUpdateSet(row))
        .execute();
    },
    async clear(pbxId) {
      await db.deleteFrom('credential_refusals').where('pbx_id', '=', pbxId).execute();
    },
  };
}
