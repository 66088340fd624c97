import { type ReactNode, useLayoutEffect, useRef } from 'react';
import type { SimMessage } from '../../simulators/slack/types.js';
import type { SlackState } from '../frame/world.js';
import { MessageView } from './message.js';
import { dayOf } from './names.js';

interface RoomProps {
  readonly slack: SlackState;
  readonly title: string;
  readonly messages: readonly SimMessage[];
  readonly empty: string;
  /** What stands above the messages at the right, such as a button that closes a thread. */
  readonly corner?: ReactNode;
  readonly composer: ReactNode;
  /** What stands below a message. */
  below?(message: SimMessage): ReactNode;
}

/** Messages in the order they came, the newest in sight, and where to write. */
export function Room({ slack, title, messages, empty, corner, composer, below }: RoomProps) {
  const list = useRef<HTMLDivElement>(null);
  const last = messages.at(-1)?.ts;
  useLayoutEffect(() => {
    list.current?.scrollTo({ top: list.current.scrollHeight });
  }, [last, title]);
  return (
    <div className="room">
      <header className="room-head">
        <h2>{title}</h2>
        {corner}
      </header>
      <div ref={list} className="messages" role="log" aria-label={`Messages in ${title}`} tabIndex={0}>
        {messages.length === 0 ? <p className="hint">{empty}</p> : null}
        {messages.map((message, index) => (
          <div key={message.ts}>
            {dayOf(messages[index - 1]?.ts ?? '0') === dayOf(message.ts) ? null : (
              <p className="day">{dayOf(message.ts)}</p>
            )}
            <MessageView slack={slack} message={message}>
              {below?.(message)}
            </MessageView>
          </div>
        ))}
      </div>
      {composer}
    </div>
  );
}
