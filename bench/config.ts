import { join } from 'node:path';
import type { Config } from '../src/config.js';
import { defaultSweepConfig } from '../src/config-sweep.js';
import { AT_ONCE, CLIENT_ID, type Place, secretOf, TIMEOUT_MS } from './fleet.js';
import { CHANNEL, PEOPLE, type Workspace } from './workspace.js';

/** What Plumbline is started with: the defaults, but for guards that let every drift of the fleet be corrected. */
export function configFor(places: readonly Place[], folder: string, workspace: Workspace | null): Config {
  const [person = ''] = PEOPLE;
  return {
    databaseUrl: `sqlite:${join(folder, 'plumbline.db')}`,
    pbxs: places.map(({ id, url }) => ({
      id,
      name: id,
      tags: [],
      url,
      credential: { kind: 'client', clientId: CLIENT_ID, clientSecret: secretOf(id) },
      timeoutMs: TIMEOUT_MS,
    })),
    roles: { admins: PEOPLE, approvers: PEOPLE, requesters: PEOPLE, breakGlass: [person] },
    approvalRules: [],
    schedule: { expression: '0 2 * * *', timezone: 'UTC' },
    ...defaultSweepConfig,
    sweepPolicy: { ...defaultSweepConfig.sweepPolicy, concurrency: AT_ONCE },
    guards: { ...defaultSweepConfig.guards, settings: places.length },
    stopFile: join(folder, 'STOP'),
    slack: workspace === null ? null : slackConfigFor(workspace),
    logLevel: 'silent',
  };
}

function slackConfigFor({ botToken, appToken, apiUrl }: Workspace): NonNullable<Config['slack']> {
  return {
    botToken,
    connection: { kind: 'socket', appToken },
    apiUrl,
    approvalsChannel: CHANNEL,
    reportsChannel: CHANNEL,
    tagChannels: {},
  };
}
