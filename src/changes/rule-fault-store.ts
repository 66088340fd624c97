import type { Db, Tx } from '../storage/database.js';

/** A rule that nobody can satisfy, and since when that is known. */
export interface KnownFault {
  readonly rule: string;
  readonly because: string;
  readonly since: string;
}

/** The rules that nobody can satisfy as far as is known, by name. */
export async function listRuleFaults(db: Db | Tx): Promise<readonly KnownFault[]> {
  return db.selectFrom('rule_faults').selectAll().orderBy('rule').execute();
}

/** Notes that nobody can satisfy a rule; its `since` stays where that was known before. */
export async function saveRuleFault(tx: Tx, fault: KnownFault): Promise<void> {
  await tx
    .insertInto('rule_faults')
    .values({ ...fault })
    .onConflict((conflict) => conflict.column('rule').doUpdateSet({ because: fault.because }))
    .execute();
}

/** Notes that a rule can be satisfied again. */
export async function deleteRuleFault(tx: Tx, rule: string): Promise<void> {
  await tx.deleteFrom('rule_faults').where('rule', '=', rule).execute();
}
