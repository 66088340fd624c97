import { setImmediate as turn } from 'node:timers/promises';
import { sql, SqliteAdapter } from 'kysely';
import type { Db, Tx } from './database.js';

type Work = (tx: Tx) => Promise<void>;

interface Waiting {
  readonly work: Work;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

interface Queue {
  waiting: Waiting[];
  isRunning: boolean;
}

const queues = new WeakMap<Db, Queue>();

/**
 * Runs a small write that can be made anew in a transaction which it shares with others that come in at the same moment.
 * Resolves once every process sees it. It does not wait for the disk: a failure of the power may take it, and never
 * anything that was committed in another way before or after. The work may run twice: where a shared transaction fails,
 * each of its works is tried in one of its own, and only the one that is to blame rejects.
 */
export function writeTogether(db: Db, work: Work): Promise<void> {
  const queue = queues.get(db) ?? { waiting: [], isRunning: false };
  queues.set(db, queue);
  return new Promise((resolve, reject) => {
    queue.waiting.push({ work, resolve, reject });
    if (!queue.isRunning) void drain(db, queue);
  });
}

async function drain(db: Db, queue: Queue): Promise<void> {
  queue.isRunning = true;
  while (queue.waiting.length > 0) {
    await turn();
    const batch = queue.waiting;
    queue.waiting = [];
    await writeBatch(db, batch);
  }
  queue.isRunning = false;
}

async function writeBatch(db: Db, batch: readonly Waiting[]): Promise<void> {
  try {
    await commitSoon(db, async (tx) => {
      for (const { work } of batch) await work(tx);
    });
    for (const { resolve } of batch) resolve();
  } catch (error) {
    const [first, ...others] = batch;
    if (first !== undefined && others.length === 0) return first.reject(error);
    for (const one of batch) await writeBatch(db, [one]);
  }
}

/** SQLite docs, synchronous: in WAL mode NORMAL loses no consistency, and the next FULL commit brings it to the disk. */
async function commitSoon(db: Db, work: Work): Promise<void> {
  if (db.getExecutor().adapter instanceof SqliteAdapter) {
    return db.connection().execute(async (connection) => {
      await sql`pragma synchronous = normal`.execute(connection);
      try {
        await connection.transaction().execute(work);
      } finally {
        await sql`pragma synchronous = full`.execute(connection);
      }
    });
  }
  await db.transaction().execute(async (tx) => {
    await sql`set local synchronous_commit to off`.execute(tx);
    await work(tx);
  });
}
