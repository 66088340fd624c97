import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Roles, Schedule } from './ctx.js';
import { UserError, UserErrors } from './errors.js';
import { fleetFromFile, type PbxConfig } from './config-file.js';
import { scheduleFault } from './jobs/due.js';
import type { LogLevel } from './telemetry/log.js';
import type { Credential } from './xapi/connection.js';

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
}

/** All that `createApp` needs to know. */
export interface Config {
  readonly databaseUrl: string;
  readonly pbxs: readonly PbxConfig[];
  readonly roles: Roles;
  readonly schedule: Schedule;
  /** Null on a terminal without Slack. */
  readonly slack: SlackConfig | null;
  readonly logLevel: LogLevel;
}

type Env = Readonly<Record<string, string | undefined>>;

const Environment = z.object({
  SLACK_BOT_TOKEN: z.string().optional(),
  SLACK_APP_TOKEN: z.string().optional(),
  SLACK_SIGNING_SECRET: z.string().optional(),
  SLACK_API_URL: z.url('is not an address').optional(),
  PORT: z.coerce.number('is not a number').int().min(0).max(65_535).default(3000),
  THREECX_URL: z.url('is not an address').optional(),
  THREECX_CLIENT_ID: z.string().optional(),
  THREECX_CLIENT_SECRET: z.string().optional(),
  THREECX_ACCESS_TOKEN: z.string().optional(),
  PLUMBLINE_CONFIG: z.string().optional(),
  DATABASE_URL: z.string().default('sqlite:./data/plumbline.db'),
  PLUMBLINE_APPROVALS_CHANNEL: z.string().optional(),
  PLUMBLINE_REPORTS_CHANNEL: z.string().optional(),
  PLUMBLINE_ADMINS: z.string().default(''),
  PLUMBLINE_APPROVERS: z.string().default(''),
  PLUMBLINE_REQUESTERS: z.string().default(''),
  PLUMBLINE_SCHEDULE: z.string().default('0 2 * * *'),
  PLUMBLINE_TIMEZONE: z.string().default('UTC'),
  PLUMBLINE_LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'], 'is not one of debug, info, warn, error, silent')
    .default('info'),
});

type Environment = z.infer<typeof Environment>;

/** Reads the configuration from environment variables and the fleet file. Throws `UserErrors` with everything that is wrong. */
export function readConfig(env: Env): Config {
  const errors: UserError[] = [];
  const vars = readEnvironment(env);
  const attempt = <T>(read: () => T, otherwise: T): T => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      errors.push(error);
      return otherwise;
    }
  };
  const roles = rolesOf(vars);
  const config = {
    databaseUrl: vars.DATABASE_URL,
    pbxs: attempt(() => pbxsOf(vars, env), []),
    roles,
    schedule: attempt(() => scheduleOf(vars), { expression: '0 2 * * *', timezone: 'UTC' }),
    slack: attempt(() => slackOf(vars, roles), null),
    logLevel: vars.PLUMBLINE_LOG_LEVEL,
  };
  const [first, ...rest] = errors;
  if (first === undefined) return config;
  throw rest.length === 0 ? first : new UserErrors([first, ...rest]);
}

function readEnvironment(env: Env): Environment {
  const set = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = Environment.safeParse(set);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map((issue) => missing(String(issue.path[0]), issue.message));
  const [first = missing('environment', 'is not usable'), ...rest] = errors;
  throw rest.length === 0 ? first : new UserErrors([first, ...rest]);
}

