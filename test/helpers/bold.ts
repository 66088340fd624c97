import { defaultSweepConfig } from '../../src/config-sweep.js';

/** Guards that hold nothing back, for tests of something else. */
export const BOLD = {
  ...defaultSweepConfig.guards,
  settings: 1_000_000,
  share: 1,
  fewest: 1_000_000,
  previews: false,
  flaps: { corrections: 1_000_000, withinMs: 1, rearmMs: 1 },
};
