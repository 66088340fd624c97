import { z } from 'zod';
import { type ConfigFile, readSection } from './config-file.js';
import { CRON_MEND, scheduleAt, ZONE_MEND } from './config-schedule.js';
import { DAY_MS, durationMend, durationWithin, MINUTE_MS, Share, type Span } from './config-values.js';
import type { Guards, Period, SweepPolicy } from './ctx.js';

/** How sweeps go about the fleet. */
export interface SweepConfig {
  readonly sweepPolicy: SweepPolicy;
  readonly guards: Guards;
  readonly windows: readonly Period[];
  readonly freezes: readonly Period[];
}

/** What holds where the configuration says nothing of sweeps. */
export const defaultSweepConfig: SweepConfig = {
  sweepPolicy: {
    concurrency: 16,
    splayMs: 0,
    digest: { expression: '0 9 * * 1', timezone: 'UTC' },
  },
  guards: {
    settings: 100,
    share: 0.25,
    fewest: 3,
    failures: 0.2,
    flaps: { corrections: 3, withinMs: 7 * DAY_MS, rearmMs: 7 * DAY_MS },
    previews: true,
  },
  windows: [],
  freezes: [],
};

const SPLAY: Span = { leastMs: 0, mostMs: DAY_MS / 2, words: ['0s', '12 hours'] };
const FLAPS: Span = { leastMs: 5 * MINUTE_MS, mostMs: 365 * DAY_MS, words: ['5 minutes', '365 days'] };

const Digest = z.strictObject({
  cron: z
    .string()
    .optional()
    .describe('When the summary is posted: a cron expression; default 0 9 * * 1, Mondays at nine.'),
  timezone: z.string().optional().describe('The IANA zone of that time; default that of the schedule.'),
});

export const SweepSection = z.strictObject({
  concurrency: z
    .number()
    .int()
    .min(1)
    .max(256)
    .optional()
    .describe('How many PBXs are asked at once, each of them one request at a time; default 16.'),
  splay: durationWithin(SPLAY)
    .optional()
    .describe('Over how long a scheduled sweep begins its PBXs, such as 10m; default 0s, all at once.'),
  digest: Digest.optional().describe('When the quiet weekly summary is posted.'),
});

const Flaps = z.strictObject({
  corrections: z
    .number()
    .int()
    .min(1)
    .max(100)
    .optional()
    .describe('How often a setting is corrected within the time before it is left alone; default 3.'),
  within: durationWithin(FLAPS).optional().describe('The time within which corrections count; default 7d.'),
  rearm: durationWithin(FLAPS)
    .optional()
    .describe('After how long a setting that was left alone is corrected again; default 7d.'),
});

export const GuardsSection = z.strictObject({
  settings: z
    .number()
    .int()
    .min(1)
    .optional()
    .describe('How many settings one sweep may correct by itself, over all PBXs; default 100.'),
  share: Share.optional().describe('Which share of the PBXs one sweep may correct by itself; default 25%.'),
  fewest: z
    .number()
    .int()
    .min(1)
    .optional()
    .describe('From how many PBXs on the share counts, and a rule that would change everywhere; default 3.'),
  failures: Share.optional().describe(
    'Which share of the corrected PBXs may fail before the rest is left alone; default 20%.',
  ),
  flaps: Flaps.optional().describe('When a value that keeps coming back is left alone.'),
  previews: z
    .boolean()
    .optional()
    .describe('Whether corrections by new or changed rules wait for a person at first; default true.'),
});

const SHARE_MEND = 'Write it as 25% or 0.25.';
const COUNT_MEND = 'Write a whole number from 1 on.';

/** How the file wants sweeps to go about the fleet. Throws `UserErrors` for what cannot be used. */
export function readSweepPolicy(file: ConfigFile, timezone: string): SweepPolicy {
  const section = readSection(file, 'sweep', SweepSection, {
    concurrency: 'Write how many PBXs are asked at once, from 1 to 256.',
    splay: durationMend(SPLAY),
    digest: 'Write {cron: 0 9 * * 1, timezone: Europe/Berlin}.',
    'digest.cron': CRON_MEND,
    'digest.timezone': ZONE_MEND,
  });
  const { concurrency, splayMs, digest } = defaultSweepConfig.sweepPolicy;
  const fallback = { ...digest, timezone };
  return {
    concurrency: section.concurrency ?? concurrency,
    splayMs: section.splay ?? splayMs,
    digest: scheduleAt(file, 'sweep.digest', section.digest ?? {}, fallback),
  };
}

/** How far the file lets a sweep go by itself. Throws `UserErrors` for what cannot be used. */
export function readGuards(file: ConfigFile): Guards {
  const section = readSection(file, 'guards', GuardsSection, {
    settings: COUNT_MEND,
    share: SHARE_MEND,
    fewest: COUNT_MEND,
    failures: SHARE_MEND,
    flaps: 'Write {corrections: 3, within: 7d, rearm: 7d}.',
    'flaps.within': durationMend(FLAPS),
    'flaps.rearm': durationMend(FLAPS),
    previews: 'Write true or false.',
  });
  const { flaps, ...defaults } = defaultSweepConfig.guards;
  const { corrections, within, rearm } = section.flaps ?? {};
  return {
    settings: section.settings ?? defaults.settings,
    share: section.share ?? defaults.share,
    fewest: section.fewest ?? defaults.fewest,
    failures: section.failures ?? defaults.failures,
    previews: section.previews ?? defaults.previews,
    flaps: {
      corrections: corrections ?? flaps.corrections,
      withinMs: within ?? flaps.withinMs,
      rearmMs: rearm ?? flaps.rearmMs,
    },
  };
}
