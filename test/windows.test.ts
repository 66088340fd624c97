import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Period } from '../src/ctx.js';
import { endOfRun, nextRun, shutBecause } from '../src/fleet/period.js';
import { beginsBetween, expressionOf, type WallTimes } from './helpers/oracle-clock.js';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

const period = (expression: string, hours: number, timezone = 'Europe/Berlin'): Period => ({
  name: 'nights',
  target: 'all',
  expression,
  timezone,
  durationMs: hours * HOUR_MS,
});
const berlin = period;
const newYork = (expression: string, hours: number): Period => period(expression, hours, 'America/New_York');

const endAt = (one: Period, now: string): string | null =>
  endOfRun(one, new Date(now))?.toISOString() ?? null;

// In 2026 clocks in Berlin go from 02:00 to 03:00 on 29 March (01:00 UTC), and from 03:00 back to 02:00 on 25 October
// (01:00 UTC); in New York from 02:00 to 03:00 on 8 March (07:00 UTC), and from 02:00 back to 01:00 on 1 November
// (06:00 UTC).
test.each([
  ['it does not begin in the gap', berlin('30 2 * * *', 1), '2026-03-29T00:59:59.999Z', null],
  [
    'it begins when the gap is over',
    berlin('30 2 * * *', 1),
    '2026-03-29T01:00:00Z',
    '2026-03-29T02:00:00.000Z',
  ],
  [
    'begun after the gap it lasts its whole time',
    berlin('30 2 * * *', 1),
    '2026-03-29T01:59:59Z',
    '2026-03-29T02:00:00.000Z',
  ],
  [
    'of two times in the gap it begins once, after it',
    berlin('15,45 2 * * *', 1),
    '2026-03-29T01:30:00Z',
    '2026-03-29T02:00:00.000Z',
  ],
  [
    'over the gap it lasts its real time',
    berlin('0 1 * * *', 2),
    '2026-03-29T01:59:00Z',
    '2026-03-29T02:00:00.000Z',
  ],
  [
    'on the fold it begins the first time',
    berlin('30 2 * * *', 1),
    '2026-10-25T00:31:00Z',
    '2026-10-25T01:30:00.000Z',
  ],
  ['on the fold it does not begin twice', berlin('30 2 * * *', 1), '2026-10-25T01:31:00Z', null],
  [
    'over the fold it lasts its real time',
    berlin('0 1 * * *', 3),
    '2026-10-25T01:59:00Z',
    '2026-10-25T02:00:00.000Z',
  ],
  ['in New York’s gap, too', newYork('30 2 * * *', 1), '2026-03-08T07:59:00Z', '2026-03-08T08:00:00.000Z'],
  ['before New York’s gap it is shut', newYork('30 2 * * *', 1), '2026-03-08T06:59:00Z', null],
  ['over New York’s gap, too', newYork('0 22 * * *', 6), '2026-03-08T08:59:00Z', '2026-03-08T09:00:00.000Z'],
  [
    'on New York’s fold it begins once',
    newYork('30 1 * * *', 1),
    '2026-11-01T05:30:00Z',
    '2026-11-01T06:30:00.000Z',
  ],
  ['on New York’s fold it does not begin again', newYork('30 1 * * *', 1), '2026-11-01T06:30:00Z', null],
  [
    'after New York’s fold 02:30 is there once',
    newYork('30 2 * * *', 1),
    '2026-11-01T07:30:00Z',
    '2026-11-01T08:30:00.000Z',
  ],
  ['over New York’s fold, too', newYork('0 22 * * *', 6), '2026-11-01T07:59:00Z', '2026-11-01T08:00:00.000Z'],
  ['over midnight it goes on', berlin('0 22 * * *', 6), '2026-06-02T01:59:00Z', '2026-06-02T02:00:00.000Z'],
  ['at its end it is over', berlin('0 22 * * *', 6), '2026-06-02T02:00:00Z', null],
  [
    'on the last day of a month it goes on into the next',
    newYork('0 22 L * *', 6),
    '2026-03-01T03:00:00Z',
    '2026-03-01T09:00:00.000Z',
  ],
  [
    'on the 31st it is not there in a month of 30 days',
    newYork('0 22 31 * *', 48),
    '2026-05-01T12:00:00Z',
    null,
  ],
  ['on 29 February it is there in a leap year only', berlin('0 0 29 2 *', 24), '2027-03-01T12:00:00Z', null],
  [
    'runs that overlap end when the last of them does',
    berlin('0 20,22 * * *', 4),
    '2026-06-01T19:00:00Z',
    '2026-06-02T00:00:00.000Z',
  ],
  [
    'runs that follow each other at once are one',
    berlin('0 20,22 * * *', 2),
    '2026-06-01T19:00:00Z',
    '2026-06-01T22:00:00.000Z',
  ],
] as const)('a period: %s', (_, one, now, end) => {
  expect(endAt(one, now)).toBe(end);
});

