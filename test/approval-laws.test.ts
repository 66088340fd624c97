import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ApprovalRule } from '../src/changes/approval-rule.js';
import { type Facts, judge, judgeVoter, whoCanApprove } from '../src/changes/judge.js';
import type { ChangeRequest, Vote } from '../src/changes/request.js';
import type { Actor, Standing } from '../src/ctx.js';
import { requestOf, RULE } from './helpers/rows.js';

const HOUR_MS = 3_600_000;
const NOW = Date.parse('2026-03-02T10:00:00.000Z');
const PEOPLE = ['U0ANN', 'U0BEN', 'U0CAT', 'U0DAN', 'U0EVE', 'U0FAY', 'U0GUS'];
const GROUPS = ['S0ONE', 'S0TWO'];
const FROM = ['approvers', 'admins', ...GROUPS, 'U0CAT', 'U0DAN'];

/** A workspace: who is in which group, who is active, and of whom Slack says nothing. */
interface Place {
  readonly facts: Facts;
  readonly membersOf: (groupId: string) => readonly string[];
}

interface Case extends Place {
  readonly request: ChangeRequest;
}

const anyRule: fc.Arbitrary<ApprovalRule> = fc.record({
  name: fc.constantFrom('one', 'two', 'three', 'four'),
  risks: fc.constant(RULE.risks),
  target: fc.constant('all'),
  approvals: fc.integer({ min: 1, max: 3 }),
  from: fc.subarray(FROM, { minLength: 1 }),
  isVeto: fc.boolean(),
  waitMs: fc.constant(72 * HOUR_MS),
  validMs: fc.constantFrom(HOUR_MS, 24 * HOUR_MS),
  stopsOnFailure: fc.boolean(),
});

const anyRules = fc.uniqueArray(anyRule, { selector: ({ name }) => name, minLength: 1, maxLength: 3 });

const anyVote: fc.Arbitrary<Vote> = fc.record({
  round: fc.constantFrom(1, 2, 2, 2),
  voter: fc.constantFrom(...PEOPLE),
  verdict: fc.constantFrom<Vote['verdict']>('approve', 'approve', 'approve', 'deny'),
  reason: fc.constantFrom(null, 'so'),
  at: fc.integer({ min: -30, max: 0 }).map((hours) => new Date(NOW + hours * HOUR_MS).toISOString()),
});

/** As the database keeps them: one vote a person and round. */
const anyVotes = fc.uniqueArray(anyVote, { selector: ({ voter, round }) => `${voter} ${round}` });

const slack = (id: string): Actor => ({ kind: 'slack', id });

const anyPlace: fc.Arbitrary<Place> = fc
  .record({
    members: fc.tuple(fc.subarray(PEOPLE), fc.subarray(PEOPLE)),
    inactive: fc.subarray(PEOPLE, { maxLength: 2 }),
    unknown: fc.subarray(PEOPLE, { maxLength: 1 }),
    admins: fc.subarray([...PEOPLE, ...GROUPS], { maxLength: 3 }),
    approvers: fc.subarray([...PEOPLE, ...GROUPS], { maxLength: 5 }),
  })
  .map(({ members, inactive, unknown, admins, approvers }) => {
    const membersOf = (group: string): readonly string[] => members[GROUPS.indexOf(group)] ?? [];
    const standingOf = (id: string): Standing => ({
      isActive: !inactive.includes(id),
      ids: new Set([id, ...GROUPS.filter((group) => membersOf(group).includes(id))]),
    });
    const known = PEOPLE.filter((id) => !unknown.includes(id));
    const standings = new Map(known.map((id) => [id, standingOf(id)] as const));
    const roles = { admins, approvers, requesters: [], breakGlass: [] };
    return { facts: { roles, standings, now: new Date(NOW) }, membersOf };
  });

const anyCase: fc.Arbitrary<Case> = fc
  .tuple(anyPlace, anyRules, anyVotes, fc.subarray(PEOPLE, { maxLength: 2 }))
  .map(([place, rules, votes, editors]) => ({
    ...place,
    request: requestOf(1, {
      round: 2,
      editors: editors.map(slack),
      approval: { kind: 'people', rules },
      votes,
    }),
  }));

