import type { Db, Tx } from '../storage/database.js';
import type { Actor } from '../ctx.js';
import { decodeJson, encodeJson } from '../storage/json.js';
import { type Baseline, emptyBaseline, type Exception, type Rule } from './rules.js';

export interface BaselineVersion extends Baseline {
  readonly publishedAt: string;
  readonly publishedBy: Actor;
}

/** The baseline in force, the empty one before the first was published. */
export async function currentBaseline(db: Db | Tx): Promise<Baseline> {
  const row = await db
    .selectFrom('baseline_versions')
    .selectAll()
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? emptyBaseline : { version: row.version, rules: decodeJson<Rule[]>(row.rules) };
}

/** One published version, or undefined. */
export async function findBaseline(db: Db, version: number): Promise<BaselineVersion | undefined> {
  const row = await db
    .selectFrom('baseline_versions')
    .selectAll()
    .where('version', '=', version)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    version: row.version,
    rules: decodeJson<Rule[]>(row.rules),
    publishedAt: row.published_at,
    publishedBy: decodeJson<Actor>(row.published_by),
  };
}

/** The version that a request published, if it did. */
export async function versionOfRequest(db: Db | Tx, requestId: string): Promise<number | undefined> {
  const row = await db
    .selectFrom('baseline_versions')
    .select('version')
    .where('request_id', '=', requestId)
    .executeTakeFirst();
  return row?.version;
}

/** Stores a new version. */
export async function insertVersion(
  tx: Tx,
  version: {
    version: number;
    rules: readonly Rule[];
    requestId: string;
    publishedBy: Actor;
    publishedAt: string;
  },
): Promise<void> {
  await tx
    .insertInto('baseline_versions')
    .values({
      version: version.version,
      rules: encodeJson(version.rules),
      request_id: version.requestId,
      published_by: encodeJson(version.publishedBy),
      published_at: version.publishedAt,
      released_at: null,
      released_by: null,
    })
    .execute();
}

/** Exceptions that have not ended at `now`. */
export async function activeExceptions(db: Db, now: string): Promise<readonly Exception[]> {
  const rows = await db
    .selectFrom('exceptions')
    .selectAll()
    .where('until_at', '>', now)
    .where('ended_at', 'is', null)
    .orderBy('until_at')
    .execute();
  return rows.map((row) => ({
    key: row.setting_key,
    target: row.target,
    untilAt: row.until_at,
    owner: row.owner,
    reason: row.reason,
  }));
}

/** Stores the exceptions of a request; storing them again changes nothing. */
export async function insertExceptions(
  tx: Tx,
  requestId: string,
  exceptions: readonly (Exception & { readonly id: string })[],
  at: string,
): Promise<void> {
  for (const exception of exceptions) {
    await tx
      .insertInto('exceptions')
      .values({
        id: exception.id,
        setting_key: exception.key,
        target: exception.target,
        owner: exception.owner,
        reason: exception.reason,
        until_at: exception.untilAt,
        request_id: requestId,
        created_at: at,
        warned_at: null,
        ended_at: null,
        ended_by: null,
      })
      .onConflict((conflict) => conflict.columns(['request_id', 'setting_key', 'target']).doNothing())
      .execute();
  }
}

/** Takes back the exceptions of a request that came to nothing. */
export async function deleteExceptions(tx: Tx, requestId: string): Promise<void> {
  await tx.deleteFrom('exceptions').where('request_id', '=', requestId).execute();
}

/** Takes back one exception of a request. */
export async function deleteException(
  tx: Tx,
  requestId: string,
  { key, target }: Pick<Exception, 'key' | 'target'>,
): Promise<void> {
  await tx
    .deleteFrom('exceptions')
    .where('request_id', '=', requestId)
    .where('setting_key', '=', key)
    .where('target', '=', target)
    .execute();
}
