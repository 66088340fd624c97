import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** A ```sh block of a page, with the comment right before it that says why it is not run here. */
export interface Block {
  readonly page: string;
  /** Where it begins, counted from 1. */
  readonly line: number;
  /** Whole commands, comments included. */
  readonly commands: readonly string[];
  readonly marker: Marker | null;
}

/** `<!-- needs: a Slack workspace -->` or `<!-- run by: .ci/run -->`. */
export interface Marker {
  readonly kind: 'needs' | 'run by';
  readonly text: string;
}

/** What stands between backticks in a text or a table. */
export interface Code {
  readonly line: number;
  readonly text: string;
}

const MARKER = /^\s*<!-- (needs|run by): (.+) -->$/;
const FENCE = /^\s*```(\w*)/;

/** Every page that people read, by its path. */
export const pages: readonly string[] = [
  ...['README.md', 'CONTRIBUTING.md'].filter((path) => existsSync(path)),
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => `docs/${path}`)
    .toSorted(),
];

/** The ```sh blocks of a page, in their order. */
export function blocksOf(page: string): readonly Block[] {
  const lines = linesOf(page);
  return lines.flatMap((text, index) => {
    if (FENCE.exec(text)?.[1] !== 'sh') return [];
    const length = lines.slice(index + 1).findIndex((line) => line.trim() === '```');
    const body = lines.slice(index + 1, index + 1 + length).join('\n');
    const commands = body
      .replace(/\\\n\s*/g, '')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '' && !line.startsWith('#'));
    return [{ page, line: index + 1, commands, marker: markerAbove(lines, index) }];
  });
}

/** What a page says between backticks outside of its blocks. */
export function codesOf(page: string): readonly Code[] {
  return proseOf(page).flatMap(({ line, text }) =>
    [...text.matchAll(/`([^`]+)`/g)].map((match) => ({ line, text: match[1] ?? '' })),
  );
}

/** The lines of a page outside of its blocks. */
export function proseOf(page: string): readonly Code[] {
  const prose: Code[] = [];
  let isInside = false;
  for (const [index, text] of linesOf(page).entries()) {
    const isFence = FENCE.test(text);
    if (!isFence && !isInside) prose.push({ line: index + 1, text });
    if (isFence) isInside = !isInside;
  }
  return prose;
}

/** A command without the comment behind it, taken apart where one follows the other. */
export function partsOf(command: string): readonly string[] {
  return command
    .replace(/\s+# .*$/, '')
    .split(/\s+&&\s+/)
    .map((part) => part.trim());
}

function markerAbove(lines: readonly string[], index: number): Marker | null {
  const above = lines.slice(0, index).findLast((line) => line.trim() !== '') ?? '';
  const [, kind, text = ''] = MARKER.exec(above) ?? [];
  return kind === 'needs' || kind === 'run by' ? { kind, text: text.trim() } : null;
}

function linesOf(page: string): readonly string[] {
  return readFileSync(page, 'utf8').split('\n');
}
