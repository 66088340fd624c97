import { publishBaseline } from '../../src/baseline/publish.js';
import type { Rule } from '../../src/baseline/rules.js';
import type { Config } from '../../src/config.js';
import { openDatabase } from '../../src/storage/database.js';

/** Comes due once between `KNOWN_SINCE` and now, and not again while a test runs. */
export const YEARLY = { expression: '0 0 1 1 *', timezone: 'UTC' };

const KNOWN_SINCE = `${new Date().getUTCFullYear() - 1}-06-01T00:00:00.000Z`;

/** Gives a database a baseline with these rules and a schedule by which a sweep is due. */
export async function makeSweepDue(config: Config, rules: readonly Rule[]): Promise<void> {
  const db = await openDatabase(config.databaseUrl);
  const actor = { kind: 'operator', id: 'op' } as const;
  const publication = { requestId: 'first', actor, build: () => rules };
  const { expression, timezone } = config.schedule;
  const known = { name: 'sweep', expression: `${expression} ${timezone}`, anchor_at: KNOWN_SINCE };
  await db.transaction().execute((tx) => publishBaseline({ now: () => new Date() }, tx, publication));
  await db.insertInto('schedules').values(known).execute();
  await db.destroy();
}
