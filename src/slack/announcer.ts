import type { webApi } from '@slack/bolt';
import pLimit from 'p-limit';
import { getRequest } from '../changes/queries.js';
import type { ChangeRequest } from '../changes/request.js';
import { isFinal } from '../changes/transitions.js';
import type { SlackConfig } from '../config.js';
import { type Announcer, type Ctx, timestamp } from '../ctx.js';
import { touchAnswered } from '../drift/answer-store.js';
import { unannouncedSweeps } from '../drift/queries.js';
import { withLease } from '../fleet/lease.js';
import type { CardFacts } from './blocks/card-facts.js';
import { changeCard } from './blocks/change-card.js';
import { gatherFacts } from './card-facts.js';
import { announceDigest, announceSilence, noteSilence } from './digest.js';
import { announceEnding } from './ending-notice.js';
import { announceEpisode, isEpisodeBehind } from './episode-card.js';
import { announceIntroduction, noteIntroduction } from './introduction.js';
import { type Direct, directLetters, type Note, threadNotes } from './letters.js';
import {
  anchorSlack,
  findMessage,
  isChangeBehind,
  type MessageKey,
  rowsBehind,
  saveShown,
  saveUnpostable,
} from './message-store.js';
import { createOutbox } from './outbox.js';
import { withinRates } from './rates.js';
import type { ReportDesk } from './report-channel.js';
import { announceRules } from './rule-notice.js';
import { slackErrorCode } from './slack-error.js';
import { announceSweep } from './sweep-report.js';

type AnnouncerCtx = ReportDesk['ctx'] & Pick<Ctx, 'directory' | 'freezes' | 'stopFile'>;

/** The Home tabs that people have open. `refresh` returns at once, gathers calls that come close together, and never throws. */
export interface Homes {
  refresh(): void;
}

interface Desk extends ReportDesk {
  readonly ctx: AnnouncerCtx;
}

/** Whoever has left, and what was deleted, is not written to. */
const GONE = ['user_not_found', 'cannot_dm_bot', 'user_disabled', 'users_not_found'];
const SILENCE_PAUSE_MS = 60_000;
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
  const desk: Desk = { ctx, config, client, outbox: createOutbox(ctx, client), tops: new Map() };
  const oneByOne = pLimit(1);
  const silence = createSilence(desk);
  let since: Promise<string> | null = null;
  const sinceWhen = (): Promise<string> => (since ??= anchorSlack(ctx));
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
    episode: (id) =>
      oneByOne(async () => {
        if (!(await isEpisodeBehind(ctx, id))) return;
        await reportFirst(desk, await sinceWhen());
        await withLease(ctx, `slack:episode:${id}`, () => announceEpisode(desk, id));
        homes.refresh();
      }),
    ending: (id) => withLease(ctx, `slack:ending:${id}`, () => announceEnding(desk, id)),
    digest: (slot) => withLease(ctx, `slack:digest:${slot}`, () => announceDigest(desk, slot)),
    async rules() {
      await announceRules({ ctx, outbox: desk.outbox, channel: config.approvalsChannel });
      homes.refresh();
    },
    introduce: () => noteIntroduction(desk),
    introduction: () => withLease(ctx, 'slack:introduction', () => announceIntroduction(desk)),
    async behind() {
      await silence.look();
      return rowsBehind(ctx.db, await sinceWhen(), timestamp(ctx));
    },
  };
}

/** A report comes before the cards of the drift it found. One that cannot be shown yet does not keep them back. */
async function reportFirst(desk: Desk, since: string): Promise<void> {
  const { ctx } = desk;
  for (const id of await unannouncedSweeps(ctx.db, 'report', since)) {
    await withLease(ctx, `slack:sweep:${id}`, () => announceSweep(desk, id)).catch((error: unknown) =>
      ctx.log.warn({ err: error, sweep: id }, 'a report could not be shown yet'),
    );
  }
}

/**
 * Tells once that sweeps did not happen for long. It is noted before this process begins the sweep that makes up for them;
 * posting it keeps nothing else back, and is tried again where it fails.
 */
function createSilence(desk: Desk): { look(): Promise<void> } {
  const { ctx } = desk;
  const state = { isNoted: false, isTold: false, notBefore: 0 };
  const tell = async (): Promise<void> => {
    try {
      await withLease(ctx, 'slack:silence', () => announceSilence(desk));
      state.isTold = true;
    } catch (error) {
      ctx.log.warn({ err: error }, 'a silence could not be told yet');
    }
  };
  return {
    async look() {
      if (!state.isNoted) await noteSilence(desk);
      state.isNoted = true;
      if (state.isTold || Date.now() < state.notBefore) return;
      state.notBefore = Date.now() + SILENCE_PAUSE_MS;
      void tell();
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
  if (isFinal(request.state)) {
    for (const episode of await touchAnswered(ctx.db, id)) ctx.wake({ kind: 'episode', id: episode });
  }
  const shown: MessageKey = { kind: 'change', id, audience: 'shown' };
  const at = timestamp(ctx);
  await saveShown(ctx.db, shown, { channel: config.approvalsChannel, at, revision: request.revision });
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
