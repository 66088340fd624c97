import { timestamp } from '../ctx.js';
import { nextDue } from '../jobs/due.js';
import { introductionMessage } from './blocks/introduction.js';
import { findMessage, isUntouched, type MessageKey, noteMessage } from './message-store.js';
import type { ReportDesk } from './report-channel.js';

const KEY: MessageKey = { kind: 'introduction', id: 'plumbline', audience: 'reports' };

/**
 * Notes once for a database whether Plumbline introduces itself: where there was neither a sweep nor a request before. What
 * is noted is posted by the look for what is behind, so that neither a death in between nor a second machine posts it twice.
 */
export async function noteIntroduction({ ctx, config }: Pick<ReportDesk, 'ctx' | 'config'>): Promise<void> {
  if ((await findMessage(ctx.db, KEY)) !== undefined) return;
  const isNew = await isUntouched(ctx.db);
  await noteMessage(ctx.db, KEY, { channel: config.reportsChannel, at: timestamp(ctx), isWanted: isNew });
}

/** Posts the introduction where it is noted and not posted yet. */
export async function announceIntroduction({ ctx, config, outbox }: ReportDesk): Promise<void> {
  const noted = await findMessage(ctx.db, KEY);
  if (noted === undefined || noted.ts !== null) return;
  const message = introductionMessage({
    pbxs: ctx.pbxs,
    approvalsChannel: config.approvalsChannel,
    nextSweepAt: nextDue(ctx.schedule, ctx.now())?.toISOString() ?? null,
  });
  await outbox.publish({ key: KEY, revision: 1, channel: config.reportsChannel, message });
}
