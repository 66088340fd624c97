import { createHash } from 'node:crypto';
import { imageSize } from 'image-size';
import { UserError } from '../errors.js';
import { type ImageLiteral, maxLengthFor } from './setting.js';

const FILE_TYPES = ['png', 'jpg', 'gif', 'webp', 'svg'];
const LINE_BREAKS = /[\r\n\u2028\u2029]+/g;
const DATA_URL = /^data:[\w.+/-]+;base64,/;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
/** Longer than any identifier: base64 of this length is a file, whatever its type. */
const IDENTIFIER_LENGTH = 2000;

/** What an image setting holds: a file's content, or a text (URL or identifier) that is passed through as it is. */
export type ImageContent =
  | { readonly form: 'file'; readonly type: string; readonly bytes: number; readonly sha256: string }
  | { readonly form: 'text'; readonly text: string };

/**
 * Tells what an image value is. A base64 text counts as a file where its bytes are a picture, where it is a data URL, or
 * where it is long: a short identifier can be valid base64 too.
 */
export function imageContent(value: string): ImageContent {
  const base64 = value.replace(DATA_URL, '');
  if (base64.length % 4 !== 0 || !BASE64.test(base64)) return { form: 'text', text: value };
  const bytes = Buffer.from(base64, 'base64');
  const isFile = base64 !== value || base64.length > IDENTIFIER_LENGTH;
  const type = pictureType(bytes) ?? (isFile ? 'unknown type' : null);
  if (type === null) return { form: 'text', text: value };
  return {
    form: 'file',
    type,
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  };
}

/**
 * The base64 text to send for a picture file. Throws `UserError` where the type is not a picture's or the text would be
 * longer than a PBX of `version` takes (3CX's description: 136,533 characters for the logo since 20.0.9).
 */
export function imageFromFile(setting: ImageLiteral, bytes: Uint8Array, version: string | null): string {
  const type = pictureType(bytes);
  if (type === null) {
    throw new UserError('invalid', `${setting.label}: the file is not a picture.`, {
      field: setting.key,
      mend: `Use one of ${FILE_TYPES.join(', ')}.`,
    });
  }
  return checkImageLength(setting, Buffer.from(bytes).toString('base64'), version);
}

/** Passes an image value on, or throws `UserError` where it is longer than a PBX of `version` takes. */
export function checkImageLength(setting: ImageLiteral, value: string, version: string | null): string {
  const maxLength = maxLengthFor(setting, version);
  if (maxLength === null || value.length <= maxLength) return value;
  const maxBytes = Math.floor(maxLength / 4) * 3;
  const size = Math.floor((value.length * 3) / 4);
  throw new UserError('invalid', `${setting.label}: ${bytesOf(size)} are too many.`, {
    field: setting.key,
    mend: `The file may have at most ${bytesOf(maxBytes)}${version === null ? '' : ` on 3CX ${version}`}.`,
  });
}

/** An image for people: `PNG, 12.3 KiB, sha256 1a2b3c4d…`, never its content. */
export function describeImage(value: string): string {
  if (value === '') return '(empty)';
  const content = imageContent(value);
  if (content.form === 'text') return `“${clip(content.text.replace(LINE_BREAKS, ' '))}”`;
  return `${content.type.toUpperCase()}, ${kib(content.bytes)}, sha256 ${content.sha256.slice(0, 12)}…`;
}

/** Whether two image values show the same picture: files by the hash of their decoded bytes, texts as they are. */
export function isSameImage(left: string, right: string): boolean {
  if (left === right) return true;
  const [a, b] = [imageContent(left), imageContent(right)];
  return a.form === 'file' && b.form === 'file' && a.sha256 === b.sha256;
}

function pictureType(bytes: Uint8Array): string | null {
  try {
    const { type } = imageSize(bytes);
    return type !== undefined && FILE_TYPES.includes(type) ? type : null;
  } catch {
    return null;
  }
}

function bytesOf(bytes: number): string {
  return `${bytes.toLocaleString('en')} bytes`;
}

function kib(bytes: number): string {
  return bytes < 1024 ? `${bytes} bytes` : `${(bytes / 1024).toFixed(1)} KiB`;
}

function clip(text: string): string {
  return text.length > 120 ? `${text.slice(0, 117)}…` : text;
}
