import { dirname, join } from 'node:path';
import { z } from 'zod';
import { readApprovalRules } from './config-approvals.js';
import { CHANNEL_MEND, type Channels, readChannels } from './config-channels.js';
import { type Env, type Environment, readEnvironment } from './config-env.js';
import { gatherFaults, variableFault } from './config-faults.js';
import {
  type ConfigFile,
  givenIn,
  openConfigFile,
  type PbxConfig,
  readEntry,
  refuseUnknownSections,
} from './config-file.js';
import { readPbxs } from './config-fleet.js';
import { readPeriods } from './config-periods.js';
import { readRoles } from './config-roles.js';
import { readSchedule } from './config-schedule.js';
import { readGuards, readSweepPolicy, type SweepConfig } from './config-sweep.js';
import type { ApprovalRule, Roles, Schedule } from './ctx.js';
import type { LogLevel } from './telemetry/log.js';

/** How to reach Slack: Socket Mode with an app token, HTTP with a signing secret. */
export interface SlackConfig {
  readonly botToken: string;
  readonly connection:
    | { readonly kind: 'socket'; readonly appToken: string }
    | { readonly kind: 'http'; readonly signingSecret: string; readonly port: number };
  /** Another Web API base, e.g. a simulator's; null for Slack's own. */
  readonly apiUrl: string | null;
  readonly approvalsChannel: string;
  readonly reportsChannel: string;
  /** Where drift of the PBXs of a tag is reported instead, by tag. */
  readonly tagChannels: Readonly<Record<string, string>>;
}

/** All that `createApp` needs to know. */
export interface Config extends SweepConfig {
  readonly databaseUrl: string;
  readonly pbxs: readonly PbxConfig[];
  readonly roles: Roles;
  /** The configured ones, in the order of the file; the default rules come after them. */
  readonly approvalRules: readonly ApprovalRule[];
  readonly schedule: Schedule;
  /** Null on a terminal without Slack. */
  readonly slack: SlackConfig | null;
  /** The file whose existence stops all writes. */
  readonly stopFile: string;
  readonly logLevel: LogLevel;
}

const StopFile = z.object({ stopFile: z.string().min(1).optional() });

const MENDS = { stopFile: 'Write a path such as /run/plumbline/STOP.' };

/** Reads the configuration from environment variables and `plumbline.yml`. Throws `UserErrors` with everything that is wrong. */
export function readConfig(env: Env): Config {
  const vars = readEnvironment(env);
  const file = openConfigFile(vars.PLUMBLINE_CONFIG);
  const faults = gatherFaults();
  faults.attempt(() => refuseUnknownSections(file));
  const pbxs = faults.attempt(() => readPbxs(vars, file, env));
  const roles = faults.attempt(() => readRoles(vars, file));
  const approvalRules = faults.attempt(() => readApprovalRules(file, pbxs, roles));
  const schedule = faults.attempt(() => readSchedule(vars, file));
  const channels = faults.attempt(() => readChannels(vars, file, pbxs));
  const slack = faults.attempt(() => readSlack(vars, channels, roles));
  const sweeps = faults.attempt(() => readSweeps(file, pbxs, schedule?.timezone ?? 'UTC'));
  const { DATABASE_URL: databaseUrl, PLUMBLINE_LOG_LEVEL: logLevel } = vars;
  const stopFile = faults.attempt(() => readStopFile(vars, file, databaseUrl));
  faults.raise();
  if (
    pbxs === null ||
    roles === null ||
    approvalRules === null ||
    schedule === null ||
    sweeps === null ||
    stopFile === null
  ) {
    throw new Error('a configuration without faults is incomplete');
  }
  return { databaseUrl, pbxs, roles, approvalRules, schedule, ...sweeps, stopFile, slack, logLevel };
}

function readSweeps(
  file: ConfigFile,
  pbxs: readonly PbxConfig[] | null,
  timezone: string,
): SweepConfig | null {
  const faults = gatherFaults();
  const sweepPolicy = faults.attempt(() => readSweepPolicy(file, timezone));
  const guards = faults.attempt(() => readGuards(file));
  const windows = faults.attempt(() => readPeriods(file, 'windows', pbxs, timezone));
  const freezes = faults.attempt(() => readPeriods(file, 'freezes', pbxs, timezone));
  faults.raise();
  if (sweepPolicy === null || guards === null || windows === null || freezes === null) return null;
  return { sweepPolicy, guards, windows, freezes };
}

/**
 * The file whose existence stops all writes, whatever else is wrong with the configuration: whoever stops everything may
 * not have its secrets. Throws `UserError` where that alone cannot be read.
 */
export function readStopPath(env: Env): string {
  const vars = readEnvironment(env);
  return readStopFile(vars, openConfigFile(vars.PLUMBLINE_CONFIG), vars.DATABASE_URL);
}

function readStopFile(vars: Environment, file: ConfigFile, databaseUrl: string): string {
  const { stopFile } = readEntry(
    file,
    '',
    StopFile,
    { stopFile: file.content['stopFile'] ?? undefined },
    MENDS,
  );
  const given = givenIn(vars, 'PLUMBLINE_STOP_FILE', file, 'stopFile', stopFile);
  return given?.value ?? stopFileOf(databaseUrl);
}

/** The stop file where none is named: beside the database, which is where every process on it looks. */
function stopFileOf(databaseUrl: string): string {
  const path = databaseUrl.startsWith('sqlite:') ? databaseUrl.slice('sqlite:'.length) : 'data/plumbline.db';
  return join(dirname(path), 'STOP');
}

/** `channels` and `roles` are null where they have faults of their own, which are said already. */
function readSlack(vars: Environment, channels: Channels | null, roles: Roles | null): SlackConfig | null {
  const { SLACK_BOT_TOKEN: botToken, SLACK_API_URL: apiUrl = null } = vars;
  if (botToken === undefined) return null;
  const faults = gatherFaults();
  const approvalsChannel = channels?.approvals ?? null;
  if (channels !== null && approvalsChannel === null) {
    faults.keep(variableFault('PLUMBLINE_APPROVALS_CHANNEL', 'is missing', CHANNEL_MEND));
  }
  if (roles?.approvers.length === 0) {
    const mend =
      'Set it to Slack user ids or user group ids, separated by commas; nobody could approve a request.';
    faults.keep(variableFault('PLUMBLINE_APPROVERS', 'is missing', mend));
  }
  const connection = faults.attempt(() => connectionOf(vars));
  faults.raise();
  if (approvalsChannel === null || connection === null) return null;
  const reportsChannel = channels?.reports ?? approvalsChannel;
  return {
    botToken,
    connection,
    apiUrl,
    approvalsChannel,
    reportsChannel,
    tagChannels: channels?.tags ?? {},
  };
}

function connectionOf(vars: Environment): SlackConfig['connection'] {
  if (vars.SLACK_APP_TOKEN !== undefined) return { kind: 'socket', appToken: vars.SLACK_APP_TOKEN };
  if (vars.SLACK_SIGNING_SECRET !== undefined) {
    return { kind: 'http', signingSecret: vars.SLACK_SIGNING_SECRET, port: vars.PORT };
  }
  const mend = 'Set it for Socket Mode, or SLACK_SIGNING_SECRET for HTTP.';
  throw variableFault('SLACK_APP_TOKEN', 'is missing', mend);
}
