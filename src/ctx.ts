import type { Risk } from './settings/setting.js';
import type { Db } from './storage/database.js';
import type { Log } from './telemetry/log.js';
import type { Xapi } from './xapi/client.js';

/** One 3CX system under Plumbline's care. */
export interface Pbx {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly tags: readonly string[];
  /** The API client Plumbline logs in with; absent where it was given a ready-made token. */
  readonly clientId?: string;
  readonly xapi: Xapi;
}

/** Who acts. A Slack id or an operating-system user is the identity; the name is only for people. */
export type Actor =
  | { readonly kind: 'slack'; readonly id: string; readonly name?: string }
  | { readonly kind: 'operator'; readonly id: string }
  | { readonly kind: 'system'; readonly id: string };

export type Role = 'admin' | 'approver' | 'requester' | 'break-glass';

/** Slack user ids and user group ids that hold a role. */
export interface Roles {
  readonly admins: readonly string[];
  readonly approvers: readonly string[];
  readonly requesters: readonly string[];
  /** Who may apply a change at once, without waiting for approval; nobody where empty. */
  readonly breakGlass: readonly string[];
}

/** Who must approve which requests, how a deny counts, and for how long. Pinned to a request when it is made. */
export interface ApprovalRule {
  /** What messages call it; unique. */
  readonly name: string;
  /** The risk tiers it is for. */
  readonly risks: readonly Risk[];
  /** A PBX id, `tag:NAME` or `all`. */
  readonly target: string;
  /** How many people must approve. */
  readonly approvals: number;
  /** Whose approval counts: `approvers`, `admins`, Slack user ids and Slack user group ids. */
  readonly from: readonly string[];
  /** Whether one deny ends the request. Otherwise as many people must deny it as would have to approve it. */
  readonly isVeto: boolean;
  /** How long a request waits before it expires. */
  readonly waitMs: number;
  /** How long an approval counts. */
  readonly validMs: number;
  /** Whether the first PBX that fails ends a roll-out over several. */
  readonly stopsOnFailure: boolean;
}

/** Who a person is right now, as the place says where their identity lives. */
export interface Standing {
  /** False for a deactivated account and for a bot. */
  readonly isActive: boolean;
  /** Their own id and the ids of the configured user groups they are in. */
  readonly ids: ReadonlySet<string>;
}

/** Looks people up by their Slack ids, never by name, e-mail or channel. Throws `UserError` where it cannot be known. */
export interface Directory {
  /** `isFresh` asks anew instead of using what was known within the last minute. */
  standing(personId: string, isFresh?: boolean): Promise<Standing>;
  /** The members of a user group. */
  members(groupId: string, isFresh?: boolean): Promise<readonly string[]>;
}

/** When the nightly sweep is due. */
export interface Schedule {
  readonly expression: string;
  readonly timezone: string;
}

/** How far a sweep may go by itself before a person must look. */
export interface Guards {
  /** How many settings one sweep may correct, over all PBXs. */
  readonly settings: number;
  /** The share of the fleet's PBXs, from 0 to 1, that one sweep may correct. */
  readonly share: number;
  /** From how many PBXs on a share, and a rule that would change wherever it holds, counts at all. */
  readonly fewest: number;
  /** The share of corrected PBXs, from 0 to 1, that may fail before the rest is left alone. */
  readonly failures: number;
  /** How often one setting is corrected within a time before it is left alone, and for how long. */
  readonly flaps: { readonly corrections: number; readonly withinMs: number; readonly rearmMs: number };
  /** Whether corrections by new or changed rules wait for a person at first. */
  readonly previews: boolean;
}

/** A time that comes again: from each cron time in a zone on for so long. */
export interface Period {
  /** What messages call it. */
  readonly name: string;
  /** A PBX id, `tag:NAME` or `all`. */
  readonly target: string;
  readonly expression: string;
  readonly timezone: string;
  readonly durationMs: number;
}

/** How a sweep treats the fleet. */
export interface SweepPolicy {
  /** How many PBXs are asked at once. */
  readonly concurrency: number;
  /** Over how long a scheduled sweep begins its PBXs, so that a fleet is not asked all at once. */
  readonly splayMs: number;
  /** When the quiet weekly summary is posted. */
  readonly digest: Schedule;
}

/** What a reload of the configuration changed, in words, one line a change. */
export interface Reloaded {
  readonly changes: readonly string[];
}

/** Shows what a row says now, wherever it is shown. Called with an id, never with a text; calling it twice is harmless. */
export interface Announcer {
  change(id: string): Promise<void>;
  sweep(id: string): Promise<void>;
  /** One drift of one setting on one PBX, from its beginning to its end. */
  episode(id: string): Promise<void>;
  /** An exception or a pause that ends soon. */
  ending(id: string): Promise<void>;
  /** The weekly summary up to a time in ISO 8601. */
  digest(slot: string): Promise<void>;
  /** Tells which approval rules nobody can satisfy, and which of them are mended. */
  rules(): Promise<void>;
  /** Takes note that Plumbline introduces itself, where the database is new; called before anything else begins. */
  introduce(): Promise<void>;
  /** What Plumbline says of itself once. */
  introduction(): Promise<void>;
  /** The rows whose message is missing or shows an older revision. */
  behind(): Promise<readonly Job[]>;
}

/** A wake-up: which unfinished row deserves a look. Losing one is repaired by the periodic look. */
export type Job = {
  readonly kind: 'change' | 'sweep' | 'episode' | 'ending' | 'digest' | 'introduction';
  readonly id: string;
};

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
  /** The configured ones; the default rules come after them. */
  readonly approvalRules: readonly ApprovalRule[];
  readonly directory: Directory;
  readonly schedule: Schedule;
  readonly sweepPolicy: SweepPolicy;
  readonly guards: Guards;
  /** Where any covers a PBX, corrections there happen only within one. */
  readonly windows: readonly Period[];
  /** Nothing is written to the PBXs of a freeze but in an emergency; a freeze wins over a window. */
  readonly freezes: readonly Period[];
  /** The file whose existence stops all writes, whatever becomes of the database. */
  readonly stopFile: string;
  /** Reads the configuration again, for an actor or of itself. Throws `UserErrors` and changes nothing where it is wrong. */
  readonly reload: (actor?: Actor) => Promise<Reloaded>;
  readonly announce: Announcer;
  readonly wake: (job: Job) => void;
  /** Aborted when the process is about to end: long work leaves off where it can be taken up again. */
  readonly closing: AbortSignal;
}

/** The time as the database stores it: ISO 8601 in UTC. */
export function timestamp(ctx: Pick<Ctx, 'now'>): string {
  return ctx.now().toISOString();
}
