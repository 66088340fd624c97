import type { Guards, Period, SweepPolicy } from './ctx.js';

const DAY_MS = 86_400_000;

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
