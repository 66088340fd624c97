import { randomBytes, randomUUID } from 'node:crypto';
import { UserError } from '../../errors.js';
import { isAtLeast } from '../../settings/version.js';
import type { Answer, Call, PbxSeed, Role } from './types.js';

/** 3CX help: wrong credentials more than 3 times block the address. */
const FAILURES_ALLOWED = 3;

const ROLES: Readonly<Record<Role, readonly string[]>> = {
  system_owners: [
    'PhoneSystemAdmin',
    'GlobalAdmin',
    'Admin',
    'MachineAdmin',
    'Groups.Create',
    'Paid',
    'Enterprise',
  ],
  system_admins: ['PhoneSystemAdmin', 'Admin', 'Groups.Create', 'Paid', 'Enterprise'],
  users: ['Paid', 'Enterprise'],
};

/** Who holds a token, and what the role allows. */
export interface Holder {
  readonly clientId: string;
  readonly auditName: string;
  readonly role: Role;
  /** Milliseconds since 1970; null for a ready-made token. */
  readonly expiresAt: number | null;
}

/** The clients of a PBX, the tokens they hold, and the addresses that failed to log in. */
export interface TokenDesk {
  readonly clients: Map<string, { secret: string; readonly role: Role; readonly auditName: string }>;
  readonly holders: Map<string, Holder>;
  /** How often each token was used while tokens wear out. */
  readonly uses: Map<string, number>;
  readonly failures: Map<string, number>;
  readonly blacklist: Set<string>;
}

export interface TokenRules {
  readonly fqdn: string;
  readonly version: string;
  readonly now: Date;
  readonly lifetimeSeconds: number;
}

/** Sets up the clients and ready-made tokens of a seed. */
export function createTokenDesk(seed: PbxSeed): TokenDesk {
  const clients = seed.clients ?? [{ clientId: 'plumbline', clientSecret: `secret-${seed.id}` }];
  return {
    clients: new Map(
      clients.map(({ clientId, clientSecret, role, auditName }) => [
        clientId,
        { secret: clientSecret, role: role ?? 'system_owners', auditName: auditName ?? clientId },
      ]),
    ),
    holders: new Map(
      (seed.staticTokens ?? []).map((token) => [
        token,
        { clientId: 'static', auditName: 'static', role: 'system_owners', expiresAt: null },
      ]),
    ),
    uses: new Map(),
    failures: new Map(),
    blacklist: new Set(),
  };
}

/** Who a request's bearer token belongs to, or null where it is missing, unknown or expired. */
export function holderOf(desk: TokenDesk, authorization: string | undefined, now: Date): Holder | null {
  const token = bearer(authorization);
  const holder = token === undefined ? undefined : desk.holders.get(token);
  if (holder === undefined) return null;
  return holder.expiresAt !== null && holder.expiresAt <= now.getTime() ? null : holder;
}

/** Counts a use of a token that is good for so many calls. Returns true where it was used up, and ends it. */
export function wearOut(desk: TokenDesk, authorization: string | undefined, calls: number): boolean {
  const token = bearer(authorization);
  if (token === undefined || !desk.holders.has(token)) return false;
  const uses = (desk.uses.get(token) ?? 0) + 1;
  desk.uses.set(token, uses);
  if (uses <= calls) return false;
  desk.uses.delete(token);
  return desk.holders.delete(token);
}

/** The fields of a token request, form-urlencoded or multipart, or null where the body is neither. */
export async function tokenFields(call: Call): Promise<ReadonlyMap<string, string> | null> {
  if (call.contentType.startsWith('application/x-www-form-urlencoded')) {
    return new Map(new URLSearchParams(call.body));
  }
  if (!call.contentType.startsWith('multipart/form-data')) return null;
  try {
    const form = await new Response(call.body, { headers: { 'Content-Type': call.contentType } }).formData();
    return new Map([...form].map(([name, value]) => [name, typeof value === 'string' ? value : value.name]));
  } catch {
    return null;
  }
}

/** Answers `POST /connect/token`. A new token ends the client's older one (3CX's tutorial: one active token). */
export function answerToken(
  desk: TokenDesk,
  fields: ReadonlyMap<string, string> | null,
  ip: string,
  rules: TokenRules,
): Answer {
  if (fields?.get('grant_type') !== 'client_credentials') {
    return oauth(400, { error: fields === null ? 'invalid_request' : 'unsupported_grant_type' });
  }
  const clientId = fields.get('client_id') ?? '';
  const client = desk.clients.get(clientId);
  if (client === undefined || client.secret !== fields.get('client_secret')) {
    countFailure(desk, ip);
    return tokenRefusal(rules.version);
  }
  desk.failures.delete(ip);
  dropTokens(desk, clientId);
  const token = accessToken(clientId, client.role, rules);
  const expiresAt = rules.now.getTime() + rules.lifetimeSeconds * 1000;
  desk.holders.set(token, { clientId, auditName: client.auditName, role: client.role, expiresAt });
  return oauth(200, {
    token_type: 'Bearer',
    expires_in: expiresIn(rules),
    access_token: token,
    refresh_token: null,
  });
}

/** What the token address answers to wrong credentials: nothing before 20.0.9, then an OAuth error. */
export function tokenRefusal(version: string): Answer {
  if (!isAtLeast(version, '20.0.9')) return { status: 401 };
  const description = 'The request requires valid user authentication.';
  return oauth(401, { error: 'unauthorized', error_description: description });
}

/** Gives a client a new secret and ends its token. Throws `UserError` for an unknown client. */
export function rotate(desk: TokenDesk, clientId: string, secret: string): void {
  const client = desk.clients.get(clientId);
  if (client === undefined) {
    throw new UserError('not-found', `There is no client “${clientId}”.`, { field: 'clientId' });
  }
  client.secret = secret;
  dropTokens(desk, clientId);
}

function bearer(authorization: string | undefined): string | undefined {
  return /^Bearer (.+)$/i.exec(authorization ?? '')?.[1];
}

function countFailure(desk: TokenDesk, ip: string): void {
  const failures = (desk.failures.get(ip) ?? 0) + 1;
  desk.failures.set(ip, failures);
  if (failures > FAILURES_ALLOWED) desk.blacklist.add(ip);
}

function dropTokens(desk: TokenDesk, clientId: string): void {
  for (const [token, holder] of desk.holders) {
    if (holder.clientId === clientId) desk.holders.delete(token);
  }
}

/** Minutes before 20.0.9, seconds since (3CX's tutorial). */
function expiresIn({ version, lifetimeSeconds }: TokenRules): number {
  return isAtLeast(version, '20.0.9') ? lifetimeSeconds : Math.max(1, Math.round(lifetimeSeconds / 60));
}

function accessToken(clientId: string, role: Role, { fqdn, now, lifetimeSeconds }: TokenRules): string {
  const issuedAt = Math.floor(now.getTime() / 1000);
  const header = { alg: 'ES256', kid: fqdn, typ: 'JWT' };
  const payload = {
    iss: `https://${fqdn}`,
    aud: `https://${fqdn}`,
    sub: clientId,
    client_id: clientId,
    jti: randomUUID(),
    iat: issuedAt,
    nbf: issuedAt,
    exp: issuedAt + lifetimeSeconds,
    MaxRole: role,
    roles: ROLES[role],
  };
  const parts = [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
  return [...parts, randomBytes(64).toString('base64url')].join('.');
}

function oauth(status: number, body: Readonly<Record<string, unknown>>): Answer {
  const headers = { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' };
  return { status, headers, body: JSON.stringify(body) };
}
