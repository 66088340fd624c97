import type { webApi } from '@slack/bolt';
import { getRequest } from '../changes/queries.js';
import type { ChangeRequest } from '../changes/request.js';
import { isFinal } from '../changes/transitions.js';
import type { SlackConfig } from '../config.js';
import { type Announcer, type Ctx, timestamp } from '../ctx.js';
import { findSweepReport } from '../drift/queries.js';
import { withLease } from '../fleet/lease.js';
import { type CardFacts, changeCard, requesterMessage } from './blocks/change-card.js';
import { detailMessages, sweepMessage } from './blocks/report.js';
import {
  anchorSlack,
  beginMessage,
  findMessage,
  isChangeBehind,
  type MessageKey,
  rowsBehind,
  saveMessage,
  UNPOSTABLE,
} from './message-store.js';
import { createOutbox, type Outbox } from './outbox.js';
import { withinRates } from './rates.js';
import { slackErrorCode } from './slack-error.js';

type AnnouncerCtx = Pick<Ctx, 'db' | 'now' | 'log' | 'pbxs' | 'roles' | 'holder'>;

interface Desk {
  readonly ctx: AnnouncerCtx;
  readonly config: SlackConfig;
  readonly client: webApi.WebClient;
  readonly outbox: Outbox;
}

const GONE = ['user_not_found', 'cannot_dm_bot', 'user_disabled', 'users_not_found'];

/**
 * Shows rows in Slack: every call loads the row and brings its messages up to date, whoever calls and however often. One
 * process at a time works on a row's messages, so that two of them neither post it twice nor show an older state last.
 */
export function createAnnouncer(ctx: AnnouncerCtx, config: SlackConfig, client: webApi.WebClient): Announcer {
  const desk: Desk = { ctx, config, client, outbox: createOutbox(ctx, client) };
  let since: Promise<string> | null = null;
  return {
    async change(id) {
      if (!(await isChangeBehind(ctx.db, id))) return;
      await withLease(ctx, `slack:change:${id}`, () => announceChange(desk, id));
    },
    async sweep(id) {
      await withLease(ctx, `slack:sweep:${id}`, () => announceSweep(desk, id));
    },
    async behind() {
      since ??= anchorSlack(ctx);
      return rowsBehind(ctx.db, await since);
    },
  };
}

async function announceChange(desk: Desk, id: string): Promise<void> {
  const { ctx, config, outbox } = desk;
  const request = await getRequest(ctx.db, id);
  const facts = { pbxName: nameOf(ctx, request.pbxId), approvers: ctx.roles.approvers };
  const { revision } = request;
  await outbox.publish({
    key: { kind: 'change', id, audience: 'card' },
    revision,
    channel: config.approvalsChannel,
    message: changeCard(request, facts),
  });
  if (isFinal(request.state)) await tellRequester(desk, request, facts);
}

/** Only how it ended is told in a direct message: an edit of an earlier one would reach nobody. */
async function tellRequester(
  { ctx, client, outbox }: Desk,
  request: ChangeRequest,
  facts: CardFacts,
): Promise<void> {
  const { id, revision, requestedBy } = request;
  if (requestedBy.kind !== 'slack') return;
  const key: MessageKey = { kind: 'change', id, audience: 'requester' };
  try {
    const opened = await withinRates(() => client.conversations.open({ users: requestedBy.id }));
    const channel = opened.channel?.id;
    if (channel === undefined) throw new Error('Slack opened no direct message');
    await outbox.publish({ key, revision, channel, message: requesterMessage(request, facts) });
  } catch (error) {
    if (!GONE.includes(slackErrorCode(error) ?? '')) throw error;
    ctx.log.warn({ request: id, user: requestedBy.id }, 'the requester cannot be written to');
    await beginMessage(ctx.db, key, requestedBy.id, timestamp(ctx));
    await saveMessage(ctx.db, key, UNPOSTABLE, revision);
  }
}

async function announceSweep({ ctx, config, outbox }: Desk, id: string): Promise<void> {
  const found = await findSweepReport(ctx.db, id);
  if (found === undefined || found.sweep.state !== 'finished') return;
  const { revision } = found.sweep;
  const channel = config.reportsChannel;
  const keyOf = (audience: string): MessageKey => ({ kind: 'sweep', id, audience });
  const shown = await findMessage(ctx.db, keyOf('report'));
  if (shown?.ts != null && shown.revision >= revision) return;
  const name = (pbxId: string): string => nameOf(ctx, pbxId);
  // The details are posted before the report counts as shown, so that an interruption in between is repaired.
  const summary = { key: keyOf('summary'), revision, channel, message: sweepMessage(found, name) };
  const threadTs = await outbox.publish(summary);
  for (const [index, message] of detailMessages(found.report, name).entries()) {
    await outbox.publish({ key: keyOf(`details:${index}`), revision, channel, message, threadTs });
  }
  await beginMessage(ctx.db, keyOf('report'), channel, timestamp(ctx));
  await saveMessage(ctx.db, keyOf('report'), threadTs, revision);
}

function nameOf(ctx: AnnouncerCtx, pbxId: string): string {
  return ctx.pbxs.find(({ id }) => id === pbxId)?.name ?? pbxId;
}
