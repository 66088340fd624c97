import { userInfo } from 'node:os';
import { expect, test, vi } from 'vitest';
import { settings } from '../src/settings/catalogue.js';
import { APPS, json, openTerminal, type Terminal } from './helpers/terminal.js';

// Every command is a process of its own, and a busy machine starts them slowly.
vi.setConfig({ testTimeout: 120_000 });

const USER = userInfo().username;

async function withBaseline(): Promise<Terminal> {
  const terminal = await openTerminal();
  expect((await terminal.run('baseline', 'capture')).code).toBe(0);
  return terminal;
}

test('show --json prints the 15 properties as the PBX has them, pictures as type, size and hash', async () => {
  const { run, pbx } = await openTerminal();
  const answer = await run('show', '--json');
  const shown = json(answer);
  const { BrandLogoImage, BrandMainImage, ...rest } = shown;

  expect(answer).toMatchObject({ code: 0, stderr: '' });
  expect(Object.keys(shown)).toHaveLength(15);
  expect(pbx.resource(APPS)).toMatchObject(rest);
  expect(rest).toHaveProperty('AutoSchedulerSettings.ProfileDND');
  for (const image of [BrandLogoImage, BrandMainImage]) {
    expect(image).toMatchObject({ type: 'png', bytes: 70 });
  }
});

test('show without --json is a table of every resource, and names narrow it down', async () => {
  const { run } = await openTerminal();
  const every = await run('show');
  const narrow = await run('show', 'avatarstyle');
  const all = await run('show', '--resource', 'all', '--json');
  const one = await run('show', 'AvatarStyle', 'EnableChat', '--json');

  expect(every.stdout).toMatch(/General settings for apps of pbx, 3CX 20\.0\.10\.1621\n/);
  expect(every.stdout).toMatch(/ {2}Avatar style +AvatarStyle +Square\n/);
  expect(every.stdout).toMatch(/ {2}Hot desking: time of the log-out +HDAutoLogoutTime +23h 30m\n/);
  expect(narrow.stdout.trim().split('\n')).toHaveLength(2);
  expect(Object.keys(json(all))).toEqual([APPS, 'GeneralSettingsForPbx', 'ConsoleRestrictions']);
  expect(json(one)).toEqual({ AvatarStyle: 'Square', EnableChat: true });
});

test('a setting that an older 3CX does not have is no failure, unless it was asked for by name', async () => {
  const { run } = await openTerminal('20.0.4.100');
  const all = await run('show');
  const named = await run('show', 'AvatarStyle');

  expect(all).toMatchObject({ code: 0, stderr: '' });
  expect(all.stdout).toContain('3CX 20.0.4.100 does not have it (new in 20.0.5)');
  expect(named.code).toBe(1);
  expect(named.stderr).toContain('Avatar style: 3CX 20.0.4.100 does not have it');
});

test('set writes, proves it by reading back and answers with the resulting resource as JSON', async () => {
  const { run, pbx } = await openTerminal();
  const answer = await run('set', 'AvatarStyle', 'Circle');

  expect(answer.code).toBe(0);
  expect(answer.stderr).toBe('Avatar style: Square → Circle, written and read back\n');
  expect(json(answer)).toMatchObject({ AvatarStyle: 'Circle', EnableChat: true });
  expect(Object.keys(json(answer))).toHaveLength(15);
  expect(pbx.writes().map(({ body }) => body)).toEqual([{ AvatarStyle: 'Circle' }]);
});

test('where no approvers are configured the audit says that the operating-system user approved it', async () => {
  const { run } = await openTerminal();
  await run('set', 'AvatarStyle', 'Circle');
  const rows: unknown = JSON.parse((await run('audit', '--json')).stdout);
  const words = await run('audit');
  const verified = await run('audit', 'verify');

  expect(rows).toContainEqual(
    expect.objectContaining({
      actor: { kind: 'operator', id: USER },
      action: 'change.proposed',
      detail: expect.objectContaining({
        approval: { kind: 'operator', because: 'no approvers are configured' },
        reason: `set from the terminal by ${USER}`,
      }),
    }),
  );
  expect(words.stdout).toContain("approved by the operator's own act: no approvers are configured");
  expect(words.stdout).toContain(`operator:${USER}`);
  expect(verified).toMatchObject({ code: 0, stdout: 'The audit log is whole: 5 rows.\n' });
});

test('after a capture the check is in sync and exits with 0', async () => {
  const { run, pbx } = await openTerminal();
  const capture = await run('baseline', 'capture');
  const check = await run('check');

  expect(capture).toMatchObject({
    code: 0,
    stdout: `Baseline v1 holds ${settings.length} settings of pbx for pbx.\n`,
  });
  expect(check).toMatchObject({ code: 0, stdout: `pbx: ${settings.length} checked, in sync\n`, stderr: '' });
  expect(pbx.writes()).toEqual([]);
});

