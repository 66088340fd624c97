import type { Pbx } from '../ctx.js';
import type { Value } from '../settings/setting.js';

/** What to do about drift: correct it, correct it once someone approves, or only say so. */
export type Mode = 'enforce' | 'ask' | 'report';

export const modes: readonly Mode[] = ['enforce', 'ask', 'report'];

/** The value a setting is to have on the PBXs of a target (`hq`, `tag:emea` or `all`). */
export interface Rule {
  readonly key: string;
  readonly value: Value;
  readonly mode: Mode;
  readonly target: string;
}

/** One numbered, immutable version of all rules; version 0 is the empty one before the first. */
export interface Baseline {
  readonly version: number;
  readonly rules: readonly Rule[];
}

/** A rule suspended on one PBX until a time. */
export interface Exception {
  readonly key: string;
  readonly pbxId: string;
  readonly untilAt: string;
  readonly owner: string;
  readonly reason: string;
}

/** What a PBX is held to for one setting, and the exception that suspends it, if any. */
export interface Desired {
  readonly rule: Rule;
  readonly exception?: Exception;
}

export const emptyBaseline: Baseline = { version: 0, rules: [] };

/**
 * What a PBX is held to: per setting the rule of the nearest target. The PBX itself is nearer than its tags, of which the
 * first is nearest, and these are nearer than `all`.
 */
export function desiredFor(
  baseline: Baseline,
  exceptions: readonly Exception[],
  pbx: Pick<Pbx, 'id' | 'tags'>,
  now: Date,
): readonly Desired[] {
  const nearest = new Map<string, Rule>();
  for (const rule of baseline.rules) {
    const known = nearest.get(rule.key);
    if (!covers(rule.target, pbx)) continue;
    if (known === undefined || distance(rule.target, pbx) < distance(known.target, pbx)) {
      nearest.set(rule.key, rule);
    }
  }
  return [...nearest.values()].map((rule) => {
    const exception = exceptions.find(
      ({ key, pbxId, untilAt }) => key === rule.key && pbxId === pbx.id && untilAt > now.toISOString(),
    );
    return exception === undefined ? { rule } : { rule, exception };
  });
}

/** The rules with some added; a rule for the same setting and target is replaced, all others stay. */
export function withRules(rules: readonly Rule[], added: readonly Rule[]): readonly Rule[] {
  const idOf = ({ key, target }: Rule): string => `${target} ${key}`;
  const replaced = new Set(added.map(idOf));
  return [...rules.filter((rule) => !replaced.has(idOf(rule))), ...added];
}

/** The rules without some, named by setting and target. */
export function withoutRules(
  rules: readonly Rule[],
  removed: readonly Pick<Rule, 'key' | 'target'>[],
): readonly Rule[] {
  return rules.filter(
    (rule) => !removed.some(({ key, target }) => key === rule.key && target === rule.target),
  );
}

/** Whether a target means this PBX. */
export function covers(target: string, pbx: Pick<Pbx, 'id' | 'tags'>): boolean {
  if (target === 'all') return true;
  return target.startsWith('tag:') ? pbx.tags.includes(target.slice('tag:'.length)) : target === pbx.id;
}

function distance(target: string, pbx: Pick<Pbx, 'tags'>): number {
  if (target === 'all') return Number.POSITIVE_INFINITY;
  return target.startsWith('tag:') ? 1 + pbx.tags.indexOf(target.slice('tag:'.length)) : 0;
}
