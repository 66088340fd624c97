import type { types } from '@slack/bolt';

export type Block = types.KnownBlock;
export type Button = types.Button;
export type View = types.View;

/** A message as it is sent: blocks for people who see them, one text for notifications and screen readers. */
export interface Message {
  readonly text: string;
  readonly blocks: Block[];
}

const SECTION_TEXT = 3000;
const HEADER_TEXT = 150;
const CODE_TEXT = 200;
const BUTTON_TEXT = 75;

/** Makes text from outside harmless: Slack's three control characters, so that no value can mention or link anything. */
export function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Text from outside as an inline code span, on one line and clipped. */
export function code(text: string): string {
  const line = text.replaceAll('`', 'ˋ').replace(/\s+/g, ' ').trim();
  return line === '' ? '` `' : `\`${escape(clip(line, CODE_TEXT))}\``;
}

/** Text from outside as a quotation, every line of it. */
export function quote(text: string): string {
  return escape(text.trim())
    .split('\n')
    .map((line) => `> ${line}`)
    .join('\n');
}

export function clip(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

export function header(text: string): Block {
  return { type: 'header', text: { type: 'plain_text', text: clip(text, HEADER_TEXT), emoji: false } };
}

/** One section; the text is Slack's mrkdwn, outside text in it already escaped. */
export function section(text: string): Block {
  return { type: 'section', text: { type: 'mrkdwn', text: clip(text, SECTION_TEXT) } };
}

/** Lines in as many sections as they need, no line torn apart. */
export function sections(lines: readonly string[]): Block[] {
  return chunks(lines, SECTION_TEXT).map((chunk) => section(chunk));
}

/** Lines joined into texts of at most `length` characters. */
export function chunks(lines: readonly string[], length: number): readonly string[] {
  const result: string[] = [];
  for (const line of lines) {
    const piece = clip(line, length);
    const last = result.at(-1);
    if (last !== undefined && last.length + 1 + piece.length <= length)
      result[result.length - 1] = `${last}\n${piece}`;
    else result.push(piece);
  }
  return result;
}

export function context(...texts: readonly string[]): Block {
  return { type: 'context', elements: texts.map((text) => ({ type: 'mrkdwn', text: clip(text, 2000) })) };
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
    text: { type: 'plain_text', text: clip(text, BUTTON_TEXT), emoji: false },
    value,
    ...(look.style === undefined ? {} : { style: look.style }),
    ...(look.label === undefined ? {} : { accessibility_label: clip(look.label, BUTTON_TEXT) }),
  };
}

export function actions(...elements: Button[]): Block {
  return { type: 'actions', elements };
}

/** A long text as preformatted sections; what exceeds `most` characters is left out and said so. */
export function preformatted(text: string, most: number): Block[] {
  const shown = text.length > most ? text.slice(0, most) : text;
  const parts = chunks(shown.replaceAll('```', 'ˋˋˋ').split('\n').map(escape), SECTION_TEXT - 8);
  const blocks = parts.map((part) => section(`\`\`\`${part}\`\`\``));
  return text.length > most
    ? [...blocks, context(`${text.length - most} more characters are left out.`)]
    : blocks;
}

/** A modal with a title of at most 24 characters. */
export function modal(
  title: string,
  blocks: Block[],
  rest: { callbackId?: string; submit?: string; metadata?: string; close?: string } = {},
): View {
  return {
    type: 'modal',
    title: { type: 'plain_text', text: clip(title, 24), emoji: false },
    close: { type: 'plain_text', text: rest.close ?? 'Close', emoji: false },
    blocks,
    ...(rest.callbackId === undefined ? {} : { callback_id: rest.callbackId }),
    ...(rest.submit === undefined ? {} : { submit: { type: 'plain_text', text: rest.submit, emoji: false } }),
    ...(rest.metadata === undefined ? {} : { private_metadata: rest.metadata }),
  };
}

export function divider(): Block {
  return { type: 'divider' };
}
