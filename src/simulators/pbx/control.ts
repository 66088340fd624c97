import { z } from 'zod';
import { UserError } from '../../errors.js';
import { FAULT_KINDS } from './faults.js';
import type { Answer, PbxSeed, SimulatedPbx } from './types.js';

const text = z.string().min(1);
const properties = z.record(z.string(), z.unknown());

const author = { user: text.exactOptional(), ip: text.exactOptional() };

const changeInput = z.strictObject({
  resource: text,
  properties,
  by: z.strictObject(author).exactOptional(),
});

const insistInput = z.strictObject({
  resource: text,
  properties,
  by: z
    .strictObject({
      ...author,
      everyMs: z.int().positive().exactOptional(),
      onWrite: z.literal(true).exactOptional(),
      onReadBack: z.literal(true).exactOptional(),
    })
    .exactOptional(),
});

const faultInput = z.strictObject({
  kind: z.enum(FAULT_KINDS),
  on: z.enum(['any', 'read', 'write', 'token']).exactOptional(),
  resource: text.exactOptional(),
  times: z.int().positive().exactOptional(),
  delayMs: z.int().nonnegative().exactOptional(),
  status: z.int().min(500).max(599).exactOptional(),
  retryAfterSeconds: z.int().nonnegative().exactOptional(),
  rewrite: properties.exactOptional(),
  properties: z.array(text).exactOptional(),
  calls: z.int().positive().exactOptional(),
});

const versionInput = z.strictObject({ version: text });

const seedInput = z.strictObject({
  id: text,
  version: text.exactOptional(),
  fqdn: text.exactOptional(),
  clients: z
    .array(
      z.strictObject({
        clientId: text,
        clientSecret: text,
        role: z.enum(['system_owners', 'system_admins', 'users']).exactOptional(),
        auditName: text.exactOptional(),
      }),
    )
    .exactOptional(),
  staticTokens: z.array(text).exactOptional(),
  values: z.record(z.string(), properties).exactOptional(),
  isAuditLogEnabled: z.boolean().exactOptional(),
});

/** What the control address works on. */
export interface Fleet {
  all(): readonly SimulatedPbx[];
  resourceNames: readonly string[];
  /** Throws `UserError` (not-found). */
  pbx(id: string): SimulatedPbx;
  addPbx(seed: PbxSeed): SimulatedPbx;
}

/** Answers `/control/…`, by which a person or another process watches and disturbs the PBXs. */
export function answerControl(fleet: Fleet, method: string, path: string, body: string): Answer {
  try {
    const [, , area, id, act, ...rest] = path.split('/');
    if (area !== 'pbxs' || rest.length > 0) return reply(404, { error: `There is no ${path}.` });
    if (id === undefined) return onFleet(fleet, method, body);
    const pbx = fleet.pbx(id);
    if (act === undefined && method === 'GET') return reply(200, detailOf(fleet, pbx));
    return onPbx(pbx, `${method} ${act ?? ''}`, body);
  } catch (error) {
    return refused(error);
  }
}

function onFleet(fleet: Fleet, method: string, body: string): Answer {
  if (method === 'GET') return reply(200, fleet.all().map(summaryOf));
  if (method === 'POST') return reply(201, summaryOf(fleet.addPbx(read(seedInput, body))));
  return reply(405, { error: `There is no ${method} here.` });
}

function onPbx(pbx: SimulatedPbx, command: string, body: string): Answer {
  switch (command) {
    case 'POST change': {
      const change = read(changeInput, body);
      pbx.change(change.resource, change.properties, change.by);
      return reply(200, { resource: pbx.resource(change.resource) });
    }
    case 'POST insist': {
      const wish = read(insistInput, body);
      pbx.insist(wish.resource, wish.properties, wish.by);
      return reply(200, { resource: pbx.resource(wish.resource) });
    }
    case 'DELETE insist':
      pbx.relent();
      return reply(200, summaryOf(pbx));
    case 'POST faults':
      pbx.fault(read(faultInput, body));
      return reply(200, { faults: pbx.faults });
    case 'DELETE faults':
      pbx.clearFaults();
      return reply(200, { faults: pbx.faults });
    case 'POST version':
      pbx.setVersion(read(versionInput, body).version);
      return reply(200, summaryOf(pbx));
    case 'DELETE tokens':
      pbx.expireTokens();
      return reply(200, summaryOf(pbx));
    case 'DELETE blacklist':
      pbx.clearBlacklist();
      return reply(200, summaryOf(pbx));
    default:
      return reply(404, { error: `There is no ${command}.` });
  }
}

function summaryOf(pbx: SimulatedPbx): Readonly<Record<string, unknown>> {
  const { id, url, version, isBlacklisted, faults, insistences } = pbx;
  return { id, url, version, isBlacklisted, faults, insistences, writes: pbx.writes().length };
}

function detailOf(fleet: Fleet, pbx: SimulatedPbx): Readonly<Record<string, unknown>> {
  const resources = Object.fromEntries(fleet.resourceNames.map((name) => [name, pbx.resource(name)]));
  const { auditLog, requests } = pbx;
  return { ...summaryOf(pbx), writes: pbx.writes(), resources, auditLog, requests };
}

function read<T>(schema: z.ZodType<T>, body: string): T {
  const result = schema.safeParse(parseJson(body));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const field = [...(issue?.path ?? []), ...(unknown === undefined ? [] : [unknown])].join('.');
  throw new UserError('invalid', `${field === '' ? 'body' : field}: ${issue?.message ?? 'invalid'}`, {
    field: field === '' ? 'body' : field,
  });
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new UserError('invalid', 'The body is not valid JSON.', { field: 'body' });
  }
}

function refused(error: unknown): Answer {
  if (!(error instanceof UserError)) throw error;
  const { message, field, mend, code } = error;
  const status = { invalid: 400, forbidden: 403, 'not-found': 404, conflict: 409 }[code];
  return reply(status, { error: message, field, mend });
}

function reply(status: number, value: unknown): Answer {
  return { status, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(value) };
}
