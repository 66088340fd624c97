import { factsOf, waitingFor } from '../changes/approval.js';
import { idsOfRule } from '../changes/approval-rule.js';
import { judge } from '../changes/judge.js';
import { approvalRulesOf, type ChangeRequest } from '../changes/request.js';
import type { Ctx } from '../ctx.js';
import type { CardFacts } from './blocks/card-facts.js';
import { targetName } from './blocks/change-words.js';

type FactsCtx = Pick<Ctx, 'pbxs' | 'roles' | 'directory' | 'now' | 'log'>;

/**
 * Looks up what the messages about a request show beside the request: the judgement of its votes, as a click would be
 * judged now or, where it is decided, was judged then; and who can still approve it.
 */
export async function gatherFacts(ctx: FactsCtx, request: ChangeRequest): Promise<CardFacts> {
  const { roles } = ctx;
  const now = request.decidedAt === null ? ctx.now() : new Date(request.decidedAt);
  const judgement = judge(request, { ...(await factsOf(ctx, request)), now });
  const nameOf = (pbxId: string): string => ctx.pbxs.find(({ id }) => id === pbxId)?.name ?? pbxId;
  return {
    name: targetName(request.target, nameOf),
    nameOf,
    judgement,
    waitingFor: await whoIsWaitedFor(ctx, request),
    approvers: roles.approvers,
    hasBreakGlass: roles.breakGlass.length > 0,
  };
}

/** Where Slack cannot say who is in a group, the group itself is named. */
async function whoIsWaitedFor(ctx: FactsCtx, request: ChangeRequest): Promise<readonly string[]> {
  if (request.state !== 'pending' || request.blocked !== null) return [];
  try {
    return await waitingFor(ctx, request);
  } catch (error) {
    ctx.log.warn({ err: error, request: request.id }, 'who can approve could not be looked up');
    const named = approvalRulesOf(request).flatMap((rule) => idsOfRule(rule, ctx.roles));
    return [...new Set(named)].filter((id) => id !== request.requestedBy.id);
  }
}
