import { describeBody, readBody } from './body.js';
import { XapiError, type XapiFailure, type XapiProblem } from './errors.js';
import { problemsOf } from './problems.js';

/** A complete answer of a PBX. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly bytes: Uint8Array;
}

/** What a failed answer needs to know about the request it belongs to. */
export interface Asked {
  /** The path without the part every request shares, e.g. `/GeneralSettingsForApps`. */
  readonly path: string;
  /** Whether carrying it out changes something on the PBX. */
  readonly isWrite: boolean;
}

const VERSION = /^\d+(\.\d+){1,3}$/;

export const MAYBE_WRITTEN = 'The change may have been made: read the setting again before trying once more.';

/** The error for an answer outside 200-299. `now` dates a Retry-After given as a date. */
export function errorForAnswer(
  answer: RawAnswer,
  asked: Asked,
  now: Date,
  clean: (text: string) => string,
): XapiError {
  const failure = failureOf(answer.status);
  const problems = problemsOf(readBody(answer.bytes), clean);
  const retryAfterMs = retryAfterOf(answer, now);
  const isAmbiguous = asked.isWrite && ['server', 'timeout', 'unreadable'].includes(failure);
  const sentence = sentenceFor(failure, answer.status, asked, problems, retryAfterMs);
  const message = isAmbiguous ? `${sentence} ${MAYBE_WRITTEN}` : sentence;
  return new XapiError(failure, message, {
    status: answer.status,
    problems,
    isAmbiguous,
    retryAfterMs,
    version: versionOf(answer),
  });
}

/** The error for an answer of 200-299 whose content cannot be used. */
export function unreadableAnswer(answer: RawAnswer, asked: Asked): XapiError {
  const what = describeBody(readBody(answer.bytes));
  const mend =
    'Check that the address is the one of the PBX itself and that no login page or proxy answers for it.';
  const message = `The PBX answered ${what} to ${asked.path} (HTTP ${answer.status}). ${mend}`;
  const isAmbiguous = asked.isWrite;
  return new XapiError('unreadable', isAmbiguous ? `${message} ${MAYBE_WRITTEN}` : message, {
    status: answer.status,
    isAmbiguous,
  });
}

/** The first value of a header, or null. */
export function headerOf(answer: RawAnswer, name: string): string | null {
  const value = answer.headers[name];
  return (Array.isArray(value) ? value[0] : value) ?? null;
}

/** The 3CX version in the `X-3CX-Version` header, or null. */
export function versionOf(answer: RawAnswer): string | null {
  const version = headerOf(answer, 'x-3cx-version')?.trim() ?? '';
  return VERSION.test(version) ? version : null;
}

/** Whether a status says that the request was carried out. */
export function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

function failureOf(status: number): XapiFailure {
  if (status < 400) return 'unreadable';
  if (status >= 500) return 'server';
  const known: Readonly<Record<number, XapiFailure>> = {
    401: 'unauthorised',
    403: 'forbidden',
    404: 'missing',
    408: 'timeout',
    410: 'missing',
    429: 'throttled',
  };
  return known[status] ?? 'rejected';
}

function sentenceFor(
  failure: XapiFailure,
  status: number,
  { path, isWrite }: Asked,
  problems: readonly XapiProblem[],
  retryAfterMs: number | null,
): string {
  const said = problems.length === 0 ? '.' : `: ${problems.map(({ sentence }) => sentence).join(' ')}`;
  switch (failure) {
    case 'unauthorised':
      return `The PBX does not accept the login (HTTP 401), not even with a new token${said} Something else may use the same API client: give Plumbline one of its own under Admin > Integrations > API.`;
    case 'forbidden':
      return `The PBX forbids ${path} (HTTP 403)${said} Give the API client the role System Owner under Admin > Integrations > API, and check that the Console Restrictions and IP lists of the PBX let this machine in.`;
    case 'missing':
      return `This PBX has no ${path} (HTTP ${status})${said} Its 3CX version may be too old for it, or the address is not the one of the PBX.`;
    case 'throttled':
      return `The PBX receives too many requests (HTTP 429)${said} Try again ${waitWords(retryAfterMs)}.`;
    case 'timeout':
      return `The PBX waited too long for the request (HTTP ${status})${said} Try again later.`;
    case 'server':
      return `The PBX failed to answer ${path} (HTTP ${status})${said} Try again later; if it stays so, look at the services and the event log of the PBX.`;
    case 'unreadable':
      return `The PBX sends requests elsewhere (HTTP ${status}). Use the address under which its admin console opens.`;
    default:
      return `The PBX refused the ${isWrite ? 'change' : 'request'} (HTTP ${status})${said}`;
  }
}

function waitWords(retryAfterMs: number | null): string {
  if (retryAfterMs === null) return 'in a minute';
  const seconds = Math.ceil(retryAfterMs / 1000);
  return `in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}`;
}

/** Retry-After is a number of seconds or a date (RFC 9110). */
function retryAfterOf(answer: RawAnswer, now: Date): number | null {
  const header = headerOf(answer, 'retry-after')?.trim();
  if (header === undefined || header === '') return null;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now.getTime();
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}
