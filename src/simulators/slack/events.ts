import type { Fields } from './json.js';
import type { AckOutcome, SocketHub } from './socket.js';
import type { Workspace } from './state.js';

/** Slack docs: an event that is not acknowledged is sent three more times. */
const MAX_RETRIES = 3;

/** Delivers events to the app, later when nobody is connected and again when nobody acknowledges. */
export interface EventQueue {
  /** Resolves with what became of the first delivery; an event that waits counts as `not_connected`. */
  deliver(payload: Fields): Promise<AckOutcome>;
  close(): void;
}

interface QueueState {
  readonly workspace: Workspace;
  readonly hub: SocketHub;
  readonly timers: Set<NodeJS.Timeout>;
  waiting: readonly Fields[];
  isClosed: boolean;
}

/** The queue of a workspace's Events API. */
export function createEventQueue(workspace: Workspace, hub: SocketHub): EventQueue {
  const queue: QueueState = { workspace, hub, timers: new Set(), waiting: [], isClosed: false };
  hub.onConnection(() => {
    const waiting = queue.waiting;
    queue.waiting = [];
    for (const payload of waiting) void attempt(queue, payload, 0);
  });
  return {
    deliver: (payload) => attempt(queue, payload, 0),
    close: () => {
      queue.isClosed = true;
      for (const timer of queue.timers) clearTimeout(timer);
    },
  };
}

async function attempt(queue: QueueState, payload: Fields, number: number): Promise<AckOutcome> {
  const envelope = { type: 'events_api', payload, acceptsAnswer: false, attempt: number } as const;
  const outcome = await queue.hub.send(envelope);
  if (queue.isClosed) return outcome;
  if (outcome.outcome === 'not_connected') queue.waiting = [...queue.waiting, payload];
  if (outcome.outcome === 'timeout' && number < MAX_RETRIES) {
    const timer = setTimeout(() => {
      queue.timers.delete(timer);
      void attempt(queue, payload, number + 1);
    }, queue.workspace.redeliverAfterMs);
    queue.timers.add(timer);
  }
  return outcome;
}
