import { visible, visibleLines } from '../../settings/text.js';

const CODE_TEXT = 200;

/**
 * Makes text from outside harmless: Slack's three control characters, so that no value can mention or link anything, and a
 * visible mark for what is not drawn, turns the direction of writing or begins a new line.
 */
export function escape(text: string): string {
  return visible(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/**
 * Text from outside as an inline code span, on one line and clipped: line breaks and characters that nobody would see are
 * shown as marks, for they make one value look like another.
 */
export function code(text: string): string {
  const line = visible(text.trim()).replaceAll('`', 'ˋ').replace(/\s+/g, ' ');
  return line === '' ? '` `' : `\`${escape(clip(line, CODE_TEXT))}\``;
}

/** Plain text of at most `length` characters, as `visibleLines`; no character is cut in half. */
export function clip(text: string, length: number): string {
  const shown = visibleLines(text);
  if (shown.length <= length) return shown;
  return `${shown.slice(0, length - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/** Slack's mrkdwn of at most `length` characters; neither a mention nor an escaped character is cut in half. */
export function clipMarked(text: string, length: number): string {
  if (text.length <= length) return text;
  return `${clip(text, length)
    .slice(0, -1)
    .replace(/<[^>]*$|&[a-z]{0,3}$/, '')}…`;
}

/** Lines joined into texts of at most `length` characters. */
export function chunks(lines: readonly string[], length: number): readonly string[] {
  const result: string[] = [];
  for (const line of lines) {
    const piece = clipMarked(line, length);
    const last = result.at(-1);
    if (last !== undefined && last.length + 1 + piece.length <= length)
      result[result.length - 1] = `${last}\n${piece}`;
    else result.push(piece);
  }
  return result;
}

/** The first lines that have at most `budget` characters together. */
export function fitting(lines: readonly string[], budget: number): readonly string[] {
  const shown: string[] = [];
  let length = 0;
  for (const line of lines) {
    length += line.length + 1;
    if (length > budget) break;
    shown.push(line);
  }
  return shown;
}

/** Marked-up lines as one text for notifications and screen readers, which read marks aloud. */
export function spoken(lines: readonly string[], length = 2000): string {
  const said = lines.map((line) =>
    line
      .replace(/[*`]/g, '')
      .replace(/^\s*• /, '')
      .replace(/\n {6}/g, ': '),
  );
  const text = said.map((line) => line.trim()).join('\n');
  return clipMarked(text, length);
}

/** `1 rule`, `2 rules`. */
export function counted(count: number, noun: string): string {
  return `${count} ${count === 1 ? noun : `${noun}s`}`;
}

/** How many characters of text stand in blocks, as Slack counts them for a whole message. */
export function lengthOf(node: unknown): number {
  if (Array.isArray(node)) return node.reduce<number>((sum, one) => sum + lengthOf(one), 0);
  if (typeof node !== 'object' || node === null) return 0;
  return Object.entries(node).reduce(
    (sum, [name, value]) =>
      sum + (typeof value === 'string' ? (name === 'text' ? value.length : 0) : lengthOf(value)),
    0,
  );
}
