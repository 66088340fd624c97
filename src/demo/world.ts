import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, createApp, type Overrides } from '../app.js';
import type { Config } from '../config.js';
import { defaultSweepConfig } from '../config-sweep.js';
import { type PbxSeed, type PbxSimulator, startPbxSimulator } from '../simulators/pbx/server.js';
import {
  type ChannelSeed,
  type PersonSeed,
  type SlackSimulator,
  startSlackSimulator,
} from '../simulators/slack/server.js';

/** Who works in the simulated workspace. */
export const ANN = 'U0ANN';
export const BEN = 'U0BEN';
export const CLEO = 'U0CLEO';
export const EVE = 'U0EVE';

export const APPROVALS = 'C0APPROVALS';
export const REPORTS = 'C0REPORTS';
export const APPROVER_GROUP = 'S0APPROVERS';

const FOUR: readonly PersonSeed[] = [
  { id: ANN, name: 'ann', realName: 'Ann Admin' },
  { id: BEN, name: 'ben', realName: 'Ben Approver' },
  { id: CLEO, name: 'cleo', realName: 'Cleo Approver' },
  { id: EVE, name: 'eve', realName: 'Eve Outsider' },
];
const TWO: readonly ChannelSeed[] = [
  { id: APPROVALS, name: 'pbx-approvals' },
  { id: REPORTS, name: 'pbx-reports' },
];

export interface WorldOptions {
  readonly pbxs?: readonly PbxSeed[];
  /** Default Ann, Ben, Cleo and Eve, who all are in the two channels. */
  readonly people?: readonly PersonSeed[];
  readonly channels?: readonly ChannelSeed[];
  /** Where the database is kept; default a temporary folder that is removed at the end. */
  readonly folder?: string;
  /** What PBXs are called, by PBX id. */
  readonly names?: Readonly<Record<string, string>>;
  /** The tags of PBXs, by PBX id. */
  readonly tags?: Readonly<Record<string, readonly string[]>>;
  readonly config?: Partial<Config>;
  readonly overrides?: Overrides;
  /** Whether the workspace refuses what exceeds Slack's rates; default false. */
  readonly enforceRates?: boolean;
}

/** Both simulators on free ports, and what Plumbline needs to know to work with them. */
export interface World {
  readonly pbxs: PbxSimulator;
  readonly slack: SlackSimulator;
  readonly config: Config;
  /** Puts Plumbline together and starts it; also for a second process on the same database. */
  startApp(overrides?: Overrides): Promise<App>;
  /** Stops every app that was started, then the simulators. */
  stop(): Promise<void>;
}

/** Starts a workspace with four people and a fleet of simulated PBXs, with a database in a temporary folder. */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const seeds = options.pbxs ?? [{ id: 'hq' }];
  const now = options.overrides?.now;
  const pbxs = await startPbxSimulator({ pbxs: seeds, ...(now === undefined ? {} : { now }) });
  const slack = await startSlackSimulator({
    people: options.people ?? FOUR,
    channels: options.channels ?? TWO,
    userGroups: [{ id: APPROVER_GROUP, handle: 'pbx-approvers', members: [BEN, CLEO] }],
    commands: ['/pbx', '/pbx-baseline', '/pbx-drift'],
    ...(now === undefined ? {} : { now }),
    enforceRates: options.enforceRates ?? false,
  });
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'plumbline-')));
  const config = worldConfig(pbxs, slack, folder, options);
  const apps: App[] = [];
  return {
    pbxs,
    slack,
    config,
    async startApp(overrides = {}) {
      const app = await createApp(config, { ...options.overrides, ...overrides });
      apps.push(app);
      await app.start();
      return app;
    },
    async stop() {
      await Promise.all(apps.map((app) => app.stop()));
      await Promise.all([pbxs.close(), slack.close()]);
      if (options.folder === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}

function worldConfig(
  pbxs: PbxSimulator,
  slack: SlackSimulator,
  folder: string,
  { tags = {}, names = { hq: 'Headquarters' }, config }: WorldOptions,
): Config {
  return {
    databaseUrl: `sqlite:${join(folder, 'plumbline.db')}`,
    pbxs: pbxs.ids.map((id) => ({
      id,
      name: names[id] ?? id,
      tags: tags[id] ?? [],
      url: pbxs.pbx(id).url,
      credential: { kind: 'client', clientId: 'plumbline', clientSecret: `secret-${id}` },
      timeoutMs: 5_000,
    })),
    roles: {
      admins: [ANN],
      approvers: [ANN, APPROVER_GROUP],
      requesters: [ANN, APPROVER_GROUP],
      breakGlass: [ANN],
    },
    approvalRules: [],
    schedule: { expression: '0 2 * * *', timezone: 'UTC' },
    ...defaultSweepConfig,
    stopFile: join(folder, 'STOP'),
    slack: {
      botToken: slack.botToken,
      connection: { kind: 'socket', appToken: slack.appToken },
      apiUrl: slack.apiUrl,
      approvalsChannel: APPROVALS,
      reportsChannel: REPORTS,
      tagChannels: {},
    },
    logLevel: 'silent',
    ...config,
  };
}
