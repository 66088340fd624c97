import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { ANN, APPROVALS, APPROVER_GROUP, REPORTS, startWorld, type World } from '../../src/demo/world.js';
import { emptyFolder } from './config-file.js';
import { type Answer, type Running, startCommand } from './terminal.js';

/** A folder with a configuration on a simulated workspace and simulated PBXs, where the built command serves. */
export interface ServedProcess {
  readonly world: World;
  readonly folder: string;
  /** Variables of every later command; undefined takes one away. */
  readonly env: Record<string, string | undefined>;
  readonly databaseUrl: string;
  start(...args: readonly string[]): Running;
  run(...args: readonly string[]): Promise<Answer>;
}

/** Opens it for the length of a test; `sections` are put into `plumbline.yml` in the place of the usual ones. */
export async function openServed(
  ids: readonly string[] = ['hq'],
  sections: Readonly<Record<string, unknown>> = {},
): Promise<ServedProcess> {
  const world = await startWorld({ pbxs: ids.map((id) => ({ id })) });
  onTestFinished(() => world.stop());
  const folder = emptyFolder();
  const content = {
    pbxs: ids.map((id) => ({
      id,
      url: world.pbxs.pbx(id).url,
      clientId: 'plumbline',
      clientSecret: { env: secretName(id) },
    })),
    roles: { admins: [ANN], approvers: [ANN, APPROVER_GROUP] },
    channels: { approvals: APPROVALS, reports: REPORTS },
    schedule: { cron: '0 2 * * *', timezone: 'Asia/Tokyo' },
    ...sections,
  };
  writeFileSync(join(folder, 'plumbline.yml'), stringify(content));
  const { slack } = world;
  const env: ServedProcess['env'] = {
    PATH: process.env['PATH'],
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_APP_TOKEN: slack.appToken,
    SLACK_API_URL: slack.apiUrl,
    ...Object.fromEntries(ids.map((id) => [secretName(id), `secret-${id}`])),
  };
  const start = (...args: readonly string[]): Running => startCommand(args, folder, env);
  return {
    world,
    folder,
    env,
    databaseUrl: `sqlite:${join(folder, 'data', 'plumbline.db')}`,
    start,
    run: (...args) => start(...args).ended,
  };
}

/** The variable that holds the secret of a PBX. */
function secretName(id: string): string {
  return `${id.toUpperCase().replaceAll('-', '_')}_SECRET`;
}

/** Every log entry of a process, as far as it was said. */
export function entriesIn(said: string): readonly Readonly<Record<string, unknown>>[] {
  return said
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line): Record<string, unknown> => JSON.parse(line));
}
