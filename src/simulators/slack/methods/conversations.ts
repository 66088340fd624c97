import { type Fields, stringOf } from '../json.js';
import { isTopLevel, findMessage, messagePayload, messagesIn, repliesTo } from '../messages.js';
import { Refusal } from '../refusal.js';
import { type Channel, type Workspace, directChannelOf } from '../state.js';
import type { SimMessage } from '../types.js';
import type { MethodTable } from './handler.js';
import { page } from './page.js';

/** Channels, direct messages and what was said in them. */
export const conversationMethods: MethodTable = {
  'conversations.open': conversationsOpen,
  'conversations.info': (workspace, args) => ({
    channel: channelPayload(workspace, conversation(workspace, args['channel'])),
  }),
  'conversations.list': conversationsList,
  'conversations.members': conversationsMembers,
  'conversations.history': conversationsHistory,
  'conversations.replies': conversationsReplies,
};

/** The channel with this id, when the bot can see it; `channel_not_found`. */
export function conversation(workspace: Workspace, wanted: unknown): Channel {
  const channel = workspace.channels.get(stringOf(wanted) ?? '');
  if (channel === undefined || (channel.isPrivate && !channel.botIsMember)) {
    throw new Refusal('channel_not_found');
  }
  return channel;
}

/** A channel the bot may write in; `channel_not_found`, `not_in_channel` or `is_archived`. */
export function botChannel(workspace: Workspace, wanted: unknown): Channel {
  const channel = conversation(workspace, wanted);
  if (!channel.botIsMember) throw new Refusal('not_in_channel');
  if (channel.isArchived) throw new Refusal('is_archived');
  return channel;
}

/** Where a new message goes: Slack docs let it name a channel, or a person for their direct messages. */
export function destination(workspace: Workspace, wanted: unknown): Channel {
  const key = stringOf(wanted) ?? '';
  const person = workspace.people.get(key);
  if (person !== undefined && person.deleted !== true) return directChannelOf(workspace, person.id);
  const name = key.replace(/^#/, '');
  const named = [...workspace.channels.values()].find(
    (channel) => !channel.isPrivate && channel.name === name,
  );
  return botChannel(workspace, named?.id ?? key);
}

function channelPayload(workspace: Workspace, channel: Channel): Fields {
  const isDirect = channel.directWith !== undefined;
  const bot = channel.botIsMember && !isDirect ? 1 : 0;
  return {
    id: channel.id,
    ...(isDirect ? { user: channel.directWith } : { name: channel.name, name_normalized: channel.name }),
    is_channel: !channel.isPrivate,
    is_group: channel.isPrivate && !isDirect,
    is_im: isDirect,
    is_mpim: false,
    is_private: channel.isPrivate,
    is_archived: channel.isArchived,
    is_member: channel.botIsMember,
    num_members: channel.members.length + bot,
    context_team_id: workspace.identity.teamId,
  };
}

function conversationsOpen(workspace: Workspace, args: Fields): Fields {
  const users = (stringOf(args['users']) ?? '').split(',').filter((id) => id !== '');
  const known = stringOf(args['channel']);
  if (known !== undefined) return { channel: { id: conversation(workspace, known).id } };
  const [userId] = users;
  if (userId === undefined || users.length > 1) throw new Refusal('users_list_not_supplied');
  const person = workspace.people.get(userId);
  if (person === undefined) throw new Refusal('user_not_found');
  if (person.deleted === true) throw new Refusal('user_disabled');
  return { channel: { id: directChannelOf(workspace, userId).id } };
}

function conversationsList(workspace: Workspace, args: Fields): Fields {
  const types = (stringOf(args['types']) ?? 'public_channel').split(',').map((type) => type.trim());
  const leavesOutArchived = String(args['exclude_archived']) === 'true';
  const channels = [...workspace.channels.values()].filter((channel) => {
    if (leavesOutArchived && channel.isArchived) return false;
    if (channel.directWith !== undefined) return types.includes('im');
    if (channel.isPrivate) return types.includes('private_channel') && channel.botIsMember;
    return types.includes('public_channel');
  });
  const { items, metadata } = page(channels, args, 100);
  return { channels: items.map((one) => channelPayload(workspace, one)), response_metadata: metadata };
}

function conversationsMembers(workspace: Workspace, args: Fields): Fields {
  const channel = conversation(workspace, args['channel']);
  const bot = channel.botIsMember ? [workspace.identity.botUserId] : [];
  const { items, metadata } = page([...channel.members, ...bot], args, 100);
  return { members: items, response_metadata: metadata };
}

function conversationsHistory(workspace: Workspace, args: Fields): Fields {
  const channel = readable(workspace, args);
  const newestFirst = within(messagesIn(workspace, channel.id).filter(isTopLevel), args).toReversed();
  return messagePage(workspace, newestFirst, args);
}

function conversationsReplies(workspace: Workspace, args: Fields): Fields {
  const channel = readable(workspace, args);
  const first = findMessage(workspace, channel.id, stringOf(args['ts']) ?? '');
  if (first === undefined) throw new Refusal('thread_not_found');
  const thread = [first, ...within(repliesTo(workspace, channel.id, first.ts), args)];
  return messagePage(workspace, thread, args);
}

function readable(workspace: Workspace, args: Fields): Channel {
  const channel = conversation(workspace, args['channel']);
  if (!channel.botIsMember) throw new Refusal('not_in_channel');
  return channel;
}

function within(messages: readonly SimMessage[], args: Fields): readonly SimMessage[] {
  const oldest = Number(args['oldest'] ?? 0);
  const latest = Number(args['latest'] ?? Number.POSITIVE_INFINITY);
  const isInclusive = String(args['inclusive']) === 'true' || String(args['inclusive']) === '1';
  return messages.filter((message) => {
    const at = Number(message.ts);
    return isInclusive ? at >= oldest && at <= latest : at > oldest && at < latest;
  });
}

function messagePage(workspace: Workspace, messages: readonly SimMessage[], args: Fields): Fields {
  const { items, metadata, hasMore } = page(messages, args, 100);
  const showsMetadata = String(args['include_all_metadata']) === 'true';
  const payloads = items.map((message) => {
    const payload = messagePayload(workspace, message);
    return showsMetadata
      ? payload
      : Object.fromEntries(Object.entries(payload).filter(([key]) => key !== 'metadata'));
  });
  return { messages: payloads, has_more: hasMore, response_metadata: metadata };
}
