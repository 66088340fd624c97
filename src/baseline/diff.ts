import { getSetting } from '../settings/catalogue.js';
import { isSameValue } from '../settings/kind.js';
import type { Rule } from './rules.js';

/** How many rules a version has otherwise than the one before it. */
export interface DiffCounts {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
}

/** Names a rule of the baseline: there is one per setting and target. */
export interface RuleName {
  readonly key: string;
  readonly target: string;
}

/** What leads from one set of rules to another. */
export interface BaselineDiff {
  readonly added: readonly Rule[];
  readonly changed: readonly { readonly before: Rule; readonly after: Rule }[];
  readonly removed: readonly Rule[];
}

/** What is to be done to `from` so that it says what `to` says, whatever the order of the rules. */
export function diffRules(from: readonly Rule[], to: readonly Rule[]): BaselineDiff {
  const before = new Map(from.map((rule) => [nameOf(rule), rule]));
  const after = new Map(to.map((rule) => [nameOf(rule), rule]));
  return {
    added: to.filter((rule) => !before.has(nameOf(rule))),
    changed: to.flatMap((rule) => {
      const known = before.get(nameOf(rule));
      return known === undefined || isSameRule(known, rule) ? [] : [{ before: known, after: rule }];
    }),
    removed: from.filter((rule) => !after.has(nameOf(rule))),
  };
}

/** Whether two sets of rules say the same. */
export function isSameBaseline({ added, changed, removed }: BaselineDiff): boolean {
  return added.length + changed.length + removed.length === 0;
}

/** A diff as the content of a request: what to add or replace, and what to remove. */
export function changeOf({ added, changed, removed }: BaselineDiff): {
  readonly rules: readonly Rule[];
  readonly removed: readonly RuleName[];
} {
  return {
    rules: [...added, ...changed.map(({ after }) => after)],
    removed: removed.map(({ key, target }) => ({ key, target })),
  };
}

/** Of each version, newest first and none left out, what it has otherwise than the one before it. */
export function countsOf(versions: readonly { readonly rules: readonly Rule[] }[]): readonly DiffCounts[] {
  return versions.map(({ rules }, index) => {
    const { added, changed, removed } = diffRules(versions[index + 1]?.rules ?? [], rules);
    return { added: added.length, changed: changed.length, removed: removed.length };
  });
}

/** Whether two rules for one setting and target say the same in everything. */
export function isSameRule(one: Rule, other: Rule): boolean {
  return (
    one.mode === other.mode &&
    (one.severity ?? 'warning') === (other.severity ?? 'warning') &&
    (one.reason ?? '') === (other.reason ?? '') &&
    isSameValue(getSetting(one.key), one.value, other.value)
  );
}

function nameOf({ key, target }: RuleName): string {
  return `${target} ${key}`;
}
