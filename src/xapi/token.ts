import { isRecord, readBody } from './body.js';
import { XapiError } from './errors.js';
import { isSuccess, type RawAnswer, unreadableAnswer } from './failures.js';

const MINUTE_MS = 60_000;
const EARLY_MS = 5 * MINUTE_MS;
/** 3CX docs: a token is valid for 60 minutes. */
const USUAL_LIFETIME_MS = 60 * MINUTE_MS;
const LARGEST_EXPIRY_IN_MINUTES = 120;

/** What the token address handed out. */
export interface TokenGrant {
  readonly accessToken: string;
  readonly lifetimeMs: number;
}

/** Holds one token for one API client: 3CX keeps a single one active, so asking for another ends the first. */
export interface TokenHolder {
  /** A token that is good for a while; asks for one where there is none. Concurrent callers share one request. */
  current(): Promise<string>;
  /** A token other than `stale`, which the PBX no longer accepts. */
  renew(stale: string): Promise<string>;
}

/** Keeps the token that `fetchGrant` obtains until shortly before its end. */
export function createTokenHolder(fetchGrant: () => Promise<TokenGrant>, now: () => Date): TokenHolder {
  let held: { readonly token: string; readonly renewAt: number } | undefined;
  let flight: Promise<string> | undefined;

  async function fetchToken(): Promise<string> {
    held = undefined;
    const { accessToken, lifetimeMs } = await fetchGrant();
    held = { token: accessToken, renewAt: now().getTime() + usableMs(lifetimeMs) };
    return accessToken;
  }

  function current(): Promise<string> {
    if (flight !== undefined) return flight;
    if (held !== undefined && now().getTime() < held.renewAt) return Promise.resolve(held.token);
    flight = fetchToken().finally(() => {
      flight = undefined;
    });
    return flight;
  }

  function renew(stale: string): Promise<string> {
    if (held?.token === stale) held = undefined;
    return current();
  }

  return { current, renew };
}

/** Reads the answer of the token address. Throws `XapiError` unreadable where it holds no token. */
export function grantOf(answer: RawAnswer, path: string, now: Date): TokenGrant {
  const grant = findGrant(answer, now);
  if (grant === undefined) throw unreadableAnswer(answer, { path, isWrite: false });
  return grant;
}

/** The grant in an answer of the token address, or undefined where there is none. */
export function findGrant(answer: RawAnswer, now: Date): TokenGrant | undefined {
  const body = readBody(answer.bytes);
  if (!isSuccess(answer.status) || body.kind !== 'json' || !isRecord(body.value)) return undefined;
  const { access_token: accessToken, expires_in: expiresIn } = body.value;
  if (typeof accessToken !== 'string' || !/^[\x21-\x7e]+$/.test(accessToken)) return undefined;
  return { accessToken, lifetimeMs: lifetimeMs(accessToken, expiresIn, now) };
}

/** The refusal of a ready-made token, which nothing but another token can mend. */
export function tokenRefused(): XapiError {
  return new XapiError(
    'credential-refused',
    'The PBX does not accept the access token (HTTP 401): it has expired or was replaced by a newer one. Give Plumbline a new token, or an API client (Admin > Integrations > API), which renews its own.',
    { status: 401 },
  );
}

/**
 * How long a token lives, in milliseconds: what the token itself says (its end minus its beginning, so that the
 * clocks need not agree), else `expires_in`, which is minutes before 3CX 20.0.9 and seconds since (3CX tutorial).
 */
export function lifetimeMs(accessToken: string, expiresIn: unknown, now: Date): number {
  const claims = claimsOf(accessToken);
  const begins = typeof claims['iat'] === 'number' ? claims['iat'] : now.getTime() / 1000;
  const stated = typeof claims['exp'] === 'number' ? (claims['exp'] - begins) * 1000 : Number.NaN;
  if (stated > 0) return stated;
  const count = typeof expiresIn === 'string' || typeof expiresIn === 'number' ? Number(expiresIn) : 0;
  if (!Number.isFinite(count) || count <= 0) return USUAL_LIFETIME_MS;
  return count <= LARGEST_EXPIRY_IN_MINUTES ? count * MINUTE_MS : count * 1000;
}

/** Five minutes before its end a token counts as used up, but never before half of its life. */
function usableMs(tokenLifetimeMs: number): number {
  return tokenLifetimeMs - Math.min(EARLY_MS, tokenLifetimeMs / 2);
}

/** The claims of a JWT, unverified; empty for a token of another kind. */
export function claimsOf(token: string): Readonly<Record<string, unknown>> {
  const body = readBody(Buffer.from(token.split('.')[1] ?? '', 'base64url'));
  return body.kind === 'json' && isRecord(body.value) ? body.value : {};
}
