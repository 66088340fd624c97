import { currentBaseline } from '../baseline/store.js';
import { timestamp } from '../ctx.js';
import { lastSlot } from '../drift/store.js';
import { findWeek } from '../drift/week-queries.js';
import { findAnchor } from '../jobs/anchor-store.js';
import { missedSlots } from '../jobs/due.js';
import { digestMessage, silenceMessage } from './blocks/digest-message.js';
import { beginMessage, findMessage, listUnposted, type MessageKey, saveUnpostable } from './message-store.js';
import type { ReportDesk } from './report-channel.js';

/** From so many sweeps that were due and did not happen on, it is told. */
const TELLING = 3;

/** Posts the summary of the week that ended at a time, once. Before there is a baseline there is nothing to sum up. */
export async function announceDigest({ ctx, config, outbox }: ReportDesk, slot: string): Promise<void> {
  const key: MessageKey = { kind: 'digest', id: slot, audience: 'digest' };
  const channel = config.reportsChannel;
  const known = await findMessage(ctx.db, key);
  if (known?.ts != null) return;
  if ((await currentBaseline(ctx.db)).version === 0) {
    await saveUnpostable(ctx.db, key, channel, timestamp(ctx));
    return;
  }
  const nameOf = (pbxId: string): string => ctx.pbxs.find((pbx) => pbx.id === pbxId)?.name ?? pbxId;
  const message = digestMessage(await findWeek(ctx, slot), nameOf);
  await outbox.publish({ key, revision: 1, channel, message });
}

/**
 * Notes, when a process begins, that sweeps which were due did not happen for long: the catching-up sweep would soon make
 * it look as if nothing had been. Nothing is posted here.
 */
export async function noteSilence({ ctx, config }: Pick<ReportDesk, 'ctx' | 'config'>): Promise<void> {
  const known = await findAnchor(ctx.db, 'sweep');
  const { expression, timezone } = ctx.schedule;
  if (known?.expression !== `${expression} ${timezone}`) return;
  const last = await lastSlot(ctx.db, timestamp(ctx));
  const sinceAt = last !== null && last > known.at ? last : known.at;
  if (missedSlots(ctx.schedule, new Date(sinceAt), ctx.now(), TELLING) < TELLING) return;
  const key: MessageKey = { kind: 'silence', id: sinceAt, audience: 'notice' };
  if ((await findMessage(ctx.db, key)) !== undefined) return;
  await beginMessage(ctx.db, key, config.reportsChannel, timestamp(ctx));
}

/** Posts what was noted of silences. */
export async function announceSilence({ ctx, config, outbox }: ReportDesk): Promise<void> {
  for (const sinceAt of await listUnposted(ctx.db, 'silence', 'notice')) {
    const key: MessageKey = { kind: 'silence', id: sinceAt, audience: 'notice' };
    const begun = await findMessage(ctx.db, key);
    const until = new Date(begun?.begun_at ?? timestamp(ctx));
    const missed = missedSlots(ctx.schedule, new Date(sinceAt), until, 10_000);
    const message = silenceMessage({ sinceAt, missed });
    await outbox.publish({ key, revision: 1, channel: config.reportsChannel, message });
  }
}
