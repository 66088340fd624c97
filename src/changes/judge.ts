import type { Actor, Role } from '../ctx.js';
import type { Approval, ChangeRequest, Vote } from './request.js';

/** Whether someone's vote counts, and why not. */
export type VoterJudgement =
  { readonly verdict: 'allowed' } | { readonly verdict: 'refused'; readonly because: string };

/** Whether a person may decide a request: an approver, and never the one who asked. */
export function judgeVoter(
  request: Pick<ChangeRequest, 'requestedBy' | 'approval'>,
  voter: Actor,
  roles: ReadonlySet<Role>,
): VoterJudgement {
  if (voter.id === request.requestedBy.id) {
    return { verdict: 'refused', because: 'You asked for this yourself; another person must decide.' };
  }
  if (!roles.has('approver')) {
    return { verdict: 'refused', because: 'You are not an approver of Plumbline; an approver must decide.' };
  }
  return { verdict: 'allowed' };
}

/** What the votes of a request come to. */
export type Judgement =
  | { readonly verdict: 'approved'; readonly by: readonly string[] }
  | { readonly verdict: 'denied'; readonly by: string; readonly because: string | null }
  | { readonly verdict: 'waiting'; readonly missing: number };

/** Counts people, not votes: one deny decides; the requester's own vote never counts. */
export function judge(approval: Approval, requester: Actor, votes: readonly Vote[]): Judgement {
  if (approval.kind === 'operator') return { verdict: 'approved', by: [requester.id] };
  const counted = votes.filter(({ voter }) => voter !== requester.id);
  const deny = counted.find(({ verdict }) => verdict === 'deny');
  if (deny !== undefined) return { verdict: 'denied', by: deny.voter, because: deny.reason };
  const by = [...new Set(counted.map(({ voter }) => voter))];
  if (by.length >= approval.needed) return { verdict: 'approved', by };
  return { verdict: 'waiting', missing: approval.needed - by.length };
}

/** Whether a person may ask for changes; where no requesters are named, everyone may. */
export function mayPropose(actor: Actor, roles: ReadonlySet<Role>, requesters: readonly string[]): boolean {
  return actor.kind === 'operator' || requesters.length === 0 || roles.size > 0;
}
