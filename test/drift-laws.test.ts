import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { covers } from '../src/fleet/covers.js';
import { desiredFor, type Desired, isSameDemand, withRules } from '../src/baseline/rules.js';
import { findingsOf, planOf } from '../src/drift/finding.js';
import { type Inspected, reportOf, verdictOf } from '../src/drift/report.js';
import { readingOf } from '../src/fleet/observation.js';
import {
  dropUnwanted,
  type Outcome,
  type OutcomeStatus,
  patchBody,
  prepare,
  settle,
  type WantedChange,
} from '../src/fleet/outcome.js';
import { getSetting, settings } from '../src/settings/catalogue.js';
import { isSameValue } from '../src/settings/kind.js';
import {
  anyChanges,
  anyExceptions,
  anyObservation,
  anyRules,
  observed,
  PBX,
} from './helpers/fleet-values.js';
import { AT } from './helpers/rows.js';

const NOW = new Date(AT);
const STATUSES: readonly OutcomeStatus[] = [
  'written',
  'unchanged',
  'moved',
  'ignored',
  'refused',
  'unsent',
  'unknown',
];

const anyDesired: fc.Arbitrary<readonly Desired[]> = fc
  .tuple(anyRules, anyExceptions)
  .map(([rules, exceptions]) => desiredFor({ version: 1, rules }, exceptions, PBX, NOW));

const same = (key: string, left: WantedChange['value'], right: WantedChange['value']): boolean =>
  isSameValue(getSetting(key), left, right);

describe('what a PBX is held to', () => {
  test('is one rule a setting: its own, else that of its first tag, else the one for all', () => {
    fc.assert(
      fc.property(anyRules, (rules) => {
        const desired = desiredFor({ version: 1, rules }, [], PBX, NOW);
        const keys = new Set(rules.filter(({ target }) => covers(target, PBX)).map(({ key }) => key));
        expect(new Set(desired.map(({ rule }) => rule.key))).toEqual(keys);
        expect(desired).toHaveLength(keys.size);
        for (const { rule } of desired) {
          const rivals = rules.filter(({ key }) => key === rule.key);
          const own = rivals.find(({ target }) => target === PBX.id);
          const tagged = PBX.tags.flatMap(
            (tag) => rivals.find(({ target }) => target === `tag:${tag}`) ?? [],
          );
          const all = rivals.find(({ target }) => target === 'all');
          if (own !== undefined) expect(rule).toBe(own);
          else expect(rule).toBe(tagged[0] ?? all);
        }
      }),
    );
  });

  test('is neither of two rules that differ where only tags decide, and that is said, not written', () => {
    fc.assert(
      fc.property(anyRules, anyObservation, (rules, observation) => {
        const desired = desiredFor({ version: 1, rules }, [], PBX, NOW);
        const findings = findingsOf(desired, observation);
        const planned = new Set(planOf(findings).map(({ key }) => key));
        for (const { rule, conflict } of desired) {
          const tagged = rules.filter(
            ({ key, target }) => key === rule.key && target.startsWith('tag:') && covers(target, PBX),
          );
          const isTorn = tagged.some((one) => tagged.some((other) => !isSameDemand(one, other)));
          expect(conflict !== undefined).toBe(isTorn && rule.target !== PBX.id);
          if (conflict === undefined) continue;
          expect(isSameDemand(rule, conflict)).toBe(false);
          const finding = findings.find((one) => one.rule === rule);
          expect(finding).toMatchObject({ status: 'unknown' });
          expect(finding).toHaveProperty('because', expect.stringContaining('contradict each other'));
          expect(planned.has(rule.key)).toBe(false);
        }
      }),
    );
  });

  test('does not depend on the order in which the rules stand', () => {
    const byKey = (desired: readonly Desired[]): unknown =>
      Object.fromEntries(desired.map(({ rule }) => [rule.key, rule]));
    fc.assert(
      fc.property(anyRules, (rules) => {
        const reversed = rules.toReversed();
        expect(byKey(desiredFor({ version: 1, rules: reversed }, [], PBX, NOW))).toEqual(
          byKey(desiredFor({ version: 1, rules }, [], PBX, NOW)),
        );
      }),
    );
  });

  test('is suspended by an exception of this PBX that has not ended, and by no other', () => {
    fc.assert(
      fc.property(anyRules, anyExceptions, (rules, exceptions) => {
        for (const { rule, exception } of desiredFor({ version: 1, rules }, exceptions, PBX, NOW)) {
          const running = exceptions.filter(
            ({ key, target, untilAt }) =>
              key === rule.key && covers(target, PBX) && Date.parse(untilAt) > +NOW,
          );
          if (exception === undefined) expect(running).toEqual([]);
          else expect(running).toContain(exception);
        }
      }),
    );
  });

  test('changes only for the setting and target of an added rule', () => {
    fc.assert(
      fc.property(anyRules, anyRules, (rules, added) => {
        const after = withRules(rules, added);
        expect(after).toEqual(expect.arrayContaining([...added]));
        const ids = after.map(({ key, target }) => `${key} ${target}`);
        expect(new Set(ids).size).toBe(ids.length);
        for (const rule of rules) {
          const isReplaced = added.some(({ key, target }) => key === rule.key && target === rule.target);
          expect(after.includes(rule)).toBe(!isReplaced || added.includes(rule));
        }
        expect(withRules(after, added)).toEqual(expect.arrayContaining([...after]));
      }),
    );
  });
});

