import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { Kysely } from 'kysely';
import { expect } from 'vitest';
import { type AuditVerdict, verifyAudit } from '../../src/audit/queries.js';
import { type SimulatedPbx, startPbxSimulator } from '../../src/simulators/pbx/server.js';
import type { AuditTable, Schema } from '../../src/storage/schema.js';
import { immediateSqliteDialect } from '../../src/storage/sqlite-dialect.js';
import { cliInProcess } from './cli-in-process.js';
import { APPS, type Answer } from './terminal.js';

/** Words that a careless encoding would change: two alphabets, an emoji, marks of JSON and SQL, and U+2028. */
export const WORDS = 'für “日本” 🎈 it\'s "so" \\ \u2028 .';

/** A closed database whose audit log was filled by use. */
export interface AuditLog {
  readonly folder: string;
  readonly path: string;
  /** Runs a command on the log, or on a copy of it. */
  run(path: string, ...args: readonly string[]): Promise<Answer>;
  /** Copies the database and returns the path of the copy. */
  copy(): string;
  remove(): void;
}

export type Run = (...args: readonly string[]) => Promise<Answer>;

/** One PBX, its operator, and a database that is closed once they are done. */
export async function fillAuditLog(
  use: (run: Run, pbx: SimulatedPbx) => Promise<void>,
  user = 'jörg \uFFFD',
): Promise<AuditLog> {
  const simulator = await startPbxSimulator({ pbxs: [{ id: 'pbx' }] });
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-audit-'));
  const path = join(folder, 'plumbline.db');
  const pbx = simulator.pbx('pbx');
  const variables = {
    THREECX_URL: pbx.url,
    THREECX_CLIENT_ID: 'plumbline',
    THREECX_CLIENT_SECRET: 'secret-pbx',
    PLUMBLINE_CONFIG: undefined,
  };
  const run: AuditLog['run'] = (database, ...args) =>
    cliInProcess({ ...variables, DATABASE_URL: `sqlite:${database}` }, user)(...args);
  try {
    await use((...args) => run(path, ...args), pbx);
  } finally {
    await simulator.close();
  }
  expect(existsSync(`${path}-wal`)).toBe(false);
  let copies = 0;
  return {
    folder,
    path,
    run,
    copy() {
      const copy = join(folder, `copy-${(copies += 1)}.db`);
      copyFileSync(path, copy);
      return copy;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** One change with words that are hard to keep: the shortest log that says something. */
export async function changeOnce(run: Run): Promise<void> {
  expect((await run('set', 'AvatarStyle', 'Circle', '--reason', WORDS)).code).toBe(0);
}

/** What a year brings: changes, a baseline of all settings, drift that is corrected, a change that fails. */
export async function useMuch(run: Run, pbx: SimulatedPbx): Promise<void> {
  await changeOnce(run);
  expect((await run('baseline', 'capture', '--reason', WORDS.repeat(40))).code).toBe(0);
  pbx.change(APPS, { EnableChat: false, BrandUrl: `https://example.com/${encodeURI(WORDS)}` });
  expect((await run('sweep')).code).toBe(0);
  pbx.fault({ kind: 'not-stored', on: 'write' });
  expect((await run('set', 'AvatarStyle', 'Square', '--baseline')).code).toBe(1);
}

/** A database open for tampering, through one connection for the forger and for the check. */
export interface Forgery {
  readonly sql: SqliteDatabase.Database;
  readonly rows: readonly AuditTable[];
  verify(): Promise<AuditVerdict>;
  /** Tampers, checks, and takes it back. */
  attempt(tamper: () => void): Promise<AuditVerdict>;
  close(): Promise<void>;
}

/** Opens a copy of a database for tampering. */
export function forge(path: string): Forgery {
  const sql = new SqliteDatabase(path);
  sql.pragma('journal_mode = MEMORY');
  sql.pragma('synchronous = OFF');
  const db = new Kysely<Schema>({ dialect: immediateSqliteDialect(sql) });
  const verify = (): Promise<AuditVerdict> => verifyAudit(db);
  return {
    sql,
    rows: sql.prepare<[], AuditTable>('select * from audit order by seq').all(),
    verify,
    async attempt(tamper) {
      sql.exec('begin');
      try {
        tamper();
        return await verify();
      } finally {
        sql.exec('rollback');
      }
    },
    close: () => db.destroy(),
  };
}
