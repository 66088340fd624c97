import { z } from 'zod';
import { ruleDefaults } from './changes/approval-rule.js';
import { checkRules, type RuleFault, shadowedRules } from './changes/rule-check.js';
import { fileFault, gatherFaults } from './config-faults.js';
import { type ConfigFile, hasSection, listOfSection, type PbxConfig, readEntry } from './config-file.js';
import { NOT_AN_ID, SLACK_ID } from './config-roles.js';
import {
  DAY_MS,
  durationMend,
  durationWithin,
  MINUTE_MS,
  type Span,
  targetAmong,
  targetMends,
  targetsOf,
} from './config-values.js';
import type { ApprovalRule, Roles } from './ctx.js';
import { UserError } from './errors.js';

const WAIT: Span = { leastMs: 5 * MINUTE_MS, mostMs: 90 * DAY_MS, words: ['5 minutes', '90 days'] };

/** A rule and where the file has it. */
interface Entry {
  readonly at: string;
  readonly rule: ApprovalRule;
}

const Name = z
  .string()
  .trim()
  .min(1)
  .max(80, 'must have at most 80 characters')
  .regex(/^(?!default)/i, 'must not begin with “default”, like the rules that follow all others');

const Risk = z.enum(['low', 'medium', 'high']);

const Risks = z
  .union([Risk, z.array(Risk).min(1)], { error: 'must be low, medium or high, or a list of these' })
  .transform((risk) => [...new Set([risk].flat())]);

const Whose = z
  .string()
  .refine((entry) => entry === 'approvers' || entry === 'admins' || SLACK_ID.test(entry), {
    error: ({ input }) => `is “${String(input)}”, which ${NOT_AN_ID}, nor approvers or admins`,
  });

const Duration = durationWithin(WAIT);

const MENDS = {
  name: 'Give it a short name; messages call the rule by it.',
  risk: 'Write risk: high or risk: [low, medium]; leave it out for all risks.',
  approvals: 'Write how many people must approve, from 1 to 20.',
  from: 'Write a list of approvers, admins, and ids such as U0123456789 or S0123456789 (Profile > ... > Copy member ID).',
  veto: 'Write true where one deny ends a request, else false.',
  wait: durationMend(WAIT),
  valid: durationMend(WAIT),
  stopOnFailure: 'Write true where the first PBX that fails ends a roll-out, else false.',
};

/**
 * The approval rules of the file, in its order. Throws `UserErrors` for everything that is wrong, rules that no request
 * can come to and rules that nobody can satisfy included. `pbxs` or `roles` are null where they have faults of their own.
 */
export function readApprovalRules(
  file: ConfigFile,
  pbxs: readonly PbxConfig[] | null,
  roles: Roles | null,
): readonly ApprovalRule[] {
  const faults = gatherFaults();
  const list = listOfSection(file, 'approvals', 'Begin every rule with a hyphen.');
  const entries = list.flatMap((value, index): readonly Entry[] => {
    const at = `approvals.${index}`;
    const rule = faults.attempt(() => readRule(file, at, value, pbxs));
    return rule === null ? [] : [{ at, rule }];
  });
  const isWhole = entries.length === list.length;
  const found = [
    ...doubleNames(file, entries),
    ...shadows(file, entries, pbxs ?? []),
    ...(roles === null ? [] : unsatisfied(file, entries, roles, isWhole)),
  ];
  for (const fault of found) faults.keep(fault);
  faults.raise();
  return entries.map(({ rule }) => rule);
}

function readRule(
  file: ConfigFile,
  at: string,
  value: unknown,
  pbxs: readonly PbxConfig[] | null,
): ApprovalRule {
  const targets = targetsOf(pbxs);
  const rule = readEntry(file, at, ruleSchema(targets), value, { ...MENDS, ...targetMends(targets) });
  return {
    name: rule.name,
    risks: rule.risk,
    target: rule.target,
    approvals: rule.approvals,
    from: rule.from,
    isVeto: rule.veto,
    waitMs: rule.wait,
    validMs: rule.valid,
    stopsOnFailure: rule.stopOnFailure,
  };
}

