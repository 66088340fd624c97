import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../src/config.js';
import { UserError, UserErrors } from '../src/errors.js';

const ONE_PBX = {
  THREECX_URL: 'https://hq.example.com:5001',
  THREECX_CLIENT_ID: 'plumbline',
  THREECX_CLIENT_SECRET: 'hush',
};
const SLACK = {
  SLACK_BOT_TOKEN: 'xoxb-1',
  SLACK_APP_TOKEN: 'xapp-1',
  PLUMBLINE_APPROVALS_CHANNEL: 'C1',
  PLUMBLINE_APPROVERS: 'U1, S2',
};

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'plumbline-config-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function fleetFile(text: string): { readonly PLUMBLINE_CONFIG: string } {
  const path = join(folder(), 'plumbline.yml');
  writeFileSync(path, text);
  return { PLUMBLINE_CONFIG: path };
}

/** Everything that is refused, as field and message. */
function faultsOf(env: Readonly<Record<string, string>>): readonly (readonly [string | undefined, string])[] {
  try {
    readConfig(env);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const errors = error instanceof UserErrors ? error.errors : [error];
    return errors.map(({ field, message }) => [field, message]);
  }
  return [];
}

test('one PBX fits in three variables; the rest has defaults', () => {
  expect(readConfig(ONE_PBX)).toEqual({
    databaseUrl: 'sqlite:./data/plumbline.db',
    pbxs: [
      {
        id: 'hq',
        name: 'hq.example.com',
        tags: [],
        url: 'https://hq.example.com:5001',
        credential: { kind: 'client', clientId: 'plumbline', clientSecret: 'hush' },
      },
    ],
    roles: { admins: [], approvers: [], requesters: [] },
    schedule: { expression: '0 2 * * *', timezone: 'UTC' },
    slack: null,
    logLevel: 'info',
  });
});

test('a bearer token takes the place of the API client', () => {
  const [pbx] = readConfig({ THREECX_URL: 'https://10.0.0.1', THREECX_ACCESS_TOKEN: 'abc' }).pbxs;
  expect(pbx).toMatchObject({ id: 'pbx', credential: { kind: 'token', accessToken: 'abc' } });
});

test('an empty variable is the same as none', () => {
  expect(readConfig({ ...ONE_PBX, PORT: '', SLACK_BOT_TOKEN: '', DATABASE_URL: '' }).slack).toBeNull();
});

test('Slack is reached by Socket Mode with an app token, by HTTP with a signing secret', () => {
  const socket = readConfig({ ...ONE_PBX, ...SLACK }).slack;
  const { SLACK_APP_TOKEN: _, ...rest } = SLACK;
  const http = readConfig({ ...ONE_PBX, ...rest, SLACK_SIGNING_SECRET: 's', PORT: '8080' }).slack;

  expect(socket).toMatchObject({
    connection: { kind: 'socket', appToken: 'xapp-1' },
    approvalsChannel: 'C1',
    reportsChannel: 'C1',
  });
  expect(http?.connection).toEqual({ kind: 'http', signingSecret: 's', port: 8080 });
});

test('admins approve where no approvers are named; lists may hold spaces', () => {
  const { PLUMBLINE_APPROVERS: _, ...rest } = SLACK;
  expect(readConfig({ ...ONE_PBX, ...rest, PLUMBLINE_ADMINS: 'U7,  U8 ,' }).roles).toEqual({
    admins: ['U7', 'U8'],
    approvers: ['U7', 'U8'],
    requesters: [],
  });
});

test('everything that is missing or wrong is said at once', () => {
  const faults = faultsOf({ SLACK_BOT_TOKEN: 'xoxb-1', PLUMBLINE_SCHEDULE: 'at night' });
  expect(faults.map(([field]) => field)).toEqual([
    'THREECX_URL',
    'PLUMBLINE_SCHEDULE',
    'PLUMBLINE_APPROVALS_CHANNEL',
  ]);
  expect(faultsOf({ ...ONE_PBX, PORT: 'x', THREECX_URL: 'hq', PLUMBLINE_LOG_LEVEL: 'loud' })).toHaveLength(3);
});

