import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Facts, judge, judgeVoter, mayPropose } from '../src/changes/judge.js';
import { type Vote, votesNow } from '../src/changes/request.js';
import {
  type Event,
  isFinal,
  next,
  openStates,
  type State,
  states,
  unfinishedStates,
} from '../src/changes/transitions.js';
import type { Role, Standing } from '../src/ctx.js';
import { ANN, AT, requestOf, RULE } from './helpers/rows.js';

const EVENTS: readonly Event[] = [
  'approve',
  'deny',
  'withdraw',
  'expire',
  'break-glass',
  'revise',
  'void',
  'claim',
  'succeed',
  'fail',
];
const FINAL: readonly State[] = ['applied', 'failed', 'denied', 'withdrawn', 'expired'];
const ROLES = { admins: [], approvers: ['U0BEN', 'S0TEAM'], requesters: [], breakGlass: [] };

describe('the life of a request', () => {
  test('ends in a state that nothing leads out of', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...EVENTS), { maxLength: 40 }), (events) => {
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
    const claimable = states.filter((state) => next(state, 'claim') !== null);
    expect(claimable).toEqual(['approved']);
    expect(next('approved', 'claim')).toBe('applying');
    for (const event of ['succeed', 'fail'] as const) {
      const from = states.filter((state) => next(state, event) !== null);
      expect(from).toContain('applying');
      expect(from.includes('pending')).toBe(false);
    }
    expect(unfinishedStates).toEqual(['approved', 'applying']);
    expect(openStates).toEqual(['pending', 'approved', 'applying']);
  });

  test('goes back to where people are asked when its plan is void or edited, and only there they are asked', () => {
    for (const state of states) {
      for (const event of ['void', 'revise'] as const) {
        const after = next(state, event);
        if (after !== null) expect(after, `${state} ${event}`).toBe('pending');
      }
      for (const event of ['approve', 'deny', 'expire', 'break-glass', 'revise'] as const) {
        expect(next(state, event) !== null, `${state} ${event}`).toBe(state === 'pending');
      }
    }
    expect(states.filter((state) => next(state, 'void') !== null)).toEqual([...openStates]);
  });

  test('can be taken back until its writing begins, and not after', () => {
    expect(states.filter((state) => next(state, 'withdraw') !== null)).toEqual(['pending', 'approved']);
  });
});

const standing = (id: string, ...groups: readonly string[]): readonly [string, Standing] => [
  id,
  { isActive: true, ids: new Set([id, ...groups]) },
];

const FACTS: Facts = {
  roles: ROLES,
  standings: new Map([
    standing('U0ANN', 'S0TEAM'),
    standing('U0BEN', 'S0TEAM'),
    standing('U0CAT', 'S0TEAM'),
    standing('U0DAN'),
    ['U0GUS', { isActive: false, ids: new Set(['U0GUS', 'S0TEAM']) }],
  ]),
  now: new Date(Date.parse(AT) + 60_000),
};

const voteOf = (voter: string, verdict: Vote['verdict'] = 'approve', round = 1): Vote => ({
  round,
  voter,
  verdict,
  reason: verdict === 'deny' ? `${voter} says no` : null,
  at: AT,
});

describe('a person', () => {
  const editor = { kind: 'slack', id: 'U0CAT' } as const;

  test.each([
    ['U0ANN', 'requester', 'the one who asked'],
    ['U0CAT', 'editor', 'whoever edited it'],
    ['U0GUS', 'inactive', 'a deactivated account, whatever groups it is still in'],
    ['U0DAN', 'outsider', 'somebody no rule names'],
    ['U0HAL', 'unknown', 'somebody of whom Slack says nothing'],
  ])('%s may not decide: %s (%s)', (id, refusal) => {
    const judged = judgeVoter(requestOf(1, { editors: [editor] }), id, FACTS);
    expect(judged).toMatchObject({ verdict: 'refused', refusal });
    if (judged.verdict === 'refused') expect(judged.because).toMatch(/^[A-Z].*\.$/);
  });

  test('may decide where a rule names their id or a group they are in, and the answer says for which rules', () => {
    const own = { ...RULE, name: 'own', from: ['U0DAN'] };
    const request = requestOf(1, { approval: { kind: 'people', rules: [RULE, own] } });
    expect(judgeVoter(request, 'U0CAT', FACTS)).toEqual({ verdict: 'allowed', rules: [RULE] });
    expect(judgeVoter(request, 'U0DAN', FACTS)).toEqual({ verdict: 'allowed', rules: [own] });
  });

  test('may ask where nobody is named, and needs a role where somebody is', () => {
    const anyRoles = fc
      .subarray<Role>(['admin', 'approver', 'requester', 'break-glass'])
      .map((roles): ReadonlySet<Role> => new Set(roles));
    fc.assert(
      fc.property(anyRoles, fc.subarray(['U0BEN', 'S0TEAM']), (roles, requesters) => {
        expect(mayPropose(ANN, roles, requesters)).toBe(requesters.length === 0 || roles.size > 0);
        expect(mayPropose({ kind: 'operator', id: 'root' }, roles, requesters)).toBe(true);
      }),
    );
  });
});

describe('a judgement', () => {
  const two = { ...RULE, name: 'two', approvals: 2 };

  test('says who approved, and how many are missing until then', () => {
    const of = (...votes: readonly Vote[]) =>
      judge(requestOf(1, { approval: { kind: 'people', rules: [two] }, votes }), FACTS);
    expect(of()).toMatchObject({ verdict: 'waiting', missing: 2 });
    expect(of(voteOf('U0BEN'))).toMatchObject({ verdict: 'waiting', missing: 1, rules: [{ by: ['U0BEN'] }] });
    expect(of(voteOf('U0BEN'), voteOf('U0CAT'))).toMatchObject({
      verdict: 'approved',
      by: ['U0BEN', 'U0CAT'],
    });
    expect(of(voteOf('U0BEN'), voteOf('U0CAT', 'deny'))).toMatchObject({
      verdict: 'denied',
      by: 'U0CAT',
      because: 'U0CAT says no',
    });
  });

  test('counts the votes of its own round alone', () => {
    const request = requestOf(1, { round: 2, votes: [voteOf('U0BEN'), voteOf('U0CAT', 'deny')] });
    expect(votesNow(request)).toEqual([]);
    expect(judge(request, FACTS)).toMatchObject({ verdict: 'waiting', missing: 1, votes: [] });
  });

  test('waits for ever where there is no rule at all', () => {
    const request = requestOf(1, { approval: { kind: 'people', rules: [] }, votes: [voteOf('U0BEN')] });
    expect(judge(request, FACTS)).toMatchObject({ verdict: 'waiting', missing: 1 });
  });

  test('is not asked for where an operator has nobody to ask, nor after breaking the glass', () => {
    const operator = requestOf(1, {
      requestedBy: { kind: 'operator', id: 'root' },
      approval: { kind: 'operator', because: 'no approvers are configured' },
    });
    expect(judge(operator, FACTS)).toMatchObject({ verdict: 'approved', by: ['root'] });
    expect(judge(requestOf(1, { approval: { kind: 'break-glass' } }), FACTS)).toMatchObject({
      verdict: 'approved',
    });
  });
});
