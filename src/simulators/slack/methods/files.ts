import { type Fields, fieldsIn, parsedJson, stringOf } from '../json.js';
import { postMessage } from '../messages.js';
import { Refusal } from '../refusal.js';
import type { Workspace } from '../state.js';
import { addFile, filePayload } from '../files.js';
import type { SimFile } from '../types.js';
import { botChannel } from './conversations.js';
import type { MethodTable } from './handler.js';

/** Uploading in three steps, and reading what is known of a file. */
export const fileMethods: MethodTable = {
  'files.getUploadURLExternal': filesGetUploadUrl,
  'files.completeUploadExternal': filesCompleteUpload,
  'files.info': filesInfo,
};

function filesGetUploadUrl(workspace: Workspace, args: Fields): Fields {
  const name = stringOf(args['filename']) ?? '';
  const length = Number(args['length'] ?? 0);
  if (name === '' || !(length > 0)) throw new Refusal('invalid_arguments');
  const user = workspace.identity.botUserId;
  const file = addFile(workspace, { name, user, bytes: new Uint8Array() });
  return { upload_url: `${workspace.url}/files/upload/${file.id}`, file_id: file.id };
}

function filesCompleteUpload(workspace: Workspace, args: Fields): Fields {
  const list: unknown = typeof args['files'] === 'string' ? parsedJson(args['files']) : args['files'];
  const entries = fieldsIn(list);
  if (entries.length === 0) throw new Refusal('invalid_arguments');
  const channelId = stringOf(args['channel_id']);
  const channel = channelId === undefined ? undefined : botChannel(workspace, channelId);
  const files = entries.map((entry) => completed(workspace, entry, channel?.id));
  if (channel !== undefined) {
    postMessage(workspace, {
      channel: channel.id,
      user: workspace.identity.botUserId,
      text: stringOf(args['initial_comment']) ?? '',
      threadTs: stringOf(args['thread_ts']),
      fileIds: files.map((file) => file.id),
    });
  }
  return { files: files.map((file) => filePayload(workspace, file)) };
}

function completed(workspace: Workspace, entry: Fields, channel: string | undefined): SimFile {
  const file = workspace.files.get(stringOf(entry['id']) ?? '');
  if (file === undefined || file.bytes.length === 0) throw new Refusal('file_not_found');
  const shared: SimFile = {
    ...file,
    title: stringOf(entry['title']) ?? file.name,
    channels: channel === undefined ? file.channels : [...file.channels, channel],
  };
  workspace.files.set(file.id, shared);
  return shared;
}

function filesInfo(workspace: Workspace, args: Fields): Fields {
  const file = workspace.files.get(stringOf(args['file']) ?? '');
  if (file === undefined) throw new Refusal('file_not_found');
  return { file: filePayload(workspace, file) };
}
