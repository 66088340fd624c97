import { App, HTTPReceiver, type Logger, LogLevel, SocketModeReceiver, webApi } from '@slack/bolt';
import type { SlackConfig } from '../config.js';
import type { Announcer, Ctx } from '../ctx.js';
import type { Log } from '../telemetry/log.js';
import { createAnnouncer } from './announcer.js';
import { connect, type Connection } from './connect.js';
import { downloader } from './download.js';
import { publishHome } from './listeners/home.js';
import { conversations } from './listeners/all.js';
import { createPeople } from './people.js';
import { route } from './router.js';

/** The Slack side of Plumbline. */
export interface Slack {
  readonly announcer: Announcer;
  /** Connects and begins to listen. */
  start(ctx: Ctx): Promise<void>;
  /** Stops listening and waits until the connection is closed. */
  stop(): Promise<void>;
}

/** What the Slack side needs before the whole context exists. */
export type SlackBase = Omit<Ctx, 'announce' | 'wake'>;

const REQUEST_TIMEOUT_MS = 15_000;

/** Makes the Bolt app; nothing is connected before `start`. */
export function createSlack(base: SlackBase, config: SlackConfig): Slack {
  const logger = boltLogger(base.log);
  const address = config.apiUrl === null ? {} : { slackApiUrl: config.apiUrl };
  const clientOptions = { ...address, timeout: REQUEST_TIMEOUT_MS, retryConfig: { retries: 1 }, logger };
  const receiver = receiverFor(config, clientOptions, logger);
  const app = new App({
    token: config.botToken,
    receiver,
    clientOptions,
    logger,
    deferInitialization: true,
    tokenVerificationEnabled: false,
  });
  let connection: Connection | null = null;
  // Announcements are repeated by Plumbline itself, which first looks whether a lost answer had posted after all.
  const carefulClient = new webApi.WebClient(config.botToken, {
    ...address,
    logger,
    timeout: REQUEST_TIMEOUT_MS,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
  });
  return {
    announcer: createAnnouncer(base, config, carefulClient),
    async start(ctx) {
      const people = createPeople(app.client, ctx.roles, ctx.now);
      const { approvalsChannel } = config;
      route(app, conversations, {
        ctx,
        client: app.client,
        people,
        approvalsChannel,
        download: downloader(config),
      });
      app.event('app_home_opened', async ({ event, client }) => {
        if (event.tab === 'home') await publishHome(ctx, client, event.user);
      });
      app.error(async (error) => ctx.log.error({ err: error }, 'Bolt reported an error'));
      await app.init();
      connection = await connect(app, receiver, config.connection, base.log);
    },
    async stop() {
      await connection?.close();
    },
  };
}

function receiverFor(
  { connection }: SlackConfig,
  clientOptions: webApi.WebClientOptions,
  logger: Logger,
): SocketModeReceiver | HTTPReceiver {
  if (connection.kind === 'http') {
    return new HTTPReceiver({ signingSecret: connection.signingSecret, logger });
  }
  return new SocketModeReceiver({
    appToken: connection.appToken,
    logger,
    installerOptions: { clientOptions },
  });
}

function boltLogger(log: Log) {
  const line =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (...messages: unknown[]) =>
      log[level]({ from: 'bolt' }, messages.map(String).join(' '));
  return {
    debug: () => undefined,
    info: line('debug'),
    warn: line('warn'),
    error: line('error'),
    setLevel: () => undefined,
    getLevel: () => LogLevel.INFO,
    setName: () => undefined,
  };
}
