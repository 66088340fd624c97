import type { Db, Tx } from '../storage/database.js';
import type { Actor } from '../ctx.js';
import { decodeJson, encodeJson } from '../storage/json.js';
import { type Baseline, emptyBaseline, type Rule } from './rules.js';

export interface BaselineVersion extends Baseline {
  readonly publishedAt: string;
  readonly publishedBy: Actor;
}

/** How many decoded versions are kept. */
const KEPT = 4;
const decoded = new WeakMap<object, Map<number, Baseline>>();

/** The baseline in force, the empty one before the first was published. */
export async function currentBaseline(db: Db | Tx): Promise<Baseline> {
  const row = await db
    .selectFrom('baseline_versions')
    .select((eb) => eb.fn.max('version').as('version'))
    .executeTakeFirst();
  return rulesOf(db, row?.version ?? null);
}

/** The newest version whose corrections run without a preview, the empty one before the first. */
export async function releasedBaseline(db: Db | Tx): Promise<Baseline> {
  const row = await db
    .selectFrom('baseline_versions')
    .select((eb) => eb.fn.max('version').as('version'))
    .where('released_at', 'is not', null)
    .executeTakeFirst();
  return rulesOf(db, row?.version ?? null);
}

/** Lets the corrections of a version, and of all before it, run without a preview. Returns false where they do already. */
export async function releaseVersion(tx: Tx, version: number, by: Actor, at: string): Promise<boolean> {
  const released = await tx
    .updateTable('baseline_versions')
    .set({ released_at: at, released_by: encodeJson(by) })
    .where('version', '<=', version)
    .where('released_at', 'is', null)
    .executeTakeFirst();
  return released.numUpdatedRows > 0n;
}

/** A version's rules never change, so each is decoded once for a connection and the newest few are kept. */
async function rulesOf(db: Db | Tx, version: number | null): Promise<Baseline> {
  if (version === null) return emptyBaseline;
  const known = decoded.get(db) ?? new Map<number, Baseline>();
  decoded.set(db, known);
  const found = known.get(version);
  if (found !== undefined) return found;
  const row = await db
    .selectFrom('baseline_versions')
    .select('rules')
    .where('version', '=', version)
    .executeTakeFirstOrThrow();
  const baseline = { version, rules: decodeJson<Rule[]>(row.rules) };
  if (known.size >= KEPT) known.clear();
  known.set(version, baseline);
  return baseline;
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

/** A version with what became of it, for the list of all. */
export interface ListedVersion extends BaselineVersion {
  /** The request that published it, or null where it is not known. */
  readonly requestNumber: number | null;
  /** Since when its corrections run without a preview, or null. */
  readonly releasedAt: string | null;
}

/** All versions, newest first. */
export async function listVersions(db: Db): Promise<readonly ListedVersion[]> {
  const rows = await db
    .selectFrom('baseline_versions as version')
    .leftJoin('change_requests as request', 'request.id', 'version.request_id')
    .selectAll('version')
    .select('request.number as request_number')
    .orderBy('version.version', 'desc')
    .execute();
  return rows.map((row) => ({
    version: row.version,
    rules: decodeJson<Rule[]>(row.rules),
    publishedAt: row.published_at,
    publishedBy: decodeJson<Actor>(row.published_by),
    requestNumber: row.request_number,
    releasedAt: row.released_at,
  }));
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
