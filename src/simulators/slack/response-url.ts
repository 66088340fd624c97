import { randomBytes } from 'node:crypto';
import type { Fields } from './json.js';
import { deleteMessage, editMessage, findMessage, postMessage } from './messages.js';
import { contentOf } from './methods/chat.js';
import { Refusal } from './refusal.js';
import type { ResponseUrl, Workspace } from './state.js';

/** Slack docs: a response_url can be used 5 times within 30 minutes. */
const USES = 5;
const LIFETIME_MS = 30 * 60_000;

export interface ResponsePlace {
  readonly userId: string;
  readonly channelId: string;
  readonly messageTs?: string;
}

/** A fresh address for answers to one interaction. */
export function issueResponseUrl(workspace: Workspace, place: ResponsePlace): string {
  const id = randomBytes(12).toString('hex');
  workspace.responseUrls.set(id, { ...place, id, usesLeft: USES, expiresAtMs: Date.now() + LIFETIME_MS });
  return `${workspace.url}/response/${id}`;
}

/** Does what was posted to a response_url; throws `used_url`, `expired_url` or what is wrong with the message. */
export function respond(workspace: Workspace, id: string, body: Fields): void {
  const url = workspace.responseUrls.get(id);
  if (url === undefined || url.usesLeft === 0) throw new Refusal('used_url');
  if (Date.now() > url.expiresAtMs) throw new Refusal('expired_url');
  act(workspace, url, body);
  workspace.responseUrls.set(id, { ...url, usesLeft: url.usesLeft - 1 });
}

function act(workspace: Workspace, url: ResponseUrl, body: Fields): void {
  const original =
    url.messageTs === undefined ? undefined : findMessage(workspace, url.channelId, url.messageTs);
  if (isTrue(body['delete_original'])) {
    if (original === undefined) throw new Refusal('message_not_found');
    deleteMessage(workspace, original);
    return;
  }
  const content = contentOf(body);
  if (isTrue(body['replace_original']) && original !== undefined) {
    editMessage(workspace, original, content);
    return;
  }
  answer(workspace, url, body, content.text, content.blocks);
}

function answer(
  workspace: Workspace,
  url: ResponseUrl,
  body: Fields,
  text: string,
  blocks: readonly Fields[],
): void {
  const threadTs = typeof body['thread_ts'] === 'string' ? body['thread_ts'] : undefined;
  const isPublic = body['response_type'] === 'in_channel';
  postMessage(workspace, {
    channel: url.channelId,
    user: workspace.identity.botUserId,
    text,
    blocks,
    threadTs,
    ephemeralTo: isPublic ? undefined : url.userId,
  });
}

function isTrue(value: unknown): boolean {
  return value === true || value === 'true';
}
