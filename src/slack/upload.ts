import { setTimeout as sleep } from 'node:timers/promises';
import type { webApi } from '@slack/bolt';
import { type Ctx, timestamp } from '../ctx.js';
import { beginMessage, findMessage, type MessageKey, saveMessage } from './message-store.js';
import { withinRates } from './rates.js';
import { slackErrorCode } from './slack-error.js';

const TIMEOUT_MS = 60_000;
const ATTEMPTS = 3;
const PAUSE_MS = 1000;
const PAGE = 200;
const MOST_PAGES = 5;

/** Files for the thread of a message. Their names are looked for, so they name nothing else in that thread. */
export interface Parcel {
  readonly key: MessageKey;
  readonly channel: string;
  readonly threadTs: string;
  readonly comment: string;
  readonly files: readonly ParcelFile[];
}

interface ParcelFile {
  readonly name: string;
  readonly title: string;
  readonly text: string;
}

interface UploadDesk {
  readonly ctx: Pick<Ctx, 'db' | 'now'>;
  readonly client: webApi.WebClient;
}

/**
 * Uploads files to a thread, once: where an earlier attempt was cut short, or an answer lost, the thread is looked at. Slack docs: an
 * upload that is never completed is discarded, and one can be completed only once. Throws what Slack answers.
 */
export async function uploadOnce({ ctx, client }: UploadDesk, parcel: Parcel): Promise<void> {
  const { key, channel } = parcel;
  const known = await findMessage(ctx.db, key);
  if (known?.ts != null) return;
  const there = known === undefined ? null : await findUploaded(client, parcel);
  await beginMessage(ctx.db, key, channel, timestamp(ctx));
  await saveMessage(ctx.db, key, there ?? (await upload(client, parcel)), 0);
}

/** Uploads one file into a conversation. Throws what Slack answers. */
export async function shareFile(
  client: webApi.WebClient,
  { channel, comment, file }: { readonly file: ParcelFile } & Pick<Parcel, 'channel' | 'comment'>,
): Promise<void> {
  const sent = await patiently(() => send(client, file));
  await withinRates(() =>
    client.files.completeUploadExternal({ files: [sent], channel_id: channel, initial_comment: comment }),
  );
}

async function upload(client: webApi.WebClient, parcel: Parcel): Promise<string> {
  const files: { id: string; title: string }[] = [];
  for (const file of parcel.files) files.push(await patiently(() => send(client, file)));
  const [first, ...others] = files;
  if (first === undefined) throw new Error('there is no file to upload');
  try {
    await withinRates(() =>
      client.files.completeUploadExternal({
        files: [first, ...others],
        channel_id: parcel.channel,
        thread_ts: parcel.threadTs,
        initial_comment: parcel.comment,
      }),
    );
    return first.id;
  } catch (error) {
    if (slackErrorCode(error) !== null) throw error;
    await sleep(PAUSE_MS);
    const there = await findUploaded(client, parcel);
    if (there === null) throw error;
    return there;
  }
}

async function send(client: webApi.WebClient, file: ParcelFile): Promise<{ id: string; title: string }> {
  const bytes = new TextEncoder().encode(file.text);
  const place = await withinRates(() =>
    client.files.getUploadURLExternal({ filename: file.name, length: bytes.length }),
  );
  const { upload_url: url, file_id: id } = place;
  if (url === undefined || id === undefined) throw new Error('Slack gave no place for an upload');
  const answer = await fetch(url, { method: 'POST', body: bytes, signal: AbortSignal.timeout(TIMEOUT_MS) });
  await answer.arrayBuffer();
  if (answer.status !== 200) throw new Error(`Slack took no upload (HTTP ${answer.status})`);
  return { id, title: file.title };
}

/** What is not shared yet may be sent again; what Slack refuses stays refused. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (slackErrorCode(error) !== null || attempt >= ATTEMPTS) throw error;
      await sleep(PAUSE_MS * attempt);
    }
  }
}

/** The id of the first of the files where they stand in the thread already, or null. */
async function findUploaded(
  client: webApi.WebClient,
  { channel, threadTs, files }: Parcel,
): Promise<string | null> {
  let cursor: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const from = cursor === undefined ? {} : { cursor };
    const answer = await withinRates(() =>
      client.conversations.replies({ channel, ts: threadTs, limit: PAGE, ...from }),
    );
    const shared = (answer.messages ?? []).flatMap((message) => message.files ?? []);
    const found = shared.find(({ name }) => name === files[0]?.name);
    if (found?.id !== undefined) return found.id;
    cursor = answer.response_metadata?.next_cursor;
    if (cursor === undefined || cursor === '') return null;
  }
  return null;
}
