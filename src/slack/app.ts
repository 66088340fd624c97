import { App, HTTPReceiver, type Logger, LogLevel, SocketModeReceiver, webApi } from '@slack/bolt';
import type { SlackConfig } from '../config.js';
import type { Announcer, Ctx, Directory } from '../ctx.js';
import type { Log } from '../telemetry/log.js';
import { createAnnouncer } from './announcer.js';
import { listRuleFaults } from '../changes/rule-fault-store.js';
import { refuseUnsatisfiable, watchRules } from '../changes/watch-rules.js';
import { connect, type Connection } from './connect.js';
import { downloader } from './download.js';
import { createHomes, type Homes } from './homes.js';
import { conversations } from './listeners/all.js';
import { createPeople, type People } from './people.js';
import { route } from './router.js';

/** The Slack side of Plumbline. */
export interface Slack {
  readonly announcer: Announcer;
  readonly directory: Directory;
  /** Connects and begins to listen. */
  start(): Promise<void>;
  /** Stops listening and waits until the connection is closed. */
  stop(): Promise<void>;
}

const REQUEST_TIMEOUT_MS = 15_000;

/**
 * Makes the Bolt app; nothing is connected before `start`. The context's announcer and directory become the ones that are
 * returned, and are not used before. The channels of `config` are read anew for every message.
 */
export function createSlack(ctx: Ctx, config: SlackConfig): Slack {
  const logger = boltLogger(ctx.log);
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
  const people = createPeople(app.client, ctx);
  const homes = createHomes(ctx, carefulClient, people);
  return {
    announcer: createAnnouncer(ctx, config, carefulClient, homes),
    directory: people,
    async start() {
      route(app, conversations, {
        ctx,
        client: app.client,
        people,
        get approvalsChannel() {
          return config.approvalsChannel;
        },
        refreshHomes: () => homes.refresh(),
        download: downloader(config),
      });
      listen(app, ctx, people, homes);
      app.error(async (error) => ctx.log.error({ err: error }, 'Bolt reported an error'));
      await app.init();
      const ready = (): Promise<void> => refuseUnsatisfiable(ctx);
      connection = await connect(app, receiver, config.connection, ctx.log, ready);
    },
    async stop() {
      await connection?.close();
      await homes.stop();
    },
  };
}

/** Slack docs: a group's new members come as `subteam_members_changed`, a deactivation as `user_change`. */
function listen(app: App, ctx: Ctx, people: People, homes: Homes): void {
  const lookAgain = async (): Promise<void> => {
    people.forget();
    await watchRules(ctx);
  };
  app.event('app_home_opened', async ({ event }) => {
    if (event.tab === 'home') await homes.opened(event.user);
  });
  app.event('subteam_members_changed', lookAgain);
  app.event('subteam_updated', lookAgain);
  app.event('user_change', async ({ event }) => {
    people.forget(event.user.id);
    // It also comes with every new status text, which changes nobody's rights.
    const isOfInterest = event.user.deleted || (await listRuleFaults(ctx.db)).length > 0;
    if (isOfInterest) await watchRules(ctx);
  });
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