describe('a plan', () => {
  test('writes what drifted and is enforced, with the live value expected, and nothing else', () => {
    fc.assert(
      fc.property(anyDesired, anyObservation, (desired, observation) => {
        const findings = findingsOf(desired, observation);
        const plan = planOf(findings);
        const wanted = findings.filter(({ status, rule }) => status === 'drifted' && rule.mode === 'enforce');
        expect(plan.map(({ key }) => key)).toEqual(wanted.map(({ rule }) => rule.key));
        for (const { key, expected, value } of plan) {
          expect(readingOf(observation, key)).toEqual({ status: 'read', value: expected });
          expect(same(key, expected, value)).toBe(false);
        }
      }),
    );
  });

  test('never holds what is unknown, not applicable or excepted', () => {
    fc.assert(
      fc.property(anyDesired, anyObservation, (desired, observation) => {
        const planned = new Set(planOf(findingsOf(desired, observation)).map(({ key }) => key));
        for (const { rule, exception, conflict } of desired) {
          const isRead = readingOf(observation, rule.key).status === 'read';
          if (!isRead || (exception ?? conflict) !== undefined) expect(planned.has(rule.key)).toBe(false);
        }
      }),
    );
  });

  test('that was carried out leaves nothing to do', () => {
    fc.assert(
      fc.property(anyDesired, anyObservation, (desired, observation) => {
        const plan = planOf(findingsOf(desired, observation));
        const written = plan.map(({ key, value }) => [key, { status: 'read', value }] as const);
        const after = observed({ ...observation.readings, ...Object.fromEntries(written) });
        expect(planOf(findingsOf(desired, after))).toEqual([]);
      }),
    );
  });
});

