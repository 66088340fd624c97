import { brokenGlassSince, listRequests } from '../changes/queries.js';
import type { ChangeRequest } from '../changes/request.js';
import type { SlackConfig } from '../config.js';
import { type Ctx, timestamp } from '../ctx.js';
import { findSweepReport, previousSweepEnd } from '../drift/queries.js';
import type { Sweep } from '../drift/store.js';
import { targetName } from './blocks/change-words.js';
import { detailMessages, sweepMessage } from './blocks/report.js';
import { beginMessage, findMessage, type MessageKey, saveMessage } from './message-store.js';
import type { Outbox } from './outbox.js';

const MOST_REVIEWS = 50;

interface ReportDesk {
  readonly ctx: Pick<Ctx, 'db' | 'now' | 'pbxs'>;
  readonly config: SlackConfig;
  readonly outbox: Outbox;
}

/** Posts the report of a finished sweep, its details in the thread. */
export async function announceSweep({ ctx, config, outbox }: ReportDesk, id: string): Promise<void> {
  const found = await findSweepReport(ctx.db, id);
  if (found === undefined || found.sweep.state !== 'finished') return;
  const { revision } = found.sweep;
  const channel = config.reportsChannel;
  const keyOf = (audience: string): MessageKey => ({ kind: 'sweep', id, audience });
  const shown = await findMessage(ctx.db, keyOf('report'));
  if (shown?.ts != null && shown.revision >= revision) return;
  const name = (pbxId: string): string => ctx.pbxs.find((pbx) => pbx.id === pbxId)?.name ?? pbxId;
  // The details are posted before the report counts as shown, so that an interruption in between is repaired.
  const broken = await brokenGlass(ctx, found.sweep);
  const message = sweepMessage(found, name, {
    broken,
    nameOfTarget: (target) => targetName(target, name),
  });
  const threadTs = await outbox.publish({ key: keyOf('summary'), revision, channel, message });
  for (const [index, details] of detailMessages(found.report, name).entries()) {
    const key = keyOf(`details:${index}`);
    await outbox.publish({ key, revision, channel, message: details, threadTs });
  }
  await beginMessage(ctx.db, keyOf('report'), channel, timestamp(ctx));
  await saveMessage(ctx.db, keyOf('report'), threadTs, revision);
}

/** What was applied without approval since the report before, and all whose review is open, newest first. */
async function brokenGlass({ db }: Pick<Ctx, 'db'>, sweep: Sweep): Promise<readonly ChangeRequest[]> {
  const recent = await brokenGlassSince(db, await previousSweepEnd(db, sweep.number));
  const open = await listRequests(db, { isReviewOpen: true, limit: MOST_REVIEWS });
  const known = new Set(recent.map(({ id }) => id));
  return [...recent, ...open.filter(({ id }) => !known.has(id))].toSorted(
    (one, other) => other.number - one.number,
  );
}
