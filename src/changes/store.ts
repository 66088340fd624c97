import type { Db, Tx } from '../storage/database.js';
import { decodeJson, decodeOptionalJson, encodeJson } from '../storage/json.js';
import type { ChangeRequestTable, VoteTable } from '../storage/schema.js';
import type { ChangeRequest, Vote } from './request.js';
import { type Event, next, type State } from './transitions.js';

/** The next free request number. */
export async function nextNumber(tx: Tx): Promise<number> {
  const row = await tx
    .selectFrom('change_requests')
    .select((eb) => eb.fn.max('number').as('highest'))
    .executeTakeFirst();
  return (row?.highest ?? 0) + 1;
}

/** Stores a new request; `origin` is the message or form it came from, if that can be told apart. */
export async function insertRequest(tx: Tx, request: ChangeRequest, origin: string | null): Promise<void> {
  await tx
    .insertInto('change_requests')
    .values({
      id: request.id,
      number: request.number,
      kind: request.content.kind,
      pbx_id: request.pbxId,
      state: request.state,
      revision: request.revision,
      requested_by: encodeJson(request.requestedBy),
      reason: request.reason,
      origin,
      risk: request.risk,
      content: encodeJson(request.content),
      approval: encodeJson(request.approval),
      baseline_version: request.baselineVersion,
      created_at: request.createdAt,
      decided_at: request.decidedAt,
      finished_at: null,
      outcomes: null,
      result: null,
      failure: null,
    })
    .execute();
}

/** The columns an event may set beside the state. */
export type Fields = Partial<
  Pick<ChangeRequestTable, 'decided_at' | 'finished_at' | 'outcomes' | 'result' | 'failure'>
>;

/** Moves a request on where it still is in `from`. Returns false where it was not: somebody else decided first. */
export async function transition(
  tx: Tx,
  id: string,
  from: State,
  event: Event,
  fields: Fields = {},
): Promise<boolean> {
  const to = next(from, event);
  if (to === null) throw new Error(`no ${event} out of ${from}`);
  const moved = await tx
    .updateTable('change_requests')
    .set((eb) => ({ ...fields, state: to, revision: eb('revision', '+', 1) }))
    .where('id', '=', id)
    .where('state', '=', from)
    .executeTakeFirst();
  return moved.numUpdatedRows === 1n;
}

/** Stores a person's vote; the same person's later one replaces it. */
export async function saveVote(tx: Tx, requestId: string, vote: Vote): Promise<void> {
  const row = { request_id: requestId, ...vote };
  await tx
    .insertInto('votes')
    .values(row)
    .onConflict((conflict) => conflict.columns(['request_id', 'voter']).doUpdateSet(row))
    .execute();
}

/** One request with its votes, by id. */
export async function findRequest(db: Db | Tx, id: string): Promise<ChangeRequest | undefined> {
  const row = await db.selectFrom('change_requests').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) return undefined;
  const votes = await db.selectFrom('votes').selectAll().where('request_id', '=', id).orderBy('at').execute();
  return fromRow(row, votes);
}

/** The request that came from one form or command, if it was made: the same one delivered twice asks once. */
export async function findByOrigin(tx: Db | Tx, origin: string): Promise<ChangeRequest | undefined> {
  const row = await tx
    .selectFrom('change_requests')
    .select('id')
    .where('origin', '=', origin)
    .executeTakeFirst();
  return row === undefined ? undefined : findRequest(tx, row.id);
}

/** A row and its votes as a request. */
export function fromRow(row: ChangeRequestTable, votes: readonly VoteTable[]): ChangeRequest {
  return {
    id: row.id,
    number: row.number,
    pbxId: row.pbx_id,
    state: row.state as State,
    revision: row.revision,
    requestedBy: decodeJson(row.requested_by),
    reason: row.reason,
    risk: row.risk as ChangeRequest['risk'],
    content: decodeJson(row.content),
    approval: decodeJson(row.approval),
    baselineVersion: row.baseline_version,
    createdAt: row.created_at,
    decidedAt: row.decided_at,
    finishedAt: row.finished_at,
    outcomes: decodeOptionalJson(row.outcomes),
    result: decodeOptionalJson(row.result),
    failure: row.failure,
    votes: votes.map((vote) => ({
      voter: vote.voter,
      verdict: vote.verdict === 'approve' ? 'approve' : 'deny',
      reason: vote.reason,
      at: vote.at,
    })),
  };
}
