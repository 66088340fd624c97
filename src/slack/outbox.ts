import type { webApi } from '@slack/bolt';
import { type Ctx, timestamp } from '../ctx.js';
import type { Message } from './blocks/kit.js';
import { beginMessage, findMessage, type MessageKey, saveMessage, UNPOSTABLE } from './message-store.js';
import { createPace, type Pace, withinRates } from './rates.js';
import { slackErrorCode } from './slack-error.js';

const EVENT = 'plumbline_message';
const CLOCK_SKEW_MS = 60_000;
const MOST_PAGES = 10;
const PAGE = 200;
/** Nobody but Plumbline wrote this text, yet a value in it may look like a channel or a name. */
const LITERAL = { parse: 'none', link_names: false } as const;
/** A message that can never be changed again is posted anew, where it can be read. */
const LOST = ['message_not_found', 'cant_update_message', 'edit_window_closed'];
const LOST_PLACE = ['channel_not_found', 'is_archived', 'not_in_channel'];

export interface Letter {
  readonly key: MessageKey;
  /** The row's revision that `message` shows. */
  readonly revision: number;
  readonly channel: string;
  readonly message: Message;
  readonly threadTs?: string;
}

export interface Outbox {
  /** Posts a message or updates the one that is there, and returns its `ts`. Calling it again changes nothing. */
  publish(letter: Letter): Promise<string>;
}

/**
 * Keeps one Slack message per key. The client must not retry by itself: a post whose answer was lost is looked up in the
 * channel's history by its metadata before anything is posted again.
 */
export function createOutbox(ctx: Pick<Ctx, 'db' | 'now' | 'log'>, client: webApi.WebClient): Outbox {
  const pace = createPace();
  return { publish: (letter) => publish(ctx, { client, pace }, letter) };
}

interface Mail {
  readonly client: webApi.WebClient;
  readonly pace: Pace;
}

async function publish(
  ctx: Pick<Ctx, 'db' | 'now' | 'log'>,
  { client, pace }: Mail,
  letter: Letter,
): Promise<string> {
  const known = await findMessage(ctx.db, letter.key);
  if (known?.ts != null && known.revision >= letter.revision) return known.ts;
  const there = known === undefined || known.ts === UNPOSTABLE ? null : await place(client, letter, known);
  if (there !== null && (await update(client, letter, there))) {
    await saveMessage(ctx.db, letter.key, there.ts, letter.revision);
    return there.ts;
  }
  await beginMessage(ctx.db, letter.key, letter.channel, timestamp(ctx));
  const posted = await pace.post(letter.channel, () => post(client, letter));
  await saveMessage(ctx.db, letter.key, posted, letter.revision);
  return posted;
}

interface Place {
  readonly channel: string;
  readonly ts: string;
}

/** Where a message is that was begun: as noted, or as the channel's history shows, or nowhere. */
async function place(
  client: webApi.WebClient,
  letter: Letter,
  known: { readonly channel: string; readonly ts: string | null; readonly begun_at: string },
): Promise<Place | null> {
  const { channel } = known;
  const ts = known.ts ?? (await findPosted(client, letter, known.begun_at, channel));
  return ts === null ? null : { channel, ts };
}

async function post(client: webApi.WebClient, { key, channel, message, threadTs }: Letter): Promise<string> {
  const answer = await client.chat.postMessage({
    channel,
    text: message.text,
    blocks: message.blocks,
    ...LITERAL,
    unfurl_links: false,
    unfurl_media: false,
    metadata: { event_type: EVENT, event_payload: { key: keyText(key) } },
    ...(threadTs === undefined ? {} : { thread_ts: threadTs }),
  });
  if (answer.ts === undefined) throw new Error('Slack answered a post without its ts');
  return answer.ts;
}

/** Returns false where the message is gone, so that it is posted anew. */
async function update(
  client: webApi.WebClient,
  { message, channel: wanted }: Letter,
  { channel, ts }: Place,
): Promise<boolean> {
  const { text, blocks } = message;
  try {
    await withinRates(() => client.chat.update({ channel, ts, text, blocks, ...LITERAL }));
    return true;
  } catch (error) {
    const code = slackErrorCode(error) ?? '';
    if (LOST.includes(code) || (wanted !== channel && LOST_PLACE.includes(code))) return false;
    throw error;
  }
}

async function findPosted(
  client: webApi.WebClient,
  { key, threadTs }: Letter,
  begunAt: string,
  channel: string,
): Promise<string | null> {
  const oldest = String((Date.parse(begunAt) - CLOCK_SKEW_MS) / 1000);
  let cursor: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const from = cursor === undefined ? {} : { cursor };
    const common = { channel, oldest, limit: PAGE, include_all_metadata: true, ...from };
    const answer = await withinRates(() =>
      threadTs === undefined
        ? client.conversations.history(common)
        : client.conversations.replies({ ...common, ts: threadTs }),
    );
    const found = answer.messages?.find((candidate) => payloadKey(candidate) === keyText(key));
    if (found?.ts !== undefined) return found.ts;
    cursor = answer.response_metadata?.next_cursor;
    if (cursor === undefined || cursor === '') return null;
  }
  return null;
}

function payloadKey(message: object): string | null {
  if (!('metadata' in message) || typeof message.metadata !== 'object' || message.metadata === null)
    return null;
  const { event_type: type, event_payload: payload } = message.metadata as {
    event_type?: unknown;
    event_payload?: { key?: unknown };
  };
  return type === EVENT && typeof payload?.key === 'string' ? payload.key : null;
}

function keyText(key: MessageKey): string {
  return `${key.kind}:${key.id}:${key.audience}`;
}
