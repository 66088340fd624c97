import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { changeOf, diffRules, isSameBaseline, isSameRule } from '../src/baseline/diff.js';
import { readDocument } from '../src/baseline/document.js';
import { writeDocument } from '../src/baseline/document-write.js';
import { type Rule, severities, withoutRules, withRules } from '../src/baseline/rules.js';
import { UserErrors } from '../src/errors.js';
import { cliInProcess } from './helpers/cli-in-process.js';
import { anyRules } from './helpers/fleet-values.js';
import { APPS } from './helpers/sweep-fleet.js';
import { openTerminal } from './helpers/terminal.js';

/** Rules as a person may keep them in a file: with reasons and severities, and none enforced at null. */
const fileRules = anyRules.chain((rules) =>
  fc.tuple(
    ...rules.map((rule) =>
      fc
        .record(
          { severity: fc.constantFrom(...severities), reason: fc.string({ minLength: 1, maxLength: 40 }) },
          { requiredKeys: [] },
        )
        .map((more): Rule => ({ ...rule, ...more, mode: rule.value === null ? 'report' : rule.mode })),
    ),
  ),
);

describe('a baseline file', () => {
  test('says what it was written from, whatever the order of the rules', () => {
    fc.assert(
      fc.property(fileRules, fc.option(fc.nat(99)), (rules, basedOn) => {
        const text = writeDocument({ rules, basedOn }, 'Baseline v7.');
        expect(writeDocument({ rules: rules.toReversed(), basedOn }, 'Baseline v7.')).toBe(text);
        const read = readDocument(text, 'baseline.yml');
        expect(read.basedOn).toBe(basedOn);
        expect(isSameBaseline(diffRules(rules, read.rules))).toBe(true);
      }),
    );
  });

  test('that is applied leads to exactly what it says', () => {
    fc.assert(
      fc.property(fileRules, fileRules, (from, to) => {
        const { rules, removed } = changeOf(diffRules(from, to));
        const after = withRules(withoutRules(from, removed), rules);
        expect(after).toHaveLength(to.length);
        for (const rule of to) {
          const found = after.find(({ key, target }) => key === rule.key && target === rule.target);
          expect(found !== undefined && isSameRule(found, rule)).toBe(true);
        }
      }),
    );
  });

  test.each([
    ['rules:\n  - setting: EnableChat\n    value: on\n', 'EnableChat', true],
    ['rules:\n  - {setting: enablechat, value: yes}\n', 'EnableChat', true],
    ['rules:\n  - {setting: AvatarStyle, value: circle}\n', 'AvatarStyle', 'Circle'],
    ['rules:\n  - {setting: BusyMonitorTimeout, value: "45"}\n', 'BusyMonitorTimeout', 45],
    [
      'rules:\n  - {setting: IpWhitelist, value: [10.0.0.0/8, 192.0.2.7/32]}\n',
      'IpWhitelist',
      ['10.0.0.0/8', '192.0.2.7'],
    ],
    [
      'rules:\n  - {setting: IpWhitelist, value: "10.0.0.0/8, 192.0.2.7"}\n',
      'IpWhitelist',
      ['10.0.0.0/8', '192.0.2.7'],
    ],
  ])('takes what a person writes: %j', (text, key, value) => {
    expect(readDocument(text, 'b.yml').rules).toEqual([{ key, value, mode: 'enforce', target: 'all' }]);
  });

  test.each([
    ['rules:\n  - setting: EnableChat\n   value: true\n', /^b\.yml, line \d+, column \d+: /],
    ['rules: 7\n', /rules is no list/],
    ['- a\n', /it is no baseline/],
    ['rule: []\n', /“rule” is unknown/],
    ['basedOn: seven\nrules: []\n', /basedOn is no version/],
    [
      'rules:\n  - {setting: EnableChats, value: true}\n',
      /b\.yml, line 2: There is no setting “EnableChats”/,
    ],
    ['rules:\n  - {setting: EnableChat}\n', /has no value/],
    ['rules:\n  - {setting: EnableChat, value: maybe}\n', /“maybe” is neither on nor off/],
    ['rules:\n  - {setting: EnableChat, value: null}\n', /cannot be held at null/],
    ['rules:\n  - {setting: EnableChat, value: true, mode: force}\n', /“force” is no mode/],
    ['rules:\n  - {setting: EnableChat, value: true, target: "tag: emea"}\n', /is no target/],
    ['rules:\n  - {setting: EnableChat, value: true, sevrity: critical}\n', /has no “sevrity”/],
    [
      'rules:\n  - {setting: EnableChat, value: true}\n  - {setting: EnableChat, value: false}\n',
      /there twice/,
    ],
    ['rules:\n  - {setting: EnableChat, value: true, value: false}\n', /is given twice/],
  ])('is refused with its line and the mend: %j', (text, because) => {
    expect(() => readDocument(text, 'b.yml')).toThrow(because);
  });

  test('says all that is wrong at once', () => {
    const text =
      'rules:\n  - {setting: EnableChats, value: 1, mode: no}\n  - {setting: AvatarStyle, value: Oval}\n';
    try {
      readDocument(text, 'b.yml');
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(UserErrors);
      expect((error as UserErrors).errors).toHaveLength(3);
    }
  });
});

