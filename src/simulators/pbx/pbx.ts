import { isDeepStrictEqual } from 'node:util';
import { UserError } from '../../errors.js';
import { auditRow } from './audit-log.js';
import { defaultsOf } from './defaults.js';
import type { ActiveFault } from './faults.js';
import { isRecord, type Model, type Properties, storedForm, type Stored } from './model.js';
import { licence, systemStatus } from './system-status.js';
import { createTokenDesk, type TokenDesk } from './token.js';
import type { AuditRow, PbxSeed, SimRequest } from './types.js';

const REQUESTS_KEPT = 500;
const DEFAULT_VERSION = '20.0.10.1621';

/** Everything one simulated PBX remembers. */
export interface PbxState {
  readonly id: string;
  readonly fqdn: string;
  readonly model: Model;
  readonly now: () => Date;
  readonly lifetimeSeconds: number;
  /** The description of itself that a version serves, in YAML. */
  readonly describe: (version: string) => string;
  version: string;
  /** By resource, with the properties of all versions, so that an upgrade only shows more of them. */
  readonly values: Map<string, Stored>;
  status: Stored;
  readonly licence: Record<string, unknown>;
  readonly desk: TokenDesk;
  readonly faults: ActiveFault[];
  readonly requests: SimRequest[];
  readonly writes: SimRequest[];
  readonly auditLog: AuditRow[];
  readonly listeners: Set<() => void>;
  /** What ends the admins who insist on their values. */
  readonly insistences: Set<() => void>;
  /** Aborted when the simulator ends. */
  readonly closing: AbortSignal;
}

export interface Author {
  readonly user: string;
  readonly ip: string;
  readonly isByHand: boolean;
}

/** Makes a PBX from its seed. Throws `UserError` naming what is wrong with the seed. */
export function createPbx(
  seed: PbxSeed,
  common: Pick<PbxState, 'model' | 'now' | 'lifetimeSeconds' | 'describe' | 'closing'>,
): PbxState {
  if (!/^[\w.-]+$/.test(seed.id) || ['control', 'connect', 'xapi'].includes(seed.id)) {
    throw new UserError('invalid', `“${seed.id}” cannot be the id of a PBX.`, { field: 'id' });
  }
  const fqdn = seed.fqdn ?? `${seed.id}.my3cx.example`;
  const values = common.model.resources.map(
    ({ name }) => [name, seededValues(common.model, name, seed)] as const,
  );
  for (const name of Object.keys(seed.values ?? {})) common.model.get(name);
  return {
    ...common,
    id: seed.id,
    fqdn,
    version: checkVersion(seed.version ?? DEFAULT_VERSION),
    values: new Map(values),
    status: systemStatus(fqdn, seed.isAuditLogEnabled ?? true, common.now()),
    licence: licence(),
    desk: createTokenDesk(seed),
    faults: [],
    requests: [],
    writes: [],
    auditLog: [],
    listeners: new Set(),
    insistences: new Set(),
  };
}

/** What a GET shows of a resource: the properties this version has. Throws `UserError` for an unknown resource. */
export function visible(pbx: PbxState, resource: string): Stored {
  pbx.model.get(resource);
  const properties = pbx.model.find(resource, pbx.version);
  const values = pbx.values.get(resource) ?? {};
  return properties === undefined ? {} : visibleOf(properties, values);
}

/** Puts properties into a resource and writes the audit row; the values are taken as they are. */
export function store(pbx: PbxState, resource: string, properties: Stored, author: Author): void {
  const before = pbx.values.get(resource) ?? {};
  const known = pbx.model.get(resource);
  const changes = Object.fromEntries(Object.entries(properties).filter(([name]) => known.has(name)));
  const after = { ...before, ...changes };
  pbx.values.set(resource, after);
  if (pbx.status['IsAuditLogEnabled'] !== true) return;
  const id = pbx.auditLog.length + 1;
  const row = auditRow({ id, at: pbx.now(), resource, before, after, ...author });
  if (row !== null) pbx.auditLog.push(row);
}

/** A change as a person makes it at the console: other leaves of a nested object stay. */
export function changeByHand(pbx: PbxState, resource: string, properties: Stored, author: Author): void {
  const known = pbx.model.get(resource);
  checkNames(known, properties);
  store(pbx, resource, merge(pbx.values.get(resource) ?? {}, properties), author);
  notify(pbx);
}

/** Whether a resource holds these properties, those of nested objects included. */
export function hasAll(pbx: PbxState, resource: string, properties: Stored): boolean {
  const values = pbx.values.get(resource) ?? {};
  return isDeepStrictEqual(merge(values, properties), values);
}

/** Adds a request to the bounded log, and for good to the writes where it was stored. */
export function record(pbx: PbxState, request: SimRequest, isStored: boolean): void {
  pbx.requests.push(request);
  if (pbx.requests.length > REQUESTS_KEPT) pbx.requests.shift();
  if (isStored) pbx.writes.push(request);
  notify(pbx);
}

/** Passes a version on that has two to four numbers, or throws `UserError`. */
export function checkVersion(version: string): string {
  if (/^\d+(\.\d+){1,3}$/.test(version)) return version;
  throw new UserError('invalid', `“${version}” is not a 3CX version.`, {
    field: 'version',
    mend: 'Write it as 20.0.10 or 20.0.10.1621.',
  });
}

/** Tells whoever watches that something changed. */
export function notify(pbx: PbxState): void {
  for (const listener of pbx.listeners) listener();
}

function seededValues(model: Model, resource: string, seed: PbxSeed): Stored {
  const properties = model.get(resource);
  const given = seed.values?.[resource] ?? {};
  checkNames(properties, given);
  const values = merge(defaultsOf(properties), given);
  return { ...values, ...storedForm(properties, values) };
}

function checkNames(known: Properties, given: Stored): void {
  for (const [name, value] of Object.entries(given)) {
    const property = known.get(name);
    if (property === undefined) {
      throw new UserError('invalid', `A PBX has no property “${name}”.`, { field: name });
    }
    if ('properties' in property && isRecord(value)) checkNames(property.properties, value);
  }
}

function merge(values: Stored, changes: Stored): Stored {
  const merged: Record<string, unknown> = { ...values };
  for (const [name, value] of Object.entries(changes)) {
    const existing = merged[name];
    merged[name] = isRecord(existing) && isRecord(value) ? merge(existing, value) : value;
  }
  return merged;
}

function visibleOf(properties: Properties, values: Stored): Stored {
  const shown: Record<string, unknown> = {};
  for (const [name, property] of properties) {
    const value = values[name] ?? null;
    shown[name] = 'properties' in property && isRecord(value) ? visibleOf(property.properties, value) : value;
  }
  return shown;
}
