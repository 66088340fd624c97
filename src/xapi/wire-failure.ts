import { errors } from 'undici';
import type { XapiFailure } from './errors.js';

export interface WireCircumstances {
  readonly isTimedOut: boolean;
  readonly timeoutMs: number;
  /** The HTTP status, where the beginning of an answer arrived. */
  readonly status: number | null;
}

export interface WireFailure {
  readonly failure: XapiFailure;
  readonly sentence: string;
}

const REFUSED =
  'Check that the PBX is running and that the port is right: 443 where 3CX hosts it, often 5001 elsewhere.';
const NO_ROUTE = 'Check the network between this machine and the PBX.';
const NAME = 'Check the host name in the address of the PBX, and the DNS of this machine.';
const CERTIFICATE =
  'Use the host name its certificate was issued for, or name the authority that signed it as ca in plumbline.yml.';

const KNOWN: Readonly<Record<string, WireFailure>> = {
  ECONNREFUSED: { failure: 'unreachable', sentence: `The PBX refuses connections. ${REFUSED}` },
  EHOSTUNREACH: { failure: 'unreachable', sentence: `There is no route to the PBX. ${NO_ROUTE}` },
  ENETUNREACH: { failure: 'unreachable', sentence: `There is no route to the PBX. ${NO_ROUTE}` },
  ENOTFOUND: { failure: 'unreachable', sentence: `The host name of the PBX is not known. ${NAME}` },
  EAI_AGAIN: { failure: 'unreachable', sentence: `The host name of the PBX could not be looked up. ${NAME}` },
  UND_ERR_RES_EXCEEDED_MAX_SIZE: {
    failure: 'unreadable',
    sentence: 'The answer of the PBX is larger than 16 MiB and was not read.',
  },
};

const UNTRUSTED = [
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'ERR_TLS_CERT_ALTNAME_INVALID',
];
const TIMEOUTS = ['ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'];

/** What went wrong on the wire, from the code of the error the socket, TLS or HTTP layer threw. */
export function wireFailure(
  error: unknown,
  { isTimedOut, timeoutMs, status }: WireCircumstances,
): WireFailure {
  const code = codeOf(error);
  if (isTimedOut || TIMEOUTS.includes(code)) {
    const sentence = `The PBX did not answer within ${timeoutMs / 1000} s. Check that it is running and reachable.`;
    return { failure: 'timeout', sentence };
  }
  if (UNTRUSTED.includes(code) || code.startsWith('CERT_')) {
    return {
      failure: 'untrusted',
      sentence: `The certificate of the PBX is not trusted (${code}). ${CERTIFICATE}`,
    };
  }
  if (error instanceof errors.HTTPParserError) {
    const sentence =
      'The PBX did not answer in HTTP. Check that the address and the port are those of its admin console.';
    return { failure: 'unreadable', sentence };
  }
  if (status !== null && KNOWN[code] === undefined) {
    const sentence = `The answer of the PBX breaks off in the middle (HTTP ${status}, ${code}). ${NO_ROUTE}`;
    return { failure: 'unreadable', sentence };
  }
  const broken = `The connection to the PBX broke off (${code}). ${NO_ROUTE}`;
  return KNOWN[code] ?? { failure: 'unreachable', sentence: broken };
}

/** A host name with several addresses fails with one error per address; the first one speaks. */
function codeOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return 'no code';
}
