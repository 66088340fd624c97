import { z } from 'zod';
import { gatherFaults, variableFault } from './config-faults.js';
import { PBX_ADDRESS_MEND } from './config-places.js';
import { SECRET_MEND, secretFault } from './config-secret.js';
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
  const set = Object.entries(env).flatMap(([name, value]) => {
    const text = SECRETS.has(name) ? value?.trim() : value;
    return text === undefined || text === '' ? [] : [[name, text] as const];
  });
  const parsed = Environment.safeParse(Object.fromEntries(set));
  const unreadable = set.flatMap(([name, value]) => unreadableFault(name, value));
  if (parsed.success && unreadable.length === 0) return { vars: parsed.data, faults: [] };
  const issues = parsed.success ? [] : parsed.error.issues;
  const faults = [
    ...unreadable,
    ...issues.map(({ path, message }) => {
      const name = String(path[0]);
      return variableFault(name, message, MENDS[name]);
    }),
  ];
  const bad = new Set(faults.map(({ field }) => field));
  return { vars: Environment.parse(Object.fromEntries(set.filter(([name]) => !bad.has(name)))), faults };
}

const SECRETS: ReadonlySet<string> = new Set([
  'SLACK_BOT_TOKEN',
  'SLACK_APP_TOKEN',
  'SLACK_SIGNING_SECRET',
  'THREECX_CLIENT_SECRET',
  'THREECX_ACCESS_TOKEN',
]);

/** What is wrong with the bytes of a variable that Plumbline knows, before anything is made of it or sent. */
function unreadableFault(name: string, value: string): readonly UserError[] {
  if (!(name in Environment.shape)) return [];
  const secret = SECRETS.has(name) ? secretFault(value) : null;
  if (secret !== null) return [variableFault(name, secret, SECRET_MEND)];
  const at = value.indexOf('\uFFFD');
  if (at < 0) return [];
  const what = `has the sign � (U+FFFD) at position ${at + 1}, where bytes were no UTF-8`;
  return [variableFault(name, what, 'Write it as UTF-8.')];
}

const PREFIX = /^(SLACK|THREECX|PLUMBLINE)_/;
const NEAR = 2;

/** The known name that a variable's is but for case, spaces and invisible characters; undefined where it is the name itself. */
function disguised(name: string, known: readonly string[]): string | undefined {
  const plain = name.replace(/[^\x21-\x7E]/g, '').toUpperCase();
  return plain === name ? undefined : known.find((one) => one === plain);
}

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
    const meant = disguised(name, known);
    if (meant !== undefined && isSet(name) && !isUsed(name)) {
      const what = `is not ${meant}, only nearly: case or an invisible character differs`;
      faults.keep(variableFault(name.replace(/[^\x21-\x7E]/g, '·'), what, `Write ${meant}.`));
      continue;
    }
    if (!PREFIX.test(name) || known.includes(name) || !isSet(name) || isUsed(name)) continue;
    const [guess] = nearest(name, missing, () => NEAR);
    if (guess === undefined || Math.abs(guess.length - name.length) > NEAR) continue;
    faults.keep(variableFault(name, 'is not known', `Did you mean ${guess}?`));
  }
  faults.raise();
}
