import { covers } from '../fleet/covers.js';
import type { ApprovalRule, Pbx, Roles } from '../ctx.js';
import type { Risk } from '../settings/setting.js';

const HOUR_MS = 3_600_000;

export type { ApprovalRule } from '../ctx.js';

/** What a rule has where the configuration does not say it. */
export const ruleDefaults = {
  risks: ['low', 'medium', 'high'],
  target: 'all',
  from: ['approvers'],
  isVeto: true,
  waitMs: 72 * HOUR_MS,
  validMs: 24 * HOUR_MS,
  stopsOnFailure: true,
} as const satisfies Omit<ApprovalRule, 'name' | 'approvals'>;

/** The rules in force after all configured ones: two people for a high risk, one for any other. */
export const defaultRules: readonly ApprovalRule[] = [
  { ...ruleDefaults, name: 'default for high risk', risks: ['high'], approvals: 2 },
  { ...ruleDefaults, name: 'default', risks: ['low', 'medium'], approvals: 1 },
];

/**
 * The rules a request must satisfy, all of them: per PBX the first that is for its risk and covers it. The default rules
 * come last, so there is always one.
 */
export function rulesFor(
  configured: readonly ApprovalRule[],
  risk: Risk,
  pbxs: readonly Pick<Pbx, 'id' | 'tags'>[],
): readonly ApprovalRule[] {
  const rules = [...configured, ...defaultRules].filter(({ risks }) => risks.includes(risk));
  const first = (isFor: (rule: ApprovalRule) => boolean): readonly ApprovalRule[] =>
    rules.filter(isFor).slice(0, 1);
  if (pbxs.length === 0) return first(({ target }) => target === 'all');
  return [...new Set(pbxs.flatMap((pbx) => first(({ target }) => covers(target, pbx))))];
}

/** The Slack user ids and user group ids a rule's `from` means, role names resolved. */
export function idsOfRule(rule: Pick<ApprovalRule, 'from'>, roles: Roles): readonly string[] {
  const resolve = (entry: string): readonly string[] => {
    if (entry === 'approvers') return roles.approvers;
    return entry === 'admins' ? roles.admins : [entry];
  };
  return [...new Set(rule.from.flatMap(resolve))];
}

/** Whether an id names a Slack user group rather than a person. */
export function isGroupId(id: string): boolean {
  return id.startsWith('S');
}

/** Why nobody could ever satisfy a rule, or null. `people` are those whose approval counts, each once. */
export function unsatisfiable(rule: ApprovalRule, people: readonly string[]): string | null {
  const count = new Set(people).size;
  if (count >= rule.approvals) return null;
  const who = count === 0 ? 'nobody may approve' : `only ${count} may approve`;
  return `The approval rule “${rule.name}” needs ${rule.approvals} ${rule.approvals === 1 ? 'approval' : 'approvals'}, but ${who}`;
}
