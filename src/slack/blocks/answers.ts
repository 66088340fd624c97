import { UserError, UserErrors } from '../../errors.js';
import { type Block, context, escape, type Message, modal, preformatted, section, type View } from './kit.js';

const JSON_TEXT = 60_000;

/** A short answer; the text is mrkdwn with outside text already escaped. */
export function answer(text: string, ...rest: readonly Block[]): Message {
  return { text: text.replaceAll('*', ''), blocks: [section(text), ...rest] };
}

/** What went wrong and what to do, for the person who asked. */
export function errorMessage(error: unknown): Message {
  const lines = errorLines(error);
  return { text: lines.join('\n'), blocks: lines.map((line) => section(`:warning: ${line}`)).slice(0, 20) };
}

/** An error's sentences, escaped; a defect is not explained to people, only named. */
export function errorLines(error: unknown): readonly string[] {
  if (error instanceof UserErrors) return error.errors.map(sentence);
  if (error instanceof UserError) return [sentence(error)];
  return ['Something went wrong in Plumbline itself; nothing was done. The log has the details.'];
}

/** A view that only says something. */
export function notice(title: string, lines: readonly string[]): View {
  return modal(
    title,
    lines.slice(0, 50).map((line) => section(line)),
  );
}

/** A view with a value as JSON. */
export function jsonView(title: string, value: unknown, note: string): View {
  const text = JSON.stringify(value, null, 2);
  return modal(title, [context(escape(note)), ...preformatted(text, JSON_TEXT).slice(0, 90)]);
}

function sentence(error: UserError): string {
  return escape(error.mend === undefined ? error.message : `${error.message} ${error.mend}`);
}
