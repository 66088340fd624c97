import { z } from 'zod';
import { gatherFaults, variableFault } from './config-faults.js';
import { PBX_ADDRESS_MEND } from './config-places.js';
import type { UserError } from './errors.js';
import { nearest } from './settings/suggest.js';

export type Env = Readonly<Record<string, string | undefined>>;

const Environment = z.object({
  SLACK_BOT_TOKEN: z.string().optional(),
  SLACK_APP_TOKEN: z.string().optional(),
  SLACK_SIGNING_SECRET: z.string().optional(),
  SLACK_API_URL: z.url('is not an address').optional(),
  PORT: z.coerce.number('is not a number').int().min(0).max(65_535).default(3000),
  THREECX_URL: z
    .url({ error: 'is not an address', abort: true })
    .refine((url) => /^https?:/i.test(url), 'must begin with https:// or http://')
    .optional(),
  THREECX_CLIENT_ID: z.string().optional(),
  THREECX_CLIENT_SECRET: z.string().optional(),
  THREECX_ACCESS_TOKEN: z.string().optional(),
  PLUMBLINE_CONFIG: z.string().optional(),
  DATABASE_URL: z.string().default('sqlite:./data/plumbline.db'),
  PLUMBLINE_APPROVALS_CHANNEL: z.string().optional(),
  PLUMBLINE_REPORTS_CHANNEL: z.string().optional(),
  PLUMBLINE_ADMINS: z.string().optional(),
  PLUMBLINE_APPROVERS: z.string().optional(),
  PLUMBLINE_REQUESTERS: z.string().optional(),
  PLUMBLINE_BREAK_GLASS: z.string().optional(),
  PLUMBLINE_SCHEDULE: z.string().optional(),
  PLUMBLINE_TIMEZONE: z.string().optional(),
  PLUMBLINE_STOP_FILE: z.string().optional(),
  PLUMBLINE_LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'], 'is not one of debug, info, warn, error, silent')
    .default('info'),
});

export type Environment = z.infer<typeof Environment>;

const MENDS: Readonly<Record<string, string>> = {
  SLACK_API_URL: 'Leave it out for Slack itself; it is only for a simulator.',
  PORT: 'Write the number of a port, from 0 to 65535.',
  THREECX_URL: `${PBX_ADDRESS_MEND}.`,
  PLUMBLINE_LOG_LEVEL: 'Leave it out for info.',
};

/** The variables Plumbline knows, without those that are not usable, and what is wrong with these. */
export interface KnownVariables {
  readonly vars: Environment;
  readonly faults: readonly UserError[];
}

/** Reads the variables Plumbline knows; an empty one is the same as none. */
export function readEnvironment(env: Env): KnownVariables {
  const set = Object.entries(env).filter(([, value]) => value !== undefined && value !== '');
  const parsed = Environment.safeParse(Object.fromEntries(set));
  if (parsed.success) return { vars: parsed.data, faults: [] };
  const faults = parsed.error.issues.map(({ path, message }) => {
    const name = String(path[0]);
    return variableFault(name, message, MENDS[name]);
  });
  const bad = new Set(faults.map(({ field }) => field));
  return { vars: Environment.parse(Object.fromEntries(set.filter(([name]) => !bad.has(name)))), faults };
}

const PREFIX = /^(SLACK|THREECX|PLUMBLINE)_/;
const NEAR = 2;

/**
 * Throws `UserErrors` for every variable that looks like a mistyped one of Plumbline's, which nobody would otherwise miss.
 * One that is set rightly as well, and one that `isUsed` for something else, is left alone.
 */
export function refuseMistyped(env: Env, isUsed: (name: string) => boolean): void {
  const isSet = (name: string): boolean => env[name] !== undefined && env[name] !== '';
  const known = Object.keys(Environment.shape);
  const missing = known.filter((name) => !isSet(name));
  const faults = gatherFaults();
  for (const name of Object.keys(env)) {
    if (!PREFIX.test(name) || known.includes(name) || !isSet(name) || isUsed(name)) continue;
    const [guess] = nearest(name, missing, () => NEAR);
    if (guess === undefined || Math.abs(guess.length - name.length) > NEAR) continue;
    faults.keep(variableFault(name, 'is not known', `Did you mean ${guess}?`));
  }
  faults.raise();
}
