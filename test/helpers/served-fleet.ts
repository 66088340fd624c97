import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { type App, createApp, type Overrides } from '../../src/app.js';
import { readConfig } from '../../src/config.js';
import { ANN, APPROVALS, APPROVER_GROUP, REPORTS, startWorld, type World } from '../../src/demo/world.js';
import { emptyFolder } from './config-file.js';
import type { Fleet } from './sweep-fleet.js';

interface PbxEntry {
  readonly id: string;
  readonly [key: string]: unknown;
}

/** A `plumbline.yml` before it is written. */
export interface FleetFile {
  pbxs: PbxEntry[];
  [section: string]: unknown;
}

/** Plumbline as it serves, from a file that can be changed and read again. */
export interface ServedFleet extends Fleet {
  readonly env: Record<string, string>;
  readonly path: string;
  /** The entry of a PBX that the simulator has. */
  entry(id: string, changed?: Readonly<Record<string, unknown>>): PbxEntry;
  /** Writes the file anew. */
  write(change: (file: FleetFile) => void): void;
  /** Puts a text in the place of the file. */
  writeText(text: string): void;
  /** Reads the file again; what has changed, as it is told. */
  reload(): Promise<readonly string[]>;
}

/** Starts a workspace, these PBXs and Plumbline, which knows those of them that are `configured`. */
export async function serveFleet(
  pbxs: readonly string[],
  configured: readonly string[] = pbxs,
  overrides: Overrides = {},
): Promise<ServedFleet> {
  const world = await startWorld({ pbxs: pbxs.map((id) => ({ id })) });
  onTestFinished(() => world.stop());
  const folder = emptyFolder();
  const path = join(folder, 'plumbline.yml');
  const env = environmentOf(world, folder, path);
  const entry: ServedFleet['entry'] = (id, changed = {}) => {
    writeFileSync(join(folder, id), `secret-${id}\n`);
    return {
      id,
      url: world.pbxs.pbx(id).url,
      clientSecret: { file: join(folder, id) },
      ...changed,
    };
  };
  let file: FleetFile = {
    defaults: { clientId: 'plumbline', timeoutMs: 5000 },
    pbxs: configured.map((id) => entry(id)),
    roles: { admins: [ANN], approvers: [ANN, APPROVER_GROUP], requesters: [], breakGlass: [ANN] },
    channels: { approvals: APPROVALS, reports: REPORTS },
    schedule: { cron: '0 2 * * *', timezone: 'UTC' },
  };
  const write: ServedFleet['write'] = (change) => {
    file = structuredClone(file);
    change(file);
    writeFileSync(path, stringify(file));
  };
  write(() => undefined);
  const read = () => readConfig(env);
  const config = read();
  const app = await createApp(config, { ...overrides, readConfig: read });
  onTestFinished(() => app.stop());
  await app.start();
  return {
    world,
    app,
    config,
    env,
    path,
    entry,
    write,
    pbx: (id) => world.pbxs.pbx(id),
    writeText: (text) => writeFileSync(path, text),
    reload: async () => (await app.ctx.reload()).changes,
  };
}

function environmentOf({ slack, config }: World, folder: string, path: string): Record<string, string> {
  if (config.slack?.connection.kind !== 'socket') throw new Error('the world has no socket');
  return {
    PLUMBLINE_CONFIG: path,
    PLUMBLINE_LOG_LEVEL: 'silent',
    DATABASE_URL: `sqlite:${join(folder, 'plumbline.db')}`,
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_APP_TOKEN: slack.appToken,
    SLACK_API_URL: slack.apiUrl,
  };
}

/** What became of the configuration, as the audit log has it, oldest first. */
export async function reloadsOf({ ctx }: App): Promise<readonly string[]> {
  const rows = await ctx.db
    .selectFrom('audit')
    .select(['actor', 'detail'])
    .where('action', '=', 'config.reloaded')
    .orderBy('seq')
    .execute();
  return rows.map(({ actor, detail }) => `${actor} ${detail}`);
}
