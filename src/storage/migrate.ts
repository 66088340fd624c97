import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type Kysely, type Migration, Migrator, sql } from 'kysely';

const FOLDER = fileURLToPath(new URL('../../migrations/', import.meta.url));

/** Applies the SQL files of `migrations/` that this database does not have yet, in the order of their names. */
export async function migrate<T>(db: Kysely<T>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: readMigrations } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}

async function readMigrations(): Promise<Record<string, Migration>> {
  const names = (await readdir(FOLDER)).filter((name) => name.endsWith('.sql')).toSorted();
  const entries = await Promise.all(
    names.map(
      async (name) => [name.replace('.sql', ''), migrationOf(await readFile(FOLDER + name, 'utf8'))] as const,
    ),
  );
  return Object.fromEntries(entries);
}

function migrationOf(text: string): Migration {
  const statements = text
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
  return {
    async up(db) {
      for (const statement of statements) await sql.raw(statement).execute(db);
    },
  };
}
