import type { Outcome } from '../fleet/outcome.js';
import type { Db } from '../storage/database.js';
import { decodeOptionalJson } from '../storage/json.js';
import type { Span } from './history-merge.js';
import type { ChangeRequest } from './request.js';
import { withRows } from './store.js';

/** A write that came to its end, as the journal has it. */
export interface SettledWrite {
  readonly id: string;
  readonly at: string;
  readonly cause: { readonly kind: 'change' | 'sweep'; readonly id: string };
  readonly outcomes: readonly Outcome[];
}

/** The settled writes of a PBX that name one of `keys`, or all where there are none; the first ones of the span. */
export async function listWrites(
  db: Db,
  pbxId: string,
  keys: readonly string[],
  { from, isOlder, limit }: Span,
): Promise<readonly SettledWrite[]> {
  const order = isOlder ? 'desc' : 'asc';
  let query = db
    .selectFrom('writes')
    .selectAll()
    .where('pbx_id', '=', pbxId)
    .where('settled_at', 'is not', null)
    .orderBy('settled_at', order)
    .orderBy('id', order)
    .limit(limit);
  if (keys.length > 0)
    query = query.where((eb) => eb.or(keys.map((key) => eb('outcomes', 'like', named(key)))));
  if (from !== null) {
    const beyond = isOlder ? '<' : '>';
    query = query.where((eb) =>
      eb.or([
        eb('settled_at', beyond, from.at),
        eb.and([eb('settled_at', '=', from.at), eb('id', beyond, from.id)]),
      ]),
    );
  }
  const rows = await query.execute();
  return rows.map((row) => ({
    id: row.id,
    at: row.settled_at ?? row.intended_at,
    cause: { kind: row.cause_kind === 'sweep' ? 'sweep' : 'change', id: row.cause_id },
    outcomes: decodeOptionalJson<Outcome[]>(row.outcomes) ?? [],
  }));
}

/**
 * The requests that may be about a PBX and name one of `keys`, or all where there are none, by when they ended or else
 * were last asked for; the first ones of the span. Baseline requests are among them whatever their rules are for.
 */
export async function listCandidates(
  db: Db,
  pbxId: string,
  keys: readonly string[],
  { from, isOlder, limit }: Span,
): Promise<readonly ChangeRequest[]> {
  const order = isOlder ? 'desc' : 'asc';
  let query = db
    .selectFrom('change_requests')
    .selectAll()
    .where((eb) =>
      eb.or([
        eb('kind', '=', 'baseline'),
        eb('id', 'in', eb.selectFrom('change_parts').select('request_id').where('pbx_id', '=', pbxId)),
      ]),
    )
    .orderBy((eb) => eb.fn.coalesce('finished_at', 'asked_at'), order)
    .orderBy('id', order)
    .limit(limit);
  if (keys.length > 0)
    query = query.where((eb) => eb.or(keys.map((key) => eb('content', 'like', named(key)))));
  if (from !== null) {
    const beyond = isOlder ? '<' : '>';
    query = query.where((eb) => {
      const ended = eb.fn.coalesce('finished_at', 'asked_at');
      return eb.or([
        eb(ended, beyond, from.at),
        eb.and([eb(ended, '=', from.at), eb('id', beyond, from.id)]),
      ]);
    });
  }
  return withRows(db, await query.execute());
}

/** The settled writes that several requests caused on a PBX, by the cause's id. */
export async function causesWritten(
  db: Db,
  pbxId: string,
  causeIds: readonly string[],
): Promise<ReadonlySet<string>> {
  if (causeIds.length === 0) return new Set();
  const rows = await db
    .selectFrom('writes')
    .select('cause_id')
    .where('pbx_id', '=', pbxId)
    .where('cause_kind', '=', 'change')
    .where('cause_id', 'in', causeIds)
    .where('settled_at', 'is not', null)
    .execute();
  return new Set(rows.map(({ cause_id: id }) => id));
}

/** Requests by id. */
export async function requestsOf(
  db: Db,
  ids: readonly string[],
): Promise<ReadonlyMap<string, ChangeRequest>> {
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom('change_requests').selectAll().where('id', 'in', ids).execute();
  return new Map((await withRows(db, rows)).map((request) => [request.id, request]));
}

/** The numbers of sweeps by their ids. */
export async function sweepNumbers(db: Db, ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom('sweeps').select(['id', 'number']).where('id', 'in', ids).execute();
  return new Map(rows.map(({ id, number }) => [id, number]));
}

function named(key: string): string {
  return `%"key":"${key}"%`;
}