test('after a change behind its back the check shows a diff and exits with 2, without correcting it', async () => {
  const { run, pbx } = await withBaseline();
  pbx.change(APPS, { AvatarStyle: 'Circle', AutoSchedulerSettings: { Enabled: true } });
  const check = await run('check');
  const report = await run('check', 'pbx', '--json');

  expect(check.code).toBe(2);
  const by = /^ +probably by 100 Console Admin from 203\.0\.113\.10, .* UTC\n/gm;
  expect(check.stdout.match(by)).toHaveLength(2);
  expect(check.stdout.replace(by, '')).toBe(
    `pbx: ${settings.length} checked, 2 drifted
  Scheduler: on (AutoSchedulerSettings.Enabled) drifted
    - on
    + off
  Avatar style (AvatarStyle) drifted
    - Circle
    + Square
`,
  );
  expect(report.code).toBe(2);
  expect(json(report)).toMatchObject({
    verdict: 'drifted',
    checked: settings.length,
    counts: { drifted: 2 },
  });
  expect(pbx.writes()).toEqual([]);
});

test('what could not be read is unknown, not drift: the check exits with 1 and says why once', async () => {
  const { run, pbx } = await withBaseline();
  pbx.fault({ kind: 'forbidden', resource: 'GeneralSettingsForPbx' });
  const unknown = await run('check');
  pbx.change(APPS, { AvatarStyle: 'Circle' });
  const drifted = await run('check');

  expect(unknown.code).toBe(1);
  expect(unknown.stdout).toContain(`pbx: ${settings.length} checked, 15 unknown\n`);
  expect(unknown.stdout.match(/Not known:/g)).toHaveLength(1);
  expect(unknown.stdout).toContain('    ? HDAutoLogoutTime\n');
  expect(drifted.code).toBe(2);
});

test('a check before the first baseline exits with 1 and says how to get one', async () => {
  const { run, pbx } = await openTerminal();
  const check = await run('check');
  const sweep = await run('sweep');
  const shown = await run('baseline', 'show');

  for (const answer of [check, sweep, shown]) {
    expect(answer).toMatchObject({ code: 1, stdout: '' });
    expect(answer.stderr).toContain('plumbline baseline capture');
  }
  expect(pbx.requests).toEqual([]);
});

test('a sweep corrects what drifted, reports it and exits with 0; what cannot be corrected exits with 2', async () => {
  const { run, pbx } = await withBaseline();
  pbx.change(APPS, { AvatarStyle: 'Circle' });
  const corrected = await run('sweep');
  pbx.change(APPS, { AvatarStyle: 'Circle' });
  pbx.fault({ kind: 'not-stored', on: 'write' });
  const stuck = await run('sweep', '--json');

  expect(corrected.code).toBe(0);
  expect(corrected.stdout).toContain(`pbx: ${settings.length} checked, 1 corrected\n`);
  expect(pbx.writes()[0]?.body).toEqual({ AvatarStyle: 'Square' });
  expect(stuck.code).toBe(2);
  expect(json(stuck)).toMatchObject({ verdict: 'drifted', counts: { 'not-converged': 1 } });
  expect((await run('audit')).stdout).toMatch(new RegExp(`operator:${USER} +sweep.started`));
});

test('a capture of some settings holds only those, for the target and in the mode that was named', async () => {
  const { run, pbx } = await openTerminal();
  await run(
    'baseline',
    'capture',
    'AvatarStyle',
    'AutoSchedulerSettings',
    '--for',
    'all',
    '--mode',
    'report',
  );
  const shown = json(await run('baseline', 'show', '--json'));
  pbx.change(APPS, { AvatarStyle: 'Circle' });
  const sweep = await run('sweep');

  expect(shown).toMatchObject({ version: 1, publishedBy: { kind: 'operator', id: USER } });
  expect(shown['rules']).toHaveLength(5);
  expect(shown['rules']).toContainEqual({
    key: 'AvatarStyle',
    value: 'Square',
    mode: 'report',
    target: 'all',
  });
  expect(sweep.code).toBe(2);
  expect(pbx.writes()).toEqual([]);
});

test('the export is whole and the same for the same rules, with the label above each', async () => {
  const { run, pbx } = await withBaseline();
  const first = await run('baseline', 'export');
  await run('baseline', 'capture', 'EnableChat');
  const again = await run('baseline', 'export');
  const old = await run('baseline', 'export', '--version', '1');
  const logo = String(pbx.resource(APPS)['BrandLogoImage']);

  expect(first.stdout).toContain(
    '  # Avatar style\n  - setting: AvatarStyle\n    value: Square\n    mode: enforce\n    target: pbx\n',
  );
  expect(first.stdout).toContain(`    value: ${logo}\n`);
  const rulesOf = ({ stdout }: { readonly stdout: string }) => stdout.slice(stdout.indexOf('rules:'));
  expect(rulesOf(again)).toBe(rulesOf(first));
  expect(rulesOf(old)).toBe(rulesOf(first));
  expect([first.stdout.includes('basedOn: 1\n'), again.stdout.includes('basedOn: 2\n')]).toEqual([
    true,
    true,
  ]);
});

test('requests lists what was asked for and what became of it', async () => {
  const { run } = await openTerminal();
  await run('set', 'EnableChat', 'off', '--reason', 'quiet hours');
  const words = await run('requests');
  const [request]: readonly unknown[] = JSON.parse((await run('requests', '--json')).stdout);

  expect(words.stdout).toMatch(/#1 +applied .* EnableChat on → off +quiet hours\n/);
  expect(request).toMatchObject({
    number: 1,
    state: 'applied',
    results: [{ pbxId: 'pbx', state: 'applied', result: { [APPS]: { EnableChat: false } } }],
  });
});
