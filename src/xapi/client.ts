import { setTimeout as pause } from 'node:timers/promises';
import { type Body, readBody } from './body.js';
import { createBreaker, type RefusalStore } from './breaker.js';
import { addressOf, checkAuthority, type PbxConnection, timeoutOf } from './connection.js';
import {
  errorForAnswer,
  headerOf,
  isSuccess,
  type RawAnswer,
  unreadableAnswer,
  versionOf,
} from './failures.js';
import type { Lines } from './lines.js';
import { createLogin, type Login } from './login.js';
import { createRedactor, type Redactor } from './redact.js';
import { withRetries } from './retry.js';
import { claimsOf } from './token.js';
import { type Exchange, openTransport, type RequestEvent, type Transport } from './transport.js';

export interface XapiDeps {
  readonly now: () => Date;
  readonly refusals: RefusalStore;
  readonly random?: () => number;
  readonly sleep?: (ms: number) => Promise<void>;
  readonly onRequest?: (event: RequestEvent) => void;
  /** The lines that all PBXs of a process share, so that few of them are open at a time. */
  readonly lines?: Lines;
}

export interface XapiAnswer {
  readonly body: unknown;
  /** The 3CX version in the `X-3CX-Version` header, or null. */
  readonly version: string | null;
  readonly status: number;
  /** What the PBX's clock said, from the `Date` header to the second, or null. */
  readonly date: Date | null;
}

/** The Configuration API of one PBX: one request at a time, one token, no credential sent twice after a refusal. */
export interface Xapi {
  readonly pbxId: string;
  /**
   * Reads JSON below `/xapi/v1`; tries again after failures that may pass, or only once where `isBrief`. Throws
   * `XapiError`.
   */
  get(path: string, query?: Readonly<Record<string, string>>, isBrief?: boolean): Promise<XapiAnswer>;
  /** Reads a text below `/xapi/v1`, once. Throws `XapiError`, unreadable for a web page and what is not UTF-8. */
  getText(path: string): Promise<string>;
  /** What the token says of itself, such as `MaxRole`; empty where it is no JWT. Throws `XapiError`. */
  claims(): Promise<Readonly<Record<string, unknown>>>;
  /** Sends a change once. Throws `XapiError`; where it `isAmbiguous` the PBX may have made the change. */
  patch(path: string, body: Readonly<Record<string, unknown>>): Promise<void>;
  /** Allows a refused credential to be tried again at once. */
  retryCredential(): Promise<void>;
  /** Waits for the request in flight and closes the connection. */
  close(): Promise<void>;
}

interface Parts {
  readonly connection: PbxConnection;
  readonly deps: XapiDeps;
  readonly transport: Transport;
  readonly login: Login;
  readonly redactor: Redactor;
}

type Unsent = Pick<Exchange, 'method' | 'path' | 'target' | 'body' | 'isWrite'>;

const HEADERS = { accept: 'application/json', 'user-agent': 'plumbline' };
/** A read and its retries start within this many times the time one request may take. */
const READ_PATIENCE = 2;

/** Opens the API of a PBX; nothing is sent before the first call. Throws `UserError` for a bad address or CA. */
export function openXapi(connection: PbxConnection, deps: XapiDeps): Xapi {
  const { apiPath } = addressOf(connection);
  checkAuthority(connection);
  const { credential } = connection;
  const { now, refusals, onRequest, lines } = deps;
  const redactor = createRedactor([
    credential.kind === 'client' ? credential.clientSecret : credential.accessToken,
  ]);
  const breaker = createBreaker(connection, refusals, now);
  const transport = openTransport(connection, { onRequest, suspicion: () => breaker.suspicion(), lines });
  const login = createLogin(connection, { transport, breaker, redactor, now, headers: HEADERS });
  const parts: Parts = { connection, deps, transport, login, redactor };
  return {
    pbxId: connection.id,
    get: (path, query = {}, isBrief = false) => get(parts, unsentGet(apiPath, path, query), isBrief),
    getText: (path) => getText(parts, unsentGet(apiPath, path, {})),
    claims: async () => claimsOf(await login.token()),
    patch: (path, body) => patch(parts, unsentPatch(apiPath, path, body)),
    retryCredential: () => breaker.reset(),
    close: () => transport.close(),
  };
}

async function get(parts: Parts, unsent: Unsent, isBrief: boolean): Promise<XapiAnswer> {
  const { deps, connection } = parts;
  const perform = performer(parts, unsent);
  const patience = {
    now: deps.now,
    random: deps.random ?? Math.random,
    sleep: deps.sleep ?? ((ms: number) => pause(ms)),
    deadlineMs: READ_PATIENCE * timeoutOf(connection),
  };
  const answer = await (isBrief ? perform() : withRetries(perform, patience));
  const body = readBody(answer.bytes);
  if (body.kind !== 'json') throw unreadableAnswer(answer, unsent);
  return { body: body.value, version: versionOf(answer), status: answer.status, date: dateOf(answer) };
}

async function getText(parts: Parts, unsent: Unsent): Promise<string> {
  const answer = await performer(parts, unsent)();
  const { kind } = readBody(answer.bytes);
  if (kind === 'text' || kind === 'json') return Buffer.from(answer.bytes).toString('utf8');
  throw unreadableAnswer(answer, unsent);
}

/** 3CX answers a change with 204; anything but JSON or nothing did not come from its API. */
async function patch(parts: Parts, unsent: Unsent): Promise<void> {
  const answer = await performer(parts, unsent)();
  const expected: readonly Body['kind'][] = ['empty', 'json'];
  if (!expected.includes(readBody(answer.bytes).kind)) throw unreadableAnswer(answer, unsent);
}

/** Sends one request, over all of its tries with at most one renewal of the token after a 401. */
function performer({ login, deps, redactor }: Parts, unsent: Unsent): () => Promise<RawAnswer> {
  let attempt = 0;
  let hasRenewed = false;
  const send = (token: string): Promise<RawAnswer> => {
    attempt += 1;
    return login.send({ ...unsent, headers: headersFor(unsent, token), attempt });
  };
  return async () => {
    const token = await login.token();
    let answer = await send(token);
    if (answer.status === 401 && !hasRenewed) {
      hasRenewed = true;
      answer = await send(await login.renew(token));
    }
    if (isSuccess(answer.status)) return answer;
    throw errorForAnswer(answer, unsent, deps.now(), (text) => redactor.clean(text));
  };
}

function headersFor({ body }: Unsent, token: string): Record<string, string> {
  const headers = { ...HEADERS, authorization: `Bearer ${token}` };
  return body === undefined ? headers : { ...headers, 'content-type': 'application/json' };
}

function unsentGet(apiPath: string, path: string, query: Readonly<Record<string, string>>): Unsent {
  const pairs = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  const shown = rooted(path);
  const target = `${apiPath}${shown}${pairs.length === 0 ? '' : `?${pairs.join('&')}`}`;
  return { method: 'GET', path: shown, target, isWrite: false };
}

function unsentPatch(apiPath: string, path: string, body: Readonly<Record<string, unknown>>): Unsent {
  const shown = rooted(path);
  const target = `${apiPath}${shown}`;
  return { method: 'PATCH', path: shown, target, body: JSON.stringify(body), isWrite: true };
}

function rooted(path: string): string {
  return path.startsWith('/') ? path : `/${path}`;
}

function dateOf(answer: RawAnswer): Date | null {
  const date = new Date(headerOf(answer, 'date') ?? '');
  return Number.isNaN(date.getTime()) ? null : date;
}
