import { record } from '../audit/record.js';
import { type Actor, type ApprovalRule, type Ctx, type Roles, timestamp } from '../ctx.js';
import { UserError } from '../errors.js';
import { takeTurn } from '../storage/turn.js';
import { activePeople } from './active-people.js';
import { defaultRules, idsOfRule, isGroupId } from './approval-rule.js';
import { checkRules, type RuleFault } from './rule-check.js';
import { deleteRuleFault, listRuleFaults, saveRuleFault } from './rule-fault-store.js';

const SYSTEM: Actor = { kind: 'system', id: 'plumbline' };

/**
 * Looks whether every rule can still be satisfied by the people there are: user groups are looked up, deactivated accounts
 * and bots do not count. What has changed since the last look is recorded and told. A rule of which something cannot be
 * looked up stays as it was known.
 */
export async function watchRules(ctx: Ctx): Promise<void> {
  const { faults, unknown } = await lookAtRules(ctx);
  await ctx.db.transaction().execute(async (tx) => {
    await takeTurn(tx);
    const known = await listRuleFaults(tx);
    const at = timestamp(ctx);
    for (const { rule, because } of faults) {
      const before = known.find((one) => one.rule === rule.name);
      if (before?.because === because) continue;
      await saveRuleFault(tx, { rule: rule.name, because, since: before?.since ?? at });
      const subject = { kind: 'rule', id: rule.name } as const;
      await record(tx, { at, actor: SYSTEM, action: 'rule.unsatisfiable', subject, detail: { because } });
    }
    for (const { rule, since } of known) {
      if (faults.some((fault) => fault.rule.name === rule) || unknown.has(rule)) continue;
      await deleteRuleFault(tx, rule);
      const subject = { kind: 'rule', id: rule } as const;
      await record(tx, { at, actor: SYSTEM, action: 'rule.satisfiable', subject, detail: { since } });
    }
  });
  await ctx.announce.rules();
}

/** Refuses rules that nobody can satisfy right now, naming the first. What cannot be looked up is not refused. */
export async function refuseUnsatisfiable(ctx: Ctx): Promise<void> {
  const { faults } = await lookAtRules(ctx);
  const [first] = faults;
  if (first === undefined) return;
  throw new UserError('invalid', `${first.because}.`, {
    field: first.rule.name,
    mend: 'Add people to its user groups in Slack or to the approvers, or change the rule in plumbline.yml.',
  });
}

interface RuleLook {
  readonly faults: readonly RuleFault[];
  /** Names of rules of which something could not be looked up. */
  readonly unknown: ReadonlySet<string>;
}

async function lookAtRules(ctx: Pick<Ctx, 'approvalRules' | 'roles' | 'directory'>): Promise<RuleLook> {
  const rules = [...ctx.approvalRules, ...defaultRules];
  // So many people satisfy any rule, so that no more of a group need to be looked up.
  const enough = Math.max(...rules.map(({ approvals }) => approvals));
  const people = await lookUp(ctx, [...new Set(rules.flatMap((rule) => idsOfRule(rule, ctx.roles)))], enough);
  const isGone = (id: string): boolean => !isGroupId(id) && people.get(id)?.length === 0;
  const faults = checkRules(
    ctx.approvalRules.map((rule) => ({ ...rule, from: rule.from.filter((id) => !isGone(id)) })),
    withoutPeople(ctx.roles, isGone),
    (group) => people.get(group) ?? null,
  );
  const isUnknown = (rule: ApprovalRule): boolean =>
    idsOfRule(rule, ctx.roles).some((id) => people.get(id) === null);
  const unknown = rules.filter(isUnknown).map(({ name }) => name);
  return { faults: faults.filter(({ rule }) => !unknown.includes(rule.name)), unknown: new Set(unknown) };
}

/** By user or user group id: the active people it means, at most `enough`; null where that cannot be known. */
async function lookUp(
  ctx: Pick<Ctx, 'directory'>,
  ids: readonly string[],
  enough: number,
): Promise<ReadonlyMap<string, readonly string[] | null>> {
  const found = new Map<string, readonly string[] | null>();
  for (const id of ids) {
    try {
      const members = isGroupId(id) ? await ctx.directory.members(id) : [id];
      found.set(id, await activePeople(ctx, members, enough));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      found.set(id, null);
    }
  }
  return found;
}

function withoutPeople(roles: Roles, isGone: (id: string) => boolean): Roles {
  const present = (ids: readonly string[]): readonly string[] => ids.filter((id) => !isGone(id));
  return { ...roles, admins: present(roles.admins), approvers: present(roles.approvers) };
}
