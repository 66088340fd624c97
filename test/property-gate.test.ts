import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { getPbx } from '../src/fleet/pbx.js';
import { observe } from '../src/fleet/observe.js';
import { readingOf } from '../src/fleet/observation.js';
import { proposeBaseline } from '../src/changes/propose-baseline.js';
import { resources } from '../src/settings/catalogue.js';
import type { Resource, Setting, Value } from '../src/settings/setting.js';
import { type FleetTerminal, openFleetTerminal } from './helpers/fleet-terminal.js';
import { APPS } from './helpers/sweep-fleet.js';

const ALL = ['hq', 'branch', 'lab', 'depot'];
const OLD = { version: '20.0.4.100' };
const RULES = `rules:
  - { setting: EnableChat, value: true }
  - { setting: AvatarStyle, value: Circle }
`;

/** The catalogue as PBXs have it that are built otherwise. */
function builtWith(change: (setting: Setting) => readonly Setting[]): readonly Resource[] {
  return resources.map((resource) => ({ ...resource, settings: resource.settings.flatMap(change) }));
}

const withoutAvatars = builtWith((setting) => (setting.key === 'AvatarStyle' ? [] : [setting]));
const withShortLinks = builtWith((setting) =>
  setting.key === 'BrandUrl' && setting.kind === 'text'
    ? [{ ...setting, limits: [{ since: '20.0.0', maxLength: 24 }] }]
    : [setting],
);

function fileWith(text: string | Uint8Array): string {
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-gate-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'baseline.yml');
  writeFileSync(file, text);
  return file;
}

function timesDescribed(terminal: FleetTerminal): readonly number[] {
  return ALL.map(
    (id) => terminal.pbx(id).requests.filter(({ path }) => path === '/xapi/v1/swagger.yaml').length,
  );
}

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

describe('what a PBX says of itself', () => {
  test('makes a rule not applicable where the PBX does not have the setting, which is asked once for a version', async () => {
    const terminal = await openFleetTerminal(
      {},
      {
        resources: withoutAvatars,
        pbxs: [{ id: 'hq' }, { id: 'branch' }, { id: 'lab' }, { id: 'depot', ...OLD }],
      },
    );
    expect((await terminal.run('baseline', 'apply', fileWith(RULES))).code).toBe(0);
    const checked = await terminal.run('check');
    expect(checked.code).toBe(0);
    expect(checked.stdout).toContain(
      'AvatarStyle) is left out: 3CX 20.0.10.1621 does not have it by its own description',
    );
    expect((await terminal.run('sweep')).code).toBe(0);
    expect(ALL.flatMap((id) => terminal.pbx(id).writes())).toEqual([]);
    expect(sum(timesDescribed(terminal))).toBe(2);

    terminal.pbx('depot').setVersion('20.0.5.1');
    const shown = await terminal.run('show', 'AvatarStyle', '--pbx', 'depot');
    expect(shown.stdout).toContain('3CX 20.0.5.1 does not have it');
    expect(sum(timesDescribed(terminal))).toBe(3);
  });

  test('leaves unknown what it describes and does not send', async () => {
    const terminal = await openFleetTerminal(
      {},
      { pbxs: ALL.map((id) => ({ id, ...OLD, version: '20.0.5' })) },
    );
    expect((await terminal.run('baseline', 'apply', fileWith(RULES))).code).toBe(0);
    terminal.pbx('lab').fault({ kind: 'missing-property', on: 'read', properties: ['AvatarStyle'] });
    const checked = await terminal.run('check', 'lab');
    expect([checked.code, checked.stdout]).toEqual([
      1,
      expect.stringContaining('Not known: the PBX did not send it'),
    ]);
  });

  test('a resource that it neither has nor describes hides nothing else', async () => {
    const terminal = await openFleetTerminal(
      {},
      { resources: resources.filter(({ name }) => name !== 'ConsoleRestrictions') },
    );
    const rules = `${RULES}  - { setting: AccessRestricted, value: false }\n`;
    expect((await terminal.run('baseline', 'apply', fileWith(rules))).code).toBe(0);
    const checked = await terminal.run('check', 'hq');
    expect(checked.stdout).toContain('(AccessRestricted) is left out: 3CX 20.0.10.1621 does not have it');
    terminal.pbx('hq').change(APPS, { EnableChat: false });
    expect((await terminal.run('check', 'hq')).code).toBe(2);
  });

  test.each(['down', 'html', 'not-found', 'forbidden', 'server-error', 'half-body', 'empty'] as const)(
    'is done without where its answer is spoiled (%s): the version decides, and nobody asks again that day',
    async (kind) => {
      const terminal = await openFleetTerminal({}, { pbxs: ALL.map((id) => ({ id, ...OLD })) });
      terminal.pbx('hq').fault({ kind, resource: 'swagger.yaml' });
      await terminal.elsewhere(async ({ ctx }) => {
        const pbx = getPbx(ctx, 'hq');
        for (const _ of [1, 2]) {
          expect(readingOf(await observe(ctx, pbx), 'AvatarStyle')).toEqual({
            status: 'not-applicable',
            because: '3CX 20.0.4.100 does not have it (new in 20.0.5)',
          });
        }
        expect(timesDescribed(terminal)).toEqual([1, 0, 0, 0]);
        const tomorrow = { ...ctx, now: () => new Date(Date.now() + 25 * 3_600_000) };
        terminal.pbx('hq').clearFaults();
        expect(readingOf(await observe(tomorrow, pbx), 'AvatarStyle').status).toBe('not-applicable');
        expect(timesDescribed(terminal)).toEqual([2, 0, 0, 0]);
      });
    },
  );
});

