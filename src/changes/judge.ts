import { type Actor, type Role, type Roles, type Standing } from '../ctx.js';
import { type ApprovalRule, idsOfRule } from './approval-rule.js';
import { approvalRulesOf, type ChangeRequest, type Vote, votesNow } from './request.js';

type Judged = Pick<ChangeRequest, 'requestedBy' | 'editors' | 'approval' | 'round' | 'votes'>;

/** What a judgement rests on besides the request: who holds which role, who the voters are right now, and the time. */
export interface Facts {
  readonly roles: Roles;
  /** By Slack user id; of somebody who is missing nobody knows what they may do, so their vote does not count. */
  readonly standings: ReadonlyMap<string, Standing>;
  readonly now: Date;
}

/** Why a person's word does not count. */
export type Refusal = 'requester' | 'editor' | 'inactive' | 'outsider' | 'unknown' | 'lapsed';

/** Whether someone's vote counts, for which rules, and why not. */
export type VoterJudgement =
  | { readonly verdict: 'allowed'; readonly rules: readonly ApprovalRule[] }
  | { readonly verdict: 'refused'; readonly refusal: Refusal; readonly because: string };

/**
 * Whether a person may decide a request. Never the one who asked, never one who edited it, never a deactivated account or
 * a bot; and only whom a rule names, by Slack user id or user group.
 */
export function judgeVoter(
  request: Judged,
  voterId: string,
  facts: Pick<Facts, 'roles' | 'standings'>,
): VoterJudgement {
  if (isPerson(request.requestedBy, voterId)) return refused('requester');
  if (request.editors.some((editor) => isPerson(editor, voterId))) return refused('editor');
  const standing = facts.standings.get(voterId);
  if (standing === undefined) return refused('unknown');
  if (!standing.isActive) return refused('inactive');
  const rules = approvalRulesOf(request).filter((rule) =>
    idsOfRule(rule, facts.roles).some((id) => standing.ids.has(id)),
  );
  return rules.length === 0 ? refused('outsider') : { verdict: 'allowed', rules };
}

/** A vote with whether it counts. */
export interface JudgedVote {
  readonly vote: Vote;
  readonly judgement: VoterJudgement;
}

/** How far one rule is. */
export interface RuleProgress {
  readonly rule: ApprovalRule;
  /** Slack user ids of those whose approval counts for it. */
  readonly by: readonly string[];
  readonly missing: number;
}

/** What the votes of a request come to. */
export type Judgement = { readonly votes: readonly JudgedVote[]; readonly rules: readonly RuleProgress[] } & (
  | { readonly verdict: 'approved'; readonly by: readonly string[] }
  | { readonly verdict: 'denied'; readonly by: string; readonly because: string | null }
  | { readonly verdict: 'waiting'; readonly missing: number }
);

/**
 * Judges the votes of a request's round: the one function that decides whether it is approved, whoever asks and whenever.
 * It counts people, not votes, and every rule of the request for itself.
 */
export function judge(request: Judged, facts: Facts): Judgement {
  const votes = votesNow(request)
    .toSorted(byTime)
    .map((vote) => ({ vote, judgement: judgeVote(request, vote, facts) }));
  const { approval } = request;
  if (approval.kind !== 'people') {
    return { verdict: 'approved', by: [request.requestedBy.id], votes, rules: [] };
  }
  const denial = denialOf(approval.rules, votes);
  const rules = approval.rules.map((rule) => progressOf(rule, votes));
  if (denial !== undefined)
    return { verdict: 'denied', by: denial.voter, because: denial.reason, votes, rules };
  const missing = Math.max(0, ...rules.map((progress) => progress.missing));
  if (missing > 0 || rules.length === 0)
    return { verdict: 'waiting', missing: Math.max(1, missing), votes, rules };
  return { verdict: 'approved', by: [...new Set(rules.flatMap(({ by }) => by))], votes, rules };
}

