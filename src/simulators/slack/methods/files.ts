import { type Fields, fieldsIn, parsedJson, stringOf } from '../json.js';
import { findMessage, isTopLevel, postMessage } from '../messages.js';
import { messageBlocks, Refusal } from '../refusal.js';
import type { Workspace } from '../state.js';
import { addFile, filePayload } from '../files.js';
import type { SimFile } from '../types.js';
import { botChannel } from './conversations.js';
import type { MethodTable } from './handler.js';

const MOST_ALT_TEXT = 1000;
const MOST_CHANNELS = 100;

/** Uploading in three steps, and reading what is known of a file. */
export const fileMethods: MethodTable = {
  'files.getUploadURLExternal': filesGetUploadUrl,
  'files.completeUploadExternal': filesCompleteUpload,
  'files.info': filesInfo,
};

/** Slack docs: `length` is the size in bytes, and 0 counts as missing; an alternative text has at most 1,000 characters. */
function filesGetUploadUrl(workspace: Workspace, args: Fields): Fields {
  const name = (stringOf(args['filename']) ?? '').trim();
  const length = Number(args['length'] ?? 0);
  if (name === '' || !Number.isInteger(length) || length < 1) throw new Refusal('missing_argument');
  if ((stringOf(args['alt_txt']) ?? '').length > MOST_ALT_TEXT) throw new Refusal('alt_txt_too_large');
  const user = workspace.identity.botUserId;
  const file = addFile(workspace, { name, user, bytes: new Uint8Array(), announced: length });
  return { upload_url: `${workspace.url}/files/upload/${file.id}`, file_id: file.id };
}

/** Slack docs: an upload is completed once, and in a thread it goes to one channel, under the thread's first message. */
function filesCompleteUpload(workspace: Workspace, args: Fields): Fields {
  const list: unknown = typeof args['files'] === 'string' ? parsedJson(args['files']) : args['files'];
  const entries = fieldsIn(list);
  if (entries.length === 0) throw new Refusal('invalid_arguments');
  const blocks = messageBlocks(args['blocks']) ?? [];
  const channels = channelsOf(args).map((id) => botChannel(workspace, id).id);
  const threadTs = threadOf(workspace, channels, stringOf(args['thread_ts']));
  for (const entry of entries) checkUploaded(workspace, entry);
  const files = entries.map((entry) => completed(workspace, entry, channels));
  const text = stringOf(args['initial_comment']) ?? '';
  for (const channel of channels) {
    postMessage(workspace, {
      channel,
      user: workspace.identity.botUserId,
      text,
      blocks: text === '' ? blocks : [],
      threadTs,
      fileIds: files.map((file) => file.id),
    });
  }
  return { files: files.map((file) => filePayload(workspace, file)) };
}

function channelsOf(args: Fields): readonly string[] {
  const one = stringOf(args['channel_id']) ?? '';
  const several = (stringOf(args['channels']) ?? '').split(',').map((id) => id.trim());
  const channels = [one, ...several].filter((id) => id !== '');
  if (channels.length > MOST_CHANNELS) throw new Refusal('invalid_arguments');
  return [...new Set(channels)];
}

/** A reply is never the beginning of a thread. */
function threadOf(
  workspace: Workspace,
  channels: readonly string[],
  threadTs: string | undefined,
): string | undefined {
  if (threadTs === undefined || threadTs === '') return undefined;
  const [channel, ...others] = channels;
  if (channel === undefined || others.length > 0) throw new Refusal('invalid_arguments');
  const parent = findMessage(workspace, channel, threadTs);
  if (parent === undefined || !isTopLevel(parent)) throw new Refusal('thread_not_found');
  return threadTs;
}

function checkUploaded(workspace: Workspace, entry: Fields): void {
  const file = workspace.files.get(stringOf(entry['id']) ?? '');
  const isWhole = file !== undefined && file.bytes.length > 0 && file.bytes.length === file.announced;
  if (!isWhole || file.isCompleted === true) throw new Refusal('file_not_found');
}

function completed(workspace: Workspace, entry: Fields, channels: readonly string[]): SimFile {
  const file = workspace.files.get(stringOf(entry['id']) ?? '');
  if (file === undefined) throw new Refusal('file_not_found');
  const shared: SimFile = {
    ...file,
    title: stringOf(entry['title']) ?? file.name,
    channels: [...file.channels, ...channels],
    isCompleted: true,
  };
  workspace.files.set(file.id, shared);
  return shared;
}

function filesInfo(workspace: Workspace, args: Fields): Fields {
  const file = workspace.files.get(stringOf(args['file']) ?? '');
  if (file === undefined) throw new Refusal('file_not_found');
  return { file: filePayload(workspace, file) };
}
