import type { Db } from '../storage/database.js';
import { decodeJson, decodeOptionalJson } from '../storage/json.js';
import type { OwnWrite } from './author-match.js';
import type { Outcome, OutcomeStatus, WantedChange } from './outcome.js';

const MOST_WRITES = 50;
/** After these nothing of Plumbline's was stored. */
const UNDONE: readonly OutcomeStatus[] = ['unchanged', 'moved', 'ignored', 'refused', 'unsent'];

/** What Plumbline wrote to a PBX last, newest first. */
export async function listOwnWrites(db: Db, pbxId: string): Promise<readonly OwnWrite[]> {
  const rows = await db
    .selectFrom('writes')
    .select(['cause_kind', 'cause_id', 'changes', 'outcomes', 'intended_at', 'settled_at'])
    .where('pbx_id', '=', pbxId)
    .orderBy('intended_at', 'desc')
    .limit(MOST_WRITES)
    .execute();
  return rows.flatMap((row) => {
    const outcomes = decodeOptionalJson<readonly Outcome[]>(row.outcomes) ?? [];
    const request = row.cause_kind === 'change' ? { requestId: row.cause_id } : {};
    return decodeJson<readonly WantedChange[]>(row.changes).flatMap(({ key, value }): readonly OwnWrite[] => {
      const status = outcomes.find((outcome) => outcome.key === key)?.status;
      if (status !== undefined && UNDONE.includes(status)) return [];
      const untilAt = row.settled_at ?? row.intended_at;
      return [{ key, value, fromAt: row.intended_at, untilAt, isProven: status === 'written', ...request }];
    });
  });
}

/** Remembers why nobody can tell who changes things on a PBX. Returns whether that is news. */
export async function saveGap(db: Db, pbxId: string, because: string, at: string): Promise<boolean> {
  const known = await db
    .selectFrom('audit_gaps')
    .select('because')
    .where('pbx_id', '=', pbxId)
    .executeTakeFirst();
  if (known?.because === because) return false;
  await db
    .insertInto('audit_gaps')
    .values({ pbx_id: pbxId, because, since: at })
    .onConflict((conflict) => conflict.column('pbx_id').doUpdateSet({ because, since: at }))
    .execute();
  return true;
}

/** Forgets it, because the audit log can be read again. */
export async function deleteGap(db: Db, pbxId: string): Promise<void> {
  await db.deleteFrom('audit_gaps').where('pbx_id', '=', pbxId).execute();
}