test('a PBX is corrected in any of its windows, in none of its freezes, and always where it has neither', () => {
  const hq = { id: 'hq', tags: ['emea'] };
  const windows = [
    { ...berlin('0 22 * * *', 2), target: 'tag:emea' },
    { ...berlin('0 4 * * *', 1), target: 'hq' },
  ];
  const [open, shut] = [new Date('2026-06-01T21:00:00Z'), new Date('2026-06-01T12:00:00Z')];
  expect(shutBecause(hq, { windows, freezes: [] }, open)).toBeNull();
  expect(shutBecause(hq, { windows, freezes: [] }, new Date('2026-06-01T02:30:00Z'))).toBeNull();
  expect(shutBecause(hq, { windows, freezes: [] }, shut)).toEqual({
    why: 'window',
    because: 'it is outside of its change windows; the next one opens 2026-06-01 20:00 UTC',
  });
  expect(shutBecause({ id: 'lab', tags: [] }, { windows, freezes: [] }, shut)).toBeNull();
  const freezes = [
    { ...berlin('0 0 1 6 *', 48), name: 'launch' },
    { ...berlin('0 0 1 6 *', 72), name: 'fair' },
    { ...berlin('0 0 1 6 *', 99), name: 'other', target: 'tag:us' },
  ];
  expect(shutBecause(hq, { windows, freezes }, open)).toEqual({
    why: 'freeze',
    because: 'the freeze “fair” is on until 2026-06-03 22:00 UTC',
  });
});

const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe'] as const;
const days = [
  '2026-03-08',
  '2026-03-29',
  '2026-04-05',
  '2026-06-01',
  '2026-10-04',
  '2026-10-25',
  '2026-11-01',
];
const times: fc.Arbitrary<WallTimes> = fc
  .record({
    minutes: fc.constantFrom([0], [30], [59], [15, 45]),
    hours: fc.constantFrom([0], [1], [2], [3], [22], [1, 2], [2, 3], [0, 6, 12, 18]),
    day: fc.constantFrom(undefined, undefined, 1, 29, 31),
  })
  .map(({ day, ...rest }) => (day === undefined ? rest : { ...rest, day }));
/** Near the days on which a clock is changed, to the minute. */
const nows = fc
  .tuple(fc.constantFrom(...days), fc.integer({ min: -36 * 60, max: 36 * 60 }))
  .map(([day, minutes]) => new Date(Date.parse(`${day}T02:00:00Z`) + minutes * MINUTE_MS));

test('a period is on exactly from each of its begins for its duration, in every zone and over every change of clocks', () => {
  const durations = fc.constantFrom(10, 60, 90, 180, 23 * 60);
  fc.assert(
    fc.property(fc.constantFrom(...zones), times, durations, nows, (timezone, wanted, minutes, now) => {
      const durationMs = minutes * MINUTE_MS;
      const one = { ...period(expressionOf(wanted), 1, timezone), durationMs };
      const from = new Date(now.getTime() - durationMs + MINUTE_MS);
      const begins = beginsBetween(wanted, timezone, from, now);
      expect(endOfRun(one, now) !== null).toBe(begins.length > 0);
    }),
    { numRuns: 120 },
  );
});

test('the next begin is after now, on, and nothing begins before it', () => {
  fc.assert(
    fc.property(fc.constantFrom(...zones), times, nows, (timezone, wanted, now) => {
      const one = period(expressionOf(wanted), 1, timezone);
      const next = nextRun(one, now);
      const soon = new Date(now.getTime() + 30 * HOUR_MS);
      const [first] = beginsBetween(wanted, timezone, new Date(now.getTime() + MINUTE_MS), soon);
      if (first !== undefined) expect(next?.getTime()).toBe(first);
      else expect(next === null || next > soon).toBe(true);
      if (next !== null) expect(endOfRun(one, next)).not.toBeNull();
    }),
    { numRuns: 120 },
  );
});

test('a freeze shuts whatever windows are open, and without one a window decides alone', () => {
  const pbx = { id: 'hq', tags: [] };
  const periods = fc
    .tuple(times, fc.constantFrom(...zones), fc.integer({ min: 1, max: 30 }))
    .map(([wanted, timezone, hours]) => period(expressionOf(wanted), hours, timezone));
  fc.assert(
    fc.property(
      fc.array(periods, { maxLength: 3 }),
      fc.array(periods, { maxLength: 3 }),
      nows,
      (windows, freezes, now) => {
        const isOn = (one: Period): boolean => endOfRun(one, now) !== null;
        const isOpen = windows.length === 0 || windows.some(isOn);
        const expected = freezes.some(isOn) ? 'freeze' : isOpen ? null : 'window';
        expect(shutBecause(pbx, { windows, freezes }, now)?.why ?? null).toBe(expected);
      },
    ),
    { numRuns: 60 },
  );
});

test('a period that is asked for again and again, forwards and backwards in time, always says the same', () => {
  fc.assert(
    fc.property(
      times,
      fc.constantFrom(...zones),
      fc.array(nows, { maxLength: 10 }),
      (wanted, timezone, all) => {
        const kept = period(expressionOf(wanted), 3, timezone);
        for (const now of all) expect(endOfRun(kept, now)).toEqual(endOfRun({ ...kept }, now));
      },
    ),
    { numRuns: 40 },
  );
});
