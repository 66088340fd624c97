import type SqliteDatabase from 'better-sqlite3';
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  SqliteAdapter,
  SqliteDialect,
  SqliteDriver,
} from 'kysely';
import { withStatements } from './statements.js';

/**
 * Kysely's SQLite dialect with three corrections: transactions take the write lock when they begin, because a deferred one
 * fails with SQLITE_BUSY when two processes upgrade at once; DDL is known to be transactional, so that a migration happens
 * whole or not at all; and a statement is compiled once, not whenever it is run.
 */
export function immediateSqliteDialect(database: SqliteDatabase.Database): Dialect {
  const base = new SqliteDialect({ database });
  return {
    createAdapter: () => new TransactionalDdlAdapter(),
    createDriver: (): Driver => new ImmediateDriver({ database: withStatements(database) }),
    createIntrospector: (db) => base.createIntrospector(db),
    createQueryCompiler: () => base.createQueryCompiler(),
  };
}

class ImmediateDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }
}

class TransactionalDdlAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}