describe('a write', () => {
  const units = fc.constantFrom('all', 'each');
  const keysOf = (entries: readonly { readonly key: string }[]): readonly string[] =>
    entries.map(({ key }) => key).toSorted();

  test('gives every wanted change one end: it is sent, or has an outcome', () => {
    fc.assert(
      fc.property(
        anyChanges,
        anyObservation,
        units,
        fc.boolean(),
        (changes, observation, unit, isResumed) => {
          const { toWrite, outcomes } = prepare(changes, observation, unit, isResumed);
          expect(keysOf([...toWrite, ...outcomes])).toEqual(keysOf(changes));
        },
      ),
    );
  });

  test('sends only what was read and still has the expected value', () => {
    fc.assert(
      fc.property(
        anyChanges,
        anyObservation,
        units,
        fc.boolean(),
        (changes, observation, unit, isResumed) => {
          for (const { key, expected, value } of prepare(changes, observation, unit, isResumed).toWrite) {
            const reading = readingOf(observation, key);
            if (reading.status !== 'read') throw new Error(`${key} was not read`);
            expect(same(key, reading.value, expected)).toBe(true);
            expect(same(key, reading.value, value)).toBe(false);
          }
        },
      ),
    );
  });

  test('of a request sends nothing where one setting moved, is refused or unknown; a sweep sends the others', () => {
    fc.assert(
      fc.property(anyChanges, anyObservation, (changes, observation) => {
        const each = prepare(changes, observation, 'each', false);
        const all = prepare(changes, observation, 'all', false);
        const isHeldBack = each.outcomes.some(({ status }) =>
          ['moved', 'refused', 'unknown'].includes(status),
        );
        expect(all.toWrite).toEqual(isHeldBack ? [] : each.toWrite);
        const unsent = all.outcomes.filter(({ status }) => status === 'unsent');
        expect(keysOf(unsent)).toEqual(isHeldBack ? keysOf(each.toWrite) : []);
      }),
    );
  });

  test('that is taken up again counts what is already there as written', () => {
    fc.assert(
      fc.property(anyChanges, (changes) => {
        const there = changes.map(({ key, value }) => [key, { status: 'read', value }] as const);
        const statuses = (isResumed: boolean) =>
          prepare(changes, observed(Object.fromEntries(there)), 'all', isResumed).outcomes.map(
            ({ status }) => status,
          );
        expect(new Set(statuses(true))).toEqual(new Set(['written']));
        expect(new Set(statuses(false))).toEqual(new Set(['unchanged']));
      }),
    );
  });

  test('leaves out what is no longer wanted, and says so', () => {
    fc.assert(
      fc.property(anyChanges, anyObservation, fc.func(fc.boolean()), (changes, observation, isWanted) => {
        const prepared = prepare(changes, observation, 'each', false);
        const wanted = new Set(changes.map(({ key }) => key).filter((key) => isWanted(key)));
        const left = changes
          .filter(({ key }) => !wanted.has(key))
          .map(({ key }) => [key, 'not any more'] as const);
        const { toWrite, outcomes } = dropUnwanted(prepared, new Map(left));
        expect(toWrite).toEqual(prepared.toWrite.filter(({ key }) => wanted.has(key)));
        expect(keysOf([...toWrite, ...outcomes])).toEqual(keysOf(changes));
      }),
    );
  });

  test('counts as written only where reading back shows the value', () => {
    const accepted = { status: 'accepted' } as const;
    const ambiguous = { status: 'ambiguous', because: 'no answer' } as const;
    fc.assert(
      fc.property(anyChanges, anyObservation, (changes, after) => {
        for (const change of changes) {
          const reading = readingOf(after, change.key);
          const isThere = reading.status === 'read' && same(change.key, reading.value, change.value);
          const [sure, unsure] = [settle(change, accepted, after), settle(change, ambiguous, after)];
          expect(sure.status === 'written').toBe(isThere);
          expect(unsure.status).toBe(isThere ? 'written' : 'unknown');
          expect(sure.status === 'unknown').toBe(reading.status !== 'read');
          expect(settle(change, accepted, null).status).toBe('unknown');
          for (const status of ['refused', 'unsent'] as const) {
            expect(settle(change, { status, because: 'no' }, after)).toMatchObject({ status, because: 'no' });
          }
        }
      }),
    );
  });

  test('sends only what changes, and nested objects whole', () => {
    const live = {
      EnableChat: true,
      AutoSchedulerSettings: { Enabled: false, ProfileAway: 'Away', New: [1], '@odata.type': '#x' },
    };
    fc.assert(
      fc.property(anyChanges, (changes) => {
        const body = patchBody(changes, live);
        const properties = new Set(changes.map(({ key }) => getSetting(key).path[0]));
        expect(new Set(Object.keys(body))).toEqual(properties);
        for (const { key, value } of changes.filter((change) => !change.key.includes('.'))) {
          expect(body[key]).toBe(value);
        }
        const leaves = changes.filter(({ key }) => key.startsWith('AutoSchedulerSettings.'));
        const changed = leaves.map(({ key, value }) => [key.split('.')[1], value] as const);
        const whole = { Enabled: false, ProfileAway: 'Away', New: [1], ...Object.fromEntries(changed) };
        if (leaves.length > 0) expect(body['AutoSchedulerSettings']).toEqual(whole);
      }),
    );
    expect(live.AutoSchedulerSettings).toHaveProperty('@odata.type');
  });

  test('of a nested object that is not set makes a new one', () => {
    const change = { key: 'AutoSchedulerSettings.Enabled', expected: null, value: true };
    const whole = { AutoSchedulerSettings: { Enabled: true } };
    expect(patchBody([change], { AutoSchedulerSettings: null })).toEqual(whole);
    expect(patchBody([change], {})).toEqual(whole);
  });

  test('of a part of a nested object waits until the whole of it could be read', () => {
    const leaves = settings.filter(({ path }) => path.length > 1).map(({ key }) => key);
    const change = { key: 'AutoSchedulerSettings.Enabled', expected: null, value: true };
    const readings = Object.fromEntries(leaves.map((key) => [key, { status: 'read', value: null }] as const));
    expect(prepare([change], observed(readings), 'each', false).toWrite).toEqual([change]);
    const unread = {
      ...readings,
      'AutoSchedulerSettings.ProfileDND': { status: 'unknown', because: '?' } as const,
    };
    expect(prepare([change], observed(unread), 'each', false).outcomes).toMatchObject([
      { status: 'unknown' },
    ]);
  });
});

