import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { listEpisodes } from '../src/drift/episode-store.js';
import { listQuarantines } from '../src/drift/memory-store.js';
import { rearmSetting } from '../src/drift/release.js';
import {
  afterFailure,
  afterInSync,
  freshMemory,
  judgeDrift,
  type Memory,
  rearmed,
} from '../src/drift/restraint.js';
import { deeds, ruleOf, slackActor, written } from './helpers/deeds.js';
import { APPS } from './helpers/sweep-fleet.js';
import { APPROVER, DAY_MS, type Field, HOUR_MS, openField, type Stand } from './helpers/sweeping.js';

const JANE = { user: '119 Jane Roe', ip: '198.51.100.7' };
const CHAT = { pbxId: 'hq', key: 'EnableChat' };

/** A PBX on which another admin wants chat off, as `how` says. */
async function war(
  how: { readonly everyMs: number } | { readonly onReadBack: true } | { readonly onWrite: true },
) {
  const field = await openField();
  await field.hold([ruleOf('EnableChat', true)]);
  field.pbx('hq').insist(APPS, { EnableChat: false }, { ...JANE, ...how });
  return field;
}

async function sweepDaily(field: Field, days: number): Promise<readonly Stand[]> {
  const stands: Stand[] = [];
  for (let day = 0; day < days; day += 1) {
    stands.push(await field.sweep());
    field.pass(DAY_MS);
  }
  return stands;
}

async function correctedAt({ ctx }: Field): Promise<readonly number[]> {
  const rows = await ctx.db.selectFrom('corrections').select('at').orderBy('at').execute();
  return rows.map(({ at }) => Date.parse(at));
}

/** The most of these times within any span of a length. */
function most(times: readonly number[], spanMs: number): number {
  return Math.max(0, ...times.map((end) => times.filter((at) => at <= end && at > end - spanMs).length));
}

const chat = ({ line }: Stand) => line('hq', 'EnableChat');

test('a value that another admin keeps putting back is corrected three times, then left alone, and it is said who', async () => {
  const field = await war({ onReadBack: true });

  const [first, second, third, fourth, fifth] = await sweepDaily(field, 5);

  for (const stand of [first!, second!, third!]) expect(chat(stand)?.status).toBe('corrected');
  for (const stand of [fourth!, fifth!]) {
    expect(chat(stand)).toMatchObject({
      status: 'drifted',
      withheld: 'quarantine',
      because:
        'not corrected: it was corrected 3 times within 7 days and it came back each time, so it is left alone until somebody re-arms it',
      author: { name: JANE.user, ip: JANE.ip, source: 'pbx-audit-log' },
    });
  }
  expect(written(field.pbx('hq'))).toHaveLength(3);
  const [episode, ...others] = await listEpisodes(field.ctx.db, { limit: 9 });
  expect(others).toEqual([]);
  expect(episode).toMatchObject({ status: 'quarantined', live: false, author: { name: JANE.user } });
  expect(episode?.revision, 'said once').toBe(1);
  expect(await listQuarantines(field.ctx.db)).toMatchObject([CHAT]);
});

test.each([
  ['every two milliseconds', { everyMs: 2 }],
  ['as soon as it is written', { onWrite: true } as const],
  ['once it was read back', { onReadBack: true } as const],
])('against an admin who restores a value %s the bot never writes more than its budget', async (_, how) => {
  const field = await war(how);

  const stands = await sweepDaily(field, 40);
  field.pbx('hq').relent();

  const times = await correctedAt(field);
  expect(most(times, 7 * DAY_MS)).toBe(3);
  expect(written(field.pbx('hq'))).toHaveLength(times.length);
  expect(times.length).toBeLessThan(20);
  const withheld = stands.flatMap((stand) => chat(stand)?.withheld ?? []);
  expect(withheld).toContain('quarantine');
  expect(stands.flatMap((stand) => chat(stand)?.author?.name ?? [])).toContain(JANE.user);
});

