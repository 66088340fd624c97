import { createHash, X509Certificate } from 'node:crypto';
import { UserError } from '../errors.js';

/** An API client of the PBX (Admin > Integrations > API), or a bearer token someone obtained elsewhere. */
export type Credential =
  | { readonly kind: 'client'; readonly clientId: string; readonly clientSecret: string }
  | { readonly kind: 'token'; readonly accessToken: string };

export interface PbxConnection {
  readonly id: string;
  /** The address of the PBX; a port and a path prefix are kept, `/xapi/v1` at the end is accepted. */
  readonly url: string;
  readonly credential: Credential;
  /** A certificate authority in PEM form, trusted beside the public ones. */
  readonly ca?: string;
  /** How long one request may take, connecting and body included; default 15000. */
  readonly timeoutMs?: number;
}

/** Where the parts of one PBX are found. */
export interface PbxAddress {
  readonly origin: string;
  readonly tokenPath: string;
  readonly apiPath: string;
}

const DEFAULT_TIMEOUT_MS = 15_000;
const FINGERPRINT_LENGTH = 16;

/** Takes the address of a PBX apart. Throws `UserError` for anything but a plain http or https address. */
export function addressOf({ id, url }: Pick<PbxConnection, 'id' | 'url'>): PbxAddress {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || !['http:', 'https:'].includes(parsed.protocol)) {
    throw invalid(id, 'url', 'is not a web address', 'Use the form https://pbx.example.com:5001.');
  }
  if (parsed.username !== '' || parsed.password !== '') {
    throw invalid(id, 'url', 'holds a user name or password', 'Put the credential in its own place.');
  }
  const prefix = parsed.pathname.replace(/\/+$/, '').replace(/\/xapi\/v1$/i, '');
  return { origin: parsed.origin, tokenPath: `${prefix}/connect/token`, apiPath: `${prefix}/xapi/v1` };
}

/** Checks the optional certificate authority. Throws `UserError` where it is not a PEM certificate. */
export function checkAuthority({ id, ca }: Pick<PbxConnection, 'id' | 'ca'>): void {
  if (ca === undefined) return;
  try {
    void new X509Certificate(ca);
  } catch {
    throw invalid(id, 'ca', 'is not a certificate', 'Use the PEM text, from BEGIN CERTIFICATE to the end.');
  }
}

/** How long one request of this connection may take, in milliseconds. */
export function timeoutOf(connection: PbxConnection): number {
  return connection.timeoutMs ?? DEFAULT_TIMEOUT_MS;
}

/** Tells one credential at one address from another without holding it: a shortened SHA-256. */
export function fingerprintOf({ id, url, credential }: PbxConnection): string {
  const { origin, tokenPath } = addressOf({ id, url });
  const parts =
    credential.kind === 'client' ? [credential.clientId, credential.clientSecret] : [credential.accessToken];
  const text = JSON.stringify([origin, tokenPath, credential.kind, ...parts]);
  return createHash('sha256').update(text).digest('hex').slice(0, FINGERPRINT_LENGTH);
}

function invalid(id: string, field: string, what: string, mend: string): UserError {
  return new UserError('invalid', `The ${field} of PBX “${id}” ${what}.`, { field, mend });
}
