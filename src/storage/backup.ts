import { sql, SqliteAdapter } from 'kysely';
import { UserError } from '../errors.js';
import type { Db } from './database.js';

/**
 * Writes a copy of an SQLite database to a new file, consistent while others read and write. Throws `UserError` for another
 * engine and where the file cannot be made. SQLite docs, VACUUM: `into` refuses a file that is already there.
 */
export async function backUp(db: Db, path: string): Promise<void> {
  if (!(db.getExecutor().adapter instanceof SqliteAdapter)) {
    throw new UserError('invalid', 'Only an SQLite database is copied by Plumbline.', {
      mend: 'Use pg_dump for PostgreSQL.',
    });
  }
  try {
    await sql`vacuum into ${path}`.execute(db);
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error);
    throw new UserError('conflict', `“${path}” cannot be written: ${because}.`, {
      mend: 'Name a file that is not there yet, in a folder that is.',
    });
  }
}
