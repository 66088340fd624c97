import { createHash } from 'node:crypto';
import { imageSize } from 'image-size';
import { UserError } from '../errors.js';
import { type ImageLiteral, maxLengthFor } from './setting.js';

const FILE_TYPES = ['png', 'jpg', 'gif', 'webp', 'svg'];
const LINE_BREAKS = /[\r\n\u2028\u2029]+/g;
const DATA_URL = /^data:([^,;]*)((?:;[^,;]*)*),(.*)$/is;
/** Also the alphabet for addresses, and without the padding. */
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;
const MARKUP = /^\s*<(?:svg|\?xml|!doctype|!--)/i;
/** Longer than any identifier or address: a text of this length is a file, whatever its type. */
const IDENTIFIER_LENGTH = 2000;
const UNKNOWN_TYPE = 'unknown type';

/** What an image setting holds: a file's content, or a text (URL or identifier) that is passed through as it is. */
export type ImageContent =
  | { readonly form: 'file'; readonly type: string; readonly bytes: number; readonly sha256: string }
  | { readonly form: 'text'; readonly text: string };

/**
 * Tells what an image value is. Every data URL, all markup and every text longer than an identifier counts as a file, and
 * so does base64 whose bytes are a picture: a short identifier can be valid base64 too.
 */
export function imageContent(value: string): ImageContent {
  const file = fileIn(value);
  if (file === null) return { form: 'text', text: value };
  const { type, bytes } = file;
  return {
    form: 'file',
    type,
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  };
}

interface File {
  readonly type: string;
  readonly bytes: Buffer;
}

function fileIn(value: string): File | null {
  const url = DATA_URL.exec(value.trim());
  if (url !== null) return fileOfDataUrl(url[1] ?? '', url[2] ?? '', url[3] ?? '');
  if (MARKUP.test(value)) return { type: 'svg', bytes: Buffer.from(value) };
  const isLong = value.length > IDENTIFIER_LENGTH;
  const base64 = value.replace(/\s+/g, '');
  if (!BASE64.test(base64)) return isLong ? { type: UNKNOWN_TYPE, bytes: Buffer.from(value) } : null;
  const bytes = Buffer.from(base64, 'base64');
  const type = sizedType(bytes) ?? (isLong ? UNKNOWN_TYPE : null);
  return type === null ? null : { type, bytes };
}

/** RFC 2397: what follows the comma is base64 where `;base64` stands before it, else percent-encoded. */
function fileOfDataUrl(mime: string, parameters: string, data: string): File {
  const isBase64 = /;\s*base64\s*$/i.test(parameters);
  const bytes = isBase64 ? Buffer.from(data, 'base64') : Buffer.from(percentDecoded(data));
  const said = mime.split('/')[1]?.split('+')[0] ?? '';
  return { type: sizedType(bytes) ?? (said === '' ? UNKNOWN_TYPE : said), bytes };
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
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
    mend: `The file may have at most ${bytesOf(maxBytes)}${version === null ? ', which every 3CX version takes' : ` on 3CX ${version}`}.`,
  });
}

/** An image for people: `PNG, 12.3 KiB, sha256 1a2b3c4d…`, never its content. */
export function describeImage(value: string): string {
  if (value === '') return '(empty)';
  const content = imageContent(value);
  if (content.form === 'text') return `“${clip(content.text.replace(LINE_BREAKS, ' '))}”`;
  return `${content.type.toUpperCase()}, ${kib(content.bytes)}, sha256 ${content.sha256.slice(0, 12)}…`;
}

/** What makes two image values the same: of files the hash of their decoded bytes, of texts the text itself. */
export function canonicalImage(value: string): readonly [ImageContent['form'], string] {
  const content = imageContent(value);
  return content.form === 'file' ? ['file', content.sha256] : ['text', content.text];
}

/** The type of a picture that 3CX's console takes, or null. */
function pictureType(bytes: Uint8Array): string | null {
  const type = sizedType(bytes);
  return type !== null && FILE_TYPES.includes(type) ? type : null;
}

/** The type of anything that is recognised as a picture, or null. */
function sizedType(bytes: Uint8Array): string | null {
  try {
    return imageSize(bytes).type ?? null;
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
