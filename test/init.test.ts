import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { type Config, readConfig } from '../src/config.js';
import { cliInProcess } from './helpers/cli-in-process.js';
import { configFile, emptyFolder, errorsOf } from './helpers/config-file.js';

const URL = 'https://pbx.example.com:5001';
const PBX = ['--pbx', `hq=${URL}`];
const SLACK = ['--approvals-channel', 'C0APPROVALS', '--approver', 'U0ANN', '--approver', 'S0GROUP'];
const LATER = { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_APP_TOKEN: 'xapp-1', PBX_HQ_SECRET: 'hush' };

type Variables = Readonly<Record<string, string>>;

function init(dir: string, options: readonly string[], variables: Variables = {}) {
  return cliInProcess(variables, 'ann')('init', '--yes', '--dir', dir, ...options);
}

function answering(dir: string, answers: readonly string[], options: readonly string[] = []) {
  return cliInProcess({}, 'ann', undefined, answers)('init', '--dir', dir, ...options);
}

function read(dir: string, name: string): string {
  return readFileSync(join(dir, name), 'utf8');
}

/** Loads what was written as `plumbline serve` does; `filled` stands in for what is filled in later. */
function load(dir: string, filled: Variables = {}): Config {
  const written = Object.entries(parseEnv(read(dir, '.env'))).filter(([, value]) => value !== '');
  const env = { ...filled, ...Object.fromEntries(written), PLUMBLINE_CONFIG: join(dir, 'plumbline.yml') };
  return readConfig(env, { isServing: true });
}

test('options alone write two files that load as they are meant', async () => {
  const dir = emptyFolder();
  const more = ['--name', 'hq=Head office', '--tag', 'hq=emea', '--tag', 'hq=customer:acme'];
  const when = ['--schedule', '30 3 * * *', '--timezone', 'Asia/Tokyo', '--client-id', 'robot'];
  const where = ['--reports-channel', 'C0REPORTS', '--admin', 'U0CLEO'];
  const answer = await init(dir, [...PBX, ...more, ...SLACK, ...where, ...when], LATER);

  expect(answer).toMatchObject({ code: 0, stderr: '' });
  expect(load(dir)).toMatchObject({
    pbxs: [
      {
        id: 'hq',
        name: 'Head office',
        url: URL,
        tags: ['emea', 'customer:acme'],
        credential: { kind: 'client', clientId: 'robot', clientSecret: 'hush' },
      },
    ],
    roles: { admins: ['U0CLEO'], approvers: ['U0ANN', 'S0GROUP'] },
    schedule: { expression: '30 3 * * *', timezone: 'Asia/Tokyo' },
    slack: { botToken: 'xoxb-1', approvalsChannel: 'C0APPROVALS', reportsChannel: 'C0REPORTS' },
  });
});

test('secrets stand in .env alone, which nobody else may read', async () => {
  const dir = emptyFolder();
  const answer = await init(dir, [...PBX, ...SLACK], LATER);

  for (const secret of Object.values(LATER)) {
    expect(read(dir, '.env')).toContain(secret);
    expect(read(dir, 'plumbline.yml') + answer.stdout).not.toContain(secret);
  }
  expect(statSync(join(dir, '.env')).mode & 0o777).toBe(0o600);
});

test('the end says what to fill in, and the next two commands', async () => {
  const dir = join(emptyFolder(), 'new', 'place');
  const { stdout } = await init(dir, [...PBX, ...SLACK]);

  expect(stdout).toContain('Fill in SLACK_BOT_TOKEN, SLACK_APP_TOKEN, PBX_HQ_SECRET in');
  expect(stdout).toMatch(/Then:\n {2}cd .*\n {2}plumbline doctor .*\n {2}plumbline serve/);
  expect(load(dir, LATER).pbxs).toHaveLength(1);
});

test('without Slack a PBX and its key are enough', async () => {
  const dir = emptyFolder();
  await init(dir, PBX, { PBX_HQ_SECRET: 'hush' });

  expect(load(dir).slack).toBeNull();
  expect(load(dir).roles.approvers).toEqual([]);
});

test.each(['plumbline.yml', '.env'])('a %s that is there is replaced only by force', async (name) => {
  const dir = emptyFolder();
  writeFileSync(join(dir, name), 'mine', { mode: 0o644 });
  const other = name === '.env' ? 'plumbline.yml' : '.env';
  const refused = await init(dir, PBX);

  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toMatch(/is there already\.\n {2}Choose another folder with --dir, or .* --force\./);
  expect(read(dir, name)).toBe('mine');
  expect(() => read(dir, other)).toThrow('ENOENT');
  expect(await init(dir, [...PBX, '--force'])).toMatchObject({ code: 0 });
  expect(load(dir, { PBX_HQ_SECRET: 'hush' }).pbxs).toHaveLength(1);
  expect(statSync(join(dir, '.env')).mode & 0o777).toBe(0o600);
});

