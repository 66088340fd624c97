import { z } from 'zod';
import { fileFault, gatherFaults } from './config-faults.js';
import { type ConfigFile, listOfSection, type PbxConfig, readEntry } from './config-file.js';
import { CRON_MEND, scheduleAt, ZONE_MEND } from './config-schedule.js';
import {
  DAY_MS,
  durationMend,
  durationWithin,
  MINUTE_MS,
  type Span,
  targetAmong,
  targetMends,
  targetsOf,
} from './config-values.js';
import type { Period } from './ctx.js';

const LENGTH: Span = { leastMs: MINUTE_MS, mostMs: 365 * DAY_MS - 1, words: ['a minute', 'a year'] };

const NAME_MEND = 'Give it a short name of its own; messages call it by that.';

const MENDS = {
  name: NAME_MEND,
  target: 'Write a PBX, tag:NAME or all.',
  cron: CRON_MEND,
  duration: durationMend(LENGTH),
  timezone: ZONE_MEND,
};

/** A window or a freeze as the file has it. Where `targets` are null any target will do. */
export function periodSchema(targets: readonly string[] | null) {
  return z.strictObject({
    name: z
      .string()
      .trim()
      .min(1)
      .max(80, 'must have at most 80 characters')
      .describe('What messages call it.'),
    target: targetAmong(targets).prefault('all').describe('A PBX, tag:NAME or all; default all.'),
    cron: z.string().describe('When it begins: a cron expression.'),
    duration: durationWithin(LENGTH).describe('How long it lasts from then on, such as 4h or 14d.'),
    timezone: z.string().optional().describe('The IANA zone of that time; default that of the schedule.'),
  });
}

/**
 * The windows or the freezes of the file. Throws `UserErrors` for everything that is wrong. `pbxs` are null where they have
 * faults of their own.
 */
export function readPeriods(
  file: ConfigFile,
  section: 'windows' | 'freezes',
  pbxs: readonly PbxConfig[] | null,
  timezone: string,
): readonly Period[] {
  const targets = targetsOf(pbxs);
  const faults = gatherFaults();
  const entries = listOfSection(file, section, 'Begin every one with a hyphen.');
  const periods = entries.map((entry, index) =>
    faults.attempt(() => readPeriod(file, `${section}.${index}`, entry, targets, timezone)),
  );
  const names = periods.map((period) => period?.name.toLowerCase());
  for (const [index, period] of periods.entries()) {
    if (period === null || names.indexOf(period.name.toLowerCase()) === index) continue;
    const what = `is “${period.name}”, as another one is named`;
    faults.keep(fileFault(file.path, `${section}.${index}.name`, what, NAME_MEND));
  }
  faults.raise();
  return periods.filter((period) => period !== null);
}

function readPeriod(
  file: ConfigFile,
  at: string,
  entry: unknown,
  targets: readonly string[] | null,
  timezone: string,
): Period {
  const mends = { ...MENDS, ...targetMends(targets) };
  const read = readEntry(file, at, periodSchema(targets), entry, mends);
  const { name, target, duration: durationMs } = read;
  return { name, target, durationMs, ...scheduleAt(file, at, read, { expression: read.cron, timezone }) };
}
