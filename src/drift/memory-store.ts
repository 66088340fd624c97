import type { Db, Tx } from '../storage/database.js';
import type { RestraintTable } from '../storage/schema.js';
import { freshMemory, type Memory } from './restraint.js';

/** How a correction of one setting ended, for what is remembered of it. */
export interface CorrectionRow {
  readonly sweepId: string;
  readonly pbxId: string;
  readonly key: string;
  readonly at: string;
  readonly hasConverged: boolean;
}

/** What is remembered of the corrections of all settings, by PBX and key. Few settings have a memory at all. */
export async function allMemories(db: Db): Promise<ReadonlyMap<string, ReadonlyMap<string, Memory>>> {
  const memories = new Map<string, Map<string, Memory>>();
  for (const row of await db.selectFrom('restraints').selectAll().execute()) {
    const ofPbx = memories.get(row.pbx_id) ?? new Map<string, Memory>();
    memories.set(row.pbx_id, ofPbx.set(row.setting_key, memoryOf(row)));
  }
  return memories;
}

/** What is remembered of the corrections of one setting; a fresh memory where there is none. */
export async function findMemory(db: Db | Tx, pbxId: string, key: string): Promise<Memory> {
  const row = await db
    .selectFrom('restraints')
    .selectAll()
    .where('pbx_id', '=', pbxId)
    .where('setting_key', '=', key)
    .executeTakeFirst();
  return row === undefined ? freshMemory : memoryOf(row);
}

/** The settings that are left alone until somebody re-arms them, with the PBX. */
export async function listQuarantines(
  db: Db,
): Promise<readonly { readonly pbxId: string; readonly key: string; readonly memory: Memory }[]> {
  const rows = await db
    .selectFrom('restraints')
    .selectAll()
    .where('quarantined_at', 'is not', null)
    .orderBy('quarantined_at')
    .execute();
  return rows.map((row) => ({ pbxId: row.pbx_id, key: row.setting_key, memory: memoryOf(row) }));
}

/** Remembers something of a setting of a PBX; a fresh memory needs no row. */
export async function saveMemory(tx: Db | Tx, pbxId: string, key: string, memory: Memory): Promise<void> {
  const isFresh = Object.values(memory).every((value) => value === null || value === 0);
  if (isFresh) {
    await tx.deleteFrom('restraints').where('pbx_id', '=', pbxId).where('setting_key', '=', key).execute();
    return;
  }
  const row = {
    pbx_id: pbxId,
    setting_key: key,
    attempts: memory.attempts,
    next_try_at: memory.nextTryAt,
    quarantined_at: memory.quarantinedAt,
    counts_from: memory.countsFrom,
    because: memory.because,
  };
  await tx
    .insertInto('restraints')
    .values(row)
    .onConflict((conflict) => conflict.columns(['pbx_id', 'setting_key']).doUpdateSet(row))
    .execute();
}

/** When a setting of a PBX was corrected since a time, in ISO 8601. */
export async function correctedAt(
  db: Db | Tx,
  pbxId: string,
  key: string,
  since: string,
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('corrections')
    .select('at')
    .where('pbx_id', '=', pbxId)
    .where('setting_key', '=', key)
    .where('at', '>=', since)
    .execute();
  return rows.map(({ at }) => at);
}

/** Notes that a sweep tried to correct a setting; noting it again changes nothing. */
export async function insertCorrection(tx: Tx, row: CorrectionRow): Promise<void> {
  await tx
    .insertInto('corrections')
    .values({
      sweep_id: row.sweepId,
      pbx_id: row.pbxId,
      setting_key: row.key,
      at: row.at,
      has_converged: row.hasConverged ? 1 : 0,
    })
    .onConflict((conflict) => conflict.columns(['sweep_id', 'pbx_id', 'setting_key']).doNothing())
    .execute();
}

function memoryOf(row: RestraintTable): Memory {
  return {
    attempts: row.attempts,
    nextTryAt: row.next_try_at,
    quarantinedAt: row.quarantined_at,
    countsFrom: row.counts_from,
    because: row.because,
  };
}
