import { setTimeout as sleep } from 'node:timers/promises';
import type { SocketModeReceiver } from '@slack/bolt';
import type { Log } from '../telemetry/log.js';

const LONGEST_PAUSE_MS = 15_000;
const FIRST_PAUSE_MS = 1_000;

/**
 * Lets a socket that was open once be opened again for ever, with pauses of at most 15 s, until `signal` is aborted.
 * Source: `delayReconnectAttempt` of @slack/socket-mode 3 calls `start` and handles no rejection of it, while
 * `retrieveWSSURL` gives up where Slack cannot be reached: that would end the process.
 */
export function reconnectForEver(socket: SocketModeReceiver['client'], signal: AbortSignal, log: Log): void {
  const start = socket.start.bind(socket);
  socket.start = async () => {
    for (let pause = FIRST_PAUSE_MS; !signal.aborted; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      try {
        return await start();
      } catch (error) {
        log.warn({ err: error, pauseMs: pause }, 'Slack is away; the connection is tried again');
        await sleep(pause, undefined, { ref: false, signal }).catch(() => undefined);
      }
    }
    return { ok: false };
  };
}
