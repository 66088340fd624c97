import { type Fields, isFields, stringOf } from '../json.js';
import {
  deleteMessage,
  editMessage,
  findMessage,
  isTopLevel,
  messagePayload,
  postMessage,
  replaceMessage,
} from '../messages.js';
import { Refusal, messageBlocks } from '../refusal.js';
import type { Workspace } from '../state.js';
import type { SimMessage } from '../types.js';
import { botChannel, conversation, destination } from './conversations.js';
import type { MethodTable } from './handler.js';

/** Slack docs: text beyond 40,000 characters is cut off. */
const MAX_TEXT = 40_000;

/** Writing messages, and reacting to them. */
export const chatMethods: MethodTable = {
  'chat.postMessage': chatPostMessage,
  'chat.postEphemeral': chatPostEphemeral,
  'chat.update': chatUpdate,
  'chat.delete': chatDelete,
  'chat.getPermalink': chatGetPermalink,
  'reactions.add': reactionsAdd,
};

interface Content {
  readonly text: string;
  readonly blocks: readonly Fields[];
  readonly metadata: Fields | undefined;
}

/** Text, blocks and metadata of a message being sent; throws what Slack answers when they are wrong. */
export function contentOf(args: Fields): Content {
  const blocks = messageBlocks(args['blocks']);
  const text = stringOf(args['text']) ?? stringOf(args['markdown_text']) ?? '';
  if (text.trim() === '' && (blocks === undefined || blocks.length === 0)) throw new Refusal('no_text');
  return { text: text.slice(0, MAX_TEXT), blocks: blocks ?? [], metadata: metadataOf(args['metadata']) };
}

function metadataOf(value: unknown): Fields | undefined {
  if (value === undefined || value === '') return undefined;
  if (!isFields(value) || typeof value['event_type'] !== 'string' || !isFields(value['event_payload'])) {
    throw new Refusal('invalid_metadata_format');
  }
  return value;
}

function chatPostMessage(workspace: Workspace, args: Fields): Fields {
  const channel = destination(workspace, args['channel']);
  const content = contentOf(args);
  const threadTs = threadOf(workspace, channel.id, args['thread_ts']);
  const user = workspace.identity.botUserId;
  const message = postMessage(workspace, { channel: channel.id, user, ...content, threadTs });
  return { channel: channel.id, ts: message.ts, message: messagePayload(workspace, message) };
}

function threadOf(workspace: Workspace, channel: string, threadTs: unknown): string | undefined {
  const ts = stringOf(threadTs);
  if (ts === undefined || ts === '') return undefined;
  const parent = findMessage(workspace, channel, ts);
  if (parent === undefined) throw new Refusal('thread_not_found');
  return isTopLevel(parent) ? ts : parent.threadTs;
}

function chatPostEphemeral(workspace: Workspace, args: Fields): Fields {
  const channel = botChannel(workspace, args['channel']);
  const userId = stringOf(args['user']) ?? '';
  if (!workspace.people.has(userId) || !channel.members.includes(userId)) {
    throw new Refusal('user_not_in_channel');
  }
  const content = contentOf(args);
  const user = workspace.identity.botUserId;
  const threadTs = stringOf(args['thread_ts']);
  const draft = { channel: channel.id, user, ...content, threadTs, ephemeralTo: userId };
  return { message_ts: postMessage(workspace, draft).ts };
}

function ownMessage(workspace: Workspace, args: Fields, refusal: string): SimMessage {
  const channel = conversation(workspace, args['channel']);
  const message = findMessage(workspace, channel.id, stringOf(args['ts']) ?? '');
  if (message === undefined || message.ephemeralTo !== undefined) throw new Refusal('message_not_found');
  if (message.user !== workspace.identity.botUserId) throw new Refusal(refusal);
  return message;
}

function chatUpdate(workspace: Workspace, args: Fields): Fields {
  const message = ownMessage(workspace, args, 'cant_update_message');
  const given = contentOf(args);
  const edited = editMessage(workspace, message, {
    text: args['text'] === undefined ? message.text : given.text,
    blocks: isGiven(args['blocks']) ? given.blocks : message.blocks,
    metadata: given.metadata,
  });
  const payload = messagePayload(workspace, edited);
  return { channel: edited.channel, ts: edited.ts, text: edited.text, message: payload };
}

/** Slack docs: an update without blocks keeps the earlier ones; an empty list removes them. */
function isGiven(blocks: unknown): boolean {
  return blocks !== undefined && blocks !== '';
}

function chatDelete(workspace: Workspace, args: Fields): Fields {
  const message = ownMessage(workspace, args, 'cant_delete_message');
  deleteMessage(workspace, message);
  return { channel: message.channel, ts: message.ts };
}

function chatGetPermalink(workspace: Workspace, args: Fields): Fields {
  const channel = conversation(workspace, args['channel']);
  const message = findMessage(workspace, channel.id, stringOf(args['message_ts']) ?? '');
  if (message === undefined) throw new Refusal('message_not_found');
  return { channel: channel.id, permalink: message.permalink };
}

function reactionsAdd(workspace: Workspace, args: Fields): Fields {
  const channel = botChannel(workspace, args['channel']);
  const message = findMessage(workspace, channel.id, stringOf(args['timestamp']) ?? '');
  if (message === undefined) throw new Refusal('message_not_found');
  const name = stringOf(args['name']) ?? '';
  if (name === '') throw new Refusal('invalid_name');
  const user = workspace.identity.botUserId;
  if (message.reactions.some((one) => one.name === name && one.user === user)) {
    throw new Refusal('already_reacted');
  }
  replaceMessage(workspace, { ...message, reactions: [...message.reactions, { name, user }] }, 'edited');
  return {};
}
