import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readConfig } from '../src/config.js';
import { defaultSweepConfig } from '../src/config-sweep.js';
import { configFile, emptyFolder, errorsOf, ONE_PBX } from './helpers/config-file.js';

const SLACK = {
  SLACK_BOT_TOKEN: 'xoxb-1',
  SLACK_APP_TOKEN: 'xapp-1',
  PLUMBLINE_APPROVALS_CHANNEL: 'C0APPROVALS',
  PLUMBLINE_APPROVERS: 'U01, S02',
};

/** Everything that is refused, as field and message. */
function faultsOf(env: Readonly<Record<string, string>>): readonly (readonly [string | undefined, string])[] {
  return errorsOf(env).map(({ field, message }) => [field, message]);
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
    roles: { admins: [], approvers: [], requesters: [], breakGlass: [] },
    approvalRules: [],
    schedule: { expression: '0 2 * * *', timezone: 'UTC' },
    ...defaultSweepConfig,
    stopFile: 'data/STOP',
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
    approvalsChannel: 'C0APPROVALS',
    reportsChannel: 'C0APPROVALS',
  });
  expect(http?.connection).toEqual({ kind: 'http', signingSecret: 's', port: 8080 });
});

test('admins approve where no approvers are named; lists may hold spaces', () => {
  const { PLUMBLINE_APPROVERS: _, ...rest } = SLACK;
  expect(readConfig({ ...ONE_PBX, ...rest, PLUMBLINE_ADMINS: 'U07,  U08 ,' }).roles).toEqual({
    admins: ['U07', 'U08'],
    approvers: ['U07', 'U08'],
    requesters: [],
    breakGlass: [],
  });
});

