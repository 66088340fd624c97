import type { Resource } from '../../settings/setting.js';

export type Role = 'system_owners' | 'system_admins' | 'users';

interface ClientSeed {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Default `system_owners`. */
  readonly role?: Role;
  /** What the audit log calls it; default its id. */
  readonly auditName?: string;
}

/** What a simulated PBX starts with. */
export interface PbxSeed {
  readonly id: string;
  /** Default `20.0.10.1621`. */
  readonly version?: string;
  readonly fqdn?: string;
  /** Default: one owner with the id `plumbline` and the secret `secret-<id>`. */
  readonly clients?: readonly ClientSeed[];
  /** Ready-made bearer tokens; they carry the rights of an owner. */
  readonly staticTokens?: readonly string[];
  /** Properties that differ from the defaults, by resource; of a nested object only the leaves that differ. */
  readonly values?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Default true. */
  readonly isAuditLogEnabled?: boolean;
}

export interface PbxSimulatorOptions {
  /** Default 0: any free port. */
  readonly port?: number;
  /** Default `127.0.0.1`. */
  readonly host?: string;
  readonly pbxs: readonly PbxSeed[];
  readonly now?: () => Date;
  /** Default 3600. */
  readonly tokenLifetimeSeconds?: number;
  /** What can be set; default the whole catalogue. */
  readonly resources?: readonly Resource[];
}

export interface PbxSimulator {
  readonly url: string;
  readonly ids: readonly string[];
  pbx(id: string): SimulatedPbx;
  addPbx(seed: PbxSeed): SimulatedPbx;
  close(): Promise<void>;
}

export type Operation = 'read' | 'write' | 'token';

export type FaultKind =
  | 'slow'
  | 'down'
  | 'unauthorised'
  | 'forbidden'
  | 'throttled'
  | 'server-error'
  | 'html'
  | 'half-body'
  | 'empty'
  | 'not-stored'
  | 'rewritten'
  | 'reply-lost'
  | 'hang'
  | 'not-found'
  | 'conflict'
  | 'truncated-json'
  | 'wrong-shape'
  | 'wrong-type'
  | 'missing-property'
  | 'token-expires';

/** Something that goes wrong on the wire; without `times` until it is cleared. */
export interface Fault {
  readonly kind: FaultKind;
  /** Default `any`. */
  readonly on?: 'any' | Operation;
  /** Only calls to this resource, e.g. `GeneralSettingsForApps` or `SystemStatus`. */
  readonly resource?: string;
  readonly times?: number;
  /** `slow`: default 1000. A delayed write is stored even where the caller has gone meanwhile. */
  readonly delayMs?: number;
  /** `server-error`: default 500. */
  readonly status?: number;
  /** `throttled`: default 1. */
  readonly retryAfterSeconds?: number;
  /** `rewritten`: properties that are stored in place of those sent. */
  readonly rewrite?: Readonly<Record<string, unknown>>;
  /** `wrong-type`, `missing-property`: which properties; default all. */
  readonly properties?: readonly string[];
  /** `token-expires`: how many calls a token is good for; default 1. `times` counts the tokens that die. */
  readonly calls?: number;
}

/** A kind of fault and what it can happen to. */
export interface FaultReach {
  readonly kind: FaultKind;
  readonly on: readonly Operation[];
}

/** How another admin, or a script of theirs, holds on to values. Default: `onWrite`. */
export interface Insistence extends ChangeAuthor {
  /** Looks that often and puts back what is different. */
  readonly everyMs?: number;
  /** Puts the values back as soon as a PATCH is stored, before anybody can read it. */
  readonly onWrite?: true;
  /** Puts the values back once a stored PATCH was read back, so that the writer takes it for done. */
  readonly onReadBack?: true;
}

/** One request as the PBX saw it. */
export interface SimRequest {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly method: string;
  /** Without the PBX's own prefix, e.g. `/xapi/v1/Defs`. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Null where no answer was sent. */
  readonly status: number | null;
  readonly operation: Operation;
  readonly resource?: string;
  /** The parsed JSON or, where it is none, the text; of a token request the fields without the secret. */
  readonly body?: unknown;
  readonly fault?: FaultKind | 'blacklisted';
}

/** `Pbx.AuditLog` of 3CX's description. PrevData and NewData are JSON texts of the changed properties. */
export interface AuditRow {
  readonly Id: number;
  readonly Timestamp: string;
  readonly Source: number;
  readonly Ip: string;
  readonly Action: number;
  readonly ObjectType: number;
  readonly UserName: string;
  readonly ObjectName: string;
  readonly PrevData: string;
  readonly NewData: string;
}

export interface SimulatedPbx {
  readonly id: string;
  /** The base URL for a client; the first PBX answers at the server's root too. */
  readonly url: string;
  readonly version: string;
  setVersion(version: string): void;
  /** A copy of a resource as a GET would show it; what depends on the caller is null. */
  resource(name: string): Readonly<Record<string, unknown>>;
  /** Another admin at the console: merges nested objects, takes any value, writes an audit row. */
  change(resource: string, properties: Readonly<Record<string, unknown>>, by?: ChangeAuthor): void;
  /**
   * Another admin who wants these values, now and again and again, as `by` says; every change of theirs is in the audit
   * log. Returns the function that ends it.
   */
  insist(resource: string, properties: Readonly<Record<string, unknown>>, by?: Insistence): () => void;
  /** How many insist on values now. */
  readonly insistences: number;
  /** Ends everybody's insistence. */
  relent(): void;
  /** Overrides properties of `SystemStatus`, e.g. `{DBMaintenanceInProgress: true}`. */
  setStatus(properties: Readonly<Record<string, unknown>>): void;
  /** Overrides what `GetLicenseParameters` answers, e.g. `{IsBrandingEnabled: false}`. */
  setLicence(properties: Readonly<Record<string, unknown>>): void;
  /** The last 500. */
  readonly requests: readonly SimRequest[];
  /** Every PATCH that was stored, in order, with those whose reply was lost. */
  writes(): readonly SimRequest[];
  readonly auditLog: readonly AuditRow[];
  fault(fault: Fault): void;
  readonly faults: readonly Fault[];
  clearFaults(): void;
  /** As when somebody else logs in with the same client: no token handed out so far is good any more. */
  expireTokens(): void;
  /** A new secret for a client; its token dies with the old secret. */
  rotateSecret(clientId: string, secret: string): void;
  /** Whether an address that failed to log in too often is shut out. */
  readonly isBlacklisted: boolean;
  clearBlacklist(): void;
  /** Calls the listener after every request and change; returns the function that ends this. */
  onChange(listener: () => void): () => void;
  /** Waits until the probe gives something other than undefined, null or false. */
  until<T>(what: string, probe: () => T | undefined | null | false, timeoutMs?: number): Promise<T>;
}

export interface ChangeAuthor {
  readonly user?: string;
  readonly ip?: string;
}

/** A request on its way through the simulator. */
export interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly authorization: string | undefined;
  readonly contentType: string;
  readonly body: string;
  readonly ip: string;
  /** The PBX's address as the caller wrote it. */
  readonly base: string;
}

/** What is sent back. `cut` ends the connection before or in the middle of the answer, or never answers. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly cut?: 'before' | 'half' | 'never';
  readonly fault?: FaultKind | 'blacklisted';
  readonly isStored?: boolean;
}
