import { expect, test, vi } from 'vitest';
import { settings } from '../src/settings/catalogue.js';
import { APPS, openTerminal, SECRET } from './helpers/terminal.js';

// Every command is a process of its own, and a busy machine starts them slowly.
vi.setConfig({ testTimeout: 120_000 });

test('a mistyped setting, value and command are answered with the nearest words, before any PBX is asked', async () => {
  const { run, pbx } = await openTerminal();
  const setting = await run('set', 'AvatarStile', 'Circle');
  const value = await run('set', 'AvatarStyle', 'Circel');
  const command = await run('shw');
  const missing = await run('set', 'AvatarStyle', 'Circle', 'EnableChat');

  for (const answer of [setting, value, command, missing])
    expect(answer).toMatchObject({ code: 1, stdout: '' });
  expect(setting.stderr).toBe('plumbline: There is no setting “AvatarStile”.\n  Did you mean AvatarStyle?\n');
  expect(value.stderr).toContain('Did you mean Circle?');
  expect(command.stderr).toContain('Did you mean show?');
  expect(missing.stderr).toContain('EnableChat has no value.');
  expect(pbx.requests).toEqual([]);
});

test('a refused credential exits with 1, is sent once and not again by the next command', async () => {
  const { run, env, pbx } = await openTerminal();
  env['THREECX_CLIENT_SECRET'] = 'an-old-secret';
  const first = await run('show', '--json');
  const second = await run('show');
  const tokens = pbx.requests.filter(({ operation }) => operation === 'token');

  expect(first).toMatchObject({ code: 1, stdout: '' });
  expect(first.stderr).toContain('The PBX refused the API client');
  expect(second).toMatchObject({ code: 1, stdout: '' });
  expect(second.stderr).toContain('The PBX was not asked: it refused the credential');
  expect(tokens).toHaveLength(1);
  for (const { stderr } of [first, second]) expect(stderr).not.toContain('an-old-secret');
});

test('once the secret is right on the PBX, reconnect tries it again at once', async () => {
  const { run, env, pbx } = await openTerminal();
  env['THREECX_CLIENT_SECRET'] = 'the-new-secret';
  const refused = await run('reconnect');
  pbx.rotateSecret('plumbline', 'the-new-secret');
  const held = await run('show');
  const connected = await run('reconnect', 'PBX');

  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(held.code).toBe(1);
  expect(connected).toMatchObject({ code: 0, stdout: '127.0.0.1 answers, 3CX 20.0.10.1621.\n', stderr: '' });
  expect((await run('show')).code).toBe(0);
});

test('a PBX that is down exits with 1 and a sentence, whatever is asked', async () => {
  const { run, env } = await openTerminal();
  await run('baseline', 'capture');
  env['THREECX_URL'] = 'http://127.0.0.1:1';
  const show = await run('show', '--json');
  const check = await run('check');
  const capture = await run('baseline', 'capture');

  for (const answer of [show, check, capture]) expect(answer.code).toBe(1);
  expect(show.stdout).toBe('');
  expect(show.stderr).toContain(`${APPS} could not be read from pbx: The PBX refuses connections`);
  expect(check.stdout).toContain(`${settings.length} unknown`);
  expect(capture.stderr).toContain('Nothing was captured.');
});

test('a resource that cannot be read leaves the other one readable, and the exit code says so', async () => {
  const { run, pbx } = await openTerminal();
  pbx.fault({ kind: 'forbidden', resource: APPS });
  const answer = await run('show');

  expect(answer.code).toBe(1);
  expect(answer.stdout).toContain('HDAutoLogoutTime');
  expect(answer.stdout).not.toContain('AvatarStyle');
  expect(answer.stderr).toContain(`${APPS} could not be read from pbx`);
});

test('everything that is wrong with the configuration is said at once', async () => {
  const { run, env } = await openTerminal();
  env['THREECX_URL'] = undefined;
  env['PLUMBLINE_SCHEDULE'] = 'at night';
  env['SLACK_BOT_TOKEN'] = 'xoxb-a-secret-token';
  const answer = await run('show');

  expect(answer).toMatchObject({ code: 1, stdout: '' });
  expect(answer.stderr).toContain('THREECX_URL is missing.');
  expect(answer.stderr).toContain('PLUMBLINE_SCHEDULE cannot be used');
  expect(answer.stderr).toContain('PLUMBLINE_APPROVALS_CHANNEL is missing.');
  expect(answer.stderr).not.toContain('xoxb-a-secret-token');
});

