import type { Desired, Rule } from '../baseline/rules.js';
import type { Author } from '../fleet/author.js';
import { type Observation, readingOf } from '../fleet/observation.js';
import type { WantedChange } from '../fleet/outcome.js';
import { getSetting } from '../settings/catalogue.js';
import { isSameValue } from '../settings/kind.js';
import type { Value } from '../settings/setting.js';

/** How one governed setting of one PBX compares with its rule. Only a drifted one carries a live value to correct from. */
export type Finding =
  | { readonly status: 'in-sync'; readonly rule: Rule }
  | { readonly status: 'drifted'; readonly rule: Rule; readonly live: Value; readonly author?: Author }
  | { readonly status: 'unknown'; readonly rule: Rule; readonly because: string }
  | { readonly status: 'not-applicable'; readonly rule: Rule; readonly because: string }
  | { readonly status: 'waived'; readonly rule: Rule; readonly untilAt: string }
  | { readonly status: 'skipped'; readonly rule: Rule; readonly because: string };

export type Drifted = Extract<Finding, { readonly status: 'drifted' }>;

/** Compares what a PBX is held to with what was read from it. */
export function findingsOf(desired: readonly Desired[], observation: Observation): readonly Finding[] {
  return desired.map(({ rule, exception, conflict }) => {
    if (exception !== undefined) return { status: 'waived', rule, untilAt: exception.untilAt };
    return conflict === undefined ? findingOf(rule, observation) : contradiction(rule, conflict);
  });
}

/** What is said of a PBX that is not looked at on purpose. */
export function skippedFindings(desired: readonly Desired[], because: string): readonly Finding[] {
  return desired.map(({ rule }) => ({ status: 'skipped', rule, because }));
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

/** Only tags that were given to a PBX later can bring two such rules together; publishing refuses them. */
function contradiction(rule: Rule, other: Rule): Finding {
  const because = `the rules for ${rule.target} and ${other.target} contradict each other, so neither is applied; a rule for the PBX itself would settle it`;
  return { status: 'unknown', rule, because };
}
