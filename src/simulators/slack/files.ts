import { extname } from 'node:path';
import type { Fields } from './json.js';
import { type Workspace, announce, newId } from './state.js';
import type { SimFile } from './types.js';

export interface FileDraft {
  readonly name: string;
  readonly user: string;
  readonly mimetype?: string | undefined;
  readonly bytes: Uint8Array;
  /** How many bytes an upload is to have. */
  readonly announced?: number;
}

const MIMETYPES: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  gif: 'image/gif',
  jpg: 'image/jpeg',
  json: 'application/json',
  pdf: 'application/pdf',
  png: 'image/png',
  svg: 'image/svg+xml',
  txt: 'text/plain',
  yaml: 'text/plain',
  yml: 'text/plain',
};

/** Stores a file of a person or of the bot. */
export function addFile(workspace: Workspace, draft: FileDraft): SimFile {
  const filetype = extname(draft.name).slice(1).toLowerCase();
  const file: SimFile = {
    id: newId('F'),
    name: draft.name,
    title: draft.name,
    mimetype: draft.mimetype ?? MIMETYPES[filetype] ?? 'application/octet-stream',
    filetype: filetype === '' ? 'binary' : filetype,
    user: draft.user,
    createdAt: new Date().toISOString(),
    bytes: draft.bytes,
    channels: [],
    ...(draft.announced === undefined ? {} : { announced: draft.announced }),
  };
  workspace.files.set(file.id, file);
  announce(workspace, { type: 'file', fileId: file.id });
  return file;
}

/** Puts the uploaded bytes into a file; false when no upload of that size is awaited there. */
export function fillFile(workspace: Workspace, id: string, bytes: Uint8Array): boolean {
  const file = workspace.files.get(id);
  if (file?.announced !== bytes.length || file.isCompleted === true) return false;
  workspace.files.set(id, { ...file, bytes });
  announce(workspace, { type: 'file', fileId: id });
  return true;
}

/** A file as the Web API and a submitted `file_input` carry it. */
export function filePayload(workspace: Workspace, file: SimFile): Fields {
  const address = `${workspace.url}/files/download/${file.id}/${encodeURIComponent(file.name)}`;
  return {
    id: file.id,
    created: Math.floor(Date.parse(file.createdAt) / 1000),
    name: file.name,
    title: file.title,
    mimetype: file.mimetype,
    filetype: file.filetype,
    pretty_type: file.filetype.toUpperCase(),
    user: file.user,
    size: file.bytes.length,
    mode: 'hosted',
    is_external: false,
    is_public: false,
    url_private: address,
    url_private_download: `${address}?download=1`,
    permalink: address,
    channels: file.channels,
    groups: [],
    ims: [],
  };
}
