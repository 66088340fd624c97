import { UserError } from '../errors.js';
import type { Db } from '../storage/database.js';
import type { ChangeRequest } from './request.js';
import { findRequest, fromRow } from './store.js';
import { type State, unfinishedStates } from './transitions.js';

/** The request of an id. Throws `UserError` where there is none. */
export async function getRequest(db: Db, id: string): Promise<ChangeRequest> {
  const request = await findRequest(db, id);
  if (request !== undefined) return request;
  throw new UserError('not-found', 'This request is not in the database.', {
    mend: 'The list of requests shows those that are.',
  });
}

export interface RequestFilter {
  readonly states?: readonly State[];
  readonly pbxId?: string;
  readonly limit: number;
}

/** The newest requests, newest first. */
export async function listRequests(db: Db, filter: RequestFilter): Promise<readonly ChangeRequest[]> {
  let query = db.selectFrom('change_requests').selectAll().orderBy('number', 'desc').limit(filter.limit);
  if (filter.states !== undefined) query = query.where('state', 'in', filter.states);
  if (filter.pbxId !== undefined) query = query.where('pbx_id', '=', filter.pbxId);
  const rows = await query.execute();
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  const votes = await db
    .selectFrom('votes')
    .selectAll()
    .where('request_id', 'in', ids)
    .orderBy('at')
    .execute();
  return rows.map((row) =>
    fromRow(
      row,
      votes.filter((vote) => vote.request_id === row.id),
    ),
  );
}

/** Ids of requests that Plumbline has still to carry out. */
export async function unfinishedRequests(db: Db): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('change_requests')
    .select('id')
    .where('state', 'in', unfinishedStates)
    .execute();
  return rows.map(({ id }) => id);
}
