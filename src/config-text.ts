import { UserError } from './errors.js';

/** How many bytes a text that people write may have: far above any real configuration or baseline, far below memory. */
const MOST_TEXT_BYTES = 8 * 1024 * 1024;

const MARK = '\uFEFF';
const REWRITE = 'Save it as UTF-8 (in most editors: Save with encoding) and try again.';

/**
 * The text of a file's bytes, without a byte-order mark. Throws `UserError` with the field `field` for bytes that are no
 * UTF-8, naming the place of the first wrong one, and for more than `MOST_TEXT_BYTES`.
 */
export function textOfBytes(bytes: Uint8Array, name: string, field: string): string {
  if (bytes.length > MOST_TEXT_BYTES) {
    throw fault(
      field,
      `${name} is larger than ${MOST_TEXT_BYTES / 1024 / 1024} MB`,
      'Check that it is the right file.',
    );
  }
  const utf16 = utf16Of(bytes);
  if (utf16 !== null) throw fault(field, `${name} is ${utf16}, not UTF-8`, REWRITE);
  const at = firstWrong(bytes);
  if (at === null) return withoutMark(Buffer.from(bytes).toString('utf8'));
  const line = bytes.subarray(0, at).filter((byte) => byte === 0x0a).length + 1;
  const where = `byte ${at + 1} (line ${line}) is 0x${(bytes[at] ?? 0).toString(16).toUpperCase().padStart(2, '0')}`;
  throw fault(field, `${name} is not UTF-8: ${where}; it may be Windows-1252 or Latin-1`, REWRITE);
}

/**
 * Throws `UserError` where a text from the command line or the environment holds U+FFFD, which is what is left of bytes
 * that were no UTF-8.
 */
export function refuseReplaced(text: string, name: string, field: string): void {
  const at = text.indexOf('\uFFFD');
  if (at < 0) return;
  throw fault(
    field,
    `${name} has the sign � (U+FFFD) at position ${at + 1}, where bytes were no UTF-8`,
    'Type it again in a terminal whose encoding is UTF-8.',
  );
}

function fault(field: string, what: string, mend: string): UserError {
  return new UserError('invalid', `${what}.`, { field, mend });
}

function withoutMark(text: string): string {
  return text.startsWith(MARK) ? text.slice(MARK.length) : text;
}

function utf16Of(bytes: Uint8Array): string | null {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'UTF-16 (little endian)';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'UTF-16 (big endian)';
  const head = bytes.subarray(0, 512);
  const zeros = head.filter((byte) => byte === 0).length;
  return zeros > 0 && zeros * 3 >= head.length ? 'UTF-16 without a byte-order mark' : null;
}

/** The index of the first byte that begins no character of UTF-8, or null. */
function firstWrong(bytes: Uint8Array): number | null {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return null;
  } catch {
    // What decodes without an end is right up to there, so the first wrong place is found by halving.
    return lastRight(bytes);
  }
}

function lastRight(bytes: Uint8Array): number {
  let right = 0;
  let wrong = bytes.length;
  while (right < wrong) {
    const middle = Math.ceil((right + wrong) / 2);
    if (isRight(bytes.subarray(0, middle))) right = middle;
    else wrong = middle - 1;
  }
  return startOfCharacter(bytes, right);
}

function isRight(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/** A character that was begun and not ended begins before the place where that shows. */
function startOfCharacter(bytes: Uint8Array, end: number): number {
  let at = end;
  while (at > 0 && end - at < 3 && ((bytes[at - 1] ?? 0) & 0xc0) === 0x80) at -= 1;
  const lead = bytes[at - 1] ?? 0;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  return at > 0 && at - 1 + length > end ? at - 1 : end;
}
