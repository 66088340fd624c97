import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { record } from '../../src/audit/record.js';
import { openDatabase } from '../../src/storage/database.js';
import { entryOf } from './rows.js';

const [url = '', rows = '0', connections = 'kept'] = process.argv.slice(2);
const db = await openDatabase(url);

/** Reads before it writes, as a use case does: the order in which two processes at once get into each other's way. */
async function append(): Promise<void> {
  for (let row = 0; row < Number(rows); row += 1) {
    await db.transaction().execute(async (tx) => {
      await tx.selectFrom('audit').select('seq').limit(1).execute();
      await record(tx, entryOf(`${process.pid}-${row}`));
    });
  }
}

/** Ends every other connection, as a server does that restarts, and lets the news arrive. */
async function dropConnections(): Promise<void> {
  const other = await openDatabase(url);
  await sql`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()`.execute(other);
  await sleep(200);
  await other.destroy();
}

await append();
if (connections === 'dropped') {
  await dropConnections();
  await append();
}
await db.destroy();
