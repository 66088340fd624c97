import { setTimeout as sleep } from 'node:timers/promises';
import { type App, SocketModeReceiver, type webApi } from '@slack/bolt';
import type { SlackConfig } from '../config.js';
import { APP_TOKEN_MEND, BOT_TOKEN_MEND } from '../config-places.js';
import { UserError, UserErrors } from '../errors.js';
import type { Log } from '../telemetry/log.js';
import { reconnectForEver } from './reconnect.js';
import { slackErrorCode } from './slack-error.js';

const PAUSE_MS = 10_000;
const CLOSE_PATIENCE_MS = 7_000;
/** How long the socket may take before something is thought to be wrong with it. */
const SOCKET_PATIENCE_MS = 5_000;
/** Slack docs, "auth.test": what goes wrong on Slack's side and passes. Any other code is a refusal. */
const PASSING = ['internal_error', 'fatal_error', 'service_unavailable', 'request_timeout', 'ratelimited'];

/** Who Slack says Plumbline is. */
export interface Identity {
  /** The name of the workspace. */
  readonly workspace: string;
  /** The name of the bot user, without the @. */
  readonly bot: string;
  /** The ids by which Bolt knows Plumbline's own messages; absent where Slack does not say them. */
  readonly botId?: string;
  readonly botUserId?: string;
}

/** The connection to Slack, which may take a while to come about. */
export interface Connection {
  /** Null as long as Slack was not reached. */
  identity(): Identity | null;
  /** Resolves once Slack is reached, with null where it is given up before. */
  readonly reached: Promise<Identity | null>;
  /** Whether it is there right now; over HTTP, whether Plumbline listens. */
  isOpen(): boolean;
  /** Ends it, or the attempts to make it, and waits until it is closed. */
  close(): Promise<void>;
}

interface Line {
  readonly app: App;
  /** With the bot token. */
  readonly client: webApi.WebClient;
  readonly receiver: unknown;
  readonly connection: SlackConfig['connection'];
  readonly log: Log;
}

/**
 * Connects to Slack. Where Slack cannot be reached it goes on trying in the background, because the sweep must not wait
 * for Slack. Throws `UserErrors` where Slack refuses a token: trying again would not help. Where Slack can be reached at
 * once, `ready` comes before the connection, and what it throws prevents it.
 */
export async function connect(line: Line, ready: () => Promise<void>): Promise<Connection> {
  const stopped = new AbortController();
  const state: { isFirst: boolean; identity: Identity | null } = { isFirst: true, identity: null };
  const attempt = async (): Promise<boolean> => {
    const isStart = state.isFirst;
    state.isFirst = false;
    const identity = await identify(line);
    if (identity === null) return false;
    if (isStart) await ready();
    await open(line);
    state.identity = identity;
    if (line.receiver instanceof SocketModeReceiver) {
      reconnectForEver(line.receiver.client, stopped.signal, line.log);
    }
    return true;
  };
  const connected = (await attempt()) ? Promise.resolve(true) : keepTrying(attempt, stopped.signal, line.log);
  return {
    identity: () => state.identity,
    reached: connected.then(() => state.identity),
    isOpen: () => state.identity !== null && isListening(line),
    async close() {
      stopped.abort();
      if (await connected) await stop(line);
    },
  };
}

/** A socket that Slack closed is opened anew after a while, and is not there meanwhile. */
function isListening({ receiver }: Line): boolean {
  return !(receiver instanceof SocketModeReceiver) || receiver.client.websocket?.isActive() === true;
}

/** Null where Slack cannot be reached. Throws where it refuses the tokens, both of them at once. */
async function identify(line: Line): Promise<Identity | null> {
  const { client, log } = line;
  try {
    const answer = await client.auth.test();
    const { team = 'a workspace without a name', user = 'Plumbline', bot_id, user_id } = answer;
    return {
      workspace: team,
      bot: user,
      ...(bot_id === undefined ? {} : { botId: bot_id }),
      ...(user_id === undefined ? {} : { botUserId: user_id }),
    };
  } catch (error) {
    const refused = refusalOf(error, 'SLACK_BOT_TOKEN', BOT_TOKEN_MEND);
    if (refused !== null) {
      const other = await appTokenRefusal(line);
      throw other === null ? refused : new UserErrors([refused, other]);
    }
    log.warn({ err: error }, 'Slack cannot be reached; it is tried again');
    return null;
  }
}

/**
 * Opens the socket, or the port for HTTP. Bolt tries on for ever, and silently, where Slack refuses an app token that lacks
 * a scope; a socket that is only slow must not keep the sweep waiting.
 */
async function open(line: Line): Promise<void> {
  const { app, connection, log } = line;
  if (connection.kind === 'http') return listen(app, connection.port);
  const started = app.start(0).catch((error: unknown) => {
    throw refusalOf(error, 'SLACK_APP_TOKEN', APP_TOKEN_MEND) ?? error;
  });
  const late = sleep(SOCKET_PATIENCE_MS, 'late' as const, { ref: false });
  if ((await Promise.race([started, late])) !== 'late') return;
  started.catch((error: unknown) => log.error({ err: error }, 'Slack’s socket could not be opened'));
  const refused = await appTokenRefusal(line);
  if (refused === null) return log.warn('Slack’s socket is slow to open; it is waited for');
  await app.stop();
  throw refused;
}

async function listen(app: App, port: number): Promise<void> {
  try {
    await app.start(port);
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'EADDRINUSE') throw error;
    throw new UserError('conflict', `Port ${port} is in use, so Slack could not call Plumbline.`, {
      field: 'PORT',
      mend: 'Set PORT to another one, and change the request URLs of the Slack app with it.',
    });
  }
}

/** Asks only what is known to have failed: Slack allows few of these calls a minute. */
async function appTokenRefusal({ client, connection }: Line): Promise<UserError | null> {
  if (connection.kind === 'http') return null;
  try {
    await client.apps.connections.open({ token: connection.appToken });
    return null;
  } catch (error) {
    return refusalOf(error, 'SLACK_APP_TOKEN', APP_TOKEN_MEND);
  }
}

function refusalOf(error: unknown, field: string, mend: string): UserError | null {
  const code = slackErrorCode(error);
  if (code === null || PASSING.includes(code)) return null;
  return new UserError('invalid', `Slack refused ${field} (${code}).`, { field, mend });
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

/**
 * Bolt's own stop returns before the socket is closed; the process would live on for seconds. The timer keeps the process
 * alive meanwhile: a closing socket alone does not.
 */
async function stop({ app, receiver }: Line): Promise<void> {
  if (!(receiver instanceof SocketModeReceiver)) {
    await app.stop();
    return;
  }
  const closed = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, CLOSE_PATIENCE_MS);
    receiver.client.once('disconnected', () => {
      clearTimeout(timer);
      resolve();
    });
  });
  await app.stop();
  await closed;
}
