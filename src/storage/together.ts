import { setImmediate as turn } from 'node:timers/promises';
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
 * Runs writes in a transaction that they share with others which come in at the same moment, so that many small ones
 * wait for the disk once. Resolves when the write is on disk. The work may run twice: where a shared transaction fails,
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
    await db.transaction().execute(async (tx) => {
      for (const { work } of batch) await work(tx);
    });
    for (const { resolve } of batch) resolve();
  } catch (error) {
    const [first, ...others] = batch;
    if (first !== undefined && others.length === 0) return first.reject(error);
    for (const one of batch) await writeBatch(db, [one]);
  }
}