test('Slack without anybody who may approve is refused', () => {
  const { PLUMBLINE_APPROVERS: _, ...rest } = SLACK;
  expect(faultsOf({ ...ONE_PBX, ...rest }).map(([field]) => field)).toEqual(['PLUMBLINE_APPROVERS']);
});

test('a time zone that does not exist is told from a bad schedule', () => {
  expect(faultsOf({ ...ONE_PBX, PLUMBLINE_TIMEZONE: 'Europe/Atlantis' })[0]?.[0]).toBe('PLUMBLINE_TIMEZONE');
});

test('a fleet file resolves its secrets from variables and files', () => {
  const secret = join(folder(), 'branch');
  writeFileSync(secret, 'from-a-file\n');
  const file = fleetFile(`
pbxs:
  - id: hq
    name: Head office
    url: https://hq.example.com
    tags: [emea, customer:acme]
    clientId: plumbline
    clientSecret: { env: HQ_SECRET }
  - id: branch
    url: https://branch.example.com
    accessToken: { file: ${secret} }
    timeoutMs: 5000
`);
  const { pbxs } = readConfig({ ...file, HQ_SECRET: 'from-a-variable' });

  expect(pbxs).toMatchObject([
    {
      id: 'hq',
      name: 'Head office',
      tags: ['emea', 'customer:acme'],
      credential: { kind: 'client', clientSecret: 'from-a-variable' },
    },
    { id: 'branch', name: 'branch', timeoutMs: 5000, credential: { accessToken: 'from-a-file' } },
  ]);
});

test('a literal secret is refused, and the message does not repeat it', () => {
  const file = fleetFile(
    'pbxs: [{ id: hq, url: "https://hq.example.com", clientId: a, clientSecret: very-secret }]',
  );
  const [[field, message] = []] = faultsOf(file);

  expect(field).toBe('pbxs.0.clientSecret');
  expect(message).toContain(`${file.PLUMBLINE_CONFIG}: pbxs.0.clientSecret must be a reference such as`);
  expect(message).not.toContain('very-secret');
});

test.each([
  ['is not YAML', 'pbxs: [', ''],
  ['has no PBX', 'pbxs: []', 'pbxs must name at least one PBX'],
  ['names a PBX twice', twice(), 'names HQ twice'],
  ['knows a word the file does not', 'pbxs: []\nslack: {}', 'slack'],
  ['refers to a variable that is not set', onePbx('{ env: NOWHERE }'), 'refers to NOWHERE, which is not set'],
  ['refers to a file that is not there', onePbx('{ file: /nowhere }'), 'refers to /nowhere, which cannot'],
])('a fleet file that %s is refused with its path', (_, text, because) => {
  const file = fleetFile(text);
  const faults = faultsOf(file).map(([, message]) => message);

  expect(faults.join('\n')).toContain(because);
  for (const message of faults) expect(message).toContain(file.PLUMBLINE_CONFIG);
  expect(faults).not.toEqual([]);
});

test('a fleet file that is named but does not exist is refused', () => {
  expect(faultsOf({ PLUMBLINE_CONFIG: '/nowhere.yml' })).toEqual([
    ['PLUMBLINE_CONFIG', 'PLUMBLINE_CONFIG names /nowhere.yml, which does not exist.'],
  ]);
});

function onePbx(secret: string): string {
  return `pbxs: [{ id: hq, url: "https://hq.example.com", clientId: a, clientSecret: ${secret} }]`;
}

function twice(): string {
  const entry = (id: string): string =>
    `{ id: ${id}, url: "https://hq.example.com", clientId: a, clientSecret: { env: PATH } }`;
  return `pbxs: [${entry('hq')}, ${entry('HQ')}]`;
}
