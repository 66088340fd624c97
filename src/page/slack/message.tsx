import { type ReactNode, useRef } from 'react';
import type { SimMessage } from '../../simulators/slack/types.js';
import type { SlackState } from '../frame/world.js';
import { Avatar } from './avatar.js';
import { Blocks } from './blocks.js';
import { Files } from './files.js';
import { dateOf, nameOf, timeOf } from './names.js';

interface MessageProps {
  readonly slack: SlackState;
  readonly message: SimMessage;
  readonly children?: ReactNode;
}

/** One message; an edit shows in its place, with a mark that passes. */
export function MessageView({ slack, message, children }: MessageProps) {
  const { ts, user, text, blocks, channel, editedAt, ephemeralTo, history } = message;
  const firstSeen = useRef(history.length);
  const shown =
    blocks.length > 0
      ? blocks
      : [{ type: 'section', block_id: ts, text: { type: 'mrkdwn', text: text || ' ' } }];
  const name = nameOf(slack, user);
  return (
    <article
      className="message"
      data-ts={ts}
      data-only-you={ephemeralTo !== undefined}
      aria-label={`${name} at ${timeOf(ts)}`}
    >
      <Avatar slack={slack} id={user} />
      <div className="message-body" key={history.length} data-edited={history.length > firstSeen.current}>
        {ephemeralTo === undefined ? null : <p className="only-you">Only visible to you</p>}
        <p className="message-head">
          <strong>{name}</strong>
          {user === slack.team.botUserId ? <span className="badge">APP</span> : null}
          <time dateTime={dateOf(ts).toISOString()}>{timeOf(ts)}</time>
          {editedAt === undefined ? null : <small>(edited)</small>}
        </p>
        <Blocks blocks={shown} where={{ kind: 'message', channel, ts }} />
        <Files slack={slack} ids={message.fileIds} />
        {children}
      </div>
    </article>
  );
}
