import { Cron } from 'croner';
import type { Schedule } from '../ctx.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** A clock on a wall: what it shows at a time, as the milliseconds that UTC would have then. */
type Wall = (at: number) => number;

/**
 * The last time at or before `now` at which a cron expression came due in its zone, or null. Where clocks are put forward
 * over it, it comes due when the gap is over; where they are put back over it, at the first of the two. Croner does so for
 * one time a day, but leaves out what falls into a gap where an expression names several hours or minutes.
 */
export function lastDue(schedule: Schedule, now: Date): Date | null {
  const wall = wallOf(schedule.timezone);
  const [known] = cronOf(schedule).previousRuns(1, new Date(now.getTime() + 1));
  const [written] = cronOf({ ...schedule, timezone: 'UTC' }).previousRuns(
    1,
    new Date(wall(now.getTime()) + 1),
  );
  const mended = written === undefined ? null : gapEnd(written.getTime(), wall);
  if (mended === null || mended > now) return known ?? null;
  return known === undefined || mended > known ? mended : known;
}

/** The first time after `now` at which a cron expression comes due in its zone, read as by `lastDue`, or null. */
export function nextDueAfter(schedule: Schedule, now: Date): Date | null {
  const wall = wallOf(schedule.timezone);
  const known = cronOf(schedule).nextRun(now);
  const written = cronOf({ ...schedule, timezone: 'UTC' }).nextRun(new Date(wall(now.getTime())));
  const mended = written === null ? null : gapEnd(written.getTime(), wall);
  if (mended === null || mended <= now) return known;
  return known === null || mended < known ? mended : known;
}

function cronOf({ expression, timezone }: Schedule): Cron {
  return new Cron(expression, { timezone, paused: true });
}

/** When the gap is over that a time on the wall falls into, or null where the clock shows that time. */
function gapEnd(shown: number, wall: Wall): Date | null {
  const offset = (at: number): number => wall(at) - at;
  const before = offset(shown - DAY_MS);
  const after = offset(shown + DAY_MS);
  if (offset(shown - before) === before || offset(shown - after) === after) return null;
  let from = shown - before - DAY_MS;
  let to = shown - before + DAY_MS;
  while (to - from > MINUTE_MS) {
    const middle = Math.floor((from + to) / 2 / MINUTE_MS) * MINUTE_MS;
    if (offset(middle) === before) from = middle;
    else to = middle;
  }
  return new Date(to);
}

function wallOf(timezone: string): Wall {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (at) => {
    const parts = format.formatToParts(at);
    const of = (type: string): number => Number(parts.find((part) => part.type === type)?.value);
    const seconds = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
    return seconds + (at - Math.floor(at / 1000) * 1000);
  };
}
