import type { Schedule } from '../ctx.js';
import { lastDue, nextDueAfter } from '../fleet/wall-clock.js';

/**
 * The newest due time after `after` and not after `now`, or null. Of several missed ones only the newest counts, so that
 * a run missed while the process was down is caught up once. On the spring gap the run comes when the gap is over, on the
 * autumn fold once.
 */
export function dueSlot(schedule: Schedule, after: Date, now: Date): Date | null {
  const slot = lastDue(schedule, now);
  return slot !== null && slot > after ? slot : null;
}

/** When a schedule comes due next after `now`, or null for one that never does again. */
export function nextDue(schedule: Schedule, now: Date): Date | null {
  return nextDueAfter(schedule, now);
}

/** How often a schedule came due after `after` and not after `now`; counts no further than `most`. */
export function missedSlots(schedule: Schedule, after: Date, now: Date, most: number): number {
  let count = 0;
  for (let slot = nextDue(schedule, after); slot !== null && slot <= now && count < most; count += 1)
    slot = nextDue(schedule, slot);
  return count;
}

/** Why an expression or a time zone cannot be used, or null where both are fine. */
export function scheduleFault(schedule: Schedule): string | null {
  try {
    return nextDue(schedule, new Date(0)) === null ? 'it never comes due' : null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
