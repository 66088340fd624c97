import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Config, SlackConfig } from './config.js';
import type { PbxConfig } from './config-file.js';
import type { Announcer, Ctx, Directory, Pbx } from './ctx.js';
import { UserError } from './errors.js';
import { runJob } from './jobs/run.js';
import { createRunner } from './jobs/runner.js';
import { startTicker, type Ticker } from './jobs/ticker.js';
import type { Slack, SlackBase } from './slack/app.js';
import { type Db, openDatabase } from './storage/database.js';
import { type Log, openLog } from './telemetry/log.js';
import { openXapi } from './xapi/client.js';
import { databaseRefusals } from './xapi/refusal-store.js';

/** What a test or the demo may put in the place of the real thing. */
export interface Overrides {
  readonly now?: () => Date;
  readonly log?: Log;
  readonly openDatabase?: (url: string) => Promise<Db>;
  readonly directory?: Directory;
}

export interface App {
  readonly ctx: Ctx;
  /** Connects to Slack where it is configured, takes up unfinished work and starts the schedule. */
  start(): Promise<void>;
  /** Resolves when no work is under way. */
  idle(): Promise<void>;
  /** Finishes what is under way and closes everything. Harmless when called twice. */
  stop(): Promise<void>;
}

/** Puts Plumbline together; nothing is sent or scheduled before `start`. */
export async function createApp(config: Config, overrides: Overrides = {}): Promise<App> {
  const log = overrides.log ?? openLog(config.logLevel);
  const now = overrides.now ?? (() => new Date());
  const db = await (overrides.openDatabase ?? openDatabase)(config.databaseUrl);
  const pbxs = config.pbxs.map((pbx) => openPbx(pbx, db, now));
  const holder = { owner: randomUUID(), host: machine(), pid: process.pid };
  const base = {
    db,
    log,
    now,
    newId: () => randomUUID(),
    holder,
    pbxs,
    roles: config.roles,
    approvalRules: config.approvalRules,
    schedule: config.schedule,
    sweepPolicy: config.sweepPolicy,
    guards: config.guards,
    windows: config.windows,
    freezes: config.freezes,
    stopFile: config.stopFile,
    reload: async () => ({ changes: [] }),
  };
  const slack = config.slack === null ? null : await slackFor(base, config.slack);
  const runner = createRunner((job) => runJob(ctx, job), log);
  const ctx: Ctx = {
    ...base,
    announce: slack?.announcer ?? silentAnnouncer,
    directory: overrides.directory ?? slack?.directory ?? noDirectory,
    wake: (job) => runner.wake(job),
  };
  let ticker: Ticker | null = null;
  let stopping: Promise<void> | null = null;

  async function shutDown(): Promise<void> {
    await ticker?.stop();
    await slack?.stop();
    await runner.stop();
    await Promise.all(pbxs.map(({ xapi }) => xapi.close()));
    await db.destroy();
  }

  return {
    ctx,
    async start() {
      await slack?.start(ctx);
      ticker = await startTicker(ctx, runner);
    },
    idle: () => runner.idle(),
    stop: () => (stopping ??= shutDown()),
  };
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

function openPbx(config: PbxConfig, db: Db, now: () => Date): Pbx {
  const { id, name, url, tags } = config;
  return { id, name, url, tags, xapi: openXapi(config, { now, refusals: databaseRefusals(db) }) };
}

/** Bolt takes a quarter of a second to load, which commands without Slack need not wait for. */
async function slackFor(base: SlackBase, config: SlackConfig): Promise<Slack> {
  const { createSlack } = await import('./slack/app.js');
  return createSlack(base, config);
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
  rules: async () => undefined,
  behind: async () => [],
};
