import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { type Db, openDatabase, type Tx } from '../../src/storage/database.js';
import { type Postgres, startPostgres } from './postgres.js';

const PROCESS = fileURLToPath(new URL('storage-process.ts', import.meta.url));

export type Engine = 'SQLite' | 'PostgreSQL';

/** Fresh databases of one engine; to be called where tests are declared, for the server lives as long as they do. */
export function databasesOf(engine: Engine): () => Promise<string> {
  let postgres: Postgres | undefined;
  if (engine === 'PostgreSQL') {
    beforeAll(async () => {
      postgres = await startPostgres();
    }, 60_000);
    afterAll(() => postgres?.stop());
  }
  return async () => {
    if (postgres !== undefined) return postgres.newDatabase();
    const folder = mkdtempSync(join(tmpdir(), 'plumbline-sqlite-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    return `sqlite:${join(folder, 'plumbline.db')}`;
  };
}

/** Opens a database for the length of a test. */
export async function openFor(url: string): Promise<Db> {
  const db = await openDatabase(url);
  onTestFinished(() => db.destroy());
  return db;
}

/** Runs work in a transaction of its own. */
export function inTx<T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> {
  return db.transaction().execute(work);
}

/**
 * Starts another process that opens the database and appends `rows` audit rows, and waits for its end. Where its
 * connections are to be `dropped`, the server does so after that, and the process appends as many rows again.
 */
export async function otherProcess(
  url: string,
  rows: number,
  connections: 'kept' | 'dropped' = 'kept',
): Promise<void> {
  const args = ['--import', 'tsx', PROCESS, url, String(rows), connections];
  await promisify(execFile)(process.execPath, args);
}

/** Runs the same work so many times at once. */
export function atOnce<T>(times: number, work: (index: number) => Promise<T>): Promise<readonly T[]> {
  return Promise.all(Array.from({ length: times }, (_, index) => work(index)));
}
