import fc from 'fast-check';
import type { Exception, Mode, Rule } from '../../src/baseline/rules.js';
import type { Observation, Reading } from '../../src/fleet/observation.js';
import type { WantedChange } from '../../src/fleet/outcome.js';
import { settings } from '../../src/settings/catalogue.js';
import type { Setting } from '../../src/settings/setting.js';
import { AT } from './rows.js';
import { valueOf } from './values.js';

const NOW = Date.parse(AT);
const TARGETS = ['all', 'tag:emea', 'tag:lab', 'tag:apac', 'hq', 'branch'];

export const PBX = { id: 'hq', tags: ['emea', 'lab'] };

/** A PBX of which these readings are known, and nothing else. */
export function observed(readings: Readonly<Record<string, Reading>>): Observation {
  return { pbxId: PBX.id, at: AT, version: '20.0.10', readings, properties: {} };
}

const anyReading = (setting: Setting): fc.Arbitrary<Reading> =>
  fc.oneof(
    { weight: 4, arbitrary: valueOf(setting, true).map((value): Reading => ({ status: 'read', value })) },
    fc.constantFrom<Reading>(
      { status: 'unknown', because: 'no answer' },
      { status: 'not-applicable', because: 'too old' },
    ),
  );

/** What may be known of a PBX: any setting read, unknown, not applicable or not even asked for. */
export const anyObservation: fc.Arbitrary<Observation> = fc
  .subarray([...settings])
  .chain((some) =>
    fc.tuple(...some.map((setting) => anyReading(setting).map((reading) => [setting.key, reading] as const))),
  )
  .map((entries) => observed(Object.fromEntries(entries)));

const ruleFor = (setting: Setting): fc.Arbitrary<Rule> =>
  fc.record({
    key: fc.constant(setting.key),
    value: valueOf(setting, true),
    mode: fc.constantFrom<Mode>('enforce', 'ask', 'report'),
    target: fc.constantFrom(...TARGETS),
  });

/** Rules as a baseline holds them: one per setting and target. */
export const anyRules: fc.Arbitrary<readonly Rule[]> = fc.uniqueArray(
  fc.constantFrom(...settings.slice(0, 12)).chain(ruleFor),
  { selector: ({ key, target }) => `${key} ${target}`, maxLength: 30 },
);

const exceptionFor = (setting: Setting): fc.Arbitrary<Exception> =>
  fc.record({
    key: fc.constant(setting.key),
    target: fc.constantFrom('hq', 'branch', 'tag:emea', 'tag:none', 'all'),
    untilAt: fc.integer({ min: -3, max: 3 }).map((days) => new Date(NOW + days * 86_400_000).toISOString()),
    owner: fc.constant('U0ANN'),
    reason: fc.constant('fair'),
  });

/** Exceptions, ended and running, of this PBX and of another. */
export const anyExceptions: fc.Arbitrary<readonly Exception[]> = fc.array(
  fc.constantFrom(...settings.slice(0, 12)).chain(exceptionFor),
  { maxLength: 12 },
);

/** Changes of different settings from one value to another. */
export const anyChanges: fc.Arbitrary<readonly WantedChange[]> = fc
  .subarray([...settings], { minLength: 1, maxLength: 8 })
  .chain((some) =>
    fc.tuple(
      ...some.map((setting) =>
        fc
          .tuple(valueOf(setting, true), valueOf(setting, false))
          .map(([expected, value]): WantedChange => ({ key: setting.key, expected, value })),
      ),
    ),
  );
