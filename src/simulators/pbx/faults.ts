import { UserError } from '../../errors.js';
import { odataError } from './odata.js';
import { tokenRefusal } from './token.js';
import type { Answer, Fault, FaultKind, FaultReach, Operation } from './types.js';

const EVERY: readonly Operation[] = ['read', 'write', 'token'];
const REACH: Readonly<Record<FaultKind, readonly Operation[]>> = {
  slow: EVERY,
  down: EVERY,
  hang: EVERY,
  unauthorised: EVERY,
  forbidden: EVERY,
  throttled: EVERY,
  'server-error': EVERY,
  html: EVERY,
  'half-body': ['read', 'token'],
  empty: ['read', 'token'],
  'not-stored': ['write'],
  rewritten: ['write'],
  'reply-lost': ['write'],
  'not-found': EVERY,
  conflict: EVERY,
  'truncated-json': ['read', 'token'],
  'wrong-shape': ['read', 'token'],
  'wrong-type': ['read', 'token'],
  'missing-property': ['read', 'token'],
  'token-expires': ['read', 'write'],
};

export const FAULT_KINDS = Object.keys(REACH).filter((kind): kind is FaultKind => kind in REACH);

/** Every fault a simulated PBX knows. `rewritten` needs `rewrite` to happen; the others need nothing. */
export const faultKinds: readonly FaultReach[] = FAULT_KINDS.map((kind) => ({ kind, on: REACH[kind] }));

/** Faults that take the place of the answer, before the PBX looks at the request. */
export const BLOCKING: readonly FaultKind[] = [
  'down',
  'hang',
  'unauthorised',
  'forbidden',
  'throttled',
  'server-error',
  'html',
  'not-found',
  'conflict',
];

/** Faults that spoil a good answer. */
export const SPOILING: readonly FaultKind[] = [
  'half-body',
  'empty',
  'truncated-json',
  'wrong-shape',
  'wrong-type',
  'missing-property',
];

/** A fault with what is left of its `times`. */
export interface ActiveFault {
  readonly fault: Fault;
  left: number;
}

const LOGIN_PAGE =
  '<!doctype html><html><head><title>Login</title></head><body><form action="/login">Please sign in</form></body></html>';

/** Makes a fault ready. Throws `UserError` for one that could never happen. */
export function activate(fault: Fault): ActiveFault {
  const on = fault.on ?? 'any';
  const reach = REACH[fault.kind];
  if (on !== 'any' && !reach.includes(on)) {
    const mend = `Use ${reach.join(' or ')}.`;
    throw new UserError('invalid', `“${fault.kind}” cannot happen on a ${on}.`, { field: 'on', mend });
  }
  if (fault.kind === 'rewritten' && fault.rewrite === undefined) {
    throw new UserError('invalid', '“rewritten” needs what is stored instead.', { field: 'rewrite' });
  }
  if (!isCount(fault.times)) {
    throw new UserError('invalid', 'A fault happens at least once.', { field: 'times' });
  }
  if (!isCount(fault.calls)) {
    throw new UserError('invalid', 'A token is good for at least one call.', { field: 'calls' });
  }
  return { fault, left: fault.times ?? Number.POSITIVE_INFINITY };
}

/** The first fault of these kinds that meets a call; undefined where there is none. */
export function findFault(
  faults: readonly ActiveFault[],
  kinds: readonly FaultKind[],
  operation: Operation,
  resource: string | undefined,
): ActiveFault | undefined {
  return faults.find(
    ({ fault }) =>
      kinds.includes(fault.kind) &&
      REACH[fault.kind].includes(operation) &&
      (fault.on === undefined || fault.on === 'any' || fault.on === operation) &&
      (fault.resource === undefined || fault.resource === resource),
  );
}

/** As `findFault`, counted down. */
export function takeFault(
  faults: ActiveFault[],
  kinds: readonly FaultKind[],
  operation: Operation,
  resource: string | undefined,
): Fault | undefined {
  const found = findFault(faults, kinds, operation, resource);
  if (found === undefined) return undefined;
  found.left -= 1;
  if (found.left <= 0) faults.splice(faults.indexOf(found), 1);
  return found.fault;
}

/** What a blocking fault sends in place of the PBX's answer. */
export function blockedAnswer(fault: Fault, operation: Operation, version: string): Answer {
  return { ...blockedBody(fault, operation, version), fault: fault.kind };
}

function blockedBody(fault: Fault, operation: Operation, version: string): Answer {
  switch (fault.kind) {
    case 'down':
      return { status: 0, cut: 'before' };
    case 'hang':
      return { status: 0, cut: 'never' };
    case 'unauthorised':
      return operation === 'token' ? tokenRefusal(version) : { status: 401 };
    case 'forbidden':
      return { status: 403 };
    case 'throttled':
      return { status: 429, headers: { 'Retry-After': String(fault.retryAfterSeconds ?? 1) } };
    case 'not-found':
      return odataError(404, 'No HTTP resource was found that matches the request.');
    case 'conflict':
      return odataError(409, 'The object was changed by another session.');
    case 'html':
      return { status: 200, headers: { 'Content-Type': 'text/html' }, body: LOGIN_PAGE };
    default:
      return serverError(fault.status ?? 500);
  }
}

function isCount(count: number | undefined): boolean {
  return count === undefined || (Number.isInteger(count) && count > 0);
}

function serverError(status: number): Answer {
  if (status === 500) return odataError(500, 'An error has occurred.');
  const body = `<html><head><title>${status}</title></head><body><center><h1>${status}</h1></center><hr><center>nginx</center></body></html>`;
  return { status, headers: { 'Content-Type': 'text/html' }, body };
}
