import { setTimeout as sleep } from 'node:timers/promises';
import { type App, SocketModeReceiver } from '@slack/bolt';
import type { SlackConfig } from '../config.js';
import { UserError } from '../errors.js';
import type { Log } from '../telemetry/log.js';
import { slackErrorCode } from './slack-error.js';

const PAUSE_MS = 10_000;
const CLOSE_PATIENCE_MS = 7_000;

/** The connection to Slack, which may take a while to come about. */
export interface Connection {
  /** Ends it, or the attempts to make it, and waits until it is closed. */
  close(): Promise<void>;
}

/**
 * Connects to Slack. Where Slack cannot be reached it goes on trying in the background, because the sweep must not wait
 * for Slack. Throws `UserError` where Slack refuses the token: trying again would not help. Where Slack can be reached at
 * once, `ready` comes before the connection, and what it throws prevents it.
 */
export async function connect(
  app: App,
  receiver: unknown,
  connection: SlackConfig['connection'],
  log: Log,
  ready: () => Promise<void>,
): Promise<Connection> {
  const stopped = new AbortController();
  let isFirst = true;
  const attempt = async (): Promise<boolean> => {
    const isStart = isFirst;
    isFirst = false;
    if (!(await isReachable(app, log))) return false;
    if (isStart) await ready();
    await app.start(connection.kind === 'http' ? connection.port : 0);
    return true;
  };
  const connected = (await attempt()) ? Promise.resolve(true) : keepTrying(attempt, stopped.signal, log);
  return {
    async close() {
      stopped.abort();
      if (await connected) await stop(app, receiver);
    },
  };
}

async function isReachable(app: App, log: Log): Promise<boolean> {
  try {
    await app.client.auth.test();
    return true;
  } catch (error) {
    const code = slackErrorCode(error);
    if (code !== null) {
      throw new UserError('invalid', `Slack refused SLACK_BOT_TOKEN (${code}).`, {
        field: 'SLACK_BOT_TOKEN',
        mend: 'Copy the Bot User OAuth Token from the app’s page, Install App.',
      });
    }
    log.warn({ err: error }, 'Slack cannot be reached; it is tried again');
    return false;
  }
}

/** Resolves with true once connected, with false where it is given up. */
async function keepTrying(attempt: () => Promise<boolean>, signal: AbortSignal, log: Log): Promise<boolean> {
  while (!signal.aborted) {
    try {
      await sleep(PAUSE_MS, undefined, { ref: false, signal });
      if (await attempt()) return true;
    } catch (error) {
      if (!signal.aborted) log.error({ err: error }, 'Slack could not be connected');
    }
  }
  return false;
}

/** Bolt's own stop returns before the socket is closed; the process would live on for seconds. */
async function stop(app: App, receiver: unknown): Promise<void> {
  if (!(receiver instanceof SocketModeReceiver)) {
    await app.stop();
    return;
  }
  const closed = new Promise<void>((resolve) => {
    receiver.client.once('disconnected', () => resolve());
    setTimeout(resolve, CLOSE_PATIENCE_MS).unref();
  });
  await app.stop();
  await closed;
}
