import { covers } from '../fleet/covers.js';
import type { Actor, Ctx, Pbx, Standing } from '../ctx.js';
import { UserError } from '../errors.js';
import type { Risk } from '../settings/setting.js';
import { activePeople } from './active-people.js';
import { idsOfRule, isGroupId, rulesFor, unsatisfiable } from './approval-rule.js';
import { type Facts, whoCanApprove } from './judge.js';
import { type Approval, approvalRulesOf, type ChangeRequest, type Content } from './request.js';

/** The PBXs a request would touch: those it writes, or those its rules are for. */
export function pbxsOf(ctx: Pick<Ctx, 'pbxs'>, content: Content): readonly Pbx[] {
  if (content.kind === 'settings') {
    const ids = new Set(content.parts.map(({ pbxId }) => pbxId));
    return ctx.pbxs.filter(({ id }) => ids.has(id));
  }
  const targets =
    content.kind === 'baseline'
      ? [...content.rules, ...(content.removed ?? [])].map(({ target }) => target)
      : [content.target];
  return ctx.pbxs.filter((pbx) => targets.some((target) => covers(target, pbx)));
}

/** Whose approval a request needs by the rules in force. */
export function approvalFor(
  ctx: Pick<Ctx, 'roles' | 'approvalRules' | 'pbxs'>,
  actor: Actor,
  risk: Risk,
  content: Content,
): Approval {
  if (actor.kind === 'operator' && ctx.roles.approvers.length === 0) {
    return { kind: 'operator', because: 'no approvers are configured' };
  }
  return { kind: 'people', rules: rulesFor(ctx.approvalRules, risk, pbxsOf(ctx, content)) };
}

/** What is known right now of the people who voted, and of `alsoIds`. Whoever cannot be looked up is left out. */
export async function factsOf(
  ctx: Pick<Ctx, 'roles' | 'directory' | 'now'>,
  request: Pick<ChangeRequest, 'votes' | 'round'>,
  known: ReadonlyMap<string, Standing> = new Map(),
): Promise<Facts> {
  const standings = new Map(known);
  const voters = request.votes.filter(({ round }) => round === request.round).map(({ voter }) => voter);
  for (const id of new Set(voters)) {
    if (standings.has(id)) continue;
    const standing = await ctx.directory.standing(id).catch(() => null);
    if (standing !== null) standings.set(id, standing);
  }
  return { roles: ctx.roles, standings, now: ctx.now() };
}

/** The Slack user ids of those who can still approve a request; user groups are looked up. */
export async function waitingFor(
  ctx: Pick<Ctx, 'roles' | 'directory' | 'now'>,
  request: ChangeRequest,
): Promise<readonly string[]> {
  const groups = approvalRulesOf(request)
    .flatMap((rule) => idsOfRule(rule, ctx.roles))
    .filter(isGroupId);
  const members = await membersOf(ctx, groups);
  const facts = await factsOf(ctx, request);
  return whoCanApprove(request, facts, (group) => members.get(group) ?? []);
}

/** Refuses a request that nobody could ever approve, with the rule's name. What cannot be looked up is not refused. */
export async function checkSatisfiable(
  ctx: Pick<Ctx, 'roles' | 'directory'>,
  request: Pick<ChangeRequest, 'approval' | 'requestedBy' | 'editors'>,
): Promise<void> {
  for (const rule of approvalRulesOf(request)) {
    const ids = idsOfRule(rule, ctx.roles);
    const members = await membersOf(ctx, ids.filter(isGroupId)).catch(() => null);
    if (members === null) continue;
    const people = ids.flatMap((id) => (isGroupId(id) ? (members.get(id) ?? []) : [id]));
    const involved = [request.requestedBy, ...request.editors].filter(({ kind }) => kind === 'slack');
    const others = people.filter((person) => involved.every(({ id }) => id !== person));
    const active = await activePeople(ctx, others, rule.approvals).catch(() => others);
    const fault = unsatisfiable(rule, active);
    if (fault === null) continue;
    const besides = request.editors.length === 0 ? 'you' : 'those who asked for it or edited it';
    throw new UserError('conflict', `${fault} besides ${besides}; nobody could ever approve this.`, {
      mend: 'An admin can add approvers, or change the rule in plumbline.yml.',
    });
  }
}

async function membersOf(
  ctx: Pick<Ctx, 'directory'>,
  groups: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const members = new Map<string, readonly string[]>();
  for (const group of new Set(groups)) members.set(group, await ctx.directory.members(group));
  return members;
}
