import { isFinal, states } from '../changes/transitions.js';
import type { Ctx, Job } from '../ctx.js';
import { timestamp } from '../ctx.js';
import { unannouncedSweeps } from '../drift/queries.js';
import type { Db } from '../storage/database.js';
import type { MessageTable } from '../storage/schema.js';

/** Which message of a row this is: its card, the requester's direct message, a report, a part of its thread. */
export interface MessageKey {
  readonly kind: 'change' | 'sweep';
  readonly id: string;
  readonly audience: string;
}

/** The message's `ts` where it can never be posted, for instance because the person has left. */
export const UNPOSTABLE = 'unpostable';

const ANCHOR = 'slack';

/** What is known of a message, or undefined before it was first begun. */
export async function findMessage(db: Db, key: MessageKey): Promise<MessageTable | undefined> {
  return db
    .selectFrom('messages')
    .selectAll()
    .where('subject_kind', '=', key.kind)
    .where('subject_id', '=', key.id)
    .where('audience', '=', key.audience)
    .executeTakeFirst();
}

/** Notes that a message is about to be posted, so that a lost answer can be told from a message never sent. */
export async function beginMessage(db: Db, key: MessageKey, channel: string, at: string): Promise<void> {
  const row = {
    subject_kind: key.kind,
    subject_id: key.id,
    audience: key.audience,
    revision: 0,
    channel,
    ts: null,
    begun_at: at,
  };
  await db
    .insertInto('messages')
    .values(row)
    .onConflict((conflict) => conflict.columns(['subject_kind', 'subject_id', 'audience']).doUpdateSet(row))
    .execute();
}

/** Notes where a message is and which revision it shows; never an older one than before. */
export async function saveMessage(db: Db, key: MessageKey, ts: string, revision: number): Promise<void> {
  await db
    .updateTable('messages')
    .set({ ts, revision })
    .where('subject_kind', '=', key.kind)
    .where('subject_id', '=', key.id)
    .where('audience', '=', key.audience)
    .where('revision', '<=', revision)
    .execute();
}

/** Since when this database has been shown in Slack; what ended before is not posted afterwards. */
export async function anchorSlack(ctx: Pick<Ctx, 'db' | 'now'>): Promise<string> {
  await ctx.db
    .insertInto('schedules')
    .values({ name: ANCHOR, expression: '', anchor_at: timestamp(ctx) })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute();
  const row = await ctx.db
    .selectFrom('schedules')
    .selectAll()
    .where('name', '=', ANCHOR)
    .executeTakeFirstOrThrow();
  return row.anchor_at;
}

/** The rows whose messages are missing or show an older revision. */
export async function rowsBehind(db: Db, since: string): Promise<readonly Job[]> {
  const changes = await changesBehind(db).where('request.created_at', '>=', since).execute();
  const sweeps = await unannouncedSweeps(db, 'report', since);
  return [
    ...changes.map(({ id }) => ({ kind: 'change', id }) as const),
    ...sweeps.map((id) => ({ kind: 'sweep', id }) as const),
  ];
}

/** Whether one request's messages are missing or show an older revision. */
export async function isChangeBehind(db: Db, id: string): Promise<boolean> {
  const row = await changesBehind(db).where('request.id', '=', id).executeTakeFirst();
  return row !== undefined;
}

/** Requests whose card is out of date, or whose end the person who asked has not been told. */
function changesBehind(db: Db) {
  return db
    .selectFrom('change_requests as request')
    .leftJoin('messages as card', (join) =>
      join
        .onRef('card.subject_id', '=', 'request.id')
        .on('card.subject_kind', '=', 'change')
        .on('card.audience', '=', 'card'),
    )
    .leftJoin('messages as direct', (join) =>
      join
        .onRef('direct.subject_id', '=', 'request.id')
        .on('direct.subject_kind', '=', 'change')
        .on('direct.audience', '=', 'requester'),
    )
    .select('request.id')
    .where((eb) =>
      eb.or([
        eb('card.ts', 'is', null),
        eb('card.revision', '<', eb.ref('request.revision')),
        eb.and([
          eb('request.state', 'in', states.filter(isFinal)),
          eb('request.requested_by', 'like', '%"kind":"slack"%'),
          eb.or([eb('direct.ts', 'is', null), eb('direct.revision', '<', eb.ref('request.revision'))]),
        ]),
      ]),
    );
}
