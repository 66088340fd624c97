import type { Actor } from '../ctx.js';
import { UserError } from '../errors.js';
import type { Db } from '../storage/database.js';
import { encodeJson } from '../storage/json.js';
import type { ChangeRequest } from './request.js';
import { findRequest, withRows } from './store.js';
import { type State, unfinishedStates } from './transitions.js';

/** The request of an id. Throws `UserError` where there is none. */
export async function getRequest(db: Db, id: string): Promise<ChangeRequest> {
  const request = await findRequest(db, id);
  if (request !== undefined) return request;
  throw new UserError('not-found', 'This request is not in the database.', {
    mend: 'The list of requests shows those that are.',
  });
}

/** The request of a number, as people name it. Throws `UserError` where there is none. */
export async function getRequestByNumber(db: Db, number: number): Promise<ChangeRequest> {
  const row = await db
    .selectFrom('change_requests')
    .select('id')
    .where('number', '=', number)
    .executeTakeFirst();
  if (row !== undefined) return getRequest(db, row.id);
  throw new UserError('not-found', `There is no request #${number}.`, {
    field: 'request',
    mend: 'The list of requests shows those that there are.',
  });
}

export interface RequestFilter {
  readonly states?: readonly State[];
  /** Requests that mean this PBX, by name, tag or all. */
  readonly pbxId?: string;
  /** Requests by this person. */
  readonly requestedBy?: Actor;
  /** Only those whose after-the-fact review is open. */
  readonly isReviewOpen?: true;
  /** Only those with a smaller number: the next page. */
  readonly before?: number;
  /** Only those with a greater number, the nearest ones: the page before. */
  readonly after?: number;
  readonly limit: number;
}

/** The newest requests, newest first. */
export async function listRequests(db: Db, filter: RequestFilter): Promise<readonly ChangeRequest[]> {
  const { states, pbxId, requestedBy, isReviewOpen, before, after } = filter;
  const order = after === undefined ? 'desc' : 'asc';
  let query = db.selectFrom('change_requests').selectAll().orderBy('number', order).limit(filter.limit);
  if (after !== undefined) query = query.where('number', '>', after);
  if (states !== undefined) query = query.where('state', 'in', states);
  if (before !== undefined) query = query.where('number', '<', before);
  if (isReviewOpen === true) query = query.where('review_state', '=', 'open');
  if (requestedBy !== undefined) query = query.where('requested_by', 'like', likeActor(requestedBy));
  if (pbxId !== undefined) {
    query = query.where((eb) =>
      eb.or([
        eb('target', '=', pbxId),
        eb('id', 'in', eb.selectFrom('change_parts').select('request_id').where('pbx_id', '=', pbxId)),
      ]),
    );
  }
  const rows = await query.execute();
  return withRows(db, after === undefined ? rows : rows.toReversed());
}

/**
 * Requests that were decided or ended otherwise, the last ones first. `before` and `after` are the number of the request
 * at the end or the beginning of another page.
 */
export async function listDecided(
  db: Db,
  { states, before, after, limit }: Pick<RequestFilter, 'states' | 'before' | 'after' | 'limit'>,
): Promise<readonly ChangeRequest[]> {
  const order = after === undefined ? 'desc' : 'asc';
  let query = db
    .selectFrom('change_requests')
    .selectAll()
    .where('state', '!=', 'pending')
    .orderBy((eb) => eb.fn.coalesce('finished_at', 'decided_at', 'created_at'), order)
    .orderBy('number', order)
    .limit(limit);
  if (states !== undefined) query = query.where('state', 'in', states);
  const from = after ?? before;
  if (from !== undefined) {
    const beyond = after === undefined ? '<' : '>';
    const at = await decidedAt(db, from);
    query = query.where((eb) => {
      const ended = eb.fn.coalesce('finished_at', 'decided_at', 'created_at');
      return eb.or([eb(ended, beyond, at), eb.and([eb(ended, '=', at), eb('number', beyond, from)])]);
    });
  }
  const rows = await query.execute();
  return withRows(db, after === undefined ? rows : rows.toReversed());
}

async function decidedAt(db: Db, number: number): Promise<string> {
  const { finishedAt, decidedAt: at, createdAt } = await getRequestByNumber(db, number);
  return finishedAt ?? at ?? createdAt;
}

/** Requests that were applied without approval after `since` (ISO 8601), newest first. */
export async function brokenGlassSince(db: Db, since: string): Promise<readonly ChangeRequest[]> {
  const rows = await db
    .selectFrom('change_requests')
    .selectAll()
    .where('break_glass', 'is not', null)
    .orderBy('number', 'desc')
    .execute();
  const broken = await withRows(db, rows);
  return broken.filter(({ breakGlass }) => breakGlass !== null && breakGlass.at > since);
}

/** Ids of requests that Plumbline has still to carry out, and of those in which something came due by `now`. */
export async function unfinishedRequests(db: Db, now: string): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('change_requests')
    .select('id')
    .where((eb) =>
      eb.or([
        eb('state', 'in', unfinishedStates),
        eb.and([
          eb.or([eb('state', '=', 'pending'), eb('review_state', '=', 'open')]),
          eb.or([eb('look_at', 'is', null), eb('look_at', '<=', now)]),
        ]),
      ]),
    )
    .execute();
  return rows.map(({ id }) => id);
}

/** Ids of requests that wait for approval and build on an older baseline version than `version`. */
export async function pendingBefore(db: Db, version: number): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('change_requests')
    .select('id')
    .where('state', '=', 'pending')
    .where('baseline_version', '<', version)
    .execute();
  return rows.map(({ id }) => id);
}

function likeActor({ kind, id }: Actor): string {
  return `${encodeJson({ kind, id }).slice(0, -1)}%`;
}
