import { dirname, join } from 'node:path';
import { z } from 'zod';
import { readApprovalRules } from './config-approvals.js';
import { readChannels } from './config-channels.js';
import { type Env, type Environment, readEnvironment, refuseMistyped } from './config-env.js';
import { gatherFaults } from './config-faults.js';
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
import { readSlack, refuseWrongTokens, type SlackConfig } from './config-slack.js';
import { readGuards, readSweepPolicy, type SweepConfig } from './config-sweep.js';
import type { ApprovalRule, Roles, Schedule } from './ctx.js';
import type { LogLevel } from './telemetry/log.js';

export type { SlackConfig } from './config-slack.js';

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

/** What the configuration is read for: serving needs more than one command does. */
export interface Purpose {
  readonly isServing?: boolean;
}

/** Reads the configuration from environment variables and `plumbline.yml`. Throws `UserErrors` with everything that is wrong. */
export function readConfig(env: Env, purpose: Purpose = {}): Config {
  const known = readEnvironment(env);
  const faults = gatherFaults(known.faults);
  const file = faults.attempt(() => openConfigFile(known.vars.PLUMBLINE_CONFIG));
  if (file !== null) return configOf(env, file, purpose);
  // What is missing may stand in the file.
  faults.attempt(() => refuseWrongTokens(known.vars));
  faults.raise();
  throw new Error('a configuration without faults has no file');
}

/** As `readConfig`, with what stands in a file that is open already. */
export function configOf(env: Env, file: ConfigFile, { isServing = false }: Purpose = {}): Config {
  const { vars, faults: known } = readEnvironment(env);
  const faults = gatherFaults(known);
  faults.attempt(() => refuseUnknownSections(file));
  faults.attempt(() => refuseMistyped(env, (name) => isMentioned(file, name)));
  const pbxs = faults.attempt(() => readPbxs(vars, file, env));
  const roles = faults.attempt(() => readRoles(vars, file));
  const approvalRules = faults.attempt(() => readApprovalRules(file, pbxs, roles));
  const schedule = faults.attempt(() => readSchedule(vars, file));
  const channels = faults.attempt(() => readChannels(vars, file, pbxs));
  const slack = faults.attempt(() => readSlack(vars, channels, roles, isServing));
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

/** Whether the file speaks of a variable, as it does of those that hold its secrets. */
function isMentioned({ content }: ConfigFile, name: string): boolean {
  return JSON.stringify(content).includes(JSON.stringify(name));
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
  const { vars } = readEnvironment(env);
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
