import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { covers } from '../src/fleet/covers.js';
import {
  type ApprovalRule,
  defaultRules,
  idsOfRule,
  rulesFor,
  unsatisfiable,
} from '../src/changes/approval-rule.js';
import { checkSatisfiable } from '../src/changes/approval.js';
import {
  expiryOf,
  firstLook,
  lapses,
  nextLook,
  remindersDue,
  reviewRemindersDue,
} from '../src/changes/due.js';
import type { Vote } from '../src/changes/request.js';
import type { Risk } from '../src/settings/setting.js';
import { ANN, AT, requestOf, RULE } from './helpers/rows.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const RISKS: readonly Risk[] = ['low', 'medium', 'high'];

const anyRule: fc.Arbitrary<ApprovalRule> = fc.record({
  name: fc.string({ minLength: 1, maxLength: 5 }),
  risks: fc.subarray([...RISKS], { minLength: 1 }),
  target: fc.constantFrom('all', 'tag:emea', 'tag:lab', 'hq', 'branch'),
  approvals: fc.integer({ min: 1, max: 5 }),
  from: fc.subarray(['approvers', 'admins', 'S0TEAM', 'U0BEN'], { minLength: 1 }),
  isVeto: fc.boolean(),
  waitMs: fc.integer({ min: 5 * MINUTE_MS, max: 90 * DAY_MS }),
  validMs: fc.integer({ min: 5 * MINUTE_MS, max: 90 * DAY_MS }),
  stopsOnFailure: fc.boolean(),
});

const anyRules = fc.uniqueArray(anyRule, { selector: ({ name }) => name, maxLength: 6 });
const anyPbxs = fc.uniqueArray(
  fc.record({
    id: fc.constantFrom('hq', 'branch', 'lab', 'far'),
    tags: fc.subarray(['emea', 'lab', 'apac']),
  }),
  { selector: ({ id }) => id },
);

describe('the rules of a request', () => {
  test('are never none, and for each PBX the first that is for its risk and covers it', () => {
    fc.assert(
      fc.property(anyRules, fc.constantFrom(...RISKS), anyPbxs, (configured, risk, pbxs) => {
        const rules = rulesFor(configured, risk, pbxs);
        expect(rules.length).toBeGreaterThan(0);
        expect(new Set(rules).size).toBe(rules.length);
        for (const rule of rules) expect(rule.risks).toContain(risk);
        const firsts = pbxs.map((pbx) =>
          [...configured, ...defaultRules].find(
            ({ risks, target }) => risks.includes(risk) && covers(target, pbx),
          ),
        );
        if (pbxs.length > 0) expect(new Set(rules)).toEqual(new Set(firsts));
        else expect(rules.every(({ target }) => target === 'all')).toBe(true);
      }),
    );
  });

  test('want two people for a high risk and one for any other, with nothing configured', () => {
    const approvals = RISKS.map((risk) => rulesFor([], risk, [{ id: 'hq', tags: [] }])[0]?.approvals);
    expect(approvals).toEqual([1, 1, 2]);
    for (const rule of defaultRules) expect(rule).toMatchObject({ isVeto: true, from: ['approvers'] });
  });

  test('name people and groups, the words for roles resolved, each once', () => {
    const roles = { admins: ['U0ANN'], approvers: ['U0BEN', 'S0TEAM'], requesters: [], breakGlass: [] };
    const from = ['admins', 'approvers', 'U0BEN', 'S0TEAM', 'U0CAT'];
    expect(idsOfRule({ from }, roles)).toEqual(['U0ANN', 'U0BEN', 'S0TEAM', 'U0CAT']);
  });

  test('cannot be satisfied by fewer people than they want approvals of, the same person counted once', () => {
    fc.assert(
      fc.property(anyRule, fc.array(fc.constantFrom('U1', 'U2', 'U3', 'U4')), (rule, people) => {
        const fault = unsatisfiable(rule, people);
        expect(fault === null).toBe(new Set(people).size >= rule.approvals);
        if (fault !== null) expect(fault).toContain(`“${rule.name}”`);
      }),
    );
  });

  test('are refused with their name where only those who asked or edited could approve', async () => {
    const members = async (): Promise<readonly string[]> => ['U0ANN', 'U0BEN', 'U0CAT'];
    const standing = () => Promise.reject(new Error('not asked for'));
    const roles = { admins: [], approvers: ['S0TEAM'], requesters: [], breakGlass: [] };
    const check = (approvals: number, ...editors: readonly string[]) =>
      checkSatisfiable(
        { roles, directory: { members, standing } },
        {
          requestedBy: ANN,
          editors: editors.map((id) => ({ kind: 'slack', id }) as const),
          approval: { kind: 'people', rules: [{ ...RULE, name: 'careful', approvals }] },
        },
      );

    await check(2);
    await check(1, 'U0BEN');
    await expect(check(3)).rejects.toThrow(/“careful” needs 3 approvals, but only 2 may approve besides you/);
    await expect(check(2, 'U0BEN')).rejects.toThrow(
      /only 1 may approve besides those who asked for it or edited/,
    );
    await expect(check(1, 'U0BEN', 'U0CAT')).rejects.toThrow(/“careful” .* nobody may approve/);
  });
});

