import type { Fault, SimulatedPbx } from '../../src/simulators/pbx/server.js';

export interface FailedRead {
  /** The id of the PBX it happens to. */
  readonly id: string;
  readonly fault: Fault;
  /** What the report says about it. */
  readonly because: RegExp;
  /** Whether Plumbline must not log in again by itself. */
  readonly isRefused?: boolean;
}

const LATE_MS = 5000;

/** Every way in which a PBX can fail to be read, by itself or because no token is to be had. */
export const FAILED_READS: readonly FailedRead[] = [
  { id: 'read-slow', fault: { kind: 'slow', on: 'read', delayMs: LATE_MS }, because: /did not answer/ },
  { id: 'read-hang', fault: { kind: 'hang', on: 'read' }, because: /did not answer/ },
  { id: 'read-down', fault: { kind: 'down', on: 'read' }, because: /./ },
  { id: 'read-unauthorised', fault: { kind: 'unauthorised', on: 'read' }, because: /HTTP 401/ },
  { id: 'read-forbidden', fault: { kind: 'forbidden', on: 'read' }, because: /HTTP 403/ },
  { id: 'read-throttled', fault: { kind: 'throttled', on: 'read' }, because: /HTTP 429/ },
  { id: 'read-500', fault: { kind: 'server-error', on: 'read' }, because: /HTTP 500/ },
  { id: 'read-502', fault: { kind: 'server-error', on: 'read', status: 502 }, because: /HTTP 502/ },
  { id: 'read-html', fault: { kind: 'html', on: 'read' }, because: /HTTP 200/ },
  { id: 'read-half-body', fault: { kind: 'half-body', on: 'read' }, because: /./ },
  { id: 'read-empty', fault: { kind: 'empty', on: 'read' }, because: /HTTP 200/ },
  { id: 'read-404', fault: { kind: 'not-found', on: 'read' }, because: /HTTP 404/ },
  { id: 'read-409', fault: { kind: 'conflict', on: 'read' }, because: /HTTP 409/ },
  { id: 'read-truncated', fault: { kind: 'truncated-json', on: 'read' }, because: /HTTP 200/ },
  { id: 'read-wrong-shape', fault: { kind: 'wrong-shape', on: 'read' }, because: /HTTP 200/ },
  { id: 'read-wrong-type', fault: { kind: 'wrong-type', on: 'read' }, because: /sent something that is no/ },
  { id: 'read-missing', fault: { kind: 'missing-property', on: 'read' }, because: /HTTP 200/ },
  { id: 'token-slow', fault: { kind: 'slow', on: 'token', delayMs: LATE_MS }, because: /did not answer/ },
  { id: 'token-hang', fault: { kind: 'hang', on: 'token' }, because: /did not answer/ },
  { id: 'token-down', fault: { kind: 'down', on: 'token' }, because: /./ },
  {
    id: 'token-unauthorised',
    fault: { kind: 'unauthorised', on: 'token' },
    because: /HTTP 401/,
    isRefused: true,
  },
  { id: 'token-forbidden', fault: { kind: 'forbidden', on: 'token' }, because: /HTTP 403/, isRefused: true },
  { id: 'token-throttled', fault: { kind: 'throttled', on: 'token' }, because: /HTTP 429/ },
  { id: 'token-500', fault: { kind: 'server-error', on: 'token' }, because: /HTTP 500/ },
  { id: 'token-html', fault: { kind: 'html', on: 'token' }, because: /HTTP 200/ },
  { id: 'token-404', fault: { kind: 'not-found', on: 'token' }, because: /HTTP 404/ },
  { id: 'token-409', fault: { kind: 'conflict', on: 'token' }, because: /HTTP 409/ },
  { id: 'token-truncated', fault: { kind: 'truncated-json', on: 'token' }, because: /HTTP 200/ },
  { id: 'token-wrong-shape', fault: { kind: 'wrong-shape', on: 'token' }, because: /HTTP 200/ },
  { id: 'token-wrong-type', fault: { kind: 'wrong-type', on: 'token' }, because: /HTTP 200/ },
  { id: 'token-missing', fault: { kind: 'missing-property', on: 'token' }, because: /HTTP 200/ },
  { id: 'token-half-body', fault: { kind: 'half-body', on: 'token' }, because: /./ },
  { id: 'token-empty', fault: { kind: 'empty', on: 'token' }, because: /HTTP 200/ },
];

/** Lets a PBX fail once it has been read `reads` times more, without the token it gave out where that is what fails. */
export function failAfter(pbx: SimulatedPbx, reads: number, fault: Fault): void {
  const count = (): number => pbx.requests.filter(({ method }) => method === 'GET').length;
  const last = count() + reads;
  const stop = pbx.onChange(() => {
    if (count() < last) return;
    stop();
    fail(pbx, fault);
  });
}

/** Lets a PBX fail from now on, without the token it gave out where that is what fails. */
export function fail(pbx: SimulatedPbx, fault: Fault): void {
  if (fault.on === 'token') pbx.expireTokens();
  pbx.fault(fault);
}
