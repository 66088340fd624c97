import type { ApprovalRule, Pbx, Roles } from '../ctx.js';
import type { Risk } from '../settings/setting.js';
import { defaultRules, idsOfRule, isGroupId, unsatisfiable } from './approval-rule.js';

/** A rule nobody could ever satisfy, and why, as a sentence without its full stop. */
export interface RuleFault {
  readonly rule: ApprovalRule;
  readonly because: string;
}

/** A rule that is never the first for anything, and the rules that are first instead. */
export interface Shadow {
  readonly rule: ApprovalRule;
  readonly by: readonly ApprovalRule[];
}

/**
 * The rules in force that nobody could ever satisfy, default rules included where a request may still come to them.
 * `membersOf` gives a user group's members, or null where they are not known; a rule with such a group is not faulted.
 */
export function checkRules(
  rules: readonly ApprovalRule[],
  roles: Roles,
  membersOf: (groupId: string) => readonly string[] | null,
): readonly RuleFault[] {
  return [...rules, ...defaultsAfter(rules)].flatMap((rule) => {
    const people = peopleOf(idsOfRule(rule, roles), membersOf);
    const because = people === null ? null : unsatisfiable(rule, people);
    return because === null ? [] : [{ rule, because }];
  });
}

/** The rules no request can come to, because for each of their risks an earlier rule is for the same target or a wider one. */
export function shadowedRules(
  rules: readonly ApprovalRule[],
  pbxs: readonly Pick<Pbx, 'id' | 'tags'>[],
): readonly Shadow[] {
  return rules.flatMap((rule, index) => {
    const earlier = rules.slice(0, index);
    const firsts = rule.risks.map((risk) =>
      earlier.find((other) => other.risks.includes(risk) && isWithin(rule.target, other.target, pbxs)),
    );
    const by = firsts.filter((first) => first !== undefined);
    return by.length < firsts.length ? [] : [{ rule, by: [...new Set(by)] }];
  });
}

/** The default rules with a risk for which no configured rule is for all PBXs. */
function defaultsAfter(rules: readonly ApprovalRule[]): readonly ApprovalRule[] {
  const isTaken = (risk: Risk): boolean =>
    rules.some(({ risks, target }) => target === 'all' && risks.includes(risk));
  return defaultRules.filter(({ risks }) => !risks.every(isTaken));
}

function peopleOf(
  ids: readonly string[],
  membersOf: (groupId: string) => readonly string[] | null,
): readonly string[] | null {
  const people: string[] = [];
  for (const id of ids) {
    const members = isGroupId(id) ? membersOf(id) : [id];
    if (members === null) return null;
    people.push(...members);
  }
  return people;
}

function isWithin(inner: string, outer: string, pbxs: readonly Pick<Pbx, 'id' | 'tags'>[]): boolean {
  if (outer === 'all' || outer === inner) return true;
  const pbx = pbxs.find(({ id }) => id === inner);
  return pbx !== undefined && pbx.tags.some((tag) => outer === `tag:${tag}`);
}