test('everything that is wrong with the options is said at once, and nothing is written', async () => {
  const dir = emptyFolder();
  const wrong = ['--pbx', 'hq=pbx.example.com', '--pbx', 'h q=https://x.example.com', '--name', 'lab=Lab'];
  const more = [
    '--approver',
    '@ann',
    '--approvals-channel',
    '#pbx',
    '--timezone',
    'Mars/Base',
    '--schedule',
    'x',
  ];
  const { code, stderr } = await init(dir, [...wrong, ...more]);

  expect(code).toBe(1);
  for (const part of [
    '--pbx: The address is not an address.\n  Set it to',
    '--pbx: The short name must consist of letters, digits and hyphens.',
    '--name is for “lab”, which no --pbx names.',
    '--approver: The list is “@ann”, which is not a Slack user id',
    '--approvals-channel: The channel is “#pbx”',
    '--timezone: The time zone cannot be used',
    '--schedule: The schedule cannot be used',
  ]) {
    expect(stderr).toContain(part);
  }
  expect(() => read(dir, 'plumbline.yml')).toThrow('ENOENT');
});

test('options that leave something out say which option is missing', async () => {
  const { stderr } = await init(emptyFolder(), ['--reports-channel', 'C0REPORTS']);

  expect(stderr).toContain('No PBX is named.\n  Add --pbx hq=');
  expect(stderr).toContain('The channel for approvals is missing.\n  Add --approvals-channel');
  expect(stderr).toContain('Nobody may approve.\n  Add --approver');
});

test('one approver alone must be wanted, because a high risk needs two', async () => {
  const dir = emptyFolder();
  const lone = [...PBX, '--approvals-channel', 'C0APPROVALS', '--approver', 'U0ANN'];
  const refused = await init(dir, lone);
  await init(dir, [...lone, '--one-approval']);

  expect(refused.stderr).toContain('Add another --approver, or --one-approval where one is enough.');
  expect(load(dir, LATER).approvalRules).toMatchObject([{ risks: ['high'], approvals: 1, target: 'all' }]);
});

test('what is asked is checked at once, and asked again with the mend', async () => {
  const dir = emptyFolder();
  const pbx = ['h q', '', 'pbx.example.com', URL, '', 'emea, apac', 'hush', 'maybe', 'no'];
  const slack = ['yes', '#pbx', 'C0APPROVALS', '', 'ann', 'U0ANN S0GROUP', '', 'xapp-1', 'xoxb-1', ''];
  const { code, stderr } = await answering(dir, [...pbx, '', ...slack, 'Europe/Berlin', 'at night', '']);

  expect(code).toBe(0);
  expect(stderr.match(/Short name of the PBX/g)).toHaveLength(2);
  expect(stderr).toContain(
    'The short name must consist of letters, digits and hyphens.\n  Choose a short name',
  );
  expect(stderr).toContain('The token holds an app-level token (xapp-...)');
  expect(stderr).toContain('The schedule cannot be used');
  expect(load(dir, LATER)).toMatchObject({
    pbxs: [{ id: 'hq', name: 'hq', tags: ['emea', 'apac'], credential: { clientSecret: 'hush' } }],
    roles: { admins: ['U0ANN', 'S0GROUP'], approvers: ['U0ANN', 'S0GROUP'] },
    slack: { approvalsChannel: 'C0APPROVALS', reportsChannel: 'C0APPROVALS', botToken: 'xoxb-1' },
    schedule: { expression: '0 2 * * *', timezone: 'Europe/Berlin' },
  });
});

test('what options say is not asked', async () => {
  const dir = emptyFolder();
  const when = ['--timezone', 'UTC', '--schedule', '0 4 * * *', '--client-id', 'plumbline'];
  const { code, stderr } = await answering(dir, ['hush', 'no'], [...PBX, ...when]);

  expect(code).toBe(0);
  expect(stderr).not.toMatch(/Short name|time zone|cron|client id/);
  expect(load(dir).pbxs).toMatchObject([{ id: 'hq', credential: { clientSecret: 'hush' } }]);
});

test('a lone approver is asked whether one approval is enough, or who else may', async () => {
  const asked = (...rest: string[]) => ['', 'yes', 'C0APPROVALS', '', 'U0ANN', '', '', '', ...rest];
  const options = [...PBX, '--timezone', 'UTC', '--schedule', '0 4 * * *', '--client-id', 'plumbline'];
  const [one, two] = [emptyFolder(), emptyFolder()];
  await answering(one, asked('yes'), options);
  await answering(two, asked('no', 'U0ANN U0BEN'), options);

  expect(load(one, LATER).approvalRules).toMatchObject([{ risks: ['high'], approvals: 1 }]);
  expect(load(two, LATER)).toMatchObject({ approvalRules: [], roles: { approvers: ['U0ANN', 'U0BEN'] } });
});

