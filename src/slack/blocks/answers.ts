import { UserError, UserErrors } from '../../errors.js';
import { type Block, context, listed, type Message, modal, preformatted, section, type View } from './kit.js';
import { escape, spoken } from './text.js';

const MOST_BYTES = 150_000;
const ERROR_TEXT = 9000;

/** A short answer; the text is mrkdwn with outside text already escaped. */
export function answer(text: string, ...rest: readonly Block[]): Message {
  return { text: spoken([text]), blocks: [section(text), ...rest] };
}

/** What went wrong and what to do, for the person who asked. */
export function errorMessage(error: unknown): Message {
  const lines = errorLines(error).map(escape);
  const marked = lines.map((line) => `:warning: ${line}`);
  return {
    text: spoken(lines),
    blocks: listed(marked, ERROR_TEXT, (left) => `${left} more things are wrong.`),
  };
}

/** An error's sentences, not escaped; a defect is not explained to people, only named. */
export function errorLines(error: unknown): readonly string[] {
  if (error instanceof UserErrors) return error.errors.map(sentence);
  if (error instanceof UserError) return [sentence(error)];
  return ['Something went wrong in Plumbline itself. Try again; if it stays so, the log has the details.'];
}

/** A view that only says something. */
export function notice(title: string, lines: readonly string[]): View {
  return modal(
    title,
    lines.slice(0, 50).map((line) => section(line)),
  );
}

/** A view with a value as JSON, whole. */
export function jsonView(title: string, value: unknown, note: string): View {
  const text = JSON.stringify(value, null, 2);
  return modal(title, [context(escape(note)), ...preformatted(text, MOST_BYTES)]);
}

function sentence(error: UserError): string {
  return error.mend === undefined ? error.message : `${error.message} ${error.mend}`;
}
