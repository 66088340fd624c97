import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judge, judgeVoter, mayPropose } from '../src/changes/judge.js';
import type { Approval, Vote } from '../src/changes/request.js';
import {
  type Event,
  isFinal,
  next,
  type State,
  states,
  unfinishedStates,
} from '../src/changes/transitions.js';
import type { Actor, Role } from '../src/ctx.js';
import { ANN, AT } from './helpers/rows.js';

const EVENTS: readonly Event[] = ['approve', 'deny', 'claim', 'succeed', 'fail'];
const FINAL: readonly State[] = ['applied', 'failed', 'denied'];
const OTHERS = ['U0BEN', 'U0CAT', 'U0DAN', 'U0EVE', 'U0FAY'];

const anyVerdict = fc.constantFrom<Vote['verdict']>('approve', 'deny');

function voteOf(voter: string, verdict: Vote['verdict']): Vote {
  return { voter, verdict, reason: verdict === 'deny' ? `${voter} says no` : null, at: AT };
}

/** Votes of some of the others, one a person, in any order. */
const anyVotes: fc.Arbitrary<readonly Vote[]> = fc
  .shuffledSubarray(OTHERS)
  .chain((voters) => fc.tuple(...voters.map((voter) => anyVerdict.map((verdict) => voteOf(voter, verdict)))));

const approvals = fc
  .shuffledSubarray(OTHERS)
  .map((voters) => voters.map((voter) => voteOf(voter, 'approve')));

const anyNeeded: fc.Arbitrary<Approval> = fc
  .integer({ min: 1, max: 3 })
  .map((needed) => ({ kind: 'people', needed }));

describe('the life of a request', () => {
  test('ends in a state that nothing leads out of', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...EVENTS), { maxLength: 30 }), (events) => {
        let state: State = 'pending';
        for (const event of events) {
          const after = next(state, event);
          if (FINAL.includes(state)) expect(after).toBeNull();
          state = after ?? state;
          expect(states).toContain(state);
        }
      }),
    );
    expect(states.filter(isFinal).toSorted()).toEqual([...FINAL].toSorted());
  });

  test('reaches every state, and can end from each', () => {
    const reach = (from: State): ReadonlySet<State> => {
      const seen = new Set<State>([from]);
      for (const state of seen) for (const event of EVENTS) seen.add(next(state, event) ?? state);
      return seen;
    };
    expect([...reach('pending')].toSorted()).toEqual([...states].toSorted());
    for (const state of states) expect([...reach(state)].some(isFinal), state).toBe(true);
  });

  test('is written to a PBX only after it was approved, and by one claim', () => {
    expect(next('pending', 'claim')).toBeNull();
    expect(next('denied', 'claim')).toBeNull();
    expect(next('approved', 'claim')).toBe('applying');
    expect(next('applying', 'claim')).toBeNull();
    expect(unfinishedStates).toEqual(['approved', 'applying']);
  });
});

describe('votes', () => {
  test('of the requester never matter', () => {
    fc.assert(
      fc.property(anyNeeded, anyVotes, anyVerdict, fc.nat(), (approval, votes, verdict, n) => {
        const at = n % (votes.length + 1);
        const withOwn = [...votes.slice(0, at), voteOf(ANN.id, verdict), ...votes.slice(at)];
        expect(judge(approval, ANN, withOwn)).toEqual(judge(approval, ANN, votes));
      }),
    );
  });

  test('come to the same in whatever order they are cast', () => {
    const shuffled = anyVotes.chain((votes) =>
      fc.shuffledSubarray([...votes], { minLength: votes.length }).map((other) => [votes, other] as const),
    );
    fc.assert(
      fc.property(anyNeeded, shuffled, (approval, [votes, other]) => {
        const [one, two] = [judge(approval, ANN, votes), judge(approval, ANN, other)];
        expect(two.verdict).toBe(one.verdict);
        if (one.verdict === 'waiting') expect(two).toEqual(one);
        if (one.verdict === 'approved' && two.verdict === 'approved') {
          expect([...two.by].toSorted()).toEqual([...one.by].toSorted());
        }
      }),
    );
  });

  test('with one deny among them deny, however many approve', () => {
    fc.assert(
      fc.property(anyNeeded, approvals, fc.nat(), (approval, votes, n) => {
        const at = n % (votes.length + 1);
        const denied = [...votes.slice(0, at), voteOf('U0GUS', 'deny'), ...votes.slice(at)];
        expect(judge(approval, ANN, denied)).toEqual({
          verdict: 'denied',
          by: 'U0GUS',
          because: 'U0GUS says no',
        });
      }),
    );
  });

  test('approve when enough people did, and say how many are missing until then', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), approvals, (needed, votes) => {
        const judgement = judge({ kind: 'people', needed }, ANN, votes);
        if (votes.length >= needed) {
          expect(judgement).toEqual({ verdict: 'approved', by: votes.map(({ voter }) => voter) });
        } else expect(judgement).toEqual({ verdict: 'waiting', missing: needed - votes.length });
      }),
    );
  });

  test('of one person count once, however often they are handed in', () => {
    const twice = [voteOf('U0BEN', 'approve'), voteOf('U0BEN', 'approve')];
    expect(judge({ kind: 'people', needed: 2 }, ANN, twice)).toEqual({ verdict: 'waiting', missing: 1 });
  });

  test('are not asked for where an operator has nobody to ask', () => {
    const operator: Actor = { kind: 'operator', id: 'root' };
    const approval: Approval = { kind: 'operator', because: 'no approvers are configured' };
    expect(judge(approval, operator, [])).toEqual({ verdict: 'approved', by: ['root'] });
  });
});

describe('a person', () => {
  const anyRoles = fc
    .subarray<Role>(['admin', 'approver', 'requester'])
    .map((roles): ReadonlySet<Role> => new Set(roles));

  test('decides as an approver, and never on a request of their own', () => {
    const request = { requestedBy: ANN, approval: { kind: 'people', needed: 1 } } as const;
    fc.assert(
      fc.property(fc.constantFrom(ANN.id, ...OTHERS), anyRoles, (id, roles) => {
        const judgement = judgeVoter(request, { kind: 'slack', id }, roles);
        expect(judgement.verdict === 'allowed').toBe(id !== ANN.id && roles.has('approver'));
        if (judgement.verdict === 'refused') expect(judgement.because).toMatch(/\.$/);
      }),
    );
  });

  test('may ask where nobody is named, and needs a role where somebody is', () => {
    fc.assert(
      fc.property(anyRoles, fc.subarray(OTHERS), (roles, requesters) => {
        expect(mayPropose(ANN, roles, requesters)).toBe(requesters.length === 0 || roles.size > 0);
        expect(mayPropose({ kind: 'operator', id: 'root' }, roles, requesters)).toBe(true);
      }),
    );
  });
});
