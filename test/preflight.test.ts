import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Preflight } from '../src/fleet/preflight.js';
import type { CheckName, CheckStatus } from '../src/fleet/preflight-checks.js';
import { openFleetTerminal, type FleetTerminal } from './helpers/fleet-terminal.js';
import { reloadsOf, serveFleet } from './helpers/served-fleet.js';
import { startFlow, stopFlow, wordsOf } from './helpers/slack-flow.js';
import { selfSigned } from './xapi-certificate.js';
import { portOf } from './xapi-wire.js';
import { ANN, APPROVALS, EVE } from '../src/demo/world.js';

const DAY_MS = 86_400_000;

interface Examined {
  readonly code: number | null;
  readonly status: (name: CheckName) => CheckStatus | undefined;
  readonly says: (name: CheckName) => string;
}

/** What the doctor says of hq. */
async function examine(terminal: FleetTerminal): Promise<Examined> {
  const answer = await terminal.run('doctor', 'hq', '--json');
  const { pbxs } = JSON.parse(answer.stdout) as { pbxs: Preflight[] };
  const find = (name: CheckName) => pbxs[0]?.checks.find((check) => check.name === name);
  return {
    code: answer.code,
    status: (name) => find(name)?.status,
    says: (name) => `${find(name)?.says} ${find(name)?.mend ?? ''}`,
  };
}

describe('plumbline doctor', () => {
  test('finds a healthy fleet well but for the encryption, looks without writing, and ends with 0', async () => {
    const terminal = await openFleetTerminal();
    const answer = await terminal.run('doctor');
    expect(answer.code).toBe(0);
    expect(answer.stdout).toContain('hq, 3CX 20.0.10.1621\n  ok       Reachable');
    expect(answer.stdout).toMatch(/warning {2}Encryption +The connection is not encrypted.*\n +Give the PBX/);
    expect(answer.stdout.match(/^ {2}(?!ok )\w+/gm)).toEqual(Array(4).fill('  warning'));
    expect(answer.stdout).toContain('ok       Address          It sees Plumbline at 127.0.0.1');
    expect(answer.stdout).toContain('4 PBXs: 0 well, 4 with warnings, 0 failed');
    expect(terminal.pbx('hq').writes()).toEqual([]);
    const asked = terminal.pbx('hq').requests.filter(({ operation }) => operation === 'token');
    expect(asked).toHaveLength(1);
  });

  test.each([
    ['down', 'reachable', /closed|reset|broke|reached/i],
    ['html', 'reachable', /web page/],
    ['server-error', 'reachable', /failed to answer/],
    ['forbidden', 'role', /System Owner/],
  ] as const)(
    'says what to do where the door does not open (%s), and ends with 1',
    async (kind, name, words) => {
      const terminal = await openFleetTerminal();
      terminal.pbx('hq').fault({ kind, on: 'read' });
      const found = await examine(terminal);
      expect([found.code, found.status(name)]).toEqual([1, 'failed']);
      expect(found.says(name)).toMatch(words);
      expect(found.status('settings')).toBeUndefined();
    },
  );

  test('a refused credential is said once and not sent again until a person says so', async () => {
    const terminal = await openFleetTerminal();
    terminal.pbx('hq').rotateSecret('plumbline', 'another');
    const first = await examine(terminal);
    expect([first.code, first.status('reachable'), first.status('login')]).toEqual([1, 'ok', 'failed']);
    expect(first.says('login')).toContain('Check client id and secret under Admin > Integrations > API');
    expect((await examine(terminal)).says('login')).toContain('plumbline reconnect');
    expect(terminal.pbx('hq').requests.filter(({ operation }) => operation === 'token')).toHaveLength(1);
    expect((await terminal.run('doctor', 'branch')).code).toBe(0);
  });

  test('calls a connection encrypted only where it saw a certificate that it trusts', async () => {
    const terminal = await openFleetTerminal();
    const path = terminal.env['PLUMBLINE_CONFIG'] ?? '';
    const server = createServer(selfSigned('pbx.example.com')).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const move = (from: string, to: string): void =>
      writeFileSync(path, readFileSync(path, 'utf8').replace(from, to));
    const secure = `https://127.0.0.1:${portOf(server)}`;
    move(terminal.pbx('hq').url, secure);
    const untrusted = await examine(terminal);
    expect([untrusted.code, untrusted.status('reachable')]).toEqual([1, 'ok']);
    expect([untrusted.status('encryption'), untrusted.says('encryption')]).toEqual([
      'failed',
      expect.stringMatching(/certificate of the PBX is not trusted.* as ca in plumbline\.yml/),
    ]);
    move(secure, 'https://127.0.0.1:1');
    const down = await examine(terminal);
    expect([down.status('reachable'), down.status('encryption')]).toEqual(['failed', 'unknown']);
  });

  test.each([
    ['licence', { LicenseActive: false }, 'failed', 'Renew it'],
    ['licence', { ExpirationDate: '2001-01-01T00:00:00Z' }, 'failed', 'ended on 2001-01-01'],
    [
      'licence',
      { ExpirationDate: new Date(Date.now() + 5 * DAY_MS).toISOString() },
      'warning',
      'Its licence ends on',
    ],
    ['licence', { MaintenanceExpiresAt: '2001-01-01T00:00:00Z' }, 'warning', 'gets no updates'],
    ['audit-log', { IsAuditLogEnabled: false }, 'warning', 'nobody can tell who changed something'],
    ['backup', { LastBackupDateTime: '0001-01-01T00:00:00Z' }, 'warning', 'It tells of no backup'],
    ['backup', { LastBackupDateTime: '2020-01-01T00:00:00Z' }, 'warning', 'more than a week ago'],
    ['backup', { BackupScheduled: false }, 'warning', 'none is scheduled'],
    ['services', { HasNotRunningServices: true }, 'warning', 'Some of its services do not run'],
    ['services', { DBMaintenanceInProgress: true }, 'warning', 'Wait until that is over'],
    ['audit-log', { IsAuditLogEnabled: null }, 'unknown', 'does not say'],
  ] as const)('%s: %j is %s', async (name, properties, status, words) => {
    const terminal = await openFleetTerminal();
    terminal.pbx('hq').setStatus(properties);
    const found = await examine(terminal);
    expect(found.status(name)).toBe(status);
    expect(found.says(name)).toContain(words);
    expect(found.code).toBe(status === 'failed' ? 1 : 0);
  });

  test('tells of a licence without branding, since the version that says so, and of one below Enterprise', async () => {
    const terminal = await openFleetTerminal();
    terminal.pbx('hq').setLicence({ IsBrandingEnabled: false });
    expect((await examine(terminal)).says('licence')).toContain('does not cover branding');
    terminal.pbx('hq').setVersion('20.0.9.995');
    expect((await examine(terminal)).status('licence')).toBe('ok');
    terminal.pbx('hq').setLicence({ IsEnterprise: false });
    expect((await examine(terminal)).says('licence')).toContain('not Enterprise');
  });

  test.each([
    ['system_admins', 'warning', 0],
    ['users', 'failed', 1],
  ] as const)('knows the role %s from the token', async (role, status, code) => {
    const client = { clientId: 'plumbline', clientSecret: 'secret-hq', role };
    const terminal = await openFleetTerminal(
      {},
      { pbxs: [{ id: 'hq', clients: [client] }, ...['branch', 'lab', 'depot'].map((id) => ({ id }))] },
    );
    const found = await examine(terminal);
    expect([found.status('role'), found.code]).toEqual([status, code]);
    expect(found.says('role')).toContain('System Owner');
  });

  test('sees a clock that is off, a description that is hidden and settings that cannot be read', async () => {
    const terminal = await openFleetTerminal({}, { now: () => new Date(Date.now() + 3 * 3_600_000) });
    terminal.pbx('hq').fault({ kind: 'not-found', resource: 'swagger.yaml' });
    terminal.pbx('hq').fault({ kind: 'server-error', resource: 'ConsoleRestrictions' });
    const found = await examine(terminal);
    expect(found.says('clock')).toContain('3 hours ahead of this machine’s');
    expect(found.status('description')).toBe('warning');
    expect([found.status('settings'), found.status('view'), found.code]).toEqual(['failed', 'unknown', 1]);
  });

  test('says that everything is stopped', async () => {
    const terminal = await openFleetTerminal();
    await terminal.run('stop', '--reason', 'an attack');
    expect((await terminal.run('doctor', 'hq')).stdout).toMatch(
      /^Nothing is written: .*an attack\. To end it: plumbline start\n/,
    );
    expect((await terminal.run('doctor', 'nowhere')).stderr).toContain('There is no PBX “nowhere”');
  });
});