/** An approval rule as the file has it. Where `targets` are null any target will do. */
export function ruleSchema(targets: readonly string[] | null) {
  return z.strictObject({
    name: Name.describe('What messages call the rule.'),
    risk: Risks.default([...ruleDefaults.risks]).describe(
      'The risks it is for: low, medium, high or a list of these; default all.',
    ),
    target: targetAmong(targets)
      .prefault(ruleDefaults.target)
      .describe('The PBXs it is for: a PBX, tag:NAME or all; default all.'),
    approvals: z.number().int().min(1).max(20).describe('How many people must approve.'),
    from: z
      .array(Whose)
      .min(1)
      .default([...ruleDefaults.from])
      .describe(
        'Whose approval counts: approvers, admins, Slack user ids and user group ids; default approvers.',
      ),
    veto: z.boolean().default(ruleDefaults.isVeto).describe('Whether one deny ends a request; default true.'),
    wait: Duration.default(ruleDefaults.waitMs).describe('How long a request waits; default 72h.'),
    valid: Duration.default(ruleDefaults.validMs).describe('How long an approval counts; default 24h.'),
    stopOnFailure: z
      .boolean()
      .default(ruleDefaults.stopsOnFailure)
      .describe('Whether the first PBX that fails ends a roll-out over several; default true.'),
  });
}

function doubleNames(file: ConfigFile, entries: readonly Entry[]): readonly UserError[] {
  const names = entries.map(({ rule }) => rule.name.toLowerCase());
  return entries
    .filter(({ rule }, index) => names.indexOf(rule.name.toLowerCase()) < index)
    .map(({ at, rule }) =>
      fileFault(file.path, `${at}.name`, `is “${rule.name}”, as another rule is named`, MENDS.name),
    );
}

function shadows(
  file: ConfigFile,
  entries: readonly Entry[],
  pbxs: readonly PbxConfig[],
): readonly UserError[] {
  const rules = entries.map(({ rule }) => rule);
  return shadowedRules(rules, pbxs).map(({ rule, by }) => {
    const earlier = by.map(({ name }) => `“${name}”`).join(' and ');
    const what = `can never apply: ${earlier} ${by.length === 1 ? 'comes' : 'come'} before “${rule.name}” and ${by.length === 1 ? 'covers' : 'cover'} all of it`;
    return fileFault(file.path, placeOf(entries, rule), what, `Move it before ${earlier}, or remove it.`);
  });
}

/** Nobody needs to satisfy a rule where no approvers are named: without Slack the operator's own act counts. */
function unsatisfied(
  file: ConfigFile,
  entries: readonly Entry[],
  roles: Roles,
  isWhole: boolean,
): readonly UserError[] {
  if (roles.approvers.length === 0) return [];
  const rules = entries.map(({ rule }) => rule);
  const isSure = ({ rule }: RuleFault): boolean => isWhole || rules.includes(rule);
  return checkRules(rules, roles, () => null)
    .filter(isSure)
    .map(({ rule, because }) => {
      if (!rules.includes(rule)) return defaultFault(file, rule, because);
      const mend = 'Add approvers, or let the rule need fewer.';
      return fileFault(file.path, placeOf(entries, rule), `cannot be satisfied. ${because}`, mend);
    });
}

function defaultFault(file: ConfigFile, { risks }: ApprovalRule, because: string): UserError {
  const risk = risks.length === 1 ? risks.join('') : `[${risks.join(', ')}]`;
  const example = `{name: One person is enough, risk: ${risk}, approvals: 1}`;
  const where = hasSection(file, 'approvals') ? `under approvals: - ${example}` : `approvals: [${example}]`;
  return new UserError('invalid', `${because}.`, {
    field: 'approvals',
    mend: `Add approvers, or write a rule for this risk that needs fewer. In ${file.path} write ${where}`,
  });
}

function placeOf(entries: readonly Entry[], rule: ApprovalRule): string {
  return entries.find((entry) => entry.rule === rule)?.at ?? 'approvals';
}
