import type SqliteDatabase from 'better-sqlite3';
import type { SqliteDatabase as KyselyDatabase } from 'kysely';

const KEPT = 256;
/** Statements that change the schema are not kept: each of them is run once. */
const LASTING = /^\s*(select|insert|update|delete|begin|commit|rollback|with)\b/i;

/** A database that compiles each statement once and keeps the ones used last, as the stores use few, thousands of times. */
export function withStatements(database: SqliteDatabase.Database): KyselyDatabase {
  const kept = new Map<string, SqliteDatabase.Statement>();
  function prepare(sql: string): SqliteDatabase.Statement {
    const known = kept.get(sql);
    if (known !== undefined) return known;
    const statement = database.prepare(sql);
    if (!LASTING.test(sql)) return statement;
    if (kept.size >= KEPT) kept.clear();
    kept.set(sql, statement);
    return statement;
  }
  return { prepare, close: () => void database.close() };
}
