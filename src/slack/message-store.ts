import { warnedRequests } from '../baseline/ending-store.js';
import type { Ctx, Job } from '../ctx.js';
import { timestamp } from '../ctx.js';
import { unannouncedEpisodes, unannouncedSweeps } from '../drift/queries.js';
import { DIGEST_DUE, findAnchor } from '../jobs/anchor-store.js';
import type { Db } from '../storage/database.js';
import type { MessageTable } from '../storage/schema.js';

/**
 * Which message of a row this is: its card, somebody's direct message, a report, a part of its thread. The audience
 * `shown` (of a sweep: `report`) is none of them: it notes the revision of which all of them are up to date.
 */
export interface MessageKey {
  readonly kind: 'change' | 'sweep' | 'episode' | 'digest' | 'silence' | 'ending' | 'rule' | 'introduction';
  readonly id: string;
  readonly audience: string;
}

/** The message's `ts` where it can never be posted, for instance because the person has left. */
export const UNPOSTABLE = 'unpostable';

const ANCHOR = 'slack';
/** So many drifts are looked after at a time: a thousand of them must not be worked on at once. */
const MOST_EPISODES = 20;

/** What is known of a message, or undefined before it was first begun. */
export async function findMessage(db: Db, key: MessageKey): Promise<MessageTable | undefined> {
  return db
    .selectFrom('messages')
    .selectAll()
    .where('subject_kind', '=', key.kind)
    .where('subject_id', '=', key.id)
    .where('audience', '=', key.audience)
    .executeTakeFirst();
}

/** Notes that a message is about to be posted, so that a lost answer can be told from a message never sent. */
export async function beginMessage(db: Db, key: MessageKey, channel: string, at: string): Promise<void> {
  const row = {
    subject_kind: key.kind,
    subject_id: key.id,
    audience: key.audience,
    revision: 0,
    channel,
    ts: null,
    begun_at: at,
  };
  await db
    .insertInto('messages')
    .values(row)
    .onConflict((conflict) => conflict.columns(['subject_kind', 'subject_id', 'audience']).doUpdateSet(row))
    .execute();
}

/** Notes that there is nothing to post, and never will be. */
export async function saveUnpostable(db: Db, key: MessageKey, channel: string, at: string): Promise<void> {
  await beginMessage(db, key, channel, at);
  await saveMessage(db, key, UNPOSTABLE, 0);
}

/** Notes that a message is to be posted, or that it never will be, unless something is noted of it already. */
export async function noteMessage(
  db: Db,
  key: MessageKey,
  { channel, at, isWanted }: { readonly channel: string; readonly at: string; readonly isWanted: boolean },
): Promise<void> {
  await db
    .insertInto('messages')
    .values({
      subject_kind: key.kind,
      subject_id: key.id,
      audience: key.audience,
      revision: 0,
      channel,
      ts: isWanted ? null : UNPOSTABLE,
      begun_at: at,
    })
    .onConflict((conflict) => conflict.columns(['subject_kind', 'subject_id', 'audience']).doNothing())
    .execute();
}

/** Whether this database has never seen a sweep or a request. */
export async function isUntouched(db: Db): Promise<boolean> {
  const sweep = await db.selectFrom('sweeps').select('id').limit(1).executeTakeFirst();
  const request = await db.selectFrom('change_requests').select('id').limit(1).executeTakeFirst();
  return sweep === undefined && request === undefined;
}

/** Notes where a message is and which revision it shows; never an older one than before. */
export async function saveMessage(db: Db, key: MessageKey, ts: string, revision: number): Promise<void> {
  await db
    .updateTable('messages')
    .set({ ts, revision })
    .where('subject_kind', '=', key.kind)
    .where('subject_id', '=', key.id)
    .where('audience', '=', key.audience)
    .where('revision', '<=', revision)
    .execute();
}

/** Notes that all messages of a row are up to date with a revision of it. */
export async function saveShown(
  db: Db,
  key: MessageKey,
  { channel, at, ts = 'shown', revision }: ShownAt,
): Promise<void> {
  await beginMessage(db, key, channel, at);
  await saveMessage(db, key, ts, revision);
}

interface ShownAt {
  readonly channel: string;
  readonly at: string;
  readonly ts?: string;
  readonly revision: number;
}

/** The audiences of a row's messages that begin so. */
export async function listAudiences(
  db: Db,
  { kind, id }: Pick<MessageKey, 'kind' | 'id'>,
  beginning: string,
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('messages')
    .select('audience')
    .where('subject_kind', '=', kind)
    .where('subject_id', '=', id)
    .execute();
  return rows.flatMap(({ audience }) => (audience.startsWith(beginning) ? [audience] : []));
}