test('everything that is missing or wrong is said at once', () => {
  const faults = faultsOf({ SLACK_BOT_TOKEN: 'xoxb-1', PLUMBLINE_SCHEDULE: 'at night' });
  expect(faults.map(([field]) => field)).toEqual([
    'THREECX_URL',
    'PLUMBLINE_SCHEDULE',
    'PLUMBLINE_APPROVALS_CHANNEL',
    'PLUMBLINE_APPROVERS',
    'SLACK_APP_TOKEN',
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
  const secret = join(emptyFolder(), 'branch');
  writeFileSync(secret, 'from-a-file\n');
  const file = configFile(`
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
  const file = configFile(
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
  const file = configFile(text);
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

test('a file may leave the PBX to the environment and say who, where and when', () => {
  const file = configFile(`
roles:
  admins: [U0ANN]
  approvers: [U0BEN, S0APPROVERS]
  requesters: [W0CLEO]
  breakGlass: [U0ANN]
channels: { approvals: C0APPROVALS, reports: G0REPORTS }
schedule: { cron: 30 3 * * *, timezone: Europe/Berlin }
`);
  const config = readConfig({ ...ONE_PBX, ...file, SLACK_BOT_TOKEN: 'xoxb-1', SLACK_APP_TOKEN: 'xapp-1' });

  expect(config.pbxs).toMatchObject([{ id: 'hq', credential: { clientSecret: 'hush' } }]);
  expect(config.roles).toEqual({
    admins: ['U0ANN'],
    approvers: ['U0BEN', 'S0APPROVERS'],
    requesters: ['W0CLEO'],
    breakGlass: ['U0ANN'],
  });
  expect(config.slack).toMatchObject({ approvalsChannel: 'C0APPROVALS', reportsChannel: 'G0REPORTS' });
  expect(config.schedule).toEqual({ expression: '30 3 * * *', timezone: 'Europe/Berlin' });
});

test('what the file does not say, the environment may', () => {
  const file = configFile('roles: { admins: [U0ANN, U0BEN] }\nschedule: { cron: 0 4 * * * }');
  const { roles, schedule } = readConfig({
    ...ONE_PBX,
    ...file,
    PLUMBLINE_BREAK_GLASS: 'U0BEN',
    PLUMBLINE_TIMEZONE: 'Asia/Tokyo',
  });

  expect(roles).toMatchObject({ approvers: ['U0ANN', 'U0BEN'], breakGlass: ['U0BEN'] });
  expect(schedule).toEqual({ expression: '0 4 * * *', timezone: 'Asia/Tokyo' });
});

test('an empty file, and a section that is left empty, say nothing', () => {
  expect(readConfig({ ...ONE_PBX, ...configFile('# nothing yet\n') })).toEqual(readConfig(ONE_PBX));
  expect(readConfig({ ...ONE_PBX, ...configFile('roles:\napprovals:\n') })).toEqual(readConfig(ONE_PBX));
});

test.each([
  ['PLUMBLINE_ADMINS', 'U0ANN,U0BEN', 'roles.admins', 'roles: { admins: [U0ANN, U0BEN] }'],
  ['PLUMBLINE_APPROVERS', 'S0GROUP', 'roles.approvers', 'roles: { approvers: [U0ANN, U0BEN] }'],
  ['PLUMBLINE_REQUESTERS', 'U0ANN', 'roles.requesters', 'roles: { requesters: [] }'],
  ['PLUMBLINE_BREAK_GLASS', 'U0ANN', 'roles.breakGlass', 'roles: { breakGlass: [U0ANN] }'],
  ['PLUMBLINE_APPROVALS_CHANNEL', 'C0ONE', 'channels.approvals', 'channels: { approvals: C0TWO }'],
  ['PLUMBLINE_REPORTS_CHANNEL', 'C0ONE', 'channels.reports', 'channels: { reports: C0TWO }'],
  ['PLUMBLINE_SCHEDULE', '0 1 * * *', 'schedule.cron', 'schedule: { cron: 0 2 * * * }'],
  ['PLUMBLINE_TIMEZONE', 'UTC', 'schedule.timezone', 'schedule: { timezone: UTC }'],
])('%s and the file may not both say the same thing', (name, value, at, text) => {
  const file = configFile(text);
  const path = file.PLUMBLINE_CONFIG;

  expect(errorsOf({ ...ONE_PBX, ...file, [name]: value })).toMatchObject([
    {
      field: name,
      message: `${name} and ${at} in ${path} say the same thing twice.`,
      mend: `Keep one of them: unset ${name}, or remove ${at} from ${path}.`,
    },
  ]);
});

test.each([['@ann'], ['ann@example.com'], ['ann'], ['u0ann'], ['U0'], ['C0APPROVALS'], ['<@U0ANN>']])(
  '%s is not taken for a person or a group, wherever it stands',
  (id) => {
    const file = configFile(`roles: { admins: ["${id}"], breakGlass: [U0ANN, "${id}"] }`);
    const inFile = errorsOf({ ...ONE_PBX, ...file });
    const inEnvironment = errorsOf({ ...ONE_PBX, PLUMBLINE_REQUESTERS: `U0ANN, ${id}` });

    expect(inFile.map(({ field }) => field)).toEqual(['roles.admins.0', 'roles.breakGlass.1']);
    expect(inEnvironment.map(({ field }) => field)).toEqual(['PLUMBLINE_REQUESTERS']);
    for (const { message, mend } of [...inFile, ...inEnvironment]) {
      expect(message).toContain(`“${id}”, which is not a Slack user id or user group id.`);
      expect(mend).toContain('Profile > ... > Copy member ID');
    }
  },
);

test('a channel is named by its id, in the file as in the environment', () => {
  const file = configFile('channels: { approvals: "#pbx-approvals" }');
  const errors = errorsOf({ ...ONE_PBX, ...file, PLUMBLINE_REPORTS_CHANNEL: 'pbx-reports' });

  expect(errors.map(({ field }) => field)).toEqual(['channels.approvals', 'PLUMBLINE_REPORTS_CHANNEL']);
  for (const { mend } of errors) expect(mend).toContain('such as C0123456789');
});

test('everything that is wrong in any section is said at once, with its path and the nearest word', () => {
  const file = configFile(`
role: {}
roles: { approver: [U0ANN], admins: U0ANN }
channels: []
schedule: { cron: at night, timezone: Europe/Atlantis }
pbxs: [{ id: hq, url: "https://hq.example.com", clientId: a, clientSecret: { env: NOWHERE } }]
approvals: { name: Two }
`);
  const errors = errorsOf(file);

  expect(errors.map(({ field, mend }) => [field, mend])).toEqual([
    ['role', 'Did you mean roles?'],
    ['pbxs.0.clientSecret', expect.stringMatching(/^Set NOWHERE in .env/)],
    ['roles.admins', expect.stringContaining('Use an id such as')],
    ['roles.approver', 'Did you mean approvers?'],
    ['approvals', 'Begin every rule with a hyphen.'],
    ['schedule.timezone', 'Use an IANA name such as Europe/Berlin.'],
    ['schedule.cron', 'Use a cron expression such as 0 2 * * *.'],
    ['channels', 'Known are approvals, reports, tags.'],
  ]);
  for (const { message } of errors) expect(message).toContain(file.PLUMBLINE_CONFIG);
});

test.each([
  ['an alias without an anchor', 'roles: *people', 'is not YAML: Unresolved alias'],
  [
    'a key that is there twice',
    'roles: {}\nroles: {}',
    'is not YAML: the key “roles” is given twice, in line 1 and in line 2',
  ],
  ['a list', '- roles', 'must consist of sections'],
])('a file with %s is refused', (_, text, because) => {
  const file = configFile(text);
  const [error] = errorsOf({ ...ONE_PBX, ...file });

  expect(error?.message).toContain(`${file.PLUMBLINE_CONFIG}: ${because}`);
  expect(error?.mend).not.toBeUndefined();
});

test('a folder in the place of the file is refused in words', () => {
  const path = emptyFolder();
  expect(faultsOf({ ...ONE_PBX, PLUMBLINE_CONFIG: path })).toEqual([[path, `${path}: cannot be read.`]]);
});

function onePbx(secret: string): string {
  return `pbxs: [{ id: hq, url: "https://hq.example.com", clientId: a, clientSecret: ${secret} }]`;
}

function twice(): string {
  const entry = (id: string): string =>
    `{ id: ${id}, url: "https://hq.example.com", clientId: a, clientSecret: { env: PATH } }`;
  return `pbxs: [${entry('hq')}, ${entry('HQ')}]`;
}