describe('a value that is too long', () => {
  const header = '89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489';
  const logo = Buffer.concat([Buffer.from(header, 'hex'), Buffer.alloc(150_000)]).toString('base64');

  test('for a newer version is caught when the baseline is written, though the PBX of today takes it', async () => {
    const terminal = await openFleetTerminal(
      {},
      {
        pbxs: ALL.map((id) => ({ id, version: '20.0.8.1109', values: { [APPS]: { BrandLogoImage: logo } } })),
      },
    );
    const file = fileWith(`rules:\n  - { setting: BrandLogoImage, value: "${logo}" }\n`);
    const planned = await terminal.run('baseline', 'plan', file);
    expect(planned.code).toBe(1);
    expect(planned.stderr).toMatch(/baseline\.yml, line 2: .*are too many/);
    expect(planned.stderr).toContain('102,399 bytes, which every 3CX version takes');
    const captured = await terminal.run('baseline', 'capture', 'BrandLogoImage', '--pbx', 'hq');
    expect([captured.code, captured.stderr]).toEqual([0, expect.any(String)]);
    expect((await terminal.run('baseline', 'export')).stdout).toContain('mode: report');
  });

  test('is not made the baseline by changing a PBX that takes it; without that the PBX is changed', async () => {
    const terminal = await openFleetTerminal({}, { pbxs: ALL.map((id) => ({ id, version: '20.0.8.1109' })) });
    const picture = fileWith(Buffer.from(logo, 'base64'));
    const set = ['set', 'BrandLogoImage', `@${picture}`, '--pbx', 'hq'] as const;
    const refused = await terminal.run(...set, '--baseline');
    expect([refused.code, terminal.pbx('hq').writes()]).toEqual([1, []]);
    expect(refused.stderr).toMatch(/The baseline cannot hold it\. Brand logo: 150,\d{3} bytes are too many/);
    expect(refused.stderr).toContain('Or change it without making it the baseline.');
    expect((await terminal.run(...set)).code).toBe(0);
    expect((await terminal.run('baseline', 'history')).stdout).toContain('There is no baseline yet');
  });

  test('is refused in whatever way a rule comes that writes, as is null', async () => {
    const terminal = await openFleetTerminal();
    await terminal.elsewhere(async ({ ctx }) => {
      const rule = { key: 'BrandLogoImage', mode: 'enforce' as const, target: 'hq' };
      const petition = {
        actor: { kind: 'operator' as const, id: 'ann' },
        roles: new Set<never>(),
        reason: 'x',
      };
      const ask = (value: Value) =>
        proposeBaseline(ctx, { ...petition, target: 'hq', rules: [{ ...rule, value }] });
      await expect(ask(logo)).rejects.toThrow(/bytes are too many/);
      await expect(ask(null)).rejects.toThrow('Brand logo cannot be held at nothing.');
    });
  });

  test('by what PBXs say of themselves is refused with the PBX and the mend; a rule that only reports is not', async () => {
    const terminal = await openFleetTerminal({}, { resources: withShortLinks });
    const link = 'https://example.com/a/long/way';
    const enforced = `rules:\n  - { setting: BrandUrl, value: "${link}", target: "tag:emea" }\n`;
    expect((await terminal.run('baseline', 'plan', fileWith(enforced))).code).toBe(1);
    const refused = await terminal.run('baseline', 'apply', fileWith(enforced));
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(
      `${link.length} characters are too many for hq and 2 more: 3CX 20.0.10.1621 takes 24`,
    );
    expect(refused.stderr).toContain('Use a shorter text');
    const reported = enforced.replace('target:', 'mode: report, target:');
    expect((await terminal.run('baseline', 'apply', fileWith(reported))).code).toBe(0);
    expect(sum(timesDescribed(terminal))).toBe(1);
  });

  test('by what PBXs say of themselves is captured to be reported only', async () => {
    const terminal = await openFleetTerminal({}, { resources: withShortLinks });
    terminal.pbx('hq').change(APPS, { BrandUrl: 'https://example.com/a/long/way' });
    const captured = await terminal.run('baseline', 'capture', 'BrandUrl', 'EnableChat', '--pbx', 'hq');
    expect(captured.code).toBe(0);
    const shown = await terminal.run('baseline', 'show');
    expect(shown.stdout).toMatch(/BrandUrl +hq +report/);
    expect(shown.stdout).toMatch(/EnableChat +hq +enforce/);
  });
});

test('a PBX that cannot be reached is asked once, not for each of its resources', async () => {
  const terminal = await openFleetTerminal();
  terminal.pbx('hq').fault({ kind: 'unauthorised', on: 'token' });
  const shown = await terminal.run('show', '--pbx', 'hq');
  expect(shown.code).toBe(1);
  expect(terminal.pbx('hq').requests).toHaveLength(1);
  terminal.pbx('branch').fault({ kind: 'throttled', on: 'read', retryAfterSeconds: 3600 });
  await terminal.run('show', '--pbx', 'branch');
  expect(new Set(terminal.pbx('branch').requests.flatMap(({ resource }) => resource ?? [])).size).toBe(1);
});