function pbxsOf(vars: Environment, env: Env): readonly PbxConfig[] {
  const path = vars.PLUMBLINE_CONFIG ?? 'plumbline.yml';
  if (existsSync(path)) return fleetFromFile(path, readFileSync(path, 'utf8'), env);
  if (vars.PLUMBLINE_CONFIG !== undefined)
    throw missing('PLUMBLINE_CONFIG', `names ${path}, which does not exist`);
  if (vars.THREECX_URL === undefined) {
    throw missing(
      'THREECX_URL',
      'is missing',
      'Set it to the PBX’s address, for example https://pbx.example.com:5001.',
    );
  }
  const url = new URL(vars.THREECX_URL);
  const id = url.hostname.split('.')[0] ?? 'pbx';
  return [
    {
      id: /^[\d.[]/.test(url.hostname) ? 'pbx' : id,
      name: url.hostname,
      tags: [],
      url: vars.THREECX_URL,
      credential: credentialOf(vars),
    },
  ];
}

function credentialOf(vars: Environment): Credential {
  if (vars.THREECX_ACCESS_TOKEN !== undefined)
    return { kind: 'token', accessToken: vars.THREECX_ACCESS_TOKEN };
  const { THREECX_CLIENT_ID: clientId, THREECX_CLIENT_SECRET: clientSecret } = vars;
  if (clientId !== undefined && clientSecret !== undefined) return { kind: 'client', clientId, clientSecret };
  const absent = clientId === undefined ? 'THREECX_CLIENT_ID' : 'THREECX_CLIENT_SECRET';
  throw missing(
    absent,
    'is missing',
    'Make an API client in 3CX under Integrations > API, or set THREECX_ACCESS_TOKEN.',
  );
}

function slackOf(vars: Environment, roles: Roles): SlackConfig | null {
  if (vars.SLACK_BOT_TOKEN === undefined) return null;
  const approvalsChannel = vars.PLUMBLINE_APPROVALS_CHANNEL;
  const reportsChannel = vars.PLUMBLINE_REPORTS_CHANNEL ?? approvalsChannel;
  if (approvalsChannel === undefined || reportsChannel === undefined) {
    throw missing(
      'PLUMBLINE_APPROVALS_CHANNEL',
      'is missing',
      'Set it to the id of a channel, such as C0123456789.',
    );
  }
  if (roles.approvers.length === 0) {
    const mend =
      'Set it to Slack user ids or user group ids, separated by commas; nobody could approve a request.';
    throw missing('PLUMBLINE_APPROVERS', 'is missing', mend);
  }
  const apiUrl = vars.SLACK_API_URL ?? null;
  return {
    botToken: vars.SLACK_BOT_TOKEN,
    connection: connectionOf(vars),
    apiUrl,
    approvalsChannel,
    reportsChannel,
  };
}

function connectionOf(vars: Environment): SlackConfig['connection'] {
  if (vars.SLACK_APP_TOKEN !== undefined) return { kind: 'socket', appToken: vars.SLACK_APP_TOKEN };
  if (vars.SLACK_SIGNING_SECRET !== undefined) {
    return { kind: 'http', signingSecret: vars.SLACK_SIGNING_SECRET, port: vars.PORT };
  }
  throw missing('SLACK_APP_TOKEN', 'is missing', 'Set it for Socket Mode, or SLACK_SIGNING_SECRET for HTTP.');
}

function rolesOf(vars: Environment): Roles {
  const admins = listOf(vars.PLUMBLINE_ADMINS);
  const approvers = listOf(vars.PLUMBLINE_APPROVERS);
  return {
    admins,
    approvers: approvers.length > 0 ? approvers : admins,
    requesters: listOf(vars.PLUMBLINE_REQUESTERS),
  };
}

function scheduleOf(vars: Environment): Schedule {
  const schedule = { expression: vars.PLUMBLINE_SCHEDULE, timezone: vars.PLUMBLINE_TIMEZONE };
  const fault = scheduleFault(schedule);
  if (fault === null) return schedule;
  const isZone = scheduleFault({ ...schedule, timezone: 'UTC' }) === null;
  throw missing(
    isZone ? 'PLUMBLINE_TIMEZONE' : 'PLUMBLINE_SCHEDULE',
    `cannot be used: ${fault.replace(/\.$/, '')}`,
    isZone ? 'Use an IANA name such as Europe/Berlin.' : 'Use a cron expression such as 0 2 * * *.',
  );
}

function listOf(text: string): readonly string[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

function missing(field: string, what: string, mend?: string): UserError {
  return new UserError('invalid', `${field} ${what}.`, { field, ...(mend === undefined ? {} : { mend }) });
}
