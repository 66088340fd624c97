import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { record } from './audit/record.js';
import { refuseUncovering } from './baseline/refuse-uncovering.js';
import { refuseUnsatisfiable, watchRules } from './changes/watch-rules.js';
import type { Config, SlackConfig } from './config.js';
import { changesBetween, takenOver } from './config-changes.js';
import { type Actor, type Announcer, type Ctx, type Directory, type Reloaded, timestamp } from './ctx.js';
import { UserError } from './errors.js';
import { createRetired, type Retired } from './fleet/retired.js';
import { createRoster, type Roster } from './fleet/roster.js';
import { runJob } from './jobs/run.js';
import { createRunner } from './jobs/runner.js';
import { startTicker, type Ticker } from './jobs/ticker.js';
import type { Slack } from './slack/app.js';
import { type Db, openDatabase } from './storage/database.js';
import { type Log, openLog } from './telemetry/log.js';
import { openXapi } from './xapi/client.js';
import { createLines } from './xapi/lines.js';
import { databaseRefusals } from './xapi/refusal-store.js';

/** What a test or the demo may put in the place of the real thing. */
export interface Overrides {
  readonly now?: () => Date;
  readonly log?: Log;
  readonly openDatabase?: (url: string) => Promise<Db>;
  readonly directory?: Directory;
  /** Reads the configuration again, for a reload; default the one there is. Throws `UserErrors` where it is wrong. */
  readonly readConfig?: () => Config;
}

export interface App {
  readonly ctx: Ctx;
  /** Slack as it is reached, or null where it is not configured. */
  readonly slack: Pick<Slack, 'identity' | 'channelFaults'> | null;
  /** Connects to Slack where it is configured, takes up unfinished work and starts the schedule. */
  start(): Promise<void>;
  /** Resolves when no work is under way. */
  idle(): Promise<void>;
  /** Finishes what is under way and closes everything. Harmless when called twice. */
  stop(): Promise<void>;
}

/** What is in force, and what a reload puts something else in the place of. */
interface Parts {
  config: Config;
  readonly roster: Roster;
  readonly retired: Retired;
  slack: Slack | null;
  ticker: Ticker | null;
  /** The last look at the approval rules, for which people are looked up in Slack. */
  watching: Promise<void>;
}

const SYSTEM: Actor = { kind: 'system', id: 'plumbline' };
/** How long a reload and the end wait until Slack has said who is there. */
const RELOAD_PATIENCE_MS = 5_000;
const END_PATIENCE_MS = 1_000;

/** Puts Plumbline together; nothing is sent or scheduled before `start`. */
export async function createApp(config: Config, overrides: Overrides = {}): Promise<App> {
  const log = overrides.log ?? openLog(config.logLevel);
  const now = overrides.now ?? (() => new Date());
  const db = await (overrides.openDatabase ?? openDatabase)(config.databaseUrl);
  const closing = new AbortController();
  const xapiDeps = { now, refusals: databaseRefusals(db), lines: createLines() };
  const roster = createRoster(config.pbxs, (pbx) => openXapi(pbx, xapiDeps));
  const runner = createRunner((job) => runJob(ctx, job), log);
  const retired = createRetired(() => runner.idle(), closing.signal);
  const parts: Parts = { config, roster, retired, slack: null, ticker: null, watching: Promise.resolve() };
  const readConfig = overrides.readConfig ?? (() => config);
  const reload = oneByOne((actor: Actor) => reloadNow(ctx, parts, readConfig(), actor));
  const ctx = ctxOf(parts, overrides.directory, {
    db,
    log,
    now,
    reload: (actor = SYSTEM) => reload(actor),
    wake: (job) => runner.wake(job),
    closing: closing.signal,
  });
  if (config.slack !== null) parts.slack = await slackFor(ctx, parts, config.slack);
  let stopping: Promise<void> | null = null;

  async function shutDown(): Promise<void> {
    closing.abort();
    await parts.ticker?.stop();
    await Promise.race([parts.watching, patience(END_PATIENCE_MS)]);
    await parts.slack?.stop();
    await runner.stop();
    await Promise.all(roster.pbxs.map(({ xapi }) => xapi.close()));
    await retired.close();
    await db.destroy();
  }

  return {
    ctx,
    slack: parts.slack,
    async start() {
      await parts.slack?.start();
      parts.ticker = await startTicker(ctx, runner, () => parts.slack?.pulse() ?? null);
    },
    idle: () => runner.idle(),
    stop: () => (stopping ??= shutDown()),
  };
}

