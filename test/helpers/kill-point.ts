import type { DatabaseConnection, Dialect, Driver } from 'kysely';
import { type Db, migrated, openSqliteFile } from '../../src/storage/database.js';
import { immediateSqliteDialect } from '../../src/storage/sqlite-dialect.js';

/** Where a process kills itself: right before or right after its n-th durable step, counted from 1. */
export interface KillPoint {
  readonly when: 'before' | 'after';
  readonly step: number;
}

/** Counts durable steps (a committed transaction, or a write outside of one) and strikes at one of them. */
export interface Steps {
  /** From now on steps count; null only counts. */
  arm(point: KillPoint | null): void;
  /** What each step since `arm` wrote, such as `insert messages`. */
  readonly done: readonly string[];
}

interface Meter extends Steps {
  reach(when: KillPoint['when']): void;
  finish(what: string): void;
}

/** A meter that ends this process with SIGKILL at the armed point. */
export function createSteps(): Meter {
  let point: KillPoint | null = null;
  let done: string[] = [];
  return {
    arm(next) {
      point = next;
      done = [];
    },
    get done() {
      return done;
    },
    reach(when) {
      const step = when === 'before' ? done.length + 1 : done.length;
      if (point?.when === when && point.step === step) process.kill(process.pid, 'SIGKILL');
    },
    finish: (what) => void done.push(what),
  };
}

/** Opens a SQLite database as Plumbline does, with every durable step told to `steps`. */
export function openMetered(steps: Meter): (url: string) => Promise<Db> {
  return (url) => {
    const base = immediateSqliteDialect(openSqliteFile(url.slice('sqlite:'.length)));
    const metered: Dialect = {
      createAdapter: () => base.createAdapter(),
      createIntrospector: (db) => base.createIntrospector(db),
      createQueryCompiler: () => base.createQueryCompiler(),
      createDriver: () => meteredDriver(base.createDriver(), steps),
    };
    return migrated(metered);
  };
}

function meteredDriver(driver: Driver, steps: Meter): Driver {
  const connections = new Map<DatabaseConnection, DatabaseConnection>();
  const state: Transaction = { written: null };
  return {
    init: () => driver.init(),
    async acquireConnection() {
      const connection = await driver.acquireConnection();
      const metered = connections.get(connection) ?? meteredConnection(connection, steps, state);
      connections.set(connection, metered);
      return metered;
    },
    beginTransaction: (connection, settings) => driver.beginTransaction(connection, settings),
    commitTransaction: (connection) => driver.commitTransaction(connection),
    rollbackTransaction: (connection) => driver.rollbackTransaction(connection),
    releaseConnection: (connection) => driver.releaseConnection(connection),
    destroy: () => driver.destroy(),
  };
}

interface Transaction {
  /** What the open transaction has written; null outside of one. */
  written: string[] | null;
}

function meteredConnection(connection: DatabaseConnection, steps: Meter, state: Transaction) {
  const metered: DatabaseConnection = {
    async executeQuery(query) {
      const what = writtenBy(query.sql);
      const isCommit = query.sql === 'commit';
      const isStep = isCommit ? (state.written ?? []).length > 0 : what !== null && state.written === null;
      if (isStep) steps.reach('before');
      const result = await connection.executeQuery<never>(query);
      if (query.sql.startsWith('begin')) state.written = [];
      else if (what !== null) state.written?.push(what);
      if (isStep) steps.finish(isCommit ? (state.written ?? []).join(' + ') : (what ?? ''));
      if (isCommit || query.sql === 'rollback') state.written = null;
      if (isStep) steps.reach('after');
      return result;
    },
    streamQuery: (query, chunkSize) => connection.streamQuery(query, chunkSize),
  };
  return metered;
}

/** `insert messages` and the like for a statement that writes, null for one that reads. */
function writtenBy(sql: string): string | null {
  const found = /^(insert|update|delete)\s+(?:into\s+|from\s+)?"(\w+)"/i.exec(sql);
  return found === null ? null : `${found[1]} ${found[2]}`;
}
