import type { Db, Tx } from '../storage/database.js';
import { encodeJson } from '../storage/json.js';
import type { ChangeRequestTable } from '../storage/schema.js';
import { takeTurn } from '../storage/turn.js';
import { fromRow } from './request-row.js';
import type { ChangeRequest, Content, PartResult, Vote } from './request.js';
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
      target: request.target,
      state: request.state,
      round: request.round,
      revision: request.revision,
      requested_by: encodeJson(request.requestedBy),
      editors: encodeJson(request.editors),
      reason: request.reason,
      origin,
      risk: request.risk,
      content: encodeJson(request.content),
      approval: encodeJson(request.approval),
      baseline_version: request.baselineVersion,
      created_at: request.createdAt,
      asked_at: request.askedAt,
      decided_at: request.decidedAt,
      finished_at: null,
      failure: null,
      again: encodeJson(request.again),
      blocked: request.blocked,
      held_back: null,
      reminders: request.reminders,
      look_at: request.lookAt,
      break_glass: null,
      review_state: null,
      review: null,
    })
    .execute();
  await replaceParts(tx, request.id, request.content);
}

/** Makes the parts of a request those of its content, none of them applied yet. */
export async function replaceParts(tx: Tx, requestId: string, content: Content): Promise<void> {
  await tx.deleteFrom('change_parts').where('request_id', '=', requestId).execute();
  if (content.kind !== 'settings') return;
  for (const [position, { pbxId }] of content.parts.entries()) {
    await tx
      .insertInto('change_parts')
      .values({
        request_id: requestId,
        pbx_id: pbxId,
        position,
        state: 'waiting',
        outcomes: null,
        result: null,
        failure: null,
        finished_at: null,
      })
      .execute();
  }
}

/** The columns an event may set beside the state. */
export type Fields = Partial<
  Omit<
    ChangeRequestTable,
    'id' | 'number' | 'kind' | 'target' | 'state' | 'revision' | 'requested_by' | 'origin'
  >
>;

/**
 * Moves a request on where it still is in `from` and in its `round`. Returns false where it was not: somebody else was
 * first. Takes its turn before it locks the row, as all who decide do, so that no two of them wait for each other.
 */
export async function transition(
  tx: Tx,
  { id, round }: Pick<ChangeRequest, 'id' | 'round'>,
  from: State,
  event: Event,
  fields: Fields = {},
): Promise<boolean> {
  const to = next(from, event);
  if (to === null) throw new Error(`no ${event} out of ${from}`);
  await takeTurn(tx);
  const moved = await tx
    .updateTable('change_requests')
    .set((eb) => ({ ...fields, state: to, revision: eb('revision', '+', 1) }))
    .where('id', '=', id)
    .where('state', '=', from)
    .where('round', '=', round)
    .executeTakeFirst();
  return moved.numUpdatedRows === 1n;
}

/**
 * Locks the row of a request that is being applied for the rest of the transaction. Returns false where it no longer is,
 * or not in this round: whoever still works on it is too late and must leave it alone.
 */
export async function holdApplying(
  tx: Tx,
  { id, round }: Pick<ChangeRequest, 'id' | 'round'>,
): Promise<boolean> {
  const applying: State = 'applying';
  await takeTurn(tx);
  const held = await tx
    .updateTable('change_requests')
    .set({ state: applying })
    .where('id', '=', id)
    .where('state', '=', applying)
    .where('round', '=', round)
    .executeTakeFirst();
  return held.numUpdatedRows === 1n;
}

/** Changes columns of a request without an event, where it is still as it was read; returns false where it is not. */
export async function amend(
  tx: Db | Tx,
  { id, revision }: Pick<ChangeRequest, 'id' | 'revision'>,
  fields: Fields,
  isShown: boolean,
): Promise<boolean> {
  const amended = await tx
    .updateTable('change_requests')
    .set((eb) => ({ ...fields, ...(isShown ? { revision: eb('revision', '+', 1) } : {}) }))
    .where('id', '=', id)
    .where('revision', '=', revision)
    .executeTakeFirst();
  return amended.numUpdatedRows === 1n;
}

/** Makes a request's messages show its votes or its progress as they are now. */
export async function touch(tx: Tx, id: string, fields: Fields = {}): Promise<void> {
  await tx
    .updateTable('change_requests')
    .set((eb) => ({ ...fields, revision: eb('revision', '+', 1) }))
    .where('id', '=', id)
    .execute();
}

/** Stores a person's vote; the same person's later one of the same round replaces it. */
export async function saveVote(tx: Tx, requestId: string, vote: Vote, source: string | null): Promise<void> {
  const row = { request_id: requestId, ...vote, source };
  await tx
    .insertInto('votes')
    .values(row)
    .onConflict((conflict) => conflict.columns(['request_id', 'round', 'voter']).doUpdateSet(row))
    .execute();
}

/** Stores what became of a request on one PBX. */
export async function savePart(tx: Tx, requestId: string, part: PartResult): Promise<void> {
  await tx
    .updateTable('change_parts')
    .set({
      state: part.state,
      outcomes: part.outcomes === null ? null : encodeJson(part.outcomes),
      result: part.result === null ? null : encodeJson(part.result),
      failure: part.failure,
      finished_at: part.finishedAt,
    })
    .where('request_id', '=', requestId)
    .where('pbx_id', '=', part.pbxId)
    .execute();
}

/** One request with its votes and parts, by id. */
export async function findRequest(db: Db | Tx, id: string): Promise<ChangeRequest | undefined> {
  const row = await db.selectFrom('change_requests').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) return undefined;
  const [request] = await withRows(db, [row]);
  return request;
}

/** Rows as requests, with the votes and parts that belong to them. */
export async function withRows(
  db: Db | Tx,
  rows: readonly ChangeRequestTable[],
): Promise<readonly ChangeRequest[]> {
  const ids = rows.map(({ id }) => id);
  if (ids.length === 0) return [];
  const votes = await db
    .selectFrom('votes')
    .selectAll()
    .where('request_id', 'in', ids)
    .orderBy('round')
    .orderBy('at')
    .orderBy('voter')
    .execute();
  const parts = await db
    .selectFrom('change_parts')
    .selectAll()
    .where('request_id', 'in', ids)
    .orderBy('position')
    .execute();
  return rows.map((row) =>
    fromRow(
      row,
      votes.filter((vote) => vote.request_id === row.id),
      parts.filter((part) => part.request_id === row.id),
    ),
  );
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
