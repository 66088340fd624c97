import { withIds } from './blocks.js';
import { filePayload } from './files.js';
import type { Fields } from './json.js';
import { type Workspace, announce, nextTs } from './state.js';
import type { SimMessage } from './types.js';

export interface MessageDraft {
  readonly channel: string;
  readonly user: string;
  readonly text: string;
  readonly blocks?: readonly Fields[];
  readonly metadata?: Fields | undefined;
  readonly threadTs?: string | undefined;
  readonly ephemeralTo?: string | undefined;
  readonly fileIds?: readonly string[];
}

/** The key of a message in the workspace. */
export function messageKey(channel: string, ts: string): string {
  return `${channel}:${ts}`;
}

/** Stores a new message and returns it. */
export function postMessage(workspace: Workspace, draft: MessageDraft): SimMessage {
  const ts = nextTs(workspace);
  const message: SimMessage = {
    channel: draft.channel,
    ts,
    ...(draft.threadTs === undefined ? {} : { threadTs: draft.threadTs }),
    user: draft.user,
    text: draft.text,
    blocks: withIds(draft.blocks ?? []),
    ...(draft.metadata === undefined ? {} : { metadata: draft.metadata }),
    ...(draft.ephemeralTo === undefined ? {} : { ephemeralTo: draft.ephemeralTo }),
    fileIds: draft.fileIds ?? [],
    reactions: [],
    permalink: `${workspace.url}/archives/${draft.channel}/p${ts.replace('.', '')}`,
    history: [],
  };
  workspace.messages.set(messageKey(draft.channel, ts), message);
  announce(workspace, { type: 'message', change: 'posted', message });
  return message;
}

export interface MessageEdit {
  readonly text: string;
  readonly blocks: readonly Fields[];
  readonly metadata?: Fields | undefined;
}

/** Puts a new version in place of a message, keeping the old one in its history. */
export function editMessage(workspace: Workspace, message: SimMessage, edit: MessageEdit): SimMessage {
  const edited: SimMessage = {
    ...message,
    text: edit.text,
    blocks: withIds(edit.blocks),
    ...(edit.metadata === undefined ? {} : { metadata: edit.metadata }),
    editedAt: new Date().toISOString(),
    history: [...message.history, { text: message.text, blocks: message.blocks }],
  };
  replaceMessage(workspace, edited, 'edited');
  return edited;
}

/** Marks a message as deleted: it stays readable by key alone, for whoever still holds it. */
export function deleteMessage(workspace: Workspace, message: SimMessage): void {
  replaceMessage(workspace, { ...message, deleted: true }, 'deleted');
}

/** Stores a version of an existing message and says so. */
export function replaceMessage(
  workspace: Workspace,
  message: SimMessage,
  change: 'edited' | 'deleted',
): void {
  workspace.messages.set(messageKey(message.channel, message.ts), message);
  announce(workspace, { type: 'message', change, message });
}

/** The message as it is now; undefined when it never was or is deleted. */
export function findMessage(workspace: Workspace, channel: string, ts: string): SimMessage | undefined {
  const message = workspace.messages.get(messageKey(channel, ts));
  return message?.deleted === true ? undefined : message;
}

/** Everything readable in a channel, oldest first, replies included, ephemeral messages not. */
export function messagesIn(workspace: Workspace, channel: string): readonly SimMessage[] {
  return [...workspace.messages.values()].filter(
    (message) => message.channel === channel && message.deleted !== true && message.ephemeralTo === undefined,
  );
}

/** Whether a message stands in the channel itself and not in a thread. */
export function isTopLevel(message: SimMessage): boolean {
  return message.threadTs === undefined || message.threadTs === message.ts;
}

/** The replies of a thread, without its first message. */
export function repliesTo(workspace: Workspace, channel: string, ts: string): readonly SimMessage[] {
  return messagesIn(workspace, channel).filter((message) => message.threadTs === ts && message.ts !== ts);
}

/** What one person alone was shown, oldest first. */
export function ephemeralsOf(workspace: Workspace, userId: string): readonly SimMessage[] {
  return [...workspace.messages.values()].filter(
    (message) => message.ephemeralTo === userId && message.deleted !== true,
  );
}

/** A message as the Web API and interaction payloads carry it. */
export function messagePayload(workspace: Workspace, message: SimMessage): Fields {
  const { identity } = workspace;
  const replies = repliesTo(workspace, message.channel, message.ts);
  const isBot = message.user === identity.botUserId;
  return {
    type: 'message',
    user: message.user,
    ...(isBot ? { bot_id: identity.botId, app_id: identity.appId } : {}),
    ts: message.ts,
    team: identity.teamId,
    text: message.text,
    ...(message.blocks.length === 0 ? {} : { blocks: message.blocks }),
    ...(message.threadTs === undefined ? {} : { thread_ts: message.threadTs }),
    ...(replies.length === 0 ? {} : { thread_ts: message.ts, reply_count: replies.length }),
    ...(message.editedAt === undefined
      ? {}
      : {
          edited: {
            user: isBot ? identity.botId : message.user,
            ts: `${Date.parse(message.editedAt) / 1000}`,
          },
        }),
    ...(message.metadata === undefined ? {} : { metadata: message.metadata }),
    ...(message.fileIds.length === 0 ? {} : { files: filesIn(workspace, message) }),
  };
}

function filesIn(workspace: Workspace, { fileIds }: SimMessage): readonly Fields[] {
  return fileIds.map((id) => {
    const file = workspace.files.get(id);
    return file === undefined ? { id } : filePayload(workspace, file);
  });
}
