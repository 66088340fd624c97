import { z } from 'zod';
import type { Environment } from './config-env.js';
import { fileFault, gatherFaults } from './config-faults.js';
import { type ConfigFile, type Given, givenIn, readSection } from './config-file.js';
import type { Schedule } from './ctx.js';
import { scheduleFault } from './jobs/due.js';

export const CRON_MEND = 'Use a cron expression such as 0 2 * * *.';
export const ZONE_MEND = 'Use an IANA name such as Europe/Berlin.';

const DEFAULT: Schedule = { expression: '0 2 * * *', timezone: 'UTC' };

export const ScheduleSection = z.strictObject({
  cron: z
    .string()
    .optional()
    .describe(`When the sweep runs: a cron expression; default ${DEFAULT.expression}.`),
  timezone: z
    .string()
    .optional()
    .describe('The IANA zone of that time, such as Europe/Berlin; default UTC. Other times use it too.'),
});

/** When the sweep runs, from the environment or the file. Throws `UserErrors` for what cannot be used. */
export function readSchedule(vars: Environment, file: ConfigFile): Schedule {
  const section = readSection(file, 'schedule', ScheduleSection, { cron: CRON_MEND, timezone: ZONE_MEND });
  const faults = gatherFaults();
  const given = (name: 'PLUMBLINE_SCHEDULE' | 'PLUMBLINE_TIMEZONE', key: 'cron' | 'timezone') =>
    faults.attempt(() => givenIn(vars, name, file, `schedule.${key}`, section[key]));
  const cron = given('PLUMBLINE_SCHEDULE', 'cron');
  const zone = given('PLUMBLINE_TIMEZONE', 'timezone');
  faults.raise();
  return checked(cron, zone, DEFAULT);
}

/** What the file says at a path under `cron` and `timezone`, or else `fallback`. Throws `UserErrors` as `readSchedule`. */
export function scheduleAt(
  file: ConfigFile,
  at: string,
  { cron, timezone }: { readonly cron?: string | undefined; readonly timezone?: string | undefined },
  fallback: Schedule,
): Schedule {
  const given = (key: string, value: string | undefined): Given | null =>
    value === undefined
      ? null
      : { value, fault: (what, mend) => fileFault(file.path, `${at}.${key}`, what, mend) };
  return checked(given('cron', cron), given('timezone', timezone), fallback);
}

function checked(cron: Given | null, zone: Given | null, fallback: Schedule): Schedule {
  const expression = cron?.value ?? fallback.expression;
  const timezone = zone?.value ?? fallback.timezone;
  const faults = gatherFaults();
  const zoneFault = scheduleFault({ expression: '* * * * *', timezone });
  if (zone !== null && zoneFault !== null) faults.keep(zone.fault(cannotBeUsed(zoneFault), ZONE_MEND));
  const cronFault = scheduleFault({ expression, timezone: 'UTC' });
  if (cron !== null && cronFault !== null) faults.keep(cron.fault(cannotBeUsed(cronFault), CRON_MEND));
  faults.raise();
  return { expression, timezone };
}

function cannotBeUsed(fault: string): string {
  return `cannot be used: ${fault.replace(/\.$/, '')}`;
}
