import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readConfig } from '../src/config.js';
import { UserError, UserErrors } from '../src/errors.js';
import { configFile, emptyFolder, errorsOf, ONE_PBX } from './helpers/config-file.js';

const SLACK = {
  SLACK_BOT_TOKEN: 'xoxb-1',
  SLACK_APP_TOKEN: 'xapp-1',
  PLUMBLINE_APPROVALS_CHANNEL: 'C0APPROVALS',
  PLUMBLINE_APPROVERS: 'U01, S02',
};

function onePbx(secret: string): string {
  return `pbxs: [{ id: hq, url: "https://hq.example.com", clientId: a, clientSecret: ${secret} }]`;
}

/** What keeps `plumbline serve` from starting. */
function servingErrors(env: Readonly<Record<string, string>>): readonly (string | undefined)[] {
  try {
    readConfig(env, { isServing: true });
    return [];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return (error instanceof UserErrors ? error.errors : [error]).map(({ field }) => field);
  }
}

test('nothing at all is said as one thing, with the command that writes the files', () => {
  const [error, ...others] = errorsOf({});

  expect(others).toEqual([]);
  expect(error?.message).toContain('no PBX is configured');
  expect(error?.mend).toContain('plumbline init');
  expect(error?.mend).toContain('docs/install-3cx.md');
});

test('each variable of the one PBX that is missing is said', () => {
  const { THREECX_URL, THREECX_CLIENT_ID } = ONE_PBX;

  expect(errorsOf({ THREECX_CLIENT_ID }).map(({ field }) => field)).toEqual([
    'THREECX_URL',
    'THREECX_CLIENT_SECRET',
  ]);
  const errors = errorsOf({ THREECX_URL });
  expect(errors.map(({ field }) => field)).toEqual(['THREECX_CLIENT_ID', 'THREECX_CLIENT_SECRET']);
  for (const { mend } of errors) expect(mend).toContain('Integrations > API > Add');
});

test.each([
  ['SLACK_BOT_TOKEN', 'xapp-1', 'holds an app-level token (xapp-...), where the bot token', 'Install App'],
  ['SLACK_BOT_TOKEN', 'xoxp-1', 'holds a token of a person (xoxp-...), where the bot token', 'Install App'],
  ['SLACK_BOT_TOKEN', 'xoxe.xoxb-1', 'holds a token that expires', 'Install App'],
  ['SLACK_BOT_TOKEN', 'hush-hush', 'does not begin with xoxb- as a bot token does', 'Install App'],
  [
    'SLACK_APP_TOKEN',
    'xoxb-2',
    'holds a bot token (xoxb-...), where the app-level token',
    'App-Level Tokens',
  ],
  ['SLACK_SIGNING_SECRET', 'xoxb-2', 'where the signing secret belongs', 'Signing Secret'],
])('%s with %s in it is told from the right kind, and never repeated', (name, token, because, where) => {
  const [error, ...others] = errorsOf({ ...ONE_PBX, ...SLACK, [name]: token });

  expect(others).toEqual([]);
  expect(error).toMatchObject({ field: name, message: expect.stringContaining(because) });
  expect(error?.message).not.toContain(token);
  expect(error?.mend).toContain(where);
  expect(error?.mend).toContain('docs/install-slack.md');
});

test('two tokens in each other’s place are both said', () => {
  const swapped = { ...SLACK, SLACK_BOT_TOKEN: 'xapp-1', SLACK_APP_TOKEN: 'xoxb-1' };

  expect(errorsOf({ ...ONE_PBX, ...swapped }).map(({ field }) => field)).toEqual([
    'SLACK_BOT_TOKEN',
    'SLACK_APP_TOKEN',
  ]);
});

test.each([
  ['PLUMBLINE_SCHEDUL', 'PLUMBLINE_SCHEDULE'],
  ['PLUMBLINE_APPROVER', 'PLUMBLINE_APPROVERS'],
  ['SLACK_BOT_TOEKN', 'SLACK_BOT_TOKEN'],
  ['THREECX_ACESS_TOKEN', 'THREECX_ACCESS_TOKEN'],
])('%s is taken for a mistyped %s', (name, meant) => {
  expect(errorsOf({ ...ONE_PBX, [name]: 'x' })).toMatchObject([
    { field: name, message: `${name} is not known.`, mend: `Did you mean ${meant}?` },
  ]);
});

test('a variable that others use, that is set rightly as well, or that holds a secret of the file is left alone', () => {
  const file = configFile(onePbx('{ env: THREECX_CLIENT_SECRETS }'));
  const foreign = { SLACK_WEBHOOK_URL: 'x', SLACK_TOKEN: 'x', SLACK_USER_TOKEN: 'x', PLUMBLINE_HOME: '/opt' };

  expect(errorsOf({ ...ONE_PBX, ...foreign })).toEqual([]);
  expect(errorsOf({ ...ONE_PBX, PLUMBLINE_SCHEDULE: '0 1 * * *', PLUMBLINE_SCHEDUL: 'x' })).toEqual([]);
  expect(errorsOf({ ...file, THREECX_CLIENT_SECRETS: 'hush' })).toEqual([]);
});

test('a variable that cannot be used hides nothing else, and is not said to be missing as well', () => {
  const env = { ...ONE_PBX, ...SLACK, THREECX_URL: 'hq', PORT: 'x', SLACK_BOT_TOKEN: 'xapp-1' };
  const errors = errorsOf(env);

  expect(errors).toHaveLength(3);
  expect(new Set(errors.map(({ field }) => field))).toEqual(
    new Set(['PORT', 'SLACK_BOT_TOKEN', 'THREECX_URL']),
  );
  for (const { mend } of errors) expect(mend).toMatch(/\.$/);
});

test('a file that is not YAML hides nothing that the environment alone tells', () => {
  const file = configFile('pbxs: [');
  const errors = errorsOf({ ...file, PORT: 'x', SLACK_BOT_TOKEN: 'xapp-1' });

  expect(errors.map(({ field }) => field)).toEqual(['PORT', file.PLUMBLINE_CONFIG, 'SLACK_BOT_TOKEN']);
});

test.each([
  ['is not there', (folder: string) => join(folder, 'none'), 'which cannot be read: there is no such file'],
  ['is a folder', (folder: string) => folder, 'which cannot be read: it is a folder'],
  [
    'is empty',
    (folder: string) => {
      writeFileSync(join(folder, 'empty'), ' \n');
      return join(folder, 'empty');
    },
    'which is empty',
  ],
])('a secret file that %s is said with the reason', (_, make, because) => {
  const path = make(emptyFolder());
  const [error] = errorsOf(configFile(onePbx(`{ file: ${path} }`)));

  expect(error?.message).toContain(`pbxs.0.clientSecret refers to ${path}, ${because}`);
  expect(error?.mend).not.toBeUndefined();
});

test('serving wants the tokens of a Slack that anything speaks of; a single command does not', () => {
  const channels = configFile('channels: { approvals: C0APPROVALS }\nroles: { approvers: [U01, U02] }');

  expect(servingErrors({ ...ONE_PBX, ...channels })).toEqual(['SLACK_BOT_TOKEN', 'SLACK_APP_TOKEN']);
  expect(servingErrors({ ...ONE_PBX, SLACK_APP_TOKEN: 'xapp-1' })).toEqual([
    'PLUMBLINE_APPROVALS_CHANNEL',
    'PLUMBLINE_APPROVERS',
    'SLACK_BOT_TOKEN',
  ]);
  expect(servingErrors(ONE_PBX)).toEqual([]);
  expect(errorsOf({ ...ONE_PBX, ...channels })).toEqual([]);
});