/** The context reads what is in force whenever it is asked: a copy of it would not notice a reload. */
function ctxOf(
  parts: Parts,
  directory: Directory | undefined,
  fixed: Pick<Ctx, 'db' | 'log' | 'now' | 'reload' | 'wake' | 'closing'>,
): Ctx {
  return {
    ...fixed,
    newId: () => randomUUID(),
    holder: { owner: randomUUID(), host: machine(), pid: process.pid },
    get pbxs() {
      return parts.roster.pbxs;
    },
    get roles() {
      return parts.config.roles;
    },
    get approvalRules() {
      return parts.config.approvalRules;
    },
    get schedule() {
      return parts.config.schedule;
    },
    get sweepPolicy() {
      return parts.config.sweepPolicy;
    },
    get guards() {
      return parts.config.guards;
    },
    get windows() {
      return parts.config.windows;
    },
    get freezes() {
      return parts.config.freezes;
    },
    get stopFile() {
      return parts.config.stopFile;
    },
    get directory() {
      return directory ?? parts.slack?.directory ?? noDirectory;
    },
    get announce() {
      return parts.slack?.announcer ?? silentAnnouncer;
    },
  };
}

/** Nothing is in force before everything was looked at; then all of it is at once. */
async function reloadNow(ctx: Ctx, parts: Parts, next: Config, actor: Actor): Promise<Reloaded> {
  if (ctx.closing.aborted) throw new UserError('conflict', 'Plumbline is about to end.');
  refuseToLeaveSlack(parts.config, next);
  await refuseUncovering(ctx, next.pbxs);
  const muster = parts.roster.muster(next.pbxs);
  await refuseRules(ctx, next);
  const differences = changesBetween(parts.config, next);
  const changes = differences.length > 0 ? differences : ['Nothing changed.'];
  await ctx.db.transaction().execute(async (tx) => {
    const subject = { kind: 'config', id: 'plumbline' } as const;
    await record(tx, { at: timestamp(ctx), actor, action: 'config.reloaded', subject, detail: { changes } });
  });
  parts.config = takenOver(parts.config, next);
  parts.retired.retire(muster.take());
  parts.watching = watchRules(ctx).catch((error: unknown) =>
    ctx.log.warn({ err: error }, 'the approval rules could not be looked at after a reload'),
  );
  await parts.ticker?.due();
  return { changes };
}

/** Rules that stay as they are do not keep back anything else, whoever may have left meanwhile. */
async function refuseRules(ctx: Ctx, { roles, approvalRules }: Config): Promise<void> {
  if (isDeepStrictEqual([roles, approvalRules], [ctx.roles, ctx.approvalRules])) return;
  await Promise.race([refuseUnsatisfiable({ ...ctx, roles, approvalRules }), patience(RELOAD_PATIENCE_MS)]);
}

/** Without Slack nobody is asked for approval, which must not come about while people work in Slack. */
function refuseToLeaveSlack(current: Config, next: Config): void {
  if (current.slack === null || next.slack !== null) return;
  throw new UserError('conflict', 'SLACK_BOT_TOKEN is gone, but a reload cannot leave Slack.', {
    field: 'SLACK_BOT_TOKEN',
    mend: 'Set it again, or restart Plumbline to go on without Slack.',
  });
}

/** Runs one call after the other, in the order in which they come. */
function oneByOne<A, R>(work: (argument: A) => Promise<R>): (argument: A) => Promise<R> {
  let last: Promise<unknown> = Promise.resolve();
  return (argument) => {
    const turn = last.then(() => work(argument));
    last = turn.catch(() => undefined);
    return turn;
  };
}

function patience(ms: number): Promise<void> {
  return sleep(ms, undefined, { ref: false });
}

/** Where a process id means something: containers may share a host name, but not a boot and a table of processes. */
function machine(): string {
  const read = (look: () => string): string => {
    try {
      return look().trim();
    } catch {
      return '';
    }
  };
  const boot = read(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'));
  return [hostname(), boot, read(() => readlinkSync('/proc/self/ns/pid'))].join(' ').trim();
}

/** Bolt takes a quarter of a second to load, which commands without Slack need not wait for. */
async function slackFor(ctx: Ctx, parts: Parts, config: SlackConfig): Promise<Slack> {
  const { createSlack } = await import('./slack/app.js');
  const inForce = (): SlackConfig => parts.config.slack ?? config;
  return createSlack(ctx, {
    ...config,
    get approvalsChannel() {
      return inForce().approvalsChannel;
    },
    get reportsChannel() {
      return inForce().reportsChannel;
    },
    get tagChannels() {
      return inForce().tagChannels;
    },
  });
}

const noDirectory: Directory = {
  standing: () => Promise.reject(unconnected()),
  members: () => Promise.reject(unconnected()),
};

function unconnected(): UserError {
  return new UserError('conflict', 'Without Slack nobody can be looked up.', {
    mend: 'Configure Slack, or let plumbline serve do it.',
  });
}

const silentAnnouncer: Announcer = {
  change: async () => undefined,
  sweep: async () => undefined,
  episode: async () => undefined,
  ending: async () => undefined,
  digest: async () => undefined,
  introduce: async () => undefined,
  introduction: async () => undefined,
  rules: async () => undefined,
  behind: async () => [],
};
