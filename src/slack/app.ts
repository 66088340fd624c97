import { App, HTTPReceiver, type Logger, LogLevel, SocketModeReceiver, webApi } from '@slack/bolt';
import type { SlackConfig } from '../config.js';
import type { Announcer, Ctx, Directory } from '../ctx.js';
import type { Log } from '../telemetry/log.js';
import { createAnnouncer } from './announcer.js';
import { listRuleFaults } from '../changes/rule-fault-store.js';
import { healthz } from '../http/healthz.js';
import { refuseUnsatisfiable, watchRules } from '../changes/watch-rules.js';
import type { UserError } from '../errors.js';
import { channelFaults } from './channel-check.js';
import { connect, type Connection, type Identity } from './connect.js';
import { downloader } from './download.js';
import { createHomes, type Homes } from './homes.js';
import { conversations } from './listeners/all.js';
import { createPeople, type People } from './people.js';
import { route } from './router.js';
import { createUnderWay } from './under-way.js';

/** The Slack side of Plumbline. */
export interface Slack {
  readonly announcer: Announcer;
  readonly directory: Directory;
  /** Whether Slack can reach Plumbline right now, as far as can be told from here. */
  pulse(): { readonly kind: 'socket' | 'http'; readonly isConnected: boolean };
  /** Connects and begins to listen. */
  start(): Promise<void>;
  /** Who Slack says Plumbline is; null as long as Slack was not reached. */
  identity(): Identity | null;
  /** Resolves once Slack is reached, with the channels in which Plumbline cannot work; with none where it is given up. */
  channelFaults(): Promise<readonly UserError[]>;
  /** Stops listening, and waits until what was begun is done and the connection is closed. */
  stop(): Promise<void>;
}

const REQUEST_TIMEOUT_MS = 15_000;

/**
 * Makes the Bolt app; nothing is connected before `start`. The context's announcer and directory become the ones that are
 * returned, and are not used before. The channels of `config` are read anew for every message.
 */
export function createSlack(ctx: Ctx, config: SlackConfig): Slack {
  const logger = boltLogger(ctx.log);
  const clientOptions = { ...clientOptionsOf(config), retryConfig: { retries: 1 }, logger };
  const receiver = receiverFor(ctx, config, clientOptions, logger);
  let connection: Connection | null = null;
  const client = new webApi.WebClient(config.botToken, clientOptions);
  const app = new App({
    authorize: async () => ({ botToken: config.botToken, ...botOf(connection?.identity()) }),
    receiver,
    clientOptions,
    logger,
    deferInitialization: true,
  });
  const underWay = createUnderWay();
  const carefulClient = createCarefulClient(config, logger);
  const people = createPeople(client, ctx);
  const homes = createHomes(ctx, carefulClient, people);
  return {
    announcer: createAnnouncer(ctx, config, carefulClient, homes),
    directory: people,
    identity: () => connection?.identity() ?? null,
    async channelFaults() {
      const identity = await connection?.reached;
      return identity == null ? [] : channelFaults(carefulClient, config, identity.bot);
    },
    pulse: () => ({ kind: config.connection.kind, isConnected: connection?.isOpen() === true }),
    async start() {
      app.use(({ next }) => underWay.run(next));
      route(app, conversations, {
        ctx,
        client,
        people,
        get approvalsChannel() {
          return config.approvalsChannel;
        },
        refreshHomes: () => homes.refresh(),
        download: downloader(config),
      });
      listen(app, ctx, people, homes);
      await app.init();
      const line = { app, client, receiver, connection: config.connection, log: ctx.log };
      connection = await connect(line, () => refuseUnsatisfiable(ctx));
    },
    async stop() {
      await connection?.close();
      await underWay.done();
      await homes.stop();
    },
  };
}

/**
 * What Bolt is told instead of asking. Its own way asks Slack with every envelope who Plumbline is, and drops the envelope
 * where Slack does not answer. Without the ids it only cannot tell Plumbline's own messages.
 */
function botOf(identity: Identity | null | undefined): Pick<Identity, 'botId' | 'botUserId'> {
  if (identity == null) return {};
  const { botId, botUserId } = identity;
  return { ...(botId === undefined ? {} : { botId }), ...(botUserId === undefined ? {} : { botUserId }) };
}

function clientOptionsOf({ apiUrl }: SlackConfig): webApi.WebClientOptions {
  return { timeout: REQUEST_TIMEOUT_MS, ...(apiUrl === null ? {} : { slackApiUrl: apiUrl }) };
}

/** Announcements are repeated by Plumbline itself, which first looks whether a lost answer had posted after all. */
function createCarefulClient(config: SlackConfig, logger: Logger): webApi.WebClient {
  return new webApi.WebClient(config.botToken, {
    ...clientOptionsOf(config),
    logger,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
  });
}

/**
 * What Slack and Bolt tell of their own accord. Slack docs: a group's new members come as `subteam_members_changed`, a
 * deactivation as `user_change`.
 */
function listen(app: App, ctx: Ctx, people: People, homes: Homes): void {
  const lookAgain = async (): Promise<void> => {
    people.forget();
    await watchRules(ctx);
  };
  app.error(async (error) => ctx.log.error({ err: error }, 'Bolt reported an error'));
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
  ctx: Ctx,
  { connection }: SlackConfig,
  clientOptions: webApi.WebClientOptions,
  logger: Logger,
): SocketModeReceiver | HTTPReceiver {
  if (connection.kind === 'http') {
    const customRoutes = [{ path: '/healthz', method: 'GET', handler: healthz(ctx) }];
    return new HTTPReceiver({ signingSecret: connection.signingSecret, logger, customRoutes });
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
