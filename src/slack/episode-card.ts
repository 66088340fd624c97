import { findRequest } from '../changes/store.js';
import { type Ctx, timestamp } from '../ctx.js';
import type { Episode } from '../drift/episode.js';
import { findEpisode } from '../drift/episode-store.js';
import { findMemory } from '../drift/memory-store.js';
import { batchOf, topOf } from '../drift/queries.js';
import { episodeCard, type EpisodeFacts, worseMessage } from './blocks/episode-card.js';
import { mentions } from './blocks/people.js';
import { findMessage, type MessageKey, saveShown, saveUnpostable, UNPOSTABLE } from './message-store.js';
import { reportChannel, type ReportDesk } from './report-channel.js';
import { slackErrorCode } from './slack-error.js';

/** So many new cards a sweep brings to a channel at most; its report names the rest. */
const MOST_NEW = 10;
const MOST_TOPS = 100;
const THREAD_GONE = ['thread_not_found', 'message_not_found', 'cannot_reply_to_message'];

/** Whether something of a drift is yet to be shown. */
export async function isEpisodeBehind(ctx: Pick<Ctx, 'db'>, id: string): Promise<boolean> {
  const episode = await findEpisode(ctx.db, id);
  if (episode === undefined) return false;
  const shown = await findMessage(ctx.db, { kind: 'episode', id, audience: 'shown' });
  return shown?.ts == null || shown.revision < episode.revision;
}

/** Brings the card of a drift up to date, posts it where it is due, and tells in its thread when the drift got worse. */
export async function announceEpisode(desk: ReportDesk, id: string): Promise<void> {
  const { ctx, config } = desk;
  const episode = await findEpisode(ctx.db, id);
  if (episode === undefined) return;
  const channel = reportChannel(ctx, config, episode.pbxId);
  if (await isShowable(desk, episode, channel)) await showCard(desk, episode, channel);
  const shown: MessageKey = { kind: 'episode', id, audience: 'shown' };
  await saveShown(ctx.db, shown, { channel, at: timestamp(ctx), revision: episode.revision });
}

/** What a card of a drift needs to know. */
export async function episodeFacts(
  { db, pbxs, roles }: Pick<Ctx, 'db' | 'pbxs' | 'roles'>,
  episode: Episode,
): Promise<EpisodeFacts> {
  const { requestId, pbxId, key, status, rule } = episode;
  const request = requestId === null ? undefined : await findRequest(db, requestId);
  const memory = status === 'quarantined' ? await findMemory(db, pbxId, key) : null;
  return {
    nameOf: (id) => pbxs.find((pbx) => pbx.id === id)?.name ?? id,
    request: request ?? null,
    isRearmed: memory !== null && memory.quarantinedAt === null,
    people: rule.severity === 'critical' ? mentions(roles.admins) : '',
  };
}

/**
 * A card that is there is always kept up to date. A new one is posted for what a person may act on, for the worst few of a
 * sweep; that the others have none is noted, until they get worse.
 */
async function isShowable(desk: ReportDesk, episode: Episode, channel: string): Promise<boolean> {
  const { ctx } = desk;
  const key: MessageKey = { kind: 'episode', id: episode.id, audience: 'card' };
  const known = await findMessage(ctx.db, key);
  if (known !== undefined && known.ts !== UNPOSTABLE) return true;
  if (episode.closedAt !== null || episode.status === 'waiting') return false;
  if (known !== undefined && known.begun_at >= episode.worsenedAt) return false;
  if ((await topIn(desk, channel, episode.worsenedAt)).includes(episode.id)) return true;
  await saveUnpostable(ctx.db, key, channel, timestamp(ctx));
  return false;
}

async function topIn(
  { ctx, config, tops }: ReportDesk,
  channel: string,
  worsenedAt: string,
): Promise<readonly string[]> {
  const batch = await batchOf(ctx.db, worsenedAt);
  const name = [batch.from, batch.until, batch.open, channel].join(' ');
  const known = tops.get(name);
  if (known !== undefined) return known;
  const isIn = (pbxId: string): boolean => reportChannel(ctx, config, pbxId) === channel;
  const top = await topOf(ctx.db, batch, { limit: MOST_NEW, isIn });
  if (tops.size > MOST_TOPS) tops.clear();
  tops.set(name, top);
  return top;
}

async function showCard(desk: ReportDesk, episode: Episode, channel: string): Promise<void> {
  const { ctx, outbox } = desk;
  const { id, revision } = episode;
  const facts = await episodeFacts(ctx, episode);
  const key: MessageKey = { kind: 'episode', id, audience: 'card' };
  const before = await findMessage(ctx.db, key);
  const ts = await outbox.publish({ key, revision, channel, message: episodeCard(episode, facts) });
  const hadCard = before?.ts != null && before.ts !== UNPOSTABLE && before.begun_at < episode.worsenedAt;
  if (!hadCard || episode.closedAt !== null) return;
  const place = { channel: before.channel, threadTs: ts };
  await tellWorse(desk, episode, facts, place);
}

/** Once for each time it got worse; the card itself rings nobody when it changes. */
async function tellWorse(
  { ctx, outbox }: ReportDesk,
  episode: Episode,
  facts: EpisodeFacts,
  place: { readonly channel: string; readonly threadTs: string },
): Promise<void> {
  const key: MessageKey = { kind: 'episode', id: episode.id, audience: `worse:${episode.worsenedAt}` };
  try {
    await outbox.publish({ key, revision: 0, ...place, message: worseMessage(episode, facts) });
  } catch (error) {
    if (!THREAD_GONE.includes(slackErrorCode(error) ?? '')) throw error;
    await saveUnpostable(ctx.db, key, place.channel, timestamp(ctx));
  }
}
