import type { webApi } from '@slack/bolt';
import { inviteMend, CHANNEL_MEND } from '../config-places.js';
import type { SlackConfig } from '../config.js';
import { UserError } from '../errors.js';
import { withinRates } from './rates.js';
import { slackErrorCode } from './slack-error.js';

/** Slack docs, "conversations.history": what says that Plumbline cannot work in a channel. Anything else says nothing. */
const FAULTS: Readonly<Record<string, string>> = {
  not_in_channel: 'but Plumbline is not in it, so nothing can be posted there',
  channel_not_found: 'which is not there, or is private and Plumbline is not in it',
  is_archived: 'which is archived, so nothing can be posted there',
};

/** The channels in which Plumbline cannot work, each with what to do about it. `client` is one that does not retry. */
export async function channelFaults(
  client: webApi.WebClient,
  { approvalsChannel, reportsChannel, tagChannels }: SlackConfig,
  bot: string,
): Promise<readonly UserError[]> {
  const uses = new Map<string, string>();
  const wanted = [
    ['requests for approval', approvalsChannel],
    ['reports', reportsChannel],
    ...Object.entries(tagChannels).map(([tag, channel]) => [`reports about ${tag}`, channel]),
  ] as const;
  for (const [use = '', channel = ''] of wanted) {
    const others = uses.get(channel);
    uses.set(channel, others === undefined ? use : `${others} and ${use}`);
  }
  const faults: UserError[] = [];
  for (const [channel, use] of uses) {
    const fault = await faultOf(client, channel);
    if (fault === null) continue;
    const mend = fault === 'channel_not_found' ? `${CHANNEL_MEND} ${inviteMend(bot)}` : inviteMend(bot);
    const message = `The channel ${channel} is for ${use}, ${FAULTS[fault] ?? fault}.`;
    faults.push(new UserError('conflict', message, { field: channel, mend }));
  }
  return faults;
}

async function faultOf(client: webApi.WebClient, channel: string): Promise<string | null> {
  try {
    await withinRates(() => client.conversations.history({ channel, limit: 1 }));
    return null;
  } catch (error) {
    const code = slackErrorCode(error);
    return code !== null && FAULTS[code] !== undefined ? code : null;
  }
}
