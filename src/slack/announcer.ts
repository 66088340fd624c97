import type { webApi } from '@slack/bolt';
import { getRequest } from '../changes/queries.js';
import type { ChangeRequest } from '../changes/request.js';
import type { SlackConfig } from '../config.js';
import { type Announcer, type Ctx, timestamp } from '../ctx.js';
import { withLease } from '../fleet/lease.js';
import type { CardFacts } from './blocks/card-facts.js';
import { changeCard } from './blocks/change-card.js';
import { gatherFacts } from './card-facts.js';
import { type Direct, directLetters, type Note, threadNotes } from './letters.js';
import {
  anchorSlack,
  beginMessage,
  findMessage,
  isChangeBehind,
  type MessageKey,
  rowsBehind,
  saveMessage,
  saveUnpostable,
} from './message-store.js';
import { createOutbox, type Outbox } from './outbox.js';
import { withinRates } from './rates.js';
import { announceRules } from './rule-notice.js';
import { slackErrorCode } from './slack-error.js';
import { announceSweep } from './sweep-report.js';

type AnnouncerCtx = Pick<Ctx, 'db' | 'now' | 'log' | 'pbxs' | 'roles' | 'holder' | 'directory'>;

/** The Home tabs that people have open. `refresh` returns at once, gathers calls that come close together, and never throws. */
export interface Homes {
  refresh(): void;
}

interface Desk {
  readonly ctx: AnnouncerCtx;
  readonly config: SlackConfig;
  readonly client: webApi.WebClient;
  readonly outbox: Outbox;
}

/** Whoever has left, and what was deleted, is not written to. */
const GONE = ['user_not_found', 'cannot_dm_bot', 'user_disabled', 'users_not_found'];
const THREAD_GONE = ['thread_not_found', 'message_not_found', 'cannot_reply_to_message'];

/**
 * Shows rows in Slack: every call loads the row and brings its messages up to date, whoever calls and however often. One
 * process at a time works on a row's messages, so that two of them neither post it twice nor show an older state last.
 */
export function createAnnouncer(
  ctx: AnnouncerCtx,
  config: SlackConfig,
  client: webApi.WebClient,
  homes: Homes,
): Announcer {
  const desk: Desk = { ctx, config, client, outbox: createOutbox(ctx, client) };
  let since: Promise<string> | null = null;
  return {
    async change(id) {
      if (!(await isChangeBehind(ctx.db, id))) return;
      await withLease(ctx, `slack:change:${id}`, () => announceChange(desk, id)).finally(() =>
        homes.refresh(),
      );
    },
    async sweep(id) {
      await withLease(ctx, `slack:sweep:${id}`, () => announceSweep(desk, id));
      homes.refresh();
    },
    episode: async () => undefined,
    ending: async () => undefined,
    digest: async () => undefined,
    async rules() {
      await announceRules({ ctx, outbox: desk.outbox, channel: config.approvalsChannel });
      homes.refresh();
    },
    async behind() {
      since ??= anchorSlack(ctx);
      return rowsBehind(ctx.db, await since);
    },
  };
}

/** Brings all messages about a request up to date; one that cannot be posted keeps back none of the others. */
async function announceChange(desk: Desk, id: string): Promise<void> {
  const { ctx, config } = desk;
  if (!(await isChangeBehind(ctx.db, id))) return;
  const request = await getRequest(ctx.db, id);
  const facts = await gatherFacts(ctx, request);
  const failures: unknown[] = [];
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    await work().catch((error: unknown) => failures.push(error));
  };
  await attempt(() => showCard(desk, request, facts));
  for (const letter of await directLetters(ctx.db, request, facts)) {
    await attempt(() => tell(desk, request, letter));
  }
  if (failures.length > 0) throw failures[0];
  const shown: MessageKey = { kind: 'change', id, audience: 'shown' };
  await beginMessage(ctx.db, shown, config.approvalsChannel, timestamp(ctx));
  await saveMessage(ctx.db, shown, 'shown', request.revision);
}

async function showCard(desk: Desk, request: ChangeRequest, facts: CardFacts): Promise<void> {
  const { id, revision } = request;
  const key: MessageKey = { kind: 'change', id, audience: 'card' };
  const message = changeCard(request, facts);
  await desk.outbox.publish({ key, revision, channel: desk.config.approvalsChannel, message });
  for (const note of threadNotes(request, facts)) await postNote(desk, id, note);
}

/** A note in the card's thread is posted once and never changed, hence always as revision 0. */
async function postNote({ ctx, outbox }: Desk, id: string, { audience, message }: Note): Promise<void> {
  const card = await findMessage(ctx.db, { kind: 'change', id, audience: 'card' });
  if (card?.ts == null) throw new Error(`request ${id} has no card`);
  const { channel, ts: threadTs } = card;
  const key: MessageKey = { kind: 'change', id, audience };
  try {
    await outbox.publish({ key, revision: 0, channel, message, threadTs });
  } catch (error) {
    if (!THREAD_GONE.includes(slackErrorCode(error) ?? '')) throw error;
    ctx.log.warn({ request: id, note: audience }, 'the thread of a card is gone');
    await saveUnpostable(ctx.db, key, channel, timestamp(ctx));
  }
}

/** Only how it ended is told in a direct message: an edit of an earlier one would reach nobody. */
async function tell({ ctx, client, outbox }: Desk, request: ChangeRequest, letter: Direct): Promise<void> {
  const { person, message, audience } = letter;
  const { id, revision } = request;
  const key: MessageKey = { kind: 'change', id, audience };
  try {
    const opened = await withinRates(() => client.conversations.open({ users: person }));
    const channel = opened.channel?.id;
    if (channel === undefined) throw new Error('Slack opened no direct message');
    await outbox.publish({ key, revision, channel, message });
  } catch (error) {
    if (!GONE.includes(slackErrorCode(error) ?? '')) throw error;
    ctx.log.warn({ request: id, user: person }, 'a person cannot be written to');
    await saveUnpostable(ctx.db, key, person, timestamp(ctx));
  }
}