test('a person re-arms a setting, which gives it one more budget, and only for a setting that is left alone', async () => {
  const field = await war({ onReadBack: true });
  const { ctx } = field;
  await expect(rearmSetting(ctx, CHAT, APPROVER)).rejects.toThrow('is not left alone');
  await sweepDaily(field, 4);

  const outsider = { actor: slackActor('U0EVE'), roles: new Set(['requester'] as const) };
  await expect(rearmSetting(ctx, CHAT, outsider)).rejects.toMatchObject({ code: 'forbidden' });
  await rearmSetting(ctx, CHAT, APPROVER);
  await expect(rearmSetting(ctx, CHAT, APPROVER)).rejects.toMatchObject({ code: 'conflict' });
  await sweepDaily(field, 5);
  expect(written(field.pbx('hq'))).toHaveLength(6);
  expect(await deeds(ctx)).toContain('drift.rearmed');

  field.pbx('hq').relent();
  await rearmSetting(ctx, CHAT, APPROVER);
  const [peace, after] = await sweepDaily(field, 2);
  expect([chat(peace!)?.status, chat(after!)?.status]).toEqual(['corrected', 'in-sync']);
  expect(await listEpisodes(ctx.db, { limit: 9 })).toEqual([]);
});

test('time re-arms a setting that was left alone', async () => {
  const field = await war({ onReadBack: true });
  await sweepDaily(field, 4);
  field.pbx('hq').relent();

  field.pass(7 * DAY_MS - DAY_MS - 1);
  expect(chat(await field.sweep())?.withheld).toBe('quarantine');
  field.pass(1);
  expect(chat(await field.sweep())?.status).toBe('corrected');
  expect(await listQuarantines(field.ctx.db)).toEqual([]);
});

test('time re-arms a setting also where it has been in sync all along, and then it is not said to be left alone', async () => {
  const field = await war({ onReadBack: true });
  await sweepDaily(field, 4);
  field.pbx('hq').relent();
  field.pbx('hq').change(APPS, { EnableChat: true });

  const [last] = (await sweepDaily(field, 5)).toReversed();
  expect(chat(last!)?.status).toBe('in-sync');
  expect(await listQuarantines(field.ctx.db)).toMatchObject([CHAT]);
  await sweepDaily(field, 2);
  expect(await listQuarantines(field.ctx.db)).toEqual([]);
});

test('a PBX that ignores corrections is tried after pauses that double, until it is seen in sync', async () => {
  const field = await openField({
    guards: { flaps: { corrections: 99, withinMs: DAY_MS, rearmMs: DAY_MS } },
  });
  await field.hold([ruleOf('EnableChat', true)]);
  const hq = field.pbx('hq');
  const ignore = (): void => hq.fault({ kind: 'not-stored', on: 'write' });
  hq.change(APPS, { EnableChat: false });
  ignore();

  const hourly = async (from: number, to: number): Promise<readonly number[]> => {
    const tried: number[] = [];
    for (let hour = from; hour < to; hour += 1) {
      const stand = await field.sweep();
      const tries = hq.requests.filter(({ operation }) => operation === 'write').length;
      if (tries > 0 && chat(stand)?.withheld !== 'back-off') tried.push(hour);
      field.pass(HOUR_MS);
    }
    return tried;
  };

  expect(await hourly(0, 15)).toEqual([0, 1, 3, 7]);
  hq.clearFaults();
  expect(chat(await field.sweep())?.status, 'the fifth try').toBe('corrected');
  hq.change(APPS, { EnableChat: false });
  ignore();
  field.pass(HOUR_MS);
  expect(chat(await field.sweep())?.status, 'a success that was not seen again').toBe('not-converged');
  field.pass(15 * HOUR_MS);
  expect(chat(await field.sweep())?.because).toMatch(
    /^not corrected: the PBX did not keep it 5 times; the next/,
  );

  hq.clearFaults();
  hq.change(APPS, { EnableChat: true });
  expect(chat(await field.sweep())?.status).toBe('in-sync');
  hq.change(APPS, { EnableChat: false });
  ignore();
  expect(chat(await field.sweep())?.status).toBe('not-converged');
  field.pass(HOUR_MS);
  expect(chat(await field.sweep())?.status, 'the pauses begin anew').toBe('not-converged');
});

test('a PBX that ignores every correction is left alone in the end, and not said to be put back', async () => {
  const field = await openField();
  await field.hold([ruleOf('EnableChat', true)]);
  field.pbx('hq').change(APPS, { EnableChat: false });
  field.pbx('hq').fault({ kind: 'not-stored', on: 'write' });

  const stands = await sweepDaily(field, 4);

  expect(chat(stands[3]!)?.because).toMatch(/corrected 3 times within 7 days and the PBX kept none of it/);
});

