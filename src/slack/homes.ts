import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { webApi } from '@slack/bolt';
import { timestamp } from '../ctx.js';
import { homeView } from './blocks/home-view.js';
import type { View } from './blocks/kit.js';
import { type HomeCtx, homeFacts, type HomeNews, readNews } from './home-facts.js';
import { deleteViewer, listViewers, saveViewer } from './home-store.js';
import type { People } from './people.js';
import { withinRates } from './rates.js';
import { slackErrorCode } from './slack-error.js';

/** The Home tabs, each person's own. */
export interface Homes {
  /** Shows a person's Home tab, and keeps it up to date from now on. */
  opened(userId: string): Promise<void>;
  /** Brings the Home tabs up to date soon. Costs nothing by itself, and many calls are one. */
  refresh(): void;
  /** Publishes nothing any more and waits for what is under way. */
  stop(): Promise<void>;
}

const DAY_MS = 86_400_000;
const KEPT_DAYS = 30;
const MOST_VIEWERS = 100;
const GONE = ['user_not_found', 'user_disabled', 'users_not_found'];
/** A change comes with others: its votes, its progress, its end. */
const GATHER_MS = 250;

/** What a person's tab shows, and when what it shows was read. */
interface Shown {
  hash: string;
  reading: number;
  sending: Promise<void>;
}

interface Desk {
  readonly ctx: HomeCtx;
  readonly client: webApi.WebClient;
  readonly people: People;
  readonly shown: Map<string, Shown>;
  news: HomeNews | null;
  readings: number;
  isStopped: boolean;
}

/**
 * Keeps the Home tabs of those who opened them within the last 30 days up to date. `client` must reject calls that exceed
 * Slack's rates. A tab that would look the same is not published again.
 */
export function createHomes(ctx: HomeCtx, client: webApi.WebClient, people: People): Homes {
  const desk: Desk = { ctx, client, people, shown: new Map(), news: null, readings: 0, isStopped: false };
  let running: Promise<void> | null = null;
  let isWanted = false;
  const run = async (): Promise<void> => {
    while (isWanted && !desk.isStopped) {
      await sleep(GATHER_MS, undefined, { ref: false });
      isWanted = false;
      await refreshAll(desk).catch((error: unknown) =>
        ctx.log.warn({ err: error }, 'the Home tabs could not be brought up to date'),
      );
    }
    running = null;
  };
  return {
    async opened(userId) {
      await saveViewer(ctx.db, userId, timestamp(ctx));
      await publish(desk, userId, await read(desk), 'always');
    },
    refresh() {
      isWanted = true;
      running ??= run();
    },
    async stop() {
      desk.isStopped = true;
      await running;
    },
  };
}

interface Reading {
  readonly number: number;
  readonly news: HomeNews;
}

async function read(desk: Desk): Promise<Reading> {
  desk.readings += 1;
  const number = desk.readings;
  const news = await readNews(desk.ctx, desk.news);
  desk.news = news;
  return { number, news };
}

async function refreshAll(desk: Desk): Promise<void> {
  const { ctx } = desk;
  if (desk.isStopped) return;
  const since = new Date(ctx.now().getTime() - KEPT_DAYS * DAY_MS).toISOString();
  const viewers = await listViewers(ctx.db, since, MOST_VIEWERS);
  if (viewers.length === 0) return;
  const reading = await read(desk);
  for (const userId of viewers) {
    if (desk.isStopped) return;
    await publish(desk, userId, reading, 'if-changed').catch(async (error: unknown) => {
      if (GONE.includes(slackErrorCode(error) ?? '')) return deleteViewer(ctx.db, userId);
      ctx.log.warn({ err: error, user: userId }, 'a Home tab could not be brought up to date');
    });
  }
}

/** One view at a time per person, and never an older one after a newer one. */
async function publish(
  desk: Desk,
  userId: string,
  reading: Reading,
  when: 'always' | 'if-changed',
): Promise<void> {
  const shown = desk.shown.get(userId) ?? { hash: '', reading: 0, sending: Promise.resolve() };
  desk.shown.set(userId, shown);
  const sent = shown.sending.then(() => publishNext(desk, userId, shown, reading, when));
  shown.sending = sent.catch(() => undefined);
  await sent;
}

async function publishNext(
  { ctx, client, people }: Desk,
  userId: string,
  shown: Shown,
  { number, news }: Reading,
  when: 'always' | 'if-changed',
): Promise<void> {
  if (number < shown.reading) return;
  const view = homeView(await homeFacts(ctx, await people.glance(userId), news));
  const hash = hashOf(view);
  if (when === 'if-changed' && hash === shown.hash) return;
  await withinRates(() => client.views.publish({ user_id: userId, view }));
  shown.hash = hash;
  shown.reading = number;
}

function hashOf(view: View): string {
  return createHash('sha256').update(JSON.stringify(view)).digest('hex');
}
