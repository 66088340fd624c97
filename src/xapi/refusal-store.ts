import type { Db } from '../storage/database.js';
import type { Refusal, RefusalStore } from './breaker.js';

const GLANCE_MS = 250;

/** All refusals there were, which are few, and until when that may be believed. */
interface Glance {
  readonly refusals: Promise<ReadonlyMap<string, Refusal>>;
  readonly until: number;
}

/** Keeps refused credentials in the database, so that a restart does not try a bad secret again. */
export function databaseRefusals(db: Db): RefusalStore {
  let last: Glance | undefined;
  return {
    async find(pbxId) {
      return (await findRefusals(db, pbxId)).get(pbxId);
    },
    async glance(pbxId) {
      if (last === undefined || performance.now() > last.until) {
        last = { refusals: findRefusals(db), until: performance.now() + GLANCE_MS };
        last.refusals.catch(() => (last = undefined));
      }
      return (await last.refusals).get(pbxId);
    },
    async save(refusal) {
      await saveRefusal(db, refusal);
      last = undefined;
    },
    async clear(pbxId) {
      await db.deleteFrom('credential_refusals').where('pbx_id', '=', pbxId).execute();
      last = undefined;
    },
  };
}

async function findRefusals(db: Db, pbxId?: string): Promise<ReadonlyMap<string, Refusal>> {
  const all = db.selectFrom('credential_refusals').selectAll();
  const rows = await (pbxId === undefined ? all : all.where('pbx_id', '=', pbxId)).execute();
  return new Map(
    rows.map(({ pbx_id: id, fingerprint, refused_at: refusedAt, because }) => [
      id,
      { pbxId: id, fingerprint, refusedAt, because },
    ]),
  );
}

async function saveRefusal(db: Db, { pbxId, fingerprint, refusedAt, because }: Refusal): Promise<void> {
  const row = { pbx_id: pbxId, fingerprint, refused_at: refusedAt, because };
  await db
    .insertInto('credential_refusals')
    .values(row)
    .onConflict((conflict) => conflict.column('pbx_id').doUpdateSet(row))
    .execute();
}
