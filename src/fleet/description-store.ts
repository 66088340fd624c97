import type { Db, Tx } from '../storage/database.js';
import { decodeJson, encodeJson } from '../storage/json.js';
import type { Description } from '../xapi/description.js';

/** What PBXs of a version say of themselves, as one of them said it. */
export interface LearntDescription {
  readonly version: string;
  /** The PBX it was learnt from. */
  readonly pbxId: string;
  readonly at: string;
  readonly description: Description;
}

/** What is known of a version, or undefined where no PBX of it was asked yet. */
export async function findDescription(db: Db | Tx, version: string): Promise<Description | undefined> {
  const row = await db
    .selectFrom('descriptions')
    .select('resources')
    .where('version', '=', version)
    .executeTakeFirst();
  return row === undefined ? undefined : decodeJson<Description>(row.resources);
}

/** Keeps what a PBX said of itself for all of its version, in place of what another one said. */
export async function saveDescription(db: Db, learnt: LearntDescription): Promise<void> {
  const { version, pbxId, at, description } = learnt;
  const row = { version, learnt_from: pbxId, learnt_at: at, resources: encodeJson(description) };
  await db
    .insertInto('descriptions')
    .values(row)
    .onConflict((conflict) => conflict.column('version').doUpdateSet(row))
    .execute();
}
