import type { Db, Tx } from '../storage/database.js';

/** An exception or a pause that is in force. */
export interface Lasting {
  readonly kind: 'exception' | 'pause';
  readonly id: string;
  /** The request that it was granted with; it may have granted several. */
  readonly requestId: string;
  readonly target: string;
  /** Of an exception: the setting whose rule is suspended. */
  readonly key: string | null;
  readonly owner: string;
  readonly reason: string;
  readonly createdAt: string;
  readonly untilAt: string;
}

/** What is in force at `now`, ends no later than `before`, and was not warned about. Times in ISO 8601. */
export async function unwarned(db: Db, now: string, before: string): Promise<readonly Lasting[]> {
  return [
    ...(await exceptions(db, (row) => row.warned_at === null && row.until_at <= before, now)),
    ...(await pauses(db, (row) => row.warned_at === null && row.until_at <= before, now)),
  ];
}

/** What of a request was warned about and was not ended early, whether its time has come meanwhile or not. */
export async function warnedOf(db: Db, requestId: string): Promise<readonly Lasting[]> {
  const isMeant = (row: Row): boolean => row.request_id === requestId && row.warned_at !== null;
  return [...(await exceptions(db, isMeant)), ...(await pauses(db, isMeant))];
}

/** The requests something of which was warned about at or after `since`, is in force at `now` and was not ended early. */
export async function warnedRequests(db: Db, since: string, now: string): Promise<readonly string[]> {
  const isMeant = ({ warned_at: at }: Row): boolean => at !== null && at >= since;
  const warned = [...(await exceptions(db, isMeant, now)), ...(await pauses(db, isMeant, now))];
  return [...new Set(warned.map(({ requestId }) => requestId))];
}

/** Notes that something is warned about. Returns false where it was already, or is over. */
export async function saveWarned(
  tx: Tx,
  { kind, id }: Pick<Lasting, 'kind' | 'id'>,
  at: string,
): Promise<boolean> {
  const warned = await tx
    .updateTable(kind === 'exception' ? 'exceptions' : 'pauses')
    .set({ warned_at: at })
    .where('id', '=', id)
    .where('warned_at', 'is', null)
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  return warned.numUpdatedRows === 1n;
}

interface Row {
  readonly request_id: string;
  readonly until_at: string;
  readonly warned_at: string | null;
}

async function exceptions(db: Db, isMeant: (row: Row) => boolean, now = ''): Promise<readonly Lasting[]> {
  const rows = await db
    .selectFrom('exceptions')
    .selectAll()
    .where('ended_at', 'is', null)
    .where('until_at', '>', now)
    .orderBy('until_at')
    .execute();
  return rows.filter(isMeant).map((row) => ({ kind: 'exception', key: row.setting_key, ...lastingOf(row) }));
}

async function pauses(db: Db, isMeant: (row: Row) => boolean, now = ''): Promise<readonly Lasting[]> {
  const rows = await db
    .selectFrom('pauses')
    .selectAll()
    .where('ended_at', 'is', null)
    .where('until_at', '>', now)
    .orderBy('until_at')
    .execute();
  return rows.filter(isMeant).map((row) => ({ kind: 'pause', key: null, ...lastingOf(row) }));
}

type Common = Row & {
  readonly id: string;
  readonly target: string;
  readonly owner: string;
  readonly reason: string;
  readonly created_at: string;
};

function lastingOf(row: Common): Omit<Lasting, 'kind' | 'key'> {
  const { id, target, owner, reason } = row;
  return {
    id,
    target,
    owner,
    reason,
    requestId: row.request_id,
    createdAt: row.created_at,
    untilAt: row.until_at,
  };
}