const withVotes = (request: ChangeRequest, votes: readonly Vote[]): ChangeRequest => ({ ...request, votes });

const isInvolved = ({ requestedBy, editors }: ChangeRequest, id: string): boolean =>
  [requestedBy, ...editors].some((actor) => actor.id === id);

function law(holds: (one: Case) => void): void {
  fc.assert(fc.property(anyCase, holds), { numRuns: 500 });
}

test('an approval never takes an approval back, and neither does one that does not count', () => {
  fc.assert(
    fc.property(anyCase, anyVote, ({ request, facts }, vote) => {
      fc.pre(!request.votes.some(({ voter, round }) => voter === vote.voter && round === vote.round));
      const before = judge(request, facts);
      const after = judge(withVotes(request, [...request.votes, vote]), facts);
      if (before.verdict === 'approved' && vote.verdict === 'approve') expect(after.verdict).toBe('approved');
      if (before.verdict === 'denied') expect(after.verdict).toBe('denied');
      const isCounted = judgeVoter(request, vote.voter, facts).verdict === 'allowed' && vote.round === 2;
      if (!isCounted) expect(after.verdict).toBe(before.verdict);
      if (after.verdict === 'denied' && before.verdict !== 'denied') expect(vote.verdict).toBe('deny');
    }),
    { numRuns: 500 },
  );
});

test('a person who approves again or after all never makes less of it', () => {
  law(({ request, facts }) => {
    fc.pre(judge(request, facts).verdict === 'approved');
    for (const vote of request.votes) {
      const again: Vote = { ...vote, verdict: 'approve', at: new Date(NOW).toISOString() };
      const votes = [...request.votes.filter((other) => other !== vote), again];
      expect(judge(withVotes(request, votes), facts).verdict).toBe('approved');
    }
  });
});

test('the votes of the one who asked and of editors never matter', () => {
  law(({ request, facts }) => {
    const others = request.votes.filter(({ voter }) => !isInvolved(request, voter));
    const [all, without] = [judge(request, facts), judge(withVotes(request, others), facts)];
    const { votes: _, ...verdict } = all;
    const { votes: __, ...same } = without;
    expect(verdict).toEqual(same);
    for (const { vote, judgement } of all.votes) {
      if (isInvolved(request, vote.voter)) expect(judgement.verdict).toBe('refused');
    }
  });
});

test('deactivated accounts, people nobody can look up and outsiders never count', () => {
  law(({ request, facts }) => {
    const judgement = judge(request, facts);
    const counted = judgement.rules.flatMap(({ by }) => by);
    for (const id of counted) expect(facts.standings.get(id)?.isActive).toBe(true);
    for (const { vote, judgement: voter } of judgement.votes) {
      if (voter.verdict === 'refused') {
        const { refusal } = voter;
        const standing = facts.standings.get(vote.voter);
        if (refusal === 'unknown') expect(standing).toBeUndefined();
        if (refusal === 'inactive') expect(standing?.isActive).toBe(false);
        expect(voter.because).toMatch(/\.$/);
      }
    }
    if (judgement.verdict === 'denied') {
      expect(judgeVoter(request, judgement.by, facts).verdict).toBe('allowed');
    }
  });
});

test('a person counts once for a rule, under however many roles and in however many groups', () => {
  law(({ request, facts }) => {
    const doubled = request.votes.flatMap((vote) => [vote, vote]);
    const one = judge(request, facts);
    const two = judge(withVotes(request, doubled), facts);
    expect(two.rules).toEqual(one.rules);
    expect(two.verdict).toBe(one.verdict);
    for (const { by } of one.rules) expect(new Set(by).size).toBe(by.length);
  });
});

test('votes come to the same in whatever order they are read', () => {
  const shuffled = anyCase.chain((one) =>
    fc
      .shuffledSubarray([...one.request.votes], { minLength: one.request.votes.length })
      .map((votes) => [one, votes] as const),
  );
  fc.assert(
    fc.property(shuffled, ([{ request, facts }, votes]) => {
      expect(judge(withVotes(request, votes), facts)).toEqual(judge(request, facts));
    }),
    { numRuns: 500 },
  );
});

