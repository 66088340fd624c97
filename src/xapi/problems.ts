import { type Body, isRecord } from './body.js';
import { plainWords, type XapiProblem } from './errors.js';

const SHOWN_PROBLEMS = 20;

/**
 * The complaints in an error body. 3CX puts the machine code in `details[].message` and the property in
 * `details[].target` (the OData `code` stays empty); the token address answers in the OAuth form instead.
 */
export function problemsOf(body: Body, clean: (text: string) => string): readonly XapiProblem[] {
  if (body.kind !== 'json' || !isRecord(body.value)) return [];
  const { error, error_description: description } = body.value;
  if (typeof error === 'string') return [oauthProblem(error, description, clean)];
  if (!isRecord(error)) return [];
  const details = Array.isArray(error['details']) ? error['details'].slice(0, SHOWN_PROBLEMS) : [];
  const problems = details.flatMap((detail) => detailProblem(detail, clean));
  return problems.length > 0 ? problems : topProblem(error, clean);
}

function detailProblem(detail: unknown, clean: (text: string) => string): XapiProblem[] {
  if (!isRecord(detail)) return [];
  const code = textOf(detail['message']) ?? textOf(detail['code']);
  return code === undefined ? [] : [problem(textOf(detail['target']) ?? null, code, clean)];
}

/** The top message is `target:` and the code on the next line. */
function topProblem(
  error: Readonly<Record<string, unknown>>,
  clean: (text: string) => string,
): XapiProblem[] {
  const message = textOf(error['message']) ?? textOf(error['code']);
  if (message === undefined) return [];
  const parts = /^([\w.[\]]+):\s*\n\s*(\S[^]*)$/.exec(message);
  if (parts?.[1] === undefined || parts[2] === undefined) {
    return [problem(textOf(error['target']) ?? null, message, clean)];
  }
  return [problem(parts[1], parts[2], clean)];
}

function problem(target: string | null, message: string, clean: (text: string) => string): XapiProblem {
  const code = clean(message);
  const words = plainWords(code);
  const shownTarget = target === null ? null : clean(target);
  const clause =
    shownTarget === null ? words.charAt(0).toUpperCase() + words.slice(1) : `${shownTarget}: ${words}`;
  return { target: shownTarget, code, sentence: /[.!?…]$/.test(clause) ? clause : `${clause}.` };
}

function oauthProblem(error: string, description: unknown, clean: (text: string) => string): XapiProblem {
  return { target: null, code: clean(error), sentence: clean(textOf(description) ?? error) };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}
