import { z } from 'zod';
import { gatherFaults, variableFault } from './config-faults.js';

export type Env = Readonly<Record<string, string | undefined>>;

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

/** The variables Plumbline knows; an empty one is the same as none. Throws `UserErrors` with all that are not usable. */
export function readEnvironment(env: Env): Environment {
  const set = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = Environment.safeParse(set);
  if (parsed.success) return parsed.data;
  const faults = gatherFaults();
  for (const { path, message } of parsed.error.issues) faults.keep(variableFault(String(path[0]), message));
  faults.raise();
  throw parsed.error;
}