describe('a report', () => {
  const anyInspected: fc.Arbitrary<Inspected> = fc
    .tuple(
      anyDesired,
      anyObservation,
      fc.option(fc.constant('unreachable')),
      fc.infiniteStream(fc.constantFrom(...STATUSES)),
    )
    .map(([desired, observation, failure, statuses]) => {
      const findings = findingsOf(desired, observation);
      const outcomes = planOf(findings).map(({ key, expected, value }): Outcome => {
        const status = statuses.next().value;
        return { key, status: status ?? 'unknown', before: expected, value };
      });
      return { pbxId: PBX.id, findings, outcomes, failure };
    });

  test('counts every governed setting once', () => {
    fc.assert(
      fc.property(fc.array(anyInspected, { maxLength: 4 }), (inspected) => {
        const { counts, checked, pbxs } = reportOf(inspected);
        const sum = Object.values(counts).reduce((total, count) => total + count, 0);
        expect(sum).toBe(checked);
        expect(checked).toBe(inspected.flatMap(({ findings }) => findings).length);
        expect(pbxs).toBe(inspected.length);
      }),
    );
  });

  test('calls corrected only what was proven, and all well only what is known', () => {
    fc.assert(
      fc.property(fc.array(anyInspected, { maxLength: 4 }), (inspected) => {
        const report = reportOf(inspected);
        const proven = inspected
          .flatMap(({ outcomes }) => outcomes)
          .filter(({ status }) => status === 'written');
        expect(report.counts.corrected).toBe(proven.length);
        const { drifted, unknown } = report.counts;
        const isUnsure = unknown > 0 || inspected.some(({ failure }) => failure !== null);
        const isOff = drifted > 0 || report.counts['not-converged'] > 0;
        expect(verdictOf(report)).toBe(isOff ? 'drifted' : isUnsure ? 'unknown' : 'in-sync');
        expect(report.unreadablePbxs > 0).toBe(isUnsure);
      }),
    );
  });
});
