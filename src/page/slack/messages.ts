import type { SimMessage } from '../../simulators/slack/types.js';
import type { ChannelState, SlackState } from '../frame/world.js';

/** What one person can see. */
export interface Sight {
  /** Channels they are in or may join, then their direct messages with the app. */
  readonly channels: readonly ChannelState[];
  readonly direct: ChannelState | undefined;
  /** Top-level messages of a channel, oldest first. */
  of(channel: string): readonly SimMessage[];
  /** The replies of a thread, oldest first. */
  repliesTo(channel: string, ts: string): readonly SimMessage[];
  /** The ts of the newest message of a channel, replies included. */
  newest(channel: string): string | undefined;
  /** How much in a channel came after a moment and was not said by the person. */
  unread(channel: string, since: string): number;
}

/** The workspace through the eyes of one person. */
export function sightOf(slack: SlackState, person: string): Sight {
  const mine = slack.messages
    .filter(({ ephemeralTo }) => ephemeralTo === undefined || ephemeralTo === person)
    .toSorted((one, other) => Number(one.ts) - Number(other.ts));
  const isTop = ({ ts, threadTs }: SimMessage): boolean => threadTs === undefined || threadTs === ts;
  return {
    channels: slack.channels.filter(
      ({ directWith, isPrivate, members }) =>
        directWith === undefined && (!isPrivate || members.includes(person)),
    ),
    direct: slack.channels.find(({ directWith }) => directWith === person),
    of: (channel) => mine.filter((message) => message.channel === channel && isTop(message)),
    repliesTo: (channel, ts) =>
      mine.filter((message) => message.channel === channel && message.threadTs === ts && message.ts !== ts),
    newest: (channel) => mine.findLast((message) => message.channel === channel)?.ts,
    unread: (channel, since) =>
      mine.filter(
        ({ ts, user, channel: place }) => place === channel && user !== person && Number(ts) > Number(since),
      ).length,
  };
}

/** The room of a person's direct messages before there are any: the workspace knows it by the person's id. */
export function directRoom(sight: Sight, person: string): string {
  return sight.direct?.id ?? person;
}
