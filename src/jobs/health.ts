import { type Ctx, timestamp } from '../ctx.js';
import { findOpenSweep, lastSlot } from '../drift/store.js';
import { isAlive } from '../fleet/lease.js';
import { timeWords } from '../settings/time-words.js';
import { findAnchor } from './anchor-store.js';
import { dueSlot } from './due.js';
import { type Heartbeat, lastHeartbeat } from './heartbeat-store.js';

/** Whether `plumbline serve` does its work on this machine, and what is wrong where it does not, as whole sentences. */
export interface Health {
  readonly isWell: boolean;
  /** When the process began that was last heard of; ISO 8601. */
  readonly startedAt: string | null;
  readonly slack: 'socket' | 'http' | null;
  readonly faults: readonly string[];
}

/** Four signs of life that are missing in a row. */
const SILENT_MS = 120_000;
/** Slack asks for a new connection every few hours, and 5 to 12 s pass without one. */
const WITHOUT_SLACK_MS = 300_000;
/** A sweep begins up to a minute late. */
const OVERDUE_MS = 600_000;

/**
 * Looks at the sign of life of this machine's `plumbline serve` and at the schedule; asks neither Slack nor a PBX. That the
 * sign is fresh proves that the process runs and that it can write the database.
 */
export async function findHealth(ctx: Ctx): Promise<Health> {
  const beat = await lastHeartbeat(ctx.db, ctx.holder.host, timestamp(ctx));
  const faults = beat === undefined ? [NOT_RUNNING] : faultsOf(beat, ctx.now(), await overdueSlot(ctx));
  return {
    isWell: faults.length === 0,
    startedAt: beat?.startedAt ?? null,
    slack: beat?.slack ?? null,
    faults,
  };
}

const NOT_RUNNING = 'Plumbline does not run on this machine.';

function faultsOf(beat: Heartbeat, now: Date, overdue: Date | null): readonly string[] {
  if (!isAlive(beat.holder.pid)) return [`Plumbline died without a word after ${timeWords(beat.at)}.`];
  const silentMs = now.getTime() - Date.parse(beat.at);
  if (silentMs > SILENT_MS) {
    return [`Plumbline was last heard of ${timeWords(beat.at)}: it hangs or cannot write the database.`];
  }
  const seenAt = beat.slackSeenAt ?? beat.startedAt;
  const isCutOff = beat.slack !== null && now.getTime() - Date.parse(seenAt) > WITHOUT_SLACK_MS;
  return [
    ...(isCutOff ? [`Slack has not been connected since ${timeWords(seenAt)}.`] : []),
    ...(overdue === null
      ? []
      : [`The sweep that was due ${timeWords(overdue.toISOString())} has not begun.`]),
  ];
}

/** The slot that should have begun a while ago and did not; a sweep that is under way makes the next one wait. */
async function overdueSlot(ctx: Ctx): Promise<Date | null> {
  const anchor = await findAnchor(ctx.db, 'sweep');
  const { expression, timezone } = ctx.schedule;
  if (anchor?.expression !== `${expression} ${timezone}`) return null;
  if ((await findOpenSweep(ctx.db)) !== undefined) return null;
  const last = await lastSlot(ctx.db, timestamp(ctx));
  const after = last !== null && last > anchor.at ? last : anchor.at;
  return dueSlot(ctx.schedule, new Date(after), new Date(ctx.now().getTime() - OVERDUE_MS));
}