test('whoever stops answering has nothing written', async () => {
  const dir = emptyFolder();
  const { code, stderr } = await answering(dir, ['hq', URL]);

  expect(code).toBe(1);
  expect(stderr).toContain('There was no answer, so nothing was written.');
  expect(() => read(dir, '.env')).toThrow('ENOENT');
});

test('every key has a line that explains it, and every example loads once its # is gone', async () => {
  const dir = emptyFolder();
  await init(dir, [...PBX, ...SLACK]);
  const yml = read(dir, 'plumbline.yml');
  const lines = yml.split('\n');
  const keys = lines.filter((line) => /^#?\s*(- )?\w+:/.test(line) && !/^# \S/.test(line));
  const silent = keys.filter((line) => !/^\s*# [A-Z]/.test(lines[lines.indexOf(line) - 1] ?? ''));
  const uncommented = yml.replaceAll(/^#(?! \S)/gm, '');

  expect(keys.length).toBeGreaterThan(35);
  expect(silent).toEqual([]);
  expect(Object.keys(Object(parse(uncommented)))).toEqual(
    expect.arrayContaining(['sweep', 'guards', 'windows', 'freezes', 'approvals', 'stopFile']),
  );
  expect(errorsOf({ ...LATER, ...configFile(uncommented) })).toEqual([]);
});

test('an editor is pointed to the schema only where there is one', async () => {
  const [bare, beside, project] = [emptyFolder(), emptyFolder(), emptyFolder()];
  writeFileSync(join(beside, 'plumbline.schema.json'), '{}');
  mkdirSync(join(project, 'node_modules/plumbline/docs'), { recursive: true });
  writeFileSync(join(project, 'node_modules/plumbline/docs/plumbline.schema.json'), '{}');
  for (const dir of [bare, beside, project]) await init(dir, PBX);
  const firstOf = (dir: string) => read(dir, 'plumbline.yml').split('\n')[0];

  expect(firstOf(bare)).not.toContain('$schema');
  expect(firstOf(beside)).toBe('# yaml-language-server: $schema=./plumbline.schema.json');
  expect(firstOf(project)).toContain('$schema=./node_modules/plumbline/docs/plumbline.schema.json');
});

const odd = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });
const nasty = fc.constantFrom(
  'null',
  'yes',
  '1e3',
  '- a',
  'a: b',
  '# a',
  '{a}',
  '"',
  "'",
  '`',
  '\\n',
  '%',
  '&a',
  '*a',
);
const name = fc
  .oneof(odd, nasty)
  .map((text) => text.trim())
  .filter((text) => text !== '');
const tag = fc.oneof(
  fc.stringMatching(/^[\w.:-]{1,12}$/),
  fc.constantFrom('null', 'yes', '0755', '1e3', ':', '-', '.', 'a:', '1:2', '2026-01-01'),
);
const pbx = fc.record({
  id: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9-]{0,10}$/),
  url: fc.webUrl({ withQueryParameters: true }),
  name,
  tags: fc.uniqueArray(tag, { maxLength: 8 }),
  secret: fc.oneof(odd, nasty).filter((text) => !/^\s|\s$|[\r\n]/.test(text)),
});

test('whatever names, addresses, tags and keys look like, what is written says the same', async () => {
  const fleets = fc.uniqueArray(pbx, {
    minLength: 1,
    maxLength: 4,
    selector: ({ id }) => id.toLowerCase(),
  });
  let loaded = 0;
  await fc.assert(
    fc.asyncProperty(fleets, async (pbxs) => {
      const dir = emptyFolder();
      const options = pbxs.flatMap(({ id, url, name: full, tags }) => [
        '--pbx',
        `${id}=${url}`,
        '--name',
        `${id}=${full}`,
        ...tags.flatMap((one) => ['--tag', `${id}=${one}`]),
      ]);
      const secrets = pbxs.map(({ id, secret }) => [variableOf(id), secret] as const);
      const { code, stderr } = await init(dir, options, Object.fromEntries(secrets));
      if (code !== 0) {
        expect(stderr).toMatch(
          /The key (has signs that \.env cannot hold|begins with a comment|has quotes around it)\./,
        );
        return;
      }
      loaded += 1;
      expect(load(dir).pbxs).toMatchObject(
        pbxs.map(({ id, url, name: full, tags, secret }) => ({
          id,
          url,
          name: full,
          tags,
          credential: { kind: 'client', clientId: 'plumbline', clientSecret: secret },
        })),
      );
    }),
    { numRuns: 150 },
  );
  expect(loaded).toBeGreaterThan(100);
});

function variableOf(id: string): string {
  return `PBX_${id.toUpperCase().replaceAll('-', '_')}_SECRET`;
}
