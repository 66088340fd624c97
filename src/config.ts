import { dirname, join } from 'node:path';
import { z } from 'zod';
import { readApprovalRules } from './config-approvals.js';
import { type Env, type Environment, readEnvironment } from './config-env.js';
import { gatherFaults, variableFault } from './config-faults.js';
import {
  type ConfigFile,
  givenIn,
  openConfigFile,
  type PbxConfig,
  readSection,
  refuseUnknownSections,
} from './config-file.js';
import { readPbxs } from './config-fleet.js';
import { readRoles } from './config-roles.js';
import { defaultSweepConfig, type SweepConfig } from './config-sweep.js';
import type { ApprovalRule, Roles, Schedule } from './ctx.js';
import { scheduleFault } from './jobs/due.js';
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

interface Channels {
  readonly approvals: string | null;
  readonly reports: string | null;
}

/** Slack docs: the id of a channel begins with C, that of an old private channel with G. */
const CHANNEL_ID = /^[CG][A-Z0-9]{2,}$/;

const ChannelsSection = z.strictObject({ approvals: z.string().optional(), reports: z.string().optional() });
const ScheduleSection = z.strictObject({ cron: z.string().optional(), timezone: z.string().optional() });

const CHANNEL_MEND =
  'Set it to the id of a channel, such as C0123456789. In Slack it stands at the end of the channel’s details.';
const CRON_MEND = 'Use a cron expression such as 0 2 * * *.';
const ZONE_MEND = 'Use an IANA name such as Europe/Berlin.';

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
  const channels = faults.attempt(() => readChannels(vars, file));
  const slack = faults.attempt(() => readSlack(vars, channels, roles));
  faults.raise();
  if (pbxs === null || roles === null || approvalRules === null || schedule === null) {
    throw new Error('a configuration without faults is incomplete');
  }
  const { DATABASE_URL: databaseUrl, PLUMBLINE_LOG_LEVEL: logLevel } = vars;
  return {
    databaseUrl,
    pbxs,
    roles,
    approvalRules,
    schedule,
    ...defaultSweepConfig,
    stopFile: stopFileOf(databaseUrl),
    slack,
    logLevel,
  };
}

/** Beside the database, which is where every process on it looks. */
function stopFileOf(databaseUrl: string): string {
  const path = databaseUrl.startsWith('sqlite:') ? databaseUrl.slice('sqlite:'.length) : 'data/plumbline.db';
  return join(dirname(path), 'STOP');
}

function readSchedule(vars: Environment, file: ConfigFile): Schedule {
  const section = readSection(file, 'schedule', ScheduleSection, { cron: CRON_MEND, timezone: ZONE_MEND });
  const faults = gatherFaults();
  const given = (name: 'PLUMBLINE_SCHEDULE' | 'PLUMBLINE_TIMEZONE', key: 'cron' | 'timezone') =>
    faults.attempt(() => givenIn(vars, name, file, `schedule.${key}`, section[key]));
  const cron = given('PLUMBLINE_SCHEDULE', 'cron');
  const zone = given('PLUMBLINE_TIMEZONE', 'timezone');
  faults.raise();
  const schedule = { expression: cron?.value ?? '0 2 * * *', timezone: zone?.value ?? 'UTC' };
  const zoneFault = scheduleFault({ ...schedule, expression: '* * * * *' });
  if (zone !== null && zoneFault !== null) faults.keep(zone.fault(cannotBeUsed(zoneFault), ZONE_MEND));
  const cronFault = scheduleFault({ ...schedule, timezone: 'UTC' });
  if (cron !== null && cronFault !== null) faults.keep(cron.fault(cannotBeUsed(cronFault), CRON_MEND));
  faults.raise();
  return schedule;
}

function cannotBeUsed(fault: string): string {
  return `cannot be used: ${fault.replace(/\.$/, '')}`;
}

function readChannels(vars: Environment, file: ConfigFile): Channels {
  const mends = { approvals: CHANNEL_MEND, reports: CHANNEL_MEND };
  const section = readSection(file, 'channels', ChannelsSection, mends);
  const faults = gatherFaults();
  const channel = (name: keyof Environment, key: keyof Channels): string | null =>
    faults.attempt(() => {
      const given = givenIn(vars, name, file, `channels.${key}`, section[key]);
      if (given === null || CHANNEL_ID.test(given.value)) return given?.value ?? null;
      throw given.fault(`is “${given.value}”, which is not a Slack channel id`, CHANNEL_MEND);
    });
  const channels = {
    approvals: channel('PLUMBLINE_APPROVALS_CHANNEL', 'approvals'),
    reports: channel('PLUMBLINE_REPORTS_CHANNEL', 'reports'),
  };
  faults.raise();
  return channels;
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
  return { botToken, connection, apiUrl, approvalsChannel, reportsChannel, tagChannels: {} };
}

function connectionOf(vars: Environment): SlackConfig['connection'] {
  if (vars.SLACK_APP_TOKEN !== undefined) return { kind: 'socket', appToken: vars.SLACK_APP_TOKEN };
  if (vars.SLACK_SIGNING_SECRET !== undefined) {
    return { kind: 'http', signingSecret: vars.SLACK_SIGNING_SECRET, port: vars.PORT };
  }
  const mend = 'Set it for Socket Mode, or SLACK_SIGNING_SECRET for HTTP.';
  throw variableFault('SLACK_APP_TOKEN', 'is missing', mend);
}