test('an approval that is older than its rule lets it be never counts for it', () => {
  law(({ request, facts }) => {
    for (const { rule, by } of judge(request, facts).rules) {
      for (const id of by) {
        const vote = request.votes.find(({ voter, round }) => voter === id && round === request.round);
        expect(NOW - Date.parse(vote?.at ?? '')).toBeLessThan(rule.validMs);
      }
    }
  });
});

test('time takes approvals away and never adds one', () => {
  fc.assert(
    fc.property(anyCase, fc.nat(48), ({ request, facts }, hours) => {
      const later = { ...facts, now: new Date(NOW + hours * HOUR_MS) };
      if (judge(request, later).verdict === 'approved') {
        expect(judge(request, facts).verdict).toBe('approved');
      }
    }),
    { numRuns: 500 },
  );
});

test('with several rules all of them must be satisfied, each by people it names', () => {
  law(({ request, facts }) => {
    const judgement = judge(request, facts);
    for (const { rule, by, missing } of judgement.rules) {
      expect(missing).toBe(Math.max(0, rule.approvals - by.length));
      for (const id of by) {
        const voter = judgeVoter(request, id, facts);
        expect(voter.verdict === 'allowed' && voter.rules.includes(rule)).toBe(true);
      }
    }
    const missing = Math.max(...judgement.rules.map((progress) => progress.missing));
    if (judgement.verdict === 'approved') expect(missing).toBe(0);
    if (judgement.verdict === 'waiting') expect(judgement.missing).toBe(missing);
    if (missing === 0) expect(judgement.verdict).not.toBe('waiting');
  });
});

test('one deny is enough where a rule makes it a veto, and otherwise as many as would have to approve', () => {
  law(({ request, facts }) => {
    const judgement = judge(request, facts);
    const isAgainst = ({ rule }: { readonly rule: ApprovalRule }): boolean => {
      const against = judgement.votes.filter(
        ({ vote, judgement: voter }) =>
          vote.verdict === 'deny' && voter.verdict === 'allowed' && voter.rules.includes(rule),
      );
      return against.length >= (rule.isVeto ? 1 : rule.approvals);
    };
    expect(judgement.verdict === 'denied').toBe(judgement.rules.some(isAgainst));
  });
});

test('those a request waits for could all approve it, and never are those who asked, edited or approved', () => {
  law(({ request, facts, membersOf }) => {
    const named = whoCanApprove(request, facts, membersOf);
    const { rules, verdict } = judge(request, facts);
    if (verdict !== 'waiting') expect(named).toEqual([]);
    expect(new Set(named).size).toBe(named.length);
    for (const id of named) {
      expect(isInvolved(request, id)).toBe(false);
      expect(facts.standings.get(id)?.isActive).not.toBe(false);
      const unsatisfied = rules.filter(({ missing, by }) => missing > 0 && !by.includes(id));
      expect(unsatisfied.length).toBeGreaterThan(0);
      const voter = judgeVoter(request, id, facts);
      if (facts.standings.has(id)) expect(voter.verdict).toBe('allowed');
    }
  });
});

test('a request is approved once all it waits for approve, unless nobody ever could satisfy a rule', () => {
  law(({ request, facts, membersOf }) => {
    const named = whoCanApprove(request, facts, membersOf);
    fc.pre(judge(request, facts).verdict === 'waiting');
    const at = new Date(NOW).toISOString();
    const votes = [
      ...request.votes.filter(({ voter, round }) => !(named.includes(voter) && round === request.round)),
      ...named.map((voter): Vote => ({ round: request.round, voter, verdict: 'approve', reason: null, at })),
    ];
    const after = judge(withVotes(request, votes), facts);
    const able = (rule: ApprovalRule): readonly string[] =>
      PEOPLE.filter((id) => {
        const voter = judgeVoter(request, id, facts);
        return voter.verdict === 'allowed' && voter.rules.includes(rule);
      });
    const isPossible = after.rules.every(({ rule }) => able(rule).length >= rule.approvals);
    expect(after.verdict).toBe(isPossible ? 'approved' : 'waiting');
  });
});
