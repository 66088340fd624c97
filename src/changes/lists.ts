import type { Ctx } from '../ctx.js';
import { factsOf } from './approval.js';
import { type Facts, judge, judgeVoter } from './judge.js';
import { listDecided, listRequests } from './queries.js';
import type { ChangeRequest } from './request.js';
import { openStates } from './transitions.js';
import type { Actor, Standing } from '../ctx.js';

/**
 * The lists of requests: `mine` wait for this person's word, `asked` are their own, `decided` came to an end, `reviews`
 * were applied without approval and nobody has looked at them since, `open` are on their way.
 */
export const listNames = ['mine', 'asked', 'decided', 'reviews', 'open'] as const;

export type ListName = (typeof listNames)[number];

export interface ListQuery {
  readonly name: ListName;
  readonly person: { readonly actor: Actor; readonly standing: Standing };
  /** The number at which the page before ended: what is older follows. */
  readonly before?: number;
  /** The number with which the page after begins: what is newer comes before it. */
  readonly after?: number;
  readonly limit: number;
}

export interface ListPage {
  readonly requests: readonly ChangeRequest[];
  /** The number to go on with as `before`, or null where nothing is older. */
  readonly older: number | null;
  /** The number to go on with as `after`, or null where nothing is newer. */
  readonly newer: number | null;
}

type Part = Pick<ListQuery, 'before' | 'after' | 'limit'>;

const STEP = 50;
/** A list that has to judge every request looks at so many of them at a time. */
const MOST_JUDGED = 500;

/** One page of a list of requests, newest first. */
export async function listPage(ctx: Ctx, query: ListQuery): Promise<ListPage> {
  const { name, person, limit } = query;
  const part: Part = { ...partOf(query), limit: limit + 1 };
  switch (name) {
    case 'mine':
      return waitingPage(ctx, query);
    case 'asked':
      return pageOf(await listRequests(ctx.db, { ...part, requestedBy: person.actor }), query);
    case 'decided':
      return pageOf(await listDecided(ctx.db, part), query);
    case 'reviews':
      return pageOf(await listRequests(ctx.db, { ...part, isReviewOpen: true }), query);
    case 'open':
      return pageOf(await listRequests(ctx.db, { ...part, states: openStates }), query);
  }
}

/** Whether a request waits for a person's word: it may count for a rule that still lacks approvals, and is not given yet. */
export function waitsFor(request: ChangeRequest, personId: string, facts: Facts): boolean {
  if (request.state !== 'pending') return false;
  const voter = judgeVoter(request, personId, facts);
  if (voter.verdict === 'refused') return false;
  const { votes, rules } = judge(request, facts);
  const hasVoted = votes.some(
    ({ vote, judgement }) => vote.voter === personId && judgement.verdict === 'allowed',
  );
  const lacking = rules.filter(({ missing }) => missing > 0).map(({ rule }) => rule.name);
  return !hasVoted && voter.rules.some((rule) => lacking.includes(rule.name));
}

async function waitingPage(ctx: Ctx, query: ListQuery): Promise<ListPage> {
  const { person, limit, after } = query;
  const found: ChangeRequest[] = [];
  let [at, looked, isEnd] = [partOf(query), 0, false];
  while (found.length <= limit && looked < MOST_JUDGED && !isEnd) {
    const pending = await listRequests(ctx.db, { ...at, states: ['pending'], limit: STEP });
    const inOrder = after === undefined ? pending : pending.toReversed();
    for (const request of inOrder) {
      const facts = await factsOf(ctx, request, new Map([[person.actor.id, person.standing]]));
      if (waitsFor(request, person.actor.id, facts)) found.push(request);
    }
    const last = inOrder.at(-1)?.number;
    if (last !== undefined) at = after === undefined ? { before: last } : { after: last };
    looked += inOrder.length;
    isEnd = pending.length < STEP;
  }
  const page = pageOf(after === undefined ? found : found.toReversed(), query);
  if (isEnd || found.length > limit) return page;
  // Not all pending requests were looked at: the next page goes on where this one stopped.
  return { ...page, older: at.before ?? page.older, newer: at.after ?? page.newer };
}

function partOf({ before, after }: ListQuery): { before?: number; after?: number } {
  if (after !== undefined) return { after };
  return before === undefined ? {} : { before };
}

/** A page of what was found, newest first, of which one request too many says that there are more. */
function pageOf(found: readonly ChangeRequest[], { before, after, limit }: ListQuery): ListPage {
  const hasMore = found.length > limit;
  const requests = after === undefined ? found.slice(0, limit) : found.slice(-limit);
  const [first, last] = [requests.at(0)?.number ?? null, requests.at(-1)?.number ?? null];
  const isFirst = after === undefined ? before === undefined : !hasMore;
  const isLast = after === undefined && !hasMore;
  return { requests, older: isLast ? null : last, newer: isFirst ? null : first };
}
