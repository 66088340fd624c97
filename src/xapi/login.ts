import type { Breaker, Verdict } from './breaker.js';
import { addressOf, type Credential, type PbxConnection } from './connection.js';
import { XapiError } from './errors.js';
import { errorForAnswer, isSuccess, type RawAnswer } from './failures.js';
import { isRecord, readBody } from './body.js';
import type { Redactor } from './redact.js';
import { createTokenHolder, findGrant, grantOf, type TokenGrant, tokenRefused } from './token.js';
import type { Exchange, Transport } from './transport.js';

/** How requests get past the door of a PBX, with an API client or with a ready-made token. */
export interface Login {
  token(): Promise<string>;
  /** After a 401: another token. Throws where there is none to be had. */
  renew(stale: string): Promise<string>;
  /** Sends a request that carries a token, as the breaker allows. */
  send(exchange: Exchange): Promise<RawAnswer>;
}

export interface LoginParts {
  readonly transport: Transport;
  readonly breaker: Breaker;
  readonly redactor: Redactor;
  readonly now: () => Date;
  readonly headers: Readonly<Record<string, string>>;
}

type Client = Extract<Credential, { kind: 'client' }>;

const TOKEN_PATH = '/connect/token';
const REFUSALS = [400, 401, 403];
const OAUTH_CODES = [
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
];

/** The way in that the credential of a connection calls for. */
export function createLogin(connection: PbxConnection, parts: LoginParts): Login {
  const { credential } = connection;
  if (credential.kind === 'token') return tokenLogin(credential.accessToken, parts);
  return clientLogin(credential, addressOf(connection).tokenPath, parts);
}

function clientLogin(credential: Client, target: string, parts: LoginParts): Login {
  const { transport, breaker, now } = parts;
  const holder = createTokenHolder(() => fetchGrant(credential, target, parts), now);
  async function send(exchange: Exchange): Promise<RawAnswer> {
    await breaker.check();
    return transport.send(exchange);
  }
  return {
    token: () => holder.current(),
    renew: (stale) => holder.renew(stale),
    send: (exchange) => transport.inTurn(() => send(exchange)),
  };
}

function tokenLogin(accessToken: string, { transport, breaker }: LoginParts): Login {
  const judge = ({ status }: RawAnswer): Verdict => {
    if (status === 401) return { refusedBecause: 'HTTP 401, access token expired or replaced' };
    return isSuccess(status) ? 'accepted' : 'undecided';
  };
  return {
    token: () => Promise.resolve(accessToken),
    renew: () => Promise.reject(tokenRefused()),
    send: (exchange) => transport.inTurn(() => breaker.prove(() => transport.send(exchange), judge)),
  };
}

async function fetchGrant(credential: Client, target: string, parts: LoginParts): Promise<TokenGrant> {
  const { transport, breaker, redactor, now } = parts;
  const exchange = tokenExchange(credential, target, parts.headers);
  const judge = (answer: RawAnswer): Verdict => {
    if (REFUSALS.includes(answer.status)) return { refusedBecause: reasonOf(answer) };
    return findGrant(answer, now()) === undefined ? 'undecided' : 'accepted';
  };
  const answer = await transport.inTurn(() => breaker.prove(() => transport.send(exchange), judge));
  if (REFUSALS.includes(answer.status)) throw clientRefused(answer);
  if (!isSuccess(answer.status))
    throw errorForAnswer({ ...answer, bytes: new Uint8Array() }, exchange, now(), (text) => text);
  const grant = grantOf(answer, TOKEN_PATH, now());
  redactor.hide(grant.accessToken);
  return grant;
}

function tokenExchange(credential: Client, target: string, headers: LoginParts['headers']): Exchange {
  const fields = {
    client_id: credential.clientId,
    client_secret: credential.clientSecret,
    grant_type: 'client_credentials',
  };
  return {
    method: 'POST',
    path: TOKEN_PATH,
    target,
    headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(fields).toString(),
    isWrite: false,
    attempt: 1,
  };
}

function clientRefused(answer: RawAnswer): XapiError {
  return new XapiError(
    'credential-refused',
    `The PBX refused the API client (${reasonOf(answer)}). Check client id and secret under Admin > Integrations > API, that “3CX Configuration API Access” is ticked there, and that Console Restrictions let this machine in. Plumbline does not send this credential again by itself for 6 hours, because 3CX blocks addresses that fail to log in.`,
    { status: answer.status },
  );
}

/** Of a refusal only the status and an error code of OAuth (RFC 6749, 5.2): the rest may repeat what was sent. */
function reasonOf(answer: RawAnswer): string {
  const body = readBody(answer.bytes);
  const error = body.kind === 'json' && isRecord(body.value) ? body.value['error'] : undefined;
  const code = OAUTH_CODES.find((known) => known === error);
  return code === undefined ? `HTTP ${answer.status}` : `HTTP ${answer.status}: ${code}`;
}
