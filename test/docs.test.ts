import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { defaultRules } from '../src/changes/approval-rule.js';
import { readDocument } from '../src/baseline/document.js';
import { writeDocument } from '../src/baseline/document-write.js';
import { readConfig } from '../src/config.js';
import { defaultSweepConfig } from '../src/config-sweep.js';
import { conversations } from '../src/slack/listeners/all.js';
import { checkWords, parseWords } from '../src/slack/words.js';
import { cliInProcess } from './helpers/cli-in-process.js';
import { configFile } from './helpers/config-file.js';

const FLEET = `pbxs:
  - { id: hq, url: 'https://hq.example.com', tags: [customer], clientId: plumbline, clientSecret: { env: HQ_SECRET } }
  - { id: br, url: 'https://br.example.com', tags: [branch], clientId: plumbline, clientSecret: { env: HQ_SECRET } }
`;
const ENV = { HQ_SECRET: 'hush' };

/** The YAML blocks of a document, as an admin would paste them. */
function examplesOf(path: string): readonly string[] {
  const text = readFileSync(path, 'utf8');
  return [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map((match) => match[1] ?? '');
}

test('every example of docs/approvals.md can be pasted into plumbline.yml', () => {
  const [rules = '', single = '', ...others] = examplesOf('docs/approvals.md');
  expect(others).toEqual([]);
  const config = readConfig({ ...ENV, ...configFile(FLEET + rules) });
  expect(config.approvalRules.map(({ name, approvals }) => [name, approvals])).toEqual([
    ['customers, high risk', 2],
    ['branches', 1],
  ]);
  expect(config.roles.breakGlass).toEqual(['U0ANN', 'U0BEN']);
  const one = readConfig({ ...ENV, PLUMBLINE_APPROVERS: 'U0BEN', ...configFile(FLEET + single) });
  expect(one.approvalRules[0]?.approvals).toBe(1);
});

test('the file of docs/baseline.md can be applied, and is to the letter what an export of it writes', () => {
  const [file = '', ...others] = examplesOf('docs/baseline.md');
  expect(others).toEqual([]);
  const { rules, basedOn } = readDocument(file, 'baseline.yml');
  const head = /^# (.*)\n/.exec(file)?.[1] ?? '';
  expect(basedOn).toBe(7);
  expect(writeDocument({ rules: rules.toReversed(), basedOn }, head)).toBe(file);
});

test('docs/baseline.md has every command about the baseline, in Slack and on a terminal, as it can be typed', async () => {
  const text = readFileSync('docs/baseline.md', 'utf8');
  const commands = conversations
    .flatMap((conversation) => conversation.commands ?? [])
    .filter(({ command, verb }) => command === '/pbx-baseline' && verb !== 'help');
  const typed = [...text.matchAll(/`\/pbx-baseline ([^`]+)`/g)].map((match) => parseWords(match[1] ?? ''));
  expect([...new Set(typed.map(({ verb }) => verb))].toSorted()).toEqual(
    commands.map(({ verb }) => verb).toSorted(),
  );
  for (const words of typed) {
    const { usage = '', options = [], most = 99 } = commands.find(({ verb }) => verb === words.verb) ?? {};
    expect(() => checkWords(words, { usage, options, most })).not.toThrow();
  }
  const help = (await cliInProcess({}, 'ann')('baseline', '--help')).stdout;
  const names = [...help.matchAll(/^ {2}([a-z]+)(?:\|[a-z]+)? .*\[options\]/gm)].map(
    (match) => match[1] ?? '',
  );
  expect(names.length).toBeGreaterThan(6);
  for (const name of names) expect(text).toContain(`plumbline baseline ${name}`);
});

test('the configuration of docs/operations.md loads, and says what the defaults are', () => {
  const [example = '', ...others] = examplesOf('docs/operations.md');
  expect(others).toEqual([]);
  const config = readConfig({
    ...ENV,
    ...configFile(FLEET.replace('[customer]', '[customer, emea]') + example),
  });
  expect(config.guards).toEqual(defaultSweepConfig.guards);
  expect(config.sweepPolicy.concurrency).toBe(defaultSweepConfig.sweepPolicy.concurrency);
  expect([...config.windows, ...config.freezes].map(({ name }) => name)).toEqual(['nights', 'year end']);
});

test('the table of docs/approvals.md says what the defaults are', () => {
  const text = readFileSync('docs/approvals.md', 'utf8');
  expect(defaultRules.map(({ risks, approvals }) => [risks, approvals])).toEqual([
    [['high'], 2],
    [['low', 'medium'], 1],
  ]);
  expect(text).toMatch(/\| high +\| 2 +\|.*72 hours \| 24 hours/);
  expect(text).toMatch(/\| low, medium +\| 1 +\|.*72 hours \| 24 hours/);
  for (const { waitMs, validMs } of defaultRules) {
    expect([waitMs / 3_600_000, validMs / 3_600_000]).toEqual([72, 24]);
  }
});

test('the example of the README loads', () => {
  const [example = '', ...others] = examplesOf('README.md');
  expect(others).toEqual([]);
  const own = example.replace('{ file: /run/secrets/branch }', '{ env: HQ_SECRET }');
  expect(readConfig({ ...ENV, ...configFile(own) }).pbxs).toMatchObject([
    { id: 'hq', tags: ['emea'], credential: { clientId: 'plumbline' } },
    { id: 'branch', tags: ['apac', 'customer:acme'], timeoutMs: 30_000 },
  ]);
});
