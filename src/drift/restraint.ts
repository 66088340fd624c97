import type { Guards } from '../ctx.js';
import { timeWords } from '../settings/time-words.js';
import type { Withheld } from './withheld.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const LONGEST_PAUSE_MS = 7 * DAY_MS;

/** What is remembered of the corrections of one setting on one PBX. */
export interface Memory {
  /** Corrections in a row that the PBX did not keep. Only an observation in sync sets it back. */
  readonly attempts: number;
  readonly nextTryAt: string | null;
  readonly quarantinedAt: string | null;
  /** Corrections before this time do not count any more: the setting was re-armed then. */
  readonly countsFrom: string | null;
  readonly because: string | null;
}

export const freshMemory: Memory = {
  attempts: 0,
  nextTryAt: null,
  quarantinedAt: null,
  countsFrom: null,
  because: null,
};

/** What becomes of a drifted setting: corrected where `withheld` is null, and what to remember of it. */
export interface Judged {
  readonly memory: Memory;
  readonly withheld: Withheld | null;
}

/**
 * Whether a drifted setting is left alone: because it waits after a correction that the PBX did not keep, or because it
 * was corrected so often of late that somebody else must be putting it back. `corrected` are the times of its corrections
 * in ISO 8601.
 */
export function judgeDrift(
  key: string,
  memory: Memory = freshMemory,
  corrected: readonly string[],
  { flaps }: Pick<Guards, 'flaps'>,
  now: Date,
): Judged {
  const current = isRearmed(memory, flaps.rearmMs, now) ? rearmed(now) : memory;
  if (current.quarantinedAt !== null) return quarantine(key, current, current.because ?? '');
  const from = laterOf(new Date(now.getTime() - flaps.withinMs).toISOString(), current.countsFrom);
  const count = corrected.filter((at) => at >= from).length;
  if (count >= flaps.corrections) {
    const fate = current.attempts >= count ? 'the PBX kept none of it' : 'it came back each time';
    const because = `it was corrected ${times(count)} within ${spanWords(flaps.withinMs)} and ${fate}, so it is left alone until somebody re-arms it`;
    return quarantine(key, { ...current, quarantinedAt: now.toISOString(), because }, because);
  }
  const { nextTryAt, attempts } = current;
  if (nextTryAt === null || nextTryAt <= now.toISOString()) return { memory: current, withheld: null };
  const because = `the PBX did not keep it ${times(attempts)}; the next try is after ${timeWords(nextTryAt)}`;
  return { memory: current, withheld: { key, why: 'back-off', because } };
}

/** What to remember after a correction that the PBX did not keep: the pauses double, up to a week. */
export function afterFailure(memory: Memory, now: Date): Memory {
  const attempts = memory.attempts + 1;
  const pauseMs = Math.min(LONGEST_PAUSE_MS, HOUR_MS * 2 ** (attempts - 1));
  return { ...memory, attempts, nextTryAt: new Date(now.getTime() + pauseMs).toISOString() };
}

/**
 * What to remember once a setting was seen in sync; the same memory where nothing changes. A quarantine outlasts that for
 * as long as time does not end it: in a war it is in sync half of the time.
 */
export function afterInSync(memory: Memory, { flaps }: Pick<Guards, 'flaps'>, now: Date): Memory {
  if (isRearmed(memory, flaps.rearmMs, now)) return rearmed(now);
  return memory.attempts === 0 ? memory : { ...memory, attempts: 0, nextTryAt: null };
}

/** What to remember once a person, or time, gives a setting another chance. */
export function rearmed(now: Date): Memory {
  return { ...freshMemory, countsFrom: now.toISOString() };
}

function isRearmed({ quarantinedAt }: Memory, rearmMs: number, now: Date): boolean {
  return quarantinedAt !== null && Date.parse(quarantinedAt) + rearmMs <= now.getTime();
}

function quarantine(key: string, memory: Memory, because: string): Judged {
  return { memory, withheld: { key, why: 'quarantine', because } };
}

function laterOf(one: string, other: string | null): string {
  return other === null || one > other ? one : other;
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

function spanWords(ms: number): string {
  const hours = Math.round(ms / HOUR_MS);
  if (hours < 48) return hours === 1 ? 'an hour' : `${hours} hours`;
  return `${Math.round(ms / DAY_MS)} days`;
}
