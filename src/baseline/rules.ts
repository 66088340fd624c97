import type { Pbx } from '../ctx.js';
import { covers } from '../fleet/covers.js';
import { getSetting } from '../settings/catalogue.js';
import { isSameValue } from '../settings/kind.js';
import type { Value } from '../settings/setting.js';

/** What to do about drift: correct it, correct it once someone approves, or only say so. */
export type Mode = 'enforce' | 'ask' | 'report';

export const modes: readonly Mode[] = ['enforce', 'ask', 'report'];

/** How bad it is where a rule is not kept; `warning` where a rule does not say. */
export type Severity = 'info' | 'warning' | 'critical';

export const severities: readonly Severity[] = ['info', 'warning', 'critical'];

/** The value a setting is to have on the PBXs of a target (`hq`, `tag:emea` or `all`). */
export interface Rule {
  readonly key: string;
  readonly value: Value;
  readonly mode: Mode;
  readonly target: string;
  /** Why the rule is there, for reports. */
  readonly reason?: string;
  readonly severity?: Severity;
}

/** One numbered, immutable version of all rules; version 0 is the empty one before the first. */
export interface Baseline {
  readonly version: number;
  readonly rules: readonly Rule[];
}

/** The rules of one setting, suspended on the PBXs of a target until a time. */
export interface Exception {
  readonly key: string;
  /** A PBX id, `tag:NAME` or `all`. */
  readonly target: string;
  readonly untilAt: string;
  readonly owner: string;
  readonly reason: string;
}

/** What a PBX is held to for one setting, and the exception that suspends it, if any. */
export interface Desired {
  readonly rule: Rule;
  readonly exception?: Exception;
  /** A rule of equal rank, for another tag of the PBX, that asks for something else: neither can be kept. */
  readonly conflict?: Rule;
}

export const emptyBaseline: Baseline = { version: 0, rules: [] };

/**
 * What a PBX is held to: per setting the rule of the narrowest target. A rule for the PBX itself wins over one for a tag,
 * which wins over one for `all`. Two tags rank equal: where their rules differ the PBX is held to neither (`conflict`).
 */
export function desiredFor(
  baseline: Baseline,
  exceptions: readonly Exception[],
  pbx: Pick<Pbx, 'id' | 'tags'>,
  now: Date,
): readonly Desired[] {
  const nearest = new Map<string, Rule[]>();
  for (const rule of baseline.rules) {
    if (!covers(rule.target, pbx)) continue;
    const known = nearest.get(rule.key) ?? [];
    const step = breadth(rule.target) - breadth(known[0]?.target ?? rule.target);
    if (step <= 0) nearest.set(rule.key, step < 0 || known.length === 0 ? [rule] : [...known, rule]);
  }
  const inOrder = (rules: readonly Rule[]): readonly Rule[] =>
    rules.toSorted((one, two) => pbx.tags.indexOf(tagOf(one)) - pbx.tags.indexOf(tagOf(two)));
  return [...nearest.values()].flatMap((rules) => heldTo(inOrder(rules), exceptions, pbx, now));
}

function heldTo(
  [rule, ...equals]: readonly Rule[],
  exceptions: readonly Exception[],
  pbx: Pick<Pbx, 'id' | 'tags'>,
  now: Date,
): readonly Desired[] {
  if (rule === undefined) return [];
  const other = equals.find((equal) => !isSameDemand(rule, equal));
  const exception = exceptions.find(
    ({ key, target, untilAt }) => key === rule.key && covers(target, pbx) && untilAt > now.toISOString(),
  );
  return [
    {
      rule,
      ...(exception === undefined ? {} : { exception }),
      ...(other === undefined ? {} : { conflict: other }),
    },
  ];
}

/** Whether two rules of one setting ask the same of a PBX. */
export function isSameDemand(one: Rule, other: Rule): boolean {
  return one.mode === other.mode && isSameValue(getSetting(one.key), one.value, other.value);
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

function tagOf({ target }: Rule): string {
  return target.slice('tag:'.length);
}

/** The rank of a target: 0 for a PBX, 1 for a tag, 2 for `all`; the lowest wins. */
export function breadth(target: string): number {
  if (target === 'all') return 2;
  return target.startsWith('tag:') ? 1 : 0;
}
