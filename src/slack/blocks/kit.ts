import type { types } from '@slack/bolt';
import { visibleLines } from '../../settings/text.js';
import { chunks, clip, clipMarked, escape, fitting } from './text.js';

export type Block = types.KnownBlock;
export type Button = types.Button;
export type Select = types.StaticSelect;
export type View = types.View;

/** A message as it is sent: blocks for people who see them, one text for notifications and screen readers. */
export interface Message {
  readonly text: string;
  readonly blocks: Block[];
}

const SECTION_TEXT = 3000;
const HEADER_TEXT = 150;
const BUTTON_TEXT = 75;
const OPTIONS = 100;

export function header(text: string): Block {
  return { type: 'header', text: plain(clip(text, HEADER_TEXT)) };
}

/** One section; the text is Slack's mrkdwn, outside text in it already escaped. */
export function section(text: string): Block {
  return { type: 'section', text: marked(clipMarked(text, SECTION_TEXT)) };
}

/** Lines in as many sections as they need, no line torn apart. */
export function sections(lines: readonly string[]): Block[] {
  return chunks(lines, SECTION_TEXT).map((chunk) => section(chunk));
}

/** As many lines as fit into `budget` characters; `more` says that the others are left out. */
export function listed(lines: readonly string[], budget: number, more: (left: number) => string): Block[] {
  const shown = fitting(lines, budget);
  const left = lines.length - shown.length;
  return [...sections(shown), ...(left === 0 ? [] : [context(more(left))])];
}

export function context(...texts: readonly string[]): Block {
  return { type: 'context', elements: texts.slice(0, 10).map((text) => marked(clipMarked(text, 2000))) };
}

/** Text from outside as a quotation in which no mark means anything: neither `*bold*` nor `<!channel>`. */
export function quotation(text: string): Block {
  const elements = [{ type: 'text' as const, text: clip(text.trim(), SECTION_TEXT) }];
  return { type: 'rich_text', elements: [{ type: 'rich_text_quote', elements }] };
}

export interface ButtonLook {
  readonly style?: 'primary' | 'danger';
  /** What a screen reader says where the text alone is not enough. */
  readonly label?: string;
}

/** A button. Its value is an id and nothing else: what it does is looked up when it is pressed. */
export function button(actionId: string, text: string, value: string, look: ButtonLook = {}): Button {
  return {
    type: 'button',
    action_id: actionId,
    text: plain(clip(text, BUTTON_TEXT)),
    value,
    ...(look.style === undefined ? {} : { style: look.style }),
    ...(look.label === undefined ? {} : { accessibility_label: clip(look.label, BUTTON_TEXT) }),
  };
}

/** A menu of at most 100 things; like a button's, an option's value is an id and nothing else. */
export function menu(
  actionId: string,
  placeholder: string,
  choices: readonly { readonly text: string; readonly value: string }[],
): Select {
  const options = choices
    .slice(0, OPTIONS)
    .map(({ text, value }) => ({ value, text: plain(clip(text, BUTTON_TEXT)) }));
  return { type: 'static_select', action_id: actionId, placeholder: plain(placeholder), options };
}

export function actions(...elements: (Button | Select)[]): Block {
  return { type: 'actions', elements };
}

/** A long text as preformatted sections, whole; what exceeds `mostBytes` is left out and said so. */
export function preformatted(text: string, mostBytes: number): Block[] {
  const fence = '```';
  const pieces = text
    .replaceAll(fence, 'ˋˋˋ')
    .split('\n')
    .flatMap((line) => line.match(/.{1,500}/gsu) ?? ['']);
  const shown: string[] = [];
  let bytes = 0;
  for (const piece of pieces.map(escape)) {
    bytes += Buffer.byteLength(piece) + 1;
    if (bytes > mostBytes) break;
    shown.push(piece);
  }
  const blocks = chunks(shown, SECTION_TEXT - 2 * fence.length).map((part) =>
    section(`${fence}${part}${fence}`),
  );
  const left = pieces.length - shown.length;
  return left === 0 ? blocks : [...blocks, context(`${left} more lines do not fit here.`)];
}

/** A modal with a title of at most 24 characters. */
export function modal(
  title: string,
  blocks: Block[],
  rest: { callbackId?: string; submit?: string; metadata?: string; close?: string } = {},
): View {
  return {
    type: 'modal',
    title: plain(clip(title, 24)),
    close: plain(rest.close ?? 'Close'),
    blocks,
    ...(rest.callbackId === undefined ? {} : { callback_id: rest.callbackId }),
    ...(rest.submit === undefined ? {} : { submit: plain(rest.submit) }),
    ...(rest.metadata === undefined ? {} : { private_metadata: rest.metadata }),
  };
}

export function divider(): Block {
  return { type: 'divider' };
}

export function plain(text: string): { type: 'plain_text'; text: string; emoji: false } {
  return { type: 'plain_text', text: visibleLines(text), emoji: false };
}

/** `verbatim` keeps Slack from making links and mentions out of plain words such as @channel. */
function marked(text: string): { type: 'mrkdwn'; text: string; verbatim: true } {
  return { type: 'mrkdwn', text, verbatim: true };
}
