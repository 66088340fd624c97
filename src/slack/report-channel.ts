import type { webApi } from '@slack/bolt';
import type { SlackConfig } from '../config.js';
import type { Ctx } from '../ctx.js';
import type { Outbox } from './outbox.js';

/** What showing sweeps, drifts and summaries needs. */
export interface ReportDesk {
  readonly ctx: Pick<
    Ctx,
    'db' | 'now' | 'log' | 'pbxs' | 'roles' | 'schedule' | 'holder' | 'sweepPolicy' | 'wake'
  >;
  readonly config: SlackConfig;
  readonly client: webApi.WebClient;
  readonly outbox: Outbox;
  /** The worst new drifts by sweep and channel, so that a thousand drifts do not ask for them a thousand times. */
  readonly tops: Map<string, readonly string[]>;
}

/** Where reports about a PBX go: the channel of the first of its tags that has one, else that of all reports. */
export function reportChannel(
  { pbxs }: Pick<Ctx, 'pbxs'>,
  { reportsChannel, tagChannels }: Pick<SlackConfig, 'reportsChannel' | 'tagChannels'>,
  pbxId: string,
): string {
  const tags = pbxs.find(({ id }) => id === pbxId)?.tags ?? [];
  const tag = tags.find((name) => tagChannels[name] !== undefined);
  return tag === undefined ? reportsChannel : (tagChannels[tag] ?? reportsChannel);
}

/** Which message of a row this is in a channel; the one for all reports needs no mark. */
export function audienceIn(
  { reportsChannel }: Pick<SlackConfig, 'reportsChannel'>,
  channel: string,
  audience: string,
): string {
  return channel === reportsChannel ? audience : `${audience}@${channel}`;
}
