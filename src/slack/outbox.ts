import { setTimeout as sleep } from 'node:timers/promises';
import { webApi } from '@slack/bolt';
import { type Ctx, timestamp } from '../ctx.js';
import type { Message } from './blocks/kit.js';
import { beginMessage, findMessage, type MessageKey, saveMessage, UNPOSTABLE } from './message-store.js';

const EVENT = 'plumbline_message';
const LONGEST_WAIT_SECONDS = 60;
const CLOCK_SKEW_MS = 60_000;

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
  return { publish: (letter) => publish(ctx, client, letter) };
}

async function publish(
  ctx: Pick<Ctx, 'db' | 'now' | 'log'>,
  client: webApi.WebClient,
  letter: Letter,
): Promise<string> {
  const known = await findMessage(ctx.db, letter.key);
  if (known?.ts === UNPOSTABLE) return UNPOSTABLE;
  if (known?.ts != null && known.revision >= letter.revision) return known.ts;
  const ts =
    known?.ts ??
    (known === undefined ? null : await findPosted(client, letter, known.begun_at, known.channel));
  if (ts !== null && (await update(client, letter, known?.channel ?? letter.channel, ts))) {
    await saveMessage(ctx.db, letter.key, ts, letter.revision);
    return ts;
  }
  await beginMessage(ctx.db, letter.key, letter.channel, timestamp(ctx));
  const posted = await post(client, letter);
  await saveMessage(ctx.db, letter.key, posted, letter.revision);
  return posted;
}

async function post(client: webApi.WebClient, { key, channel, message, threadTs }: Letter): Promise<string> {
  const answer = await patiently(() =>
    client.chat.postMessage({
      channel,
      text: message.text,
      blocks: message.blocks,
      unfurl_links: false,
      unfurl_media: false,
      metadata: { event_type: EVENT, event_payload: { key: keyText(key) } },
      ...(threadTs === undefined ? {} : { thread_ts: threadTs }),
    }),
  );
  if (answer.ts === undefined) throw new Error('Slack answered a post without its ts');
  return answer.ts;
}

/** Returns false where the message is gone, so that it is posted anew. */
async function update(
  client: webApi.WebClient,
  { message }: Letter,
  channel: string,
  ts: string,
): Promise<boolean> {
  try {
    await patiently(() => client.chat.update({ channel, ts, text: message.text, blocks: message.blocks }));
    return true;
  } catch (error) {
    if (slackErrorCode(error) === 'message_not_found') return false;
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
  const common = { channel, oldest, limit: 200, include_all_metadata: true };
  const answer = await patiently(() =>
    threadTs === undefined
      ? client.conversations.history(common)
      : client.conversations.replies({ ...common, ts: threadTs }),
  );
  const found = answer.messages?.find((candidate) => payloadKey(candidate) === keyText(key));
  return found?.ts ?? null;
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

/** Waits as long as Slack asks for and tries again; a call that was limited was not carried out. */
async function patiently<T>(call: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof webApi.WebAPIRateLimitedError) || attempt >= 5) throw error;
      await sleep(Math.min(error.retryAfter, LONGEST_WAIT_SECONDS) * 1000);
    }
  }
}

/** Slack's own error code, such as `message_not_found`, or null for another kind of failure. */
export function slackErrorCode(error: unknown): string | null {
  return error instanceof webApi.WebAPIPlatformError ? error.data.error : null;
}
