import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { type Dialect, Kysely, PostgresDialect, type Transaction } from 'kysely';
import pg from 'pg';
import { UserError } from '../errors.js';
import { migrate } from './migrate.js';
import type { Schema } from './schema.js';
import { immediateSqliteDialect } from './sqlite-dialect.js';

export type Db = Kysely<Schema>;

/** A transaction; verbs that must be atomic with their caller's take one. */
export type Tx = Transaction<Schema>;

const BUSY_TIMEOUT_MS = 10_000;
const WAL_PAUSE_MS = 10;

/**
 * Opens the database behind `sqlite:PATH` (`sqlite::memory:` too) or `postgres://…` and brings its schema up to date.
 * Throws `UserError` for another kind of address.
 */
export async function openDatabase(url: string): Promise<Db> {
  return migrated(dialectFor(url));
}

/** Opens a database on a dialect made elsewhere and brings its schema up to date. */
export async function migrated(dialect: Dialect): Promise<Db> {
  const db = new Kysely<Schema>({ dialect });
  try {
    await migrate(db);
    return db;
  } catch (error) {
    await db.destroy();
    throw error;
  }
}

/** Opens a SQLite file as Plumbline needs it: write-ahead log, every commit on disk, waiting for other processes. */
export function openSqliteFile(path: string): SqliteDatabase.Database {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
  const database = new SqliteDatabase(path, { timeout: BUSY_TIMEOUT_MS });
  enterWal(database);
  database.pragma('synchronous = FULL');
  database.pragma('foreign_keys = ON');
  return database;
}

/** Of two processes that open a new file at once one is refused the change to WAL at once: the timeout is not for that. */
function enterWal(database: SqliteDatabase.Database): void {
  const deadline = Date.now() + BUSY_TIMEOUT_MS;
  for (;;) {
    try {
      database.pragma('journal_mode = WAL');
      return;
    } catch (error) {
      const isBusy = error instanceof SqliteDatabase.SqliteError && error.code.startsWith('SQLITE_BUSY');
      if (!isBusy || Date.now() > deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAL_PAUSE_MS);
    }
  }
}

function dialectFor(url: string): Dialect {
  if (url.startsWith('sqlite:')) return immediateSqliteDialect(openSqliteFile(url.slice('sqlite:'.length)));
  if (/^postgres(ql)?:\/\//.test(url)) return new PostgresDialect({ pool: postgresPool(url) });
  throw new UserError('invalid', `“${url.split(':')[0]}:” is not a database Plumbline can open.`, {
    field: 'DATABASE_URL',
    mend: 'Use sqlite:PATH, for example sqlite:./data/plumbline.db.',
  });
}

/** Queries on a broken connection fail by themselves; without a listener its error would end the process besides. */
function postgresPool(url: string): pg.Pool {
  const pool = new pg.Pool({ connectionString: url });
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool.on('error', () => undefined);
}
