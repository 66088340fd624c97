import type { Desired, Rule } from '../baseline/rules.js';
import { type Observation, readingOf } from '../fleet/observation.js';
import type { WantedChange } from '../fleet/outcome.js';
import { getSetting } from '../settings/catalogue.js';
import { isSameValue } from '../settings/kind.js';
import type { Value } from '../settings/setting.js';

/** How one governed setting of one PBX compares with its rule. Only a drifted one carries a live value to correct from. */
export type Finding =
  | { readonly status: 'in-sync'; readonly rule: Rule }
  | { readonly status: 'drifted'; readonly rule: Rule; readonly live: Value }
  | { readonly status: 'unknown'; readonly rule: Rule; readonly because: string }
  | { readonly status: 'not-applicable'; readonly rule: Rule; readonly because: string }
  | { readonly status: 'waived'; readonly rule: Rule; readonly untilAt: string };

/** Compares what a PBX is held to with what was read from it. */
export function findingsOf(desired: readonly Desired[], observation: Observation): readonly Finding[] {
  return desired.map(({ rule, exception }) =>
    exception === undefined
      ? findingOf(rule, observation)
      : { status: 'waived', rule, untilAt: exception.untilAt },
  );
}

/** What a sweep would write: the drifted settings whose rule is enforced, each with the value it must still have. */
export function planOf(findings: readonly Finding[]): readonly WantedChange[] {
  return findings.flatMap((finding) =>
    finding.status === 'drifted' && finding.rule.mode === 'enforce'
      ? [{ key: finding.rule.key, expected: finding.live, value: finding.rule.value }]
      : [],
  );
}

function findingOf(rule: Rule, observation: Observation): Finding {
  const reading = readingOf(observation, rule.key);
  if (reading.status !== 'read') return { status: reading.status, rule, because: reading.because };
  const isSame = isSameValue(getSetting(rule.key), reading.value, rule.value);
  return isSame ? { status: 'in-sync', rule } : { status: 'drifted', rule, live: reading.value };
}