describe('whatever the sequence of sweeps and outcomes', () => {
  const FLAPS = { corrections: 3, withinMs: 7 * DAY_MS, rearmMs: 7 * DAY_MS };
  const anyStep = fc.record({
    afterMs: fc.oneof(fc.integer({ min: 0, max: HOUR_MS }), fc.integer({ min: 0, max: 4 * DAY_MS })),
    found: fc.constantFrom('in-sync', 'written', 'written', 'ignored', 'unsent'),
    isRearmed: fc.integer({ min: 0, max: 19 }).map((one) => one === 0),
  });
  const anyFlaps = fc.record({
    corrections: fc.integer({ min: 1, max: 4 }),
    withinMs: fc.integer({ min: HOUR_MS, max: 10 * DAY_MS }),
    rearmMs: fc.integer({ min: HOUR_MS, max: 10 * DAY_MS }),
  });

  interface Step {
    readonly afterMs: number;
    readonly found: string;
    readonly isRearmed: boolean;
  }

  interface Moment {
    readonly at: number;
    readonly isCorrected: boolean;
    readonly isRearmed: boolean;
    readonly before: Memory;
    readonly after: Memory;
  }

  /** What sweeps would do with one setting, as the store and the sweep put it together. */
  function play(steps: readonly Step[], flaps: typeof FLAPS): readonly Moment[] {
    const moments: Moment[] = [];
    let at = Date.parse('2026-01-01T00:00:00.000Z');
    let memory: Memory = freshMemory;
    for (const { afterMs, found, isRearmed } of steps) {
      at += afterMs;
      const now = new Date(at);
      const before = memory;
      if (isRearmed && memory.quarantinedAt !== null) memory = rearmed(now);
      let isCorrected = false;
      if (found === 'in-sync') memory = afterInSync(memory, { flaps }, now);
      else {
        const corrected = moments.flatMap((one) => (one.isCorrected ? new Date(one.at).toISOString() : []));
        const judged = judgeDrift('EnableChat', memory, corrected, { flaps }, now);
        memory = judged.memory;
        isCorrected = judged.withheld === null && found !== 'unsent';
        if (isCorrected && found === 'ignored') memory = afterFailure(memory, now);
      }
      moments.push({
        at,
        isCorrected,
        isRearmed: before.quarantinedAt !== null && isRearmed,
        before,
        after: memory,
      });
    }
    return moments;
  }

  test('a setting is corrected no more often than its budget within its time, but for re-arming', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 60 }), anyFlaps, (steps, flaps) => {
        const moments = play(steps, flaps);
        for (const { at, isCorrected, after } of moments) {
          if (!isCorrected) continue;
          const from = Math.max(at - flaps.withinMs, Date.parse(after.countsFrom ?? '1970-01-01'));
          const within = moments.filter((one) => one.isCorrected && one.at >= from && one.at <= at);
          expect(within.length).toBeLessThanOrEqual(flaps.corrections);
        }
      }),
    );
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 60 }), (steps) => {
        const alone = steps.map((step) => ({ ...step, isRearmed: false }));
        const times = play(alone, FLAPS).flatMap(({ at, isCorrected }) => (isCorrected ? [at] : []));
        expect(most(times, FLAPS.withinMs)).toBeLessThanOrEqual(FLAPS.corrections);
      }),
    );
  });

  test('only a person or time ends that a setting is left alone', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 60 }), anyFlaps, (steps, flaps) => {
        for (const { at, before, after, isRearmed, isCorrected } of play(steps, flaps)) {
          if (before.quarantinedAt === null) continue;
          const isOver = Date.parse(before.quarantinedAt) + flaps.rearmMs <= at;
          if (isRearmed || isOver) continue;
          expect(after.quarantinedAt).toBe(before.quarantinedAt);
          expect(isCorrected).toBe(false);
        }
      }),
    );
  });

  test('a correction that was not kept is followed by a pause, twice as long each time and a week at most', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 60 }), anyFlaps, (steps, flaps) => {
        for (const { at, before, after, isCorrected } of play(steps, flaps)) {
          if (isCorrected && before.nextTryAt !== null && after.countsFrom === before.countsFrom) {
            expect(Date.parse(before.nextTryAt)).toBeLessThanOrEqual(at);
          }
          if (after.attempts <= before.attempts) continue;
          const pauseMs = Math.min(7 * DAY_MS, HOUR_MS * 2 ** (after.attempts - 1));
          expect(Date.parse(after.nextTryAt ?? '')).toBe(at + pauseMs);
        }
      }),
    );
  });
});