/** The ids of the rows of a kind whose message was begun and never posted. */
export async function listUnposted(
  db: Db,
  kind: MessageKey['kind'],
  audience: string,
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('messages')
    .select('subject_id')
    .where('subject_kind', '=', kind)
    .where('audience', '=', audience)
    .where('ts', 'is', null)
    .execute();
  return rows.map(({ subject_id: id }) => id);
}

/** Since when this database has been shown in Slack; what ended before is not posted afterwards. */
export async function anchorSlack(ctx: Pick<Ctx, 'db' | 'now'>): Promise<string> {
  await ctx.db
    .insertInto('schedules')
    .values({ name: ANCHOR, expression: '', anchor_at: timestamp(ctx) })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute();
  const row = await ctx.db
    .selectFrom('schedules')
    .selectAll()
    .where('name', '=', ANCHOR)
    .executeTakeFirstOrThrow();
  return row.anchor_at;
}

/** The rows whose messages are missing or show an older revision. */
export async function rowsBehind(db: Db, since: string, now: string): Promise<readonly Job[]> {
  const changes = await changesBehind(db).where('request.created_at', '>=', since).execute();
  const sweeps = await unannouncedSweeps(db, 'report', since);
  const episodes = await unannouncedEpisodes(db, 'shown', since, MOST_EPISODES);
  const digest = await unpostedDigest(db);
  const endings = await untoldEndings(db, since, now);
  const introductions = await listUnposted(db, 'introduction', 'reports');
  return [
    ...introductions.map((id) => ({ kind: 'introduction', id }) as const),
    ...changes.map(({ id }) => ({ kind: 'change', id }) as const),
    ...sweeps.map((id) => ({ kind: 'sweep', id }) as const),
    ...episodes.map((id) => ({ kind: 'episode', id }) as const),
    ...endings.map((id) => ({ kind: 'ending', id }) as const),
    ...(digest === null ? [] : [{ kind: 'digest', id: digest } as const]),
  ];
}

/** The requests of which something ends soon and the warning is not posted; what is over by now is not told any more. */
async function untoldEndings(db: Db, since: string, now: string): Promise<readonly string[]> {
  const untold: string[] = [];
  for (const id of await warnedRequests(db, since, now)) {
    const told = await findMessage(db, { kind: 'ending', id, audience: 'warning' });
    if (told?.ts == null) untold.push(id);
  }
  return untold;
}

/** The newest weekly summary that is due and was not posted; older ones are of no use to anybody. */
async function unpostedDigest(db: Db): Promise<string | null> {
  const due = await findAnchor(db, DIGEST_DUE);
  if (due === undefined) return null;
  const shown = await findMessage(db, { kind: 'digest', id: due.at, audience: 'digest' });
  return shown?.ts == null ? due.at : null;
}

/** Whether one request's messages are missing or show an older revision. */
export async function isChangeBehind(db: Db, id: string): Promise<boolean> {
  const row = await changesBehind(db).where('request.id', '=', id).executeTakeFirst();
  return row !== undefined;
}

/** Requests of which not all that is to be shown of their present revision has been shown. */
function changesBehind(db: Db) {
  return db
    .selectFrom('change_requests as request')
    .leftJoin('messages as shown', (join) =>
      join
        .onRef('shown.subject_id', '=', 'request.id')
        .on('shown.subject_kind', '=', 'change')
        .on('shown.audience', '=', 'shown'),
    )
    .select('request.id')
    .where((eb) =>
      eb.or([eb('shown.ts', 'is', null), eb('shown.revision', '<', eb.ref('request.revision'))]),
    );
}

/** The posted messages about rules that nobody could satisfy, as far as the thread does not say that they are mended. */
export async function unmendedRules(
  db: Db,
): Promise<readonly { readonly id: string; readonly ts: string }[]> {
  const rows = await db
    .selectFrom('messages as fault')
    .leftJoin('messages as mended', (join) =>
      join
        .onRef('mended.subject_id', '=', 'fault.subject_id')
        .on('mended.subject_kind', '=', 'rule')
        .on('mended.audience', '=', 'mended'),
    )
    .select(['fault.subject_id as id', 'fault.ts as ts'])
    .where('fault.subject_kind', '=', 'rule')
    .where('fault.audience', '=', 'fault')
    .where('mended.ts', 'is', null)
    .execute();
  return rows.flatMap(({ id, ts }) => (ts === null ? [] : [{ id, ts }]));
}
