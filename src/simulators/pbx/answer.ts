import { setTimeout as delay } from 'node:timers/promises';
import { isAtLeast } from '../../settings/version.js';
import { answerAuditLog } from './audit-log.js';
import { isShutOut } from './console-restrictions.js';
import { blockedAnswer, BLOCKING, findFault, SPOILING, takeFault } from './faults.js';
import { entity, odataError } from './odata.js';
import type { Stored } from './model.js';
import { type PbxState, record } from './pbx.js';
import { answerResource } from './resource.js';
import { spoiledAnswer } from './spoiled-answer.js';
import { answerToken, holderOf, tokenFields, wearOut } from './token.js';
import type { Answer, Call, Operation, Role, SimRequest } from './types.js';

const API = '/xapi/v1/';
const SLOW_MS = 1000;

/** Answers one call to a PBX and records it, faults included. */
export async function answerCall(pbx: PbxState, call: Call, closing: AbortSignal): Promise<Answer> {
  const operation = operationOf(call);
  const resource = resourceOf(call.path);
  const answer = await faultedAnswer(pbx, call, operation, resource, closing);
  record(pbx, requestOf(pbx, call, answer, operation, resource), answer.isStored === true);
  const headers = { 'X-3CX-Version': pbx.version, Date: pbx.now().toUTCString(), ...answer.headers };
  return { ...answer, headers };
}

async function faultedAnswer(
  pbx: PbxState,
  call: Call,
  operation: Operation,
  resource: string | undefined,
  closing: AbortSignal,
): Promise<Answer> {
  if (pbx.desk.blacklist.has(call.ip)) return { status: 0, cut: 'before', fault: 'blacklisted' };
  const slow = takeFault(pbx.faults, ['slow'], operation, resource);
  if (slow !== undefined) await delay(slow.delayMs ?? SLOW_MS, undefined, { signal: closing });
  const blocking = takeFault(pbx.faults, BLOCKING, operation, resource);
  if (blocking !== undefined) return blockedAnswer(blocking, operation, pbx.version);
  const answer = await plainAnswer(pbx, call, operation, resource);
  const late = answer.status === 200 ? takeFault(pbx.faults, SPOILING, operation, resource) : undefined;
  if (late !== undefined) return spoiledAnswer(answer, late);
  return slow === undefined ? answer : { fault: slow.kind, ...answer };
}

async function plainAnswer(
  pbx: PbxState,
  call: Call,
  operation: Operation,
  resource: string | undefined,
): Promise<Answer> {
  if (operation === 'token') return tokenAnswer(pbx, call);
  if (!call.path.startsWith(API)) return { status: 404 };
  if (isShutOut(pbx, call.ip)) return { status: 403 };
  const path = call.path.slice(API.length);
  if (path === 'swagger.yaml') return swaggerAnswer(pbx, call);
  const fault = isTokenWornOut(pbx, call, operation, resource) ? { fault: 'token-expires' as const } : {};
  const holder = holderOf(pbx.desk, call.authorization, pbx.now());
  if (holder === null) return { status: 401, ...fault };
  if (holder.role === 'users') return { status: 403 };
  const properties = pbx.model.find(path, pbx.version);
  if (properties !== undefined) return answerResource(pbx, path, properties, call, holder.auditName);
  return readOnlyAnswer(pbx, path, call, holder.role);
}

function isTokenWornOut(
  pbx: PbxState,
  call: Call,
  operation: Operation,
  resource: string | undefined,
): boolean {
  const kinds = ['token-expires'] as const;
  const found = findFault(pbx.faults, kinds, operation, resource);
  if (found === undefined || !wearOut(pbx.desk, call.authorization, found.fault.calls ?? 1)) return false;
  takeFault(pbx.faults, kinds, operation, resource);
  return true;
}

async function tokenAnswer(pbx: PbxState, call: Call): Promise<Answer> {
  if (call.method !== 'POST') return { status: 405, headers: { Allow: 'POST' } };
  const { fqdn, version, lifetimeSeconds } = pbx;
  const fields = await tokenFields(call);
  return answerToken(pbx.desk, fields, call.ip, { fqdn, version, lifetimeSeconds, now: pbx.now() });
}

function swaggerAnswer(pbx: PbxState, call: Call): Answer {
  if (call.method !== 'GET') return { status: 405, headers: { Allow: 'GET' } };
  return {
    status: 200,
    headers: { 'Content-Type': 'application/yaml' },
    body: pbx.describe(pbx.version),
  };
}

/** Reports are for owners alone, as integrators found of all that they tried. */
function readOnlyAnswer(pbx: PbxState, path: string, call: Call, role: Role): Answer {
  const answers: Readonly<Record<string, () => Answer>> = {
    Defs: () => entity(call.base, 'Defs', { Id: 0 }, call.query),
    SystemStatus: () =>
      entity(call.base, 'SystemStatus', { ...pbx.status, Version: pbx.version }, call.query),
    'Defs/Pbx.GetLicenseParameters()': () => entity(call.base, 'License', licenceAt(pbx), call.query),
    'ReportAuditLog/Pbx.GetAuditLogData()': () =>
      answerAuditLog(pbx.status['IsAuditLogEnabled'] === true ? pbx.auditLog : [], call.base, call.query),
  };
  const answer = answers[path];
  if (answer === undefined) return odataError(404, `No HTTP resource was found for '${path}'.`);
  if (path.startsWith('Report') && role !== 'system_owners') return { status: 403 };
  return call.method === 'GET' ? answer() : { status: 405, headers: { Allow: 'GET' } };
}

/** Whether branding is licensed is told since 20.0.10 (3CX's description). */
function licenceAt({ licence, version }: PbxState): Stored {
  const { IsBrandingEnabled: isBranding, ...older } = licence;
  return isAtLeast(version, '20.0.10') ? { ...older, IsBrandingEnabled: isBranding } : older;
}

function operationOf({ method, path }: Call): Operation {
  if (path === '/connect/token') return 'token';
  return method === 'GET' || method === 'HEAD' ? 'read' : 'write';
}

function resourceOf(path: string): string | undefined {
  return path.startsWith(API) ? path.slice(API.length).split('/')[0] : undefined;
}

function requestOf(
  pbx: PbxState,
  call: Call,
  answer: Answer,
  operation: Operation,
  resource: string | undefined,
): SimRequest {
  const hasReply = answer.cut === undefined || answer.cut === 'half';
  return {
    at: pbx.now().toISOString(),
    method: call.method,
    path: call.path,
    query: Object.fromEntries(call.query),
    status: hasReply ? answer.status : null,
    operation,
    ...(resource === undefined ? {} : { resource }),
    ...(call.body === '' ? {} : { body: bodyOf(call, operation) }),
    ...(answer.fault === undefined ? {} : { fault: answer.fault }),
  };
}

function bodyOf(call: Call, operation: Operation): unknown {
  if (operation === 'token') return withoutSecret(call);
  try {
    return JSON.parse(call.body);
  } catch {
    return call.body;
  }
}

function withoutSecret({ contentType, body }: Call): unknown {
  if (!contentType.startsWith('application/x-www-form-urlencoded')) return contentType.split(';')[0];
  return { ...Object.fromEntries(new URLSearchParams(body)), client_secret: '(secret)' };
}
