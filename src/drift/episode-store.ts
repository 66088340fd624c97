import { record } from '../audit/record.js';
import type { Actor } from '../ctx.js';
import type { Db, Tx } from '../storage/database.js';
import { decodeJson, decodeOptionalJson, encodeJson } from '../storage/json.js';
import type { EpisodeTable } from '../storage/schema.js';
import { type Episode, type EpisodeChange, jsonEpisode } from './episode.js';

const SYSTEM: Actor = { kind: 'system', id: 'sweep' };

/** The episodes that are not over, by PBX. */
export async function openEpisodes(db: Db): Promise<ReadonlyMap<string, readonly Episode[]>> {
  const rows = await db.selectFrom('episodes').selectAll().where('closed_at', 'is', null).execute();
  const byPbx = new Map<string, Episode[]>();
  for (const row of rows) byPbx.set(row.pbx_id, [...(byPbx.get(row.pbx_id) ?? []), episodeOf(row)]);
  return byPbx;
}

/** One episode. */
export async function findEpisode(db: Db | Tx, id: string): Promise<Episode | undefined> {
  const row = await db.selectFrom('episodes').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : episodeOf(row);
}

/** The open episodes, of one PBX or of all, newest first. */
export async function listEpisodes(
  db: Db,
  { pbxId, limit }: { readonly pbxId?: string; readonly limit: number },
): Promise<readonly Episode[]> {
  let query = db.selectFrom('episodes').selectAll().where('closed_at', 'is', null);
  if (pbxId !== undefined) query = query.where('pbx_id', '=', pbxId);
  const rows = await query.orderBy('opened_at', 'desc').orderBy('id').limit(limit).execute();
  return rows.map(episodeOf);
}

/** Stores what a sweep made of the episodes, each beginning and end with its audit row. */
export async function saveEpisodes(tx: Tx, changes: readonly EpisodeChange[]): Promise<void> {
  for (const { before, episode } of changes) {
    const row = rowOf(episode);
    if (before === null) {
      await tx
        .insertInto('episodes')
        .values(row)
        .onConflict((conflict) => conflict.column('open_key').doNothing())
        .execute();
    } else {
      await updateEpisode(tx, before, episode);
    }
    const action = actionOf(before, episode);
    if (action === null) continue;
    const subject = { kind: 'episode', id: episode.id } as const;
    await record(tx, { at: episode.seenAt, actor: SYSTEM, action, subject, detail: jsonEpisode(episode) });
  }
}

/** Notes the request that would end an episode, and makes its card out of date. */
export async function saveEpisodeRequest(tx: Db | Tx, id: string, requestId: string): Promise<void> {
  await tx
    .updateTable('episodes')
    .set((eb) => ({ request_id: requestId, revision: eb('revision', '+', 1) }))
    .where('id', '=', id)
    .execute();
}

/** Only what the sweep itself found: somebody may have asked for a restore since the row was read. */
async function updateEpisode(tx: Tx, before: Episode, episode: Episode): Promise<void> {
  const { id: _id, revision: _revision, request_id: requestId, ...found } = rowOf(episode);
  await tx
    .updateTable('episodes')
    .set((eb) => ({
      ...found,
      ...(episode.requestId === before.requestId ? {} : { request_id: requestId }),
      revision: eb('revision', '+', episode.revision - before.revision),
    }))
    .where('id', '=', episode.id)
    .where('closed_at', 'is', null)
    .execute();
}

function actionOf(before: Episode | null, episode: Episode): string | null {
  if (episode.closedAt !== null) return 'episode.closed';
  if (before === null) return 'episode.opened';
  return episode.worsenedAt === before.worsenedAt ? null : 'episode.worsened';
}

function rowOf(episode: Episode): EpisodeTable {
  const { pbxId, key, rule, live, author, closedAt } = episode;
  return {
    id: episode.id,
    open_key: closedAt === null ? `${pbxId} ${key}` : null,
    pbx_id: pbxId,
    setting_key: key,
    status: episode.status,
    rule: encodeJson(rule),
    live: encodeJson(live),
    because: episode.because,
    author: author === null ? null : encodeJson(author),
    opened_at: episode.openedAt,
    opened_sweep: episode.openedSweep,
    seen_at: episode.seenAt,
    worsened_at: episode.worsenedAt,
    request_id: episode.requestId,
    closed_at: closedAt,
    closed_because: episode.closedBecause,
    revision: episode.revision,
  };
}

function episodeOf(row: EpisodeTable): Episode {
  return {
    id: row.id,
    pbxId: row.pbx_id,
    key: row.setting_key,
    status: row.status as Episode['status'],
    rule: decodeJson(row.rule),
    live: decodeOptionalJson(row.live) ?? null,
    because: row.because,
    author: decodeOptionalJson(row.author) ?? null,
    openedAt: row.opened_at,
    openedSweep: row.opened_sweep,
    seenAt: row.seen_at,
    worsenedAt: row.worsened_at,
    requestId: row.request_id,
    closedAt: row.closed_at,
    closedBecause: row.closed_because,
    revision: row.revision,
  };
}
