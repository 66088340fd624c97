import type { Holder } from '../ctx.js';
import type { Db } from '../storage/database.js';

/** The last sign of life of a process that serves. Times are ISO 8601. */
export interface Heartbeat {
  readonly holder: Holder;
  readonly startedAt: string;
  readonly at: string;
  /** How it reaches Slack, or null where Slack is not configured. */
  readonly slack: 'socket' | 'http' | null;
  /** When it was last seen to be connected, or null where it never was. */
  readonly slackSeenAt: string | null;
}

/** Notes a sign of life in place of the process's last one. */
export async function saveHeartbeat(db: Db, beat: Heartbeat): Promise<void> {
  const row = {
    ...beat.holder,
    started_at: beat.startedAt,
    beat_at: beat.at,
    slack: beat.slack,
    slack_seen_at: beat.slackSeenAt,
  };
  await db
    .insertInto('heartbeats')
    .values(row)
    .onConflict((conflict) => conflict.column('owner').doUpdateSet(row))
    .execute();
}

/** Forgets a process that ends, and those that died without a word before `at`. */
export async function forgetHeartbeats(db: Db, owner: string, at: string): Promise<void> {
  await db
    .deleteFrom('heartbeats')
    .where(({ eb, or }) => or([eb('owner', '=', owner), eb('beat_at', '<', at)]))
    .execute();
}

/** The newest sign of life from a machine up to `now` (ISO 8601), or undefined; one of a clock that was ahead is none. */
export async function lastHeartbeat(db: Db, host: string, now: string): Promise<Heartbeat | undefined> {
  const row = await db
    .selectFrom('heartbeats')
    .selectAll()
    .where('host', '=', host)
    .where('beat_at', '<=', now)
    .orderBy('beat_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    holder: { owner: row.owner, host: row.host, pid: row.pid },
    startedAt: row.started_at,
    at: row.beat_at,
    slack: row.slack === 'socket' || row.slack === 'http' ? row.slack : null,
    slackSeenAt: row.slack_seen_at,
  };
}
