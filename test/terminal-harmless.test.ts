import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openFleetTerminal } from './helpers/fleet-terminal.js';

const APPS = 'GeneralSettingsForApps';
const STATUS = 'NameOfCustomAvailableStatus';
const HOSTILE = 'A\u001B[2J\u001B]0;x\u0007\u009B1m\u202Eb\nsweep finished: all well\rx';
// eslint-disable-next-line no-control-regex
const OBEYED = /[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/;

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'plumbline-harmless-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function baseline(value: string, mode = 'enforce'): string {
  return `rules:\n  - { setting: ${STATUS}, value: ${value}, mode: ${mode}, target: all }\n`;
}

test('no text of a PBX or of a person steers the terminal or makes up a line, in words, JSON and CSV', async () => {
  const { run, pbx } = await openFleetTerminal();
  const path = folder();
  writeFileSync(join(path, 'b.yml'), baseline('Lunch', 'report'));
  await run('baseline', 'apply', join(path, 'b.yml'), '--reason', `Why\u001B[2J\nrequest denied`);
  pbx('hq').change(APPS, { [STATUS]: HOSTILE, AvatarStyle: 'Circle\nsweep finished: all well' });
  const answers = [
    await run('check', 'hq'),
    await run('check', 'hq', '--json'),
    await run('show', '--pbx', 'hq'),
    await run('show', '--pbx', 'hq', '--json'),
    await run('sweep'),
    await run('report', '--csv', join(path, 'r.csv')),
    await run('set', STATUS, 'x', '--pbx', 'hq', '--reason', HOSTILE),
    await run('set', STATUS, HOSTILE, '--pbx', 'hq'),
    await run('show', HOSTILE),
    await run(HOSTILE),
    await run('audit'),
    await run('history', '--pbx', 'hq'),
    await run('baseline', 'capture', '--pbx', 'hq'),
    await run('baseline', 'export'),
  ];

  for (const { stdout, stderr } of answers) {
    expect(stdout).not.toMatch(OBEYED);
    expect(stderr).not.toMatch(OBEYED);
    expect(`${stdout}\n${stderr}`).not.toMatch(/^(?:sweep finished|request denied)/m);
  }
  expect(answers[0]?.stdout).toContain('A␛[2J␛]0;x␇‹U+009B›1m‹U+202E›b↵sweep finished: all well␍x');
  const csv = readFileSync(join(path, 'r.csv'), 'utf8');
  expect(csv).toContain('␛[2J');
  expect(csv.replaceAll('\r\n', '\n')).not.toMatch(OBEYED);
});

test('a text in another form is in sync and written nowhere, and a new one is written in its normal form', async () => {
  const { run, pbx } = await openFleetTerminal();
  const path = join(folder(), 'b.yml');
  const ids = ['hq', 'branch', 'lab', 'depot'];
  for (const id of ids) pbx(id).change(APPS, { [STATUS]: 'Cafe\u0301 Bu\u0308ro' });
  writeFileSync(path, baseline('Café Büro'));
  expect((await run('baseline', 'apply', path)).code).toBe(0);
  expect((await run('check')).code).toBe(0);
  expect((await run('sweep')).code).toBe(0);
  expect(ids.flatMap((id) => pbx(id).writes())).toEqual([]);

  writeFileSync(path, `rules:\n  - setting: ${STATUS}\n    value: |\n      Cafe\u0301 two\n`);
  expect((await run('baseline', 'apply', path)).code).toBe(0);
  expect((await run('set', STATUS, 'Cafe\u0301 two', '--pbx', 'hq')).code).toBe(0);
  expect(
    pbx('hq')
      .writes()
      .map(({ body }) => body),
  ).toEqual([{ [STATUS]: 'Café two' }]);
});

test('what nobody would see is refused with its place, unless a PBX has it already', async () => {
  const { run, pbx } = await openFleetTerminal();
  const path = join(folder(), 'b.yml');
  writeFileSync(path, baseline('"Lu\\u200Bnch"'));
  const refused = await run('baseline', 'apply', path);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('there is U+200B at character 3');
  expect((await run('set', STATUS, 'Lu\u00ADnch', '--pbx', 'hq')).stderr).toContain('U+00AD at character 3');

  pbx('hq').change(APPS, { [STATUS]: 'Lu\u200Bnch' });
  await run('check', 'hq');
  await run('show', '--pbx', 'hq');
  expect((await run('baseline', 'capture', '--pbx', 'hq')).code).toBe(0);
  expect((await run('baseline', 'apply', path)).stderr).toContain('1 rule added');
});