test('a baseline lives in a file: exported, planned, applied, compared and rolled back on a terminal', async () => {
  const { env, pbx, databaseUrl } = await openTerminal();
  const run = cliInProcess({ ...env, DATABASE_URL: databaseUrl }, 'ann');
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-baseline-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'baseline.yml');
  expect((await run('baseline', 'capture', 'EnableChat', 'AvatarStyle')).code).toBe(0);
  const exported = await run('baseline', 'export');
  writeFileSync(file, exported.stdout);
  expect(exported.stdout).toMatch(
    /^# Baseline v1, published .* by operator:ann\.\nbasedOn: 1\nrules:\n {2}# Avatar style/,
  );
  expect(await run('baseline', 'plan', file)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('stays as it is') as string,
  });

  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace(
      'value: Square',
      'value: Circle\n    severity: critical\n    reason: brand',
    ),
  );
  const planned = await run('baseline', 'plan', file);
  expect(planned.code).toBe(2);
  expect(planned.stdout).toContain('0 rules added, 1 changed, 0 removed');
  expect(planned.stdout).toContain('Avatar style: Square → Circle');
  expect(pbx.writes()).toEqual([]);
  const applied = await run('baseline', 'apply', file);
  expect([applied.code, applied.stderr]).toEqual([
    0,
    expect.stringContaining('1 setting would change on 1 PBX'),
  ]);
  expect((await run('requests', 'show', '2')).stdout).toMatch(
    /Asks for\n {2}Baseline: 0 rules added, 1 changed, 0 removed\n {4}~ Avatar style .*\n.*before: .* Square, enforce, for pbx\n {2}On 1 PBX: 1 setting would change on 1 PBX\n/,
  );
  expect((await run('baseline', 'apply', file)).stderr).toContain('made from v1, and the baseline is v2 now');

  expect(await run('baseline', 'diff', '1')).toMatchObject({
    code: 2,
    stdout: expect.stringContaining('~ Avatar style') as string,
  });
  const drifted = await run('baseline', 'diff', '2', 'pbx');
  expect([drifted.code, drifted.stdout]).toEqual([
    2,
    expect.stringMatching(/Avatar style.*should be Circle.*is Square/),
  ]);
  expect((await run('baseline', 'diff', '1', 'pbx')).code).toBe(0);
  expect((await run('baseline', 'rollback', 'v1', '--reason', 'v2 was wrong')).code).toBe(0);
  expect((await run('baseline', 'diff', '1', '3')).code).toBe(0);
  const history = await run('baseline', 'history');
  expect(
    history.stdout
      .split('\n')
      .map((line) => line.split(' ')[0])
      .slice(0, 3),
  ).toEqual(['v3', 'v2', 'v1']);
  expect(history.stdout).toContain('preview');
  expect((await run('baseline', 'diff', '9')).stderr).toContain('There is no baseline v9');
  pbx.fault({ kind: 'down' });
  expect((await run('baseline', 'diff', '1', 'pbx')).code).toBe(1);
  expect(pbx.resource(APPS)['AvatarStyle']).toBe('Square');
});

test('a PBX whose name is a number is what a comparison means by it; v before a number means the version', async () => {
  const { env, file, pbx, databaseUrl } = await openTerminal();
  const entry = `{ id: "2", url: "${pbx.url}", clientSecret: { env: THREECX_CLIENT_SECRET } }`;
  const config = file('plumbline.yml', `defaults: { clientId: plumbline }\npbxs: [${entry}]\n`);
  const run = cliInProcess({ ...env, PLUMBLINE_CONFIG: config, DATABASE_URL: databaseUrl }, 'ann');
  expect((await run('baseline', 'capture', 'EnableChat', '--for', 'ALL')).stdout).toContain('for all.');
  expect((await run('baseline', 'diff', '1', '2')).stdout).toBe('2 is as v1 says.\n');
  expect((await run('baseline', 'diff', '1', 'v2')).stderr).toContain('There is no baseline v2');
});