describe('what comes due', () => {
  const anyTimes = fc
    .uniqueArray(anyRule, { selector: ({ name }) => name, minLength: 1, maxLength: 3 })
    .map((rules) => ({ approval: { kind: 'people', rules } as const, askedAt: AT }));
  const after = (ms: number): Date => new Date(Date.parse(AT) + ms);

  /** When reminders come, to the minute, by looking at every moment at which one could. */
  function reminderTimes(request: Parameters<typeof remindersDue>[0], endMs: number): readonly number[] {
    const times: number[] = [];
    for (let at = 0, due = 0; ; due += 1) {
      let [low, high] = [at, endMs * 2];
      if (remindersDue(request, after(high)) <= due) return times;
      while (low < high) {
        const middle = Math.floor((low + high) / 2);
        if (remindersDue(request, after(middle)) > due) high = middle;
        else low = middle + 1;
      }
      times.push(low);
      at = low;
    }
  }

  test('is a reminder after pauses that double, never at or after the expiry', () => {
    fc.assert(
      fc.property(anyTimes, (request) => {
        const expiry = Date.parse(expiryOf(request) ?? '') - Date.parse(AT);
        const waits = request.approval.rules.map(({ waitMs }) => waitMs);
        expect(expiry).toBe(Math.min(...waits));
        const times = reminderTimes(request, expiry);
        expect(times.length).toBeGreaterThan(0);
        for (const time of times) expect(time).toBeLessThan(expiry);
        const pauses = times.map((time, index) => time - (times[index - 1] ?? 0));
        for (const [index, pause] of pauses.slice(1).entries()) {
          expect(Math.abs(pause - 2 * (pauses[index] ?? 0))).toBeLessThan(3);
        }
        expect(firstLook(request.approval, AT)).toBe(after(times[0] ?? 0).toISOString());
      }),
      { numRuns: 60 },
    );
  });

  test('is looked at strictly in the future, and never later than the next reminder, expiry or lapse', () => {
    const anyVotes = fc.array(
      fc.nat(80 * HOUR_MS).map((ms): Vote => ({
        round: 1,
        voter: `U${ms}`,
        verdict: ms % 5 === 0 ? 'deny' : 'approve',
        reason: null,
        at: after(ms).toISOString(),
      })),
      { maxLength: 3 },
    );
    fc.assert(
      fc.property(anyTimes, anyVotes, fc.nat(100 * HOUR_MS), (times, votes, ms) => {
        const request = requestOf(1, { ...times, votes });
        const now = after(ms);
        const look = nextLook(request, now) ?? '';
        expect(look > now.toISOString()).toBe(true);
        const ends = [expiryOf(request) ?? '', ...lapses(request)].filter((at) => at > now.toISOString());
        for (const end of ends) expect(look <= end).toBe(true);
        expect(remindersDue(request, new Date(Date.parse(look) - 1))).toBe(remindersDue(request, now));
      }),
    );
  });

  test('is a reminder of an open review, ever more rarely, for as long as it is open', () => {
    const days = [0, 1, 3, 7, 15, 31, 63].map((day) => reviewRemindersDue(AT, after(day * DAY_MS)));
    expect(days).toEqual([0, 1, 2, 3, 4, 5, 6]);
    const review = { state: 'open' } as const;
    const breakGlass = { by: ANN, reason: 'fire', at: AT };
    const request = requestOf(1, { state: 'applied', approval: { kind: 'break-glass' }, breakGlass, review });
    fc.assert(
      fc.property(fc.nat(3000 * DAY_MS), (ms) => {
        expect((nextLook(request, after(ms)) ?? '') > after(ms).toISOString()).toBe(true);
      }),
    );
  });

  test('is nothing where nobody is asked', () => {
    for (const approval of [
      { kind: 'operator', because: 'no approvers are configured' },
      { kind: 'break-glass' },
    ] as const) {
      expect(expiryOf({ approval, askedAt: AT })).toBeNull();
      expect(remindersDue({ approval, askedAt: AT }, after(900 * DAY_MS))).toBe(0);
      expect(firstLook(approval, AT)).toBeNull();
    }
  });
});
