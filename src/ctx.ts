import type { Db } from './storage/database.js';
import type { Log } from './telemetry/log.js';
import type { Xapi } from './xapi/client.js';

/** One 3CX system under Plumbline's care. */
export interface Pbx {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly tags: readonly string[];
  readonly xapi: Xapi;
}

/** Who acts. A Slack id or an operating-system user is the identity; the name is only for people. */
export type Actor =
  | { readonly kind: 'slack'; readonly id: string; readonly name?: string }
  | { readonly kind: 'operator'; readonly id: string }
  | { readonly kind: 'system'; readonly id: string };

export type Role = 'admin' | 'approver' | 'requester';

/** Slack user ids and user group ids that hold a role. */
export interface Roles {
  readonly admins: readonly string[];
  readonly approvers: readonly string[];
  readonly requesters: readonly string[];
}

/** When the nightly sweep is due. */
export interface Schedule {
  readonly expression: string;
  readonly timezone: string;
}

/** Shows what a row says now, wherever it is shown. Called with an id, never with a text; calling it twice is harmless. */
export interface Announcer {
  change(id: string): Promise<void>;
  sweep(id: string): Promise<void>;
  /** The rows whose message is missing or shows an older revision. */
  behind(): Promise<readonly Job[]>;
}

/** A wake-up: which unfinished row deserves a look. Losing one is repaired by the periodic look. */
export type Job = { readonly kind: 'change' | 'sweep'; readonly id: string };

/** This process, as a lease names its holder. */
export interface Holder {
  readonly owner: string;
  readonly host: string;
  readonly pid: number;
}

/** All that the use cases need of the world. */
export interface Ctx {
  readonly db: Db;
  readonly log: Log;
  readonly now: () => Date;
  readonly newId: () => string;
  readonly holder: Holder;
  readonly pbxs: readonly Pbx[];
  readonly roles: Roles;
  readonly schedule: Schedule;
  readonly announce: Announcer;
  readonly wake: (job: Job) => void;
}

/** The time as the database stores it: ISO 8601 in UTC. */
export function timestamp(ctx: Pick<Ctx, 'now'>): string {
  return ctx.now().toISOString();
}
