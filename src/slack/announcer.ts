import type { webApi } from '@slack/bolt';
import { getRequest } from '../changes/queries.js';
import type { ChangeRequest } from '../changes/request.js';
import type { SlackConfig } from '../config.js';
import { type Announcer, type Ctx, timestamp } from '../ctx.js';
import { findSweepReport } from '../drift/queries.js';
import { type CardFacts, changeCard, requesterMessage } from './blocks/change-card.js';
import { detailMessages, sweepMessage } from './blocks/report.js';
import {
  anchorSlack,
  beginMessage,
  type MessageKey,
  rowsBehind,
  saveMessage,
  UNPOSTABLE,
} from './message-store.js';
import { createOutbox, type Outbox, slackErrorCode } from './outbox.js';

type AnnouncerCtx = Pick<Ctx, 'db' | 'now' | 'log' | 'pbxs' | 'roles'>;

const GONE = ['user_not_found', 'cannot_dm_bot', 'user_disabled', 'users_not_found', 'account_inactive'];

/** Shows rows in Slack: every call loads the row and brings its messages up to date, whoever calls and however often. */
export function createAnnouncer(ctx: AnnouncerCtx, config: SlackConfig, client: webApi.WebClient): Announcer {
  const outbox = createOutbox(ctx, client);
  const turns = createTurns();
  let since: Promise<string> | null = null;
  return {
    change: (id) => turns(`change:${id}`, () => announceChange(ctx, config, client, outbox, id)),
    sweep: (id) => turns(`sweep:${id}`, () => announceSweep(ctx, config, outbox, id)),
    async behind() {
      since ??= anchorSlack(ctx);
      return rowsBehind(ctx.db, await since);
    },
  };
}

async function announceChange(
  ctx: AnnouncerCtx,
  config: SlackConfig,
  client: webApi.WebClient,
  outbox: Outbox,
  id: string,
): Promise<void> {
  const request = await getRequest(ctx.db, id);
  const facts = { pbxName: nameOf(ctx, request.pbxId), approvers: ctx.roles.approvers };
  const key = { kind: 'change', id } as const;
  const { revision } = request;
  const channel = config.approvalsChannel;
  const message = changeCard(request, facts);
  await outbox.publish({ key: { ...key, audience: 'card' }, revision, channel, message });
  if (request.state !== 'pending') await tellRequester(ctx, client, outbox, request, facts);
}

async function tellRequester(
  ctx: AnnouncerCtx,
  client: webApi.WebClient,
  outbox: Outbox,
  request: ChangeRequest,
  facts: CardFacts,
): Promise<void> {
  const { id, revision, requestedBy } = request;
  if (requestedBy.kind !== 'slack') return;
  const key: MessageKey = { kind: 'change', id, audience: 'requester' };
  try {
    const opened = await client.conversations.open({ users: requestedBy.id });
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

async function announceSweep(
  ctx: AnnouncerCtx,
  config: SlackConfig,
  outbox: Outbox,
  id: string,
): Promise<void> {
  const found = await findSweepReport(ctx.db, id);
  if (found === undefined || found.sweep.state !== 'finished') return;
  const channel = config.reportsChannel;
  const { revision } = found.sweep;
  const key = { kind: 'sweep', id } as const;
  const report = (audience: string): MessageKey => ({ ...key, audience });
  const name = (pbxId: string): string => nameOf(ctx, pbxId);
  // The details are posted before the report counts as shown, so that an interruption in between is repaired.
  const threadTs = await outbox.publish({
    key: report('summary'),
    revision,
    channel,
    message: sweepMessage(found, name),
  });
  for (const [index, message] of detailMessages(found.report, name).entries()) {
    await outbox.publish({ key: report(`details:${index}`), revision, channel, message, threadTs });
  }
  await beginMessage(ctx.db, report('report'), channel, timestamp(ctx));
  await saveMessage(ctx.db, report('report'), threadTs, revision);
}

function nameOf(ctx: AnnouncerCtx, pbxId: string): string {
  return ctx.pbxs.find(({ id }) => id === pbxId)?.name ?? pbxId;
}

/** Runs tasks of one key one after the other, so that an older state never overwrites a newer one. */
function createTurns(): (key: string, task: () => Promise<void>) => Promise<void> {
  const last = new Map<string, Promise<void>>();
  return async (key, task) => {
    const turn = (last.get(key) ?? Promise.resolve()).catch(() => undefined).then(task);
    last.set(key, turn);
    try {
      await turn;
    } finally {
      if (last.get(key) === turn) last.delete(key);
    }
  };
}
