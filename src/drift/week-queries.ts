import type { Exception } from '../baseline/rules.js';
import { activeExceptions } from '../baseline/exception-store.js';
import type { Ctx } from '../ctx.js';
import type { Db } from '../storage/database.js';
import { listQuarantines } from './memory-store.js';
import { listSweeps, type Sweep } from './store.js';

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
const SOON_MS = 14 * DAY_MS;
const MOST_SWEEPS = 2000;
const TOP = 5;

/** Something with how often it was counted. */
export interface Tally {
  readonly name: string;
  readonly count: number;
}

/** What happened to a fleet in a week, and what it leaves behind. */
export interface Week {
  readonly fromAt: string;
  readonly untilAt: string;
  /** The sweeps that ended in it, newest first. */
  readonly sweeps: readonly Sweep[];
  readonly opened: number;
  readonly closed: number;
  readonly corrected: number;
  /** The settings, by key, and the PBXs, by id, of which most drifts began. */
  readonly topSettings: readonly Tally[];
  readonly topPbxs: readonly Tally[];
  readonly stillOpen: number;
  readonly quarantines: readonly { readonly pbxId: string; readonly key: string }[];
  /** The exceptions that end within two weeks, the next one first. */
  readonly ending: readonly Exception[];
  /** The ids of the PBXs of which nothing was read in the week. */
  readonly unread: readonly string[];
}

/** The week that ends at a time in ISO 8601. Only reads. */
export async function findWeek(ctx: Pick<Ctx, 'db' | 'pbxs'>, untilAt: string): Promise<Week> {
  const { db } = ctx;
  const fromAt = new Date(Date.parse(untilAt) - WEEK_MS).toISOString();
  const soonAt = new Date(Date.parse(untilAt) + SOON_MS).toISOString();
  const sweeps = (await listSweeps(db, MOST_SWEEPS)).filter(
    ({ finishedAt }) => finishedAt !== null && finishedAt > fromAt && finishedAt <= untilAt,
  );
  const exceptions = await activeExceptions(db, untilAt);
  const quarantines = await listQuarantines(db);
  return {
    fromAt,
    untilAt,
    sweeps,
    ...(await countDrifts(db, fromAt, untilAt)),
    corrected: await countCorrected(db, fromAt, untilAt),
    quarantines: quarantines.map(({ pbxId, key }) => ({ pbxId, key })),
    ending: exceptions.filter((exception) => exception.untilAt <= soonAt),
    unread: await listUnread(ctx, fromAt),
  };
}

async function countDrifts(
  db: Db,
  fromAt: string,
  untilAt: string,
): Promise<Pick<Week, 'opened' | 'closed' | 'topSettings' | 'topPbxs' | 'stillOpen'>> {
  const opened = await db
    .selectFrom('episodes')
    .select(['pbx_id', 'setting_key'])
    .where('opened_at', '>', fromAt)
    .where('opened_at', '<=', untilAt)
    .execute();
  const count = db.selectFrom('episodes').select((eb) => eb.fn.countAll().as('count'));
  const closed = await count
    .where('closed_at', '>', fromAt)
    .where('closed_at', '<=', untilAt)
    .executeTakeFirst();
  const open = await count.where('closed_at', 'is', null).executeTakeFirst();
  return {
    opened: opened.length,
    closed: Number(closed?.count ?? 0),
    stillOpen: Number(open?.count ?? 0),
    topSettings: topOf(opened.map(({ setting_key: key }) => key)),
    topPbxs: topOf(opened.map(({ pbx_id: id }) => id)),
  };
}

async function countCorrected(db: Db, fromAt: string, untilAt: string): Promise<number> {
  const row = await db
    .selectFrom('corrections')
    .select((eb) => eb.fn.countAll().as('count'))
    .where('has_converged', '=', 1)
    .where('at', '>', fromAt)
    .where('at', '<=', untilAt)
    .executeTakeFirst();
  return Number(row?.count ?? 0);
}

async function listUnread(
  { db, pbxs }: Pick<Ctx, 'db' | 'pbxs'>,
  fromAt: string,
): Promise<readonly string[]> {
  const rows = await db.selectFrom('observations').select('pbx_id').where('at', '>', fromAt).execute();
  const read = new Set(rows.map(({ pbx_id: id }) => id));
  return pbxs.flatMap(({ id }) => (read.has(id) ? [] : [id]));
}

function topOf(names: readonly string[]): readonly Tally[] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts]
    .map(([name, count]) => ({ name, count }))
    .toSorted((one, other) => other.count - one.count || (one.name < other.name ? -1 : 1))
    .slice(0, TOP);
}
