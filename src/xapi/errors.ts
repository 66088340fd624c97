import { WARNINGS } from './warnings.js';

/** Why a request to a PBX did not succeed, as far as the client can tell. */
export type XapiFailure =
  | 'unreachable'
  | 'untrusted'
  | 'timeout'
  | 'credential-refused'
  | 'breaker-open'
  | 'unauthorised'
  | 'forbidden'
  | 'throttled'
  | 'rejected'
  | 'missing'
  | 'server'
  | 'unreadable';

/** One complaint of a PBX: the property it is about, its machine code (or text) and the same in plain English. */
export interface XapiProblem {
  readonly target: string | null;
  readonly code: string;
  readonly sentence: string;
}

export interface XapiErrorDetail {
  readonly status?: number | null;
  readonly problems?: readonly XapiProblem[];
  readonly isAmbiguous?: boolean;
  readonly retryAfterMs?: number | null;
  readonly version?: string | null;
}

/** A failed exchange with a PBX; the message is for an admin, says what to do and holds no secret. */
export class XapiError extends Error {
  override readonly name = 'XapiError';
  readonly failure: XapiFailure;
  /** The HTTP status, or null where no answer arrived. */
  readonly status: number | null;
  readonly problems: readonly XapiProblem[];
  /** A write was sent and the PBX may have carried it out: only reading it back tells. */
  readonly isAmbiguous: boolean;
  /** How long the PBX asked to be left alone, in milliseconds. */
  readonly retryAfterMs: number | null;
  /** The 3CX version that the refusing answer named, or null. */
  readonly version: string | null;

  constructor(failure: XapiFailure, message: string, detail: XapiErrorDetail = {}) {
    super(message);
    this.failure = failure;
    this.status = detail.status ?? null;
    this.problems = detail.problems ?? [];
    this.isAmbiguous = detail.isAmbiguous ?? false;
    this.retryAfterMs = detail.retryAfterMs ?? null;
    this.version = detail.version ?? null;
  }
}

/** A 3CX warning code (`WARNINGS.XAPI.REQUIRED`) as an English clause; an unknown code passes through as it is. */
export function plainWords(code: string): string {
  return WARNINGS.get(code) ?? code;
}