/** Votes come to the same in whatever order they are read. */
function byTime(one: Vote, other: Vote): number {
  const key = ({ at, voter, verdict, reason }: Vote): string => JSON.stringify([at, voter, verdict, reason]);
  return key(one) < key(other) ? -1 : 1;
}

function judgeVote(request: Judged, vote: Vote, facts: Facts): VoterJudgement {
  const voter = judgeVoter(request, vote.voter, facts);
  if (voter.verdict === 'refused' || vote.verdict === 'deny') return voter;
  const age = facts.now.getTime() - Date.parse(vote.at);
  const rules = voter.rules.filter(({ validMs }) => age < validMs);
  return rules.length === 0 ? refused('lapsed') : { verdict: 'allowed', rules };
}

function countedFor(
  rule: ApprovalRule,
  votes: readonly JudgedVote[],
  verdict: Vote['verdict'],
): readonly Vote[] {
  const counted = votes.filter(
    ({ vote, judgement }) =>
      vote.verdict === verdict &&
      judgement.verdict === 'allowed' &&
      judgement.rules.some(({ name }) => name === rule.name),
  );
  const first = new Map<string, Vote>();
  for (const { vote } of counted) if (!first.has(vote.voter)) first.set(vote.voter, vote);
  return [...first.values()];
}

function progressOf(rule: ApprovalRule, votes: readonly JudgedVote[]): RuleProgress {
  const denied = new Set(countedFor(rule, votes, 'deny').map(({ voter }) => voter));
  const by = countedFor(rule, votes, 'approve')
    .map(({ voter }) => voter)
    .filter((voter) => !denied.has(voter));
  return { rule, by, missing: Math.max(0, rule.approvals - by.length) };
}

/** The deny that ends a request: any one where it is a veto, else the one with which enough people are against it. */
function denialOf(rules: readonly ApprovalRule[], votes: readonly JudgedVote[]): Vote | undefined {
  for (const rule of rules) {
    const against = countedFor(rule, votes, 'deny');
    const denial = against[rule.isVeto ? 0 : rule.approvals - 1];
    if (denial !== undefined) return denial;
  }
  return undefined;
}

/**
 * The Slack user ids of those who can still approve: whom an unsatisfied rule names, without the one who asked, editors
 * and those who approved already. `membersOf` gives the active members of a user group.
 */
export function whoCanApprove(
  request: Judged,
  facts: Facts,
  membersOf: (groupId: string) => readonly string[],
): readonly string[] {
  const { rules, verdict } = judge(request, facts);
  if (verdict !== 'waiting') return [];
  const named = rules.flatMap(({ rule, by, missing }) => {
    if (missing === 0) return [];
    const ids = idsOfRule(rule, facts.roles).flatMap((id) => (id.startsWith('S') ? membersOf(id) : [id]));
    return ids.filter((id) => !by.includes(id));
  });
  return [...new Set(named)].filter(
    (id) =>
      !isPerson(request.requestedBy, id) &&
      !request.editors.some((editor) => isPerson(editor, id)) &&
      facts.standings.get(id)?.isActive !== false,
  );
}

/** Whether a person may ask for changes; where no requesters are named, everyone may. */
export function mayPropose(actor: Actor, roles: ReadonlySet<Role>, requesters: readonly string[]): boolean {
  return actor.kind === 'operator' || requesters.length === 0 || roles.size > 0;
}

function isPerson(actor: Actor, slackId: string): boolean {
  return actor.kind === 'slack' && actor.id === slackId;
}

const REFUSALS: Readonly<Record<Refusal, string>> = {
  requester: 'You asked for this yourself; another person must decide.',
  editor: 'You edited this request yourself; another person must decide.',
  inactive: 'A deactivated account or a bot cannot decide.',
  outsider: 'You are not an approver for this request; an approver must decide.',
  unknown: 'Slack could not say who you are right now; nothing was done. Try again.',
  lapsed: 'This approval is too old to count; approve once more.',
};

function refused(refusal: Refusal): VoterJudgement {
  return { verdict: 'refused', refusal, because: REFUSALS[refusal] };
}