test('the variables may stand in a file .env, and those of the shell win', async () => {
  const { run, env, file, pbx } = await openTerminal();
  file('.env', `THREECX_URL=${pbx.url}\nTHREECX_CLIENT_SECRET=wrong\n`);
  env['THREECX_URL'] = undefined;
  const answer = await run('show', 'AvatarStyle');

  expect(answer).toMatchObject({ code: 0, stderr: '' });
});

test('a fleet file makes the operator say which PBX; a check covers all of them', async () => {
  const { run, file, simulator } = await openTerminal();
  const client = { clientId: 'plumbline', clientSecret: SECRET };
  simulator.addPbx({ id: 'branch', clients: [client] });
  const entries = simulator.ids.map(
    (id) => `  - id: ${id}
    url: ${simulator.pbx(id).url}
    tags: [emea]
    clientId: plumbline
    clientSecret: { env: THREECX_CLIENT_SECRET }
`,
  );
  file('plumbline.yml', `pbxs:\n${entries.join('')}`);
  const unsaid = await run('show');
  const mistyped = await run('show', '--pbx', 'brunch');
  await run('baseline', 'capture', '--pbx', 'branch', '--for', 'tag:emea');
  simulator.pbx('pbx').change(APPS, { EnableChat: false });
  const check = await run('check', 'tag:emea');

  expect(unsaid.stderr).toBe('plumbline: Say which PBX you mean.\n  Known are pbx, branch.\n');
  expect(mistyped.stderr).toContain('Did you mean branch?');
  expect(check.code).toBe(2);
  expect(check.stdout).toContain(`branch: ${settings.length} checked, in sync\n`);
  expect(check.stdout).toContain(`pbx: ${settings.length} checked, 1 drifted\n  Chat (EnableChat) drifted\n`);
});

test('a secret in the fleet file itself is refused with file, path and mend, and not repeated', async () => {
  const { run, file, pbx } = await openTerminal();
  file(
    'plumbline.yml',
    `pbxs:\n  - { id: hq, url: '${pbx.url}', clientId: plumbline, clientSecret: my-literal-secret }\n`,
  );
  const answer = await run('show');

  expect(answer).toMatchObject({ code: 1, stdout: '' });
  expect(answer.stderr).toContain(
    'plumbline.yml: pbxs.0.clientSecret must be a reference such as {env: HQ_SECRET}',
  );
  expect(answer.stderr).not.toContain('my-literal-secret');
  expect(pbx.requests).toEqual([]);
});

test('a database that cannot be opened is named by its variable, and a password in it is not repeated', async () => {
  const { run, env, file } = await openTerminal();
  file('notes.db', 'this is no database');
  env['DATABASE_URL'] = 'sqlite:notes.db';
  const garbage = await run('check');
  env['DATABASE_URL'] = 'mysql://plumbline:pass-word@localhost/plumbline';
  const foreign = await run('check');

  expect(garbage).toMatchObject({ code: 1, stdout: '' });
  expect(garbage.stderr).toContain('The database cannot be opened: file is not a database.');
  expect(garbage.stderr).toContain('Check DATABASE_URL');
  expect(foreign.stderr).toContain('Use sqlite:PATH');
  expect(foreign.stderr).not.toContain('pass-word');
});

test('every command has help with examples', async () => {
  const { run } = await openTerminal();
  const overview = await run('--help');
  const names = [
    'show',
    'set',
    'baseline',
    'check',
    'sweep',
    'requests',
    'withdraw',
    'revert',
    'history',
    'audit',
    'settings',
    'reconnect',
    'serve',
  ];
  const nested = [
    ['baseline', 'capture'],
    ['baseline', 'show'],
    ['baseline', 'export'],
    ['requests', 'show'],
    ['audit', 'verify'],
    ['audit', 'export'],
    ['simulate', 'pbx'],
    ['simulate', 'slack'],
  ];
  expect(overview.code).toBe(0);
  for (const name of [...names, 'simulate']) expect(overview.stdout).toContain(`\n  ${name}`);
  for (const words of [...names.map((name) => [name]), ...nested]) {
    const help = await run(...words, '--help');
    expect(help, words.join(' ')).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toContain(`  $ plumbline ${words.join(' ')}`);
  }
});

test('the version is the package’s own', async () => {
  const { run } = await openTerminal();
  expect((await run('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});
