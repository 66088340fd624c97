import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dueSlot, nextDue, scheduleFault } from '../src/jobs/due.js';

const HALF_HOUR_MS = 30 * 60_000;
const DAY_MS = 48 * HALF_HOUR_MS;

const daily = fc.tuple(fc.nat(23), fc.nat(59)).map(([hour, minute]) => `${minute} ${hour} * * *`);

function localDay(time: Date, timezone: string): string {
  return time.toLocaleDateString('en-CA', { timeZone: timezone });
}

test.each([
  ['Europe/Berlin', '2026-03-29', 'forward'],
  ['Europe/Berlin', '2026-10-25', 'back'],
  ['America/New_York', '2026-03-08', 'forward'],
  ['America/New_York', '2026-11-01', 'back'],
])(
  'in %s a daily sweep comes due once on %s, when clocks go %s, and on the days around it',
  (timezone, edge) => {
    const noon = Date.parse(`${edge}T12:00:00Z`);
    const days = [-1, 0, 1].map((day) => localDay(new Date(noon + day * DAY_MS), timezone));
    fc.assert(
      fc.property(daily, (expression) => {
        const slots: Date[] = [];
        let last = new Date(noon - 3 * DAY_MS);
        for (let now = noon - 3 * DAY_MS; now <= noon + 3 * DAY_MS; now += HALF_HOUR_MS) {
          const slot = dueSlot({ expression, timezone }, last, new Date(now));
          if (slot !== null) slots.push((last = slot));
        }
        const found = slots.map((slot) => localDay(slot, timezone)).filter((day) => days.includes(day));
        expect(found).toEqual(days);
      }),
      { numRuns: 40 },
    );
  },
);

test.each([
  ['Europe/Berlin', '2026-03-29T01:00:00.000Z', 'in spring, when the gap is over'],
  ['Europe/Berlin', '2026-10-25T00:30:00.000Z', 'in autumn, the first time round'],
  ['America/New_York', '2026-03-08T07:00:00.000Z', 'in spring, when the gap is over'],
  ['America/New_York', '2026-11-01T07:30:00.000Z', 'in autumn, after the hour that comes twice'],
])('half past two in %s is at %s: %s', (timezone, due) => {
  const schedule = { expression: '30 2 * * *', timezone };
  const at = Date.parse(due);
  const before = new Date(at - DAY_MS / 2);
  expect(dueSlot(schedule, before, new Date(at))?.toISOString()).toBe(due);
  expect(dueSlot(schedule, before, new Date(at - 1))).toBeNull();
  expect(dueSlot(schedule, new Date(at), new Date(at + DAY_MS / 2))).toBeNull();
});

test.each([
  ['0 2,14 * * *', '2026-03-29', ['01:00', '12:00']],
  ['30 */6 * * *', '2026-03-29', ['04:30', '10:30', '16:30', '22:30']],
  ['*/30 1-3 * * *', '2026-03-29', ['00:00', '00:30', '01:00', '01:30']],
])(
  'of %s in Berlin on %s none is lost in the missing hour, and none comes twice',
  (expression, day, expected) => {
    const schedule = { expression, timezone: 'Europe/Berlin' };
    const [begin, end] = [Date.parse(`${day}T00:00:00Z`), Date.parse(`${day}T22:30:00Z`)];
    const slots: string[] = [];
    let last = new Date(begin - 1);
    for (let now = begin; now <= end; now += HALF_HOUR_MS / 6) {
      const slot = dueSlot(schedule, last, new Date(now));
      if (slot !== null) slots.push((last = slot).toISOString().slice(11, 16));
    }
    expect(slots).toEqual(expected);
    expect(
      nextDue(schedule, new Date(begin - 1))
        ?.toISOString()
        .slice(11, 16),
    ).toBe(expected[0]);
  },
);

test('what was missed for days is caught up once, with the newest slot', () => {
  const zones = fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu');
  const times = fc.integer({ min: Date.parse('2026-01-01'), max: Date.parse('2027-01-01') });
  fc.assert(
    fc.property(daily, zones, times, fc.nat(9 * DAY_MS), (expression, timezone, time, lengthMs) => {
      const schedule = { expression, timezone };
      const [after, now] = [new Date(time), new Date(time + lengthMs)];
      const slot = dueSlot(schedule, after, now);
      if (slot === null) {
        expect(lengthMs).toBeLessThan(DAY_MS + 2 * HALF_HOUR_MS);
        return;
      }
      expect(slot.getTime()).toBeGreaterThan(after.getTime());
      expect(slot.getTime()).toBeLessThanOrEqual(now.getTime());
      expect(dueSlot(schedule, slot, now)).toBeNull();
      expect(nextDue(schedule, slot)?.getTime()).toBeGreaterThan(now.getTime());
    }),
  );
});

test('a schedule that cannot be used is told from one that can', () => {
  expect(scheduleFault({ expression: '0 2 * * *', timezone: 'Europe/Berlin' })).toBeNull();
  for (const [expression, timezone] of [
    ['0 25 * * *', 'UTC'],
    ['soon', 'UTC'],
    ['', 'UTC'],
    ['0 0 30 2 *', 'UTC'],
    ['0 2 * * *', 'Europe/Nowhere'],
  ] as const) {
    expect(scheduleFault({ expression, timezone }), expression + timezone).not.toBeNull();
  }
});