describe('/pbx check', () => {
  test('shows all of one PBX, and of several what is not well', async () => {
    const flow = await startFlow({ pbxs: [{ id: 'hq' }, { id: 'branch' }] });
    try {
      const one = wordsOf(await flow.ask(flow.ann, '/pbx check hq'));
      expect(one).toContain('*Check of ');
      expect(one).toContain(':white_check_mark: *Login:* It lets Plumbline in.');
      flow.world.pbxs.pbx('branch').fault({ kind: 'down' });
      const all = wordsOf(await flow.ask(flow.ben, '/pbx check'));
      expect(all).toContain('*Checked 2 PBXs*: 0 well, 1 with warnings, 1 failed');
      expect(all.indexOf(':x: *Reachable:*')).toBeLessThan(all.indexOf(':warning: *Encryption:*'));
      expect(all).not.toContain(':white_check_mark:');
    } finally {
      await stopFlow(flow);
    }
  });

  test('reload takes over a file for an admin, and refuses a wrong one with all that is wrong', async () => {
    const fleet = await serveFleet(['hq', 'branch'], ['hq']);
    const { slack } = fleet.world;
    const ask = async (who: string, containing: string): Promise<string> => {
      await slack.person(who).command(APPROVALS, '/pbx check reload');
      const answer = await slack.until(containing, () =>
        slack.ephemerals(who).find((message) => wordsOf(message).includes(containing)),
      );
      return wordsOf(answer);
    };
    fleet.write((file) => {
      file.pbxs.push(fleet.entry('branch'));
    });
    await ask(EVE, 'Only an admin can have the configuration read again.');
    expect(fleet.app.ctx.pbxs).toHaveLength(1);
    expect(await ask(ANN, 'read again')).toContain('branch was added.');
    expect(await reloadsOf(fleet.app)).toHaveLength(1);
    fleet.write((file) => {
      file['guards'] = { share: 25 };
      file.pbxs.push(fleet.entry('hq', { id: 'third', url: 'third' }));
    });
    const refused = await ask(ANN, 'was not taken over');
    expect(refused).toContain('guards.share');
    expect(refused).toContain('pbxs.2.url');
    expect(fleet.app.ctx.pbxs).toHaveLength(2);
  });
});
