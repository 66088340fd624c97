import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { playCase } from '../src/cli/case.js';
import { startSweep } from '../src/drift/sweep.js';
import { emptyFolder } from './helpers/config-file.js';
import { written } from './helpers/deeds.js';
import { type FleetTerminal, openFleetTerminal } from './helpers/fleet-terminal.js';
import { APPS, OPERATOR, PBX } from './helpers/sweep-fleet.js';
import { json } from './helpers/terminal.js';
import { png } from './helpers/values.js';

const IDS = ['hq', 'branch', 'lab', 'depot'];
const CHAT_ON = { EnableChat: true };

/** Ann's fleet, all of it held to chat. */
async function heldToChat(variables: Readonly<Record<string, string>> = {}): Promise<FleetTerminal> {
  const terminal = await openFleetTerminal(variables);
  await capture(terminal, 'EnableChat');
  return terminal;
}

async function capture({ run }: FleetTerminal, settings: string, target = 'all'): Promise<void> {
  const answer = await run('baseline', 'capture', ...settings.split(' '), '--pbx', 'hq', '--for', target);
  expect(answer, answer.stderr).toMatchObject({ code: 0 });
}

function silence({ pbx }: FleetTerminal, ids: readonly string[]): void {
  for (const id of ids) pbx(id).change(APPS, { EnableChat: false });
}

test('a sweep that would change too much says why it waits and how to release it, and release makes it', async () => {
  const terminal = await heldToChat();
  const { run, pbx } = terminal;
  silence(terminal, ['hq', 'branch', 'lab']);

  const held = await run('sweep');
  expect(held.code).toBe(2);
  expect(held.stdout).toContain('Chat (EnableChat) drifted: not corrected: the whole sweep waits');
  expect(held.stdout).toContain('    probably by 100 Console Admin from 203.0.113.10, ');
  expect(held.stdout).toMatch(
    /Sweep #1 is held: 3 corrections on 3 PBXs wait for a person.\n {2}3 of 4 PBXs .*\n {2}To make them: plumbline sweep release 1\. Not to: plumbline sweep dismiss 1\.\n/,
  );
  const status = await run('status');
  expect(status.stdout).toMatch(
    /^Sweep #1, begun .* by operator:ann, baseline v1, held\n {2}4 checked on 4 PBXs: /,
  );
  expect(status.stdout).toContain('plumbline sweep release 1');
  expect(status.stdout).toContain('3 drifts open: 3 warning\n');
  expect(IDS.flatMap((id) => written(pbx(id)))).toEqual([]);

  const released = await run('sweep', 'release', '#1', '--json');
  expect(released.code).toBe(0);
  expect(json(released)).toMatchObject({
    sweep: { number: 1, state: 'finished', hold: { ended: { how: 'released', by: { id: 'ann' } } } },
    verdict: 'in-sync',
    counts: { corrected: 3 },
  });
  expect(IDS.map((id) => written(pbx(id)))).toEqual([[CHAT_ON], [CHAT_ON], [CHAT_ON], []]);
  expect((await run('sweep', 'release')).stderr).toContain('No sweep waits for release.');
  expect((await run('sweep', 'release', '1')).stderr).toContain('Sweep #1 was released already.');
  expect((await run('status')).stdout).toContain('No drift is open.\n');
});

test('a dismissed sweep corrects nothing, and its report can be read later, as CSV too', async () => {
  const terminal = await heldToChat();
  const { run, pbx } = terminal;
  expect((await run('report')).stderr).toContain('There was no sweep yet.');
  await run('sweep');
  silence(terminal, ['hq', 'branch', 'lab']);
  await run('sweep');

  expect((await run('sweep', 'dismiss')).stdout).toBe(
    'Sweep #2 was dismissed. What waited in it was not corrected.\n',
  );
  expect(IDS.flatMap((id) => written(pbx(id)))).toEqual([]);

  const last = await run('report');
  expect(last.code).toBe(2);
  expect(last.stdout).toMatch(/^Sweep #2, .*; dismissed by operator:ann, /);
  expect((await run('report', '1')).code).toBe(0);
  expect(json(await run('report', '2', '--json'))).toMatchObject({
    sweep: { number: 2 },
    counts: { drifted: 3 },
  });
  expect((await run('report', '7')).stderr).toContain('There is no sweep #7.');

  const file = join(emptyFolder(), 'drift.csv');
  expect((await run('report', '--csv', file)).stderr).toBe(`Wrote the report of sweep #2 to ${file}.\n`);
  const [head, ...rows] = readFileSync(file, 'utf8').trimEnd().split('\r\n');
  expect(head).toContain('sweep,pbx,pbx_name,setting');
  expect(rows).toHaveLength(4);
  expect(rows.filter((row) => row.includes(',drifted,'))).toHaveLength(3);
  expect((await run('report', '--csv', file)).stderr).toContain('is already there');
  expect((await run('report', '--csv', file, '--force')).code).toBe(2);
});

test('a new rule is shown before its first corrections, while the sweep corrects the rest', async () => {
  const terminal = await heldToChat();
  const { run, pbx } = terminal;
  for (const id of ['branch', 'lab']) pbx(id).change(PBX, { PlayBusy: false });
  await capture(terminal, 'PlayBusy');
  silence(terminal, ['hq']);

  const held = await run('sweep');

  expect(held.code).toBe(2);
  expect(held.stdout).toContain('  The rule for Play the busy tone is new: the first corrections are shown');
  expect(IDS.map((id) => written(pbx(id)))).toEqual([[CHAT_ON], [], [], []]);
  expect((await run('sweep', 'release')).code).toBe(0);
  expect(written(pbx('lab'))).toEqual([{ PlayBusy: true }]);
});

test('a setting that was left alone is named, and corrected again once it is re-armed', async () => {
  const terminal = await heldToChat();
  const { run, pbx } = terminal;
  pbx('lab').insist(APPS, { EnableChat: false }, { user: '119 Jane Roe', onReadBack: true });
  for (let times = 0; times < 3; times += 1) expect((await run('sweep')).code).toBe(0);

  const alone = await run('sweep');
  expect(alone.code).toBe(2);
  expect(alone.stdout).toContain('it was corrected 3 times within 7 days and it came back each time');
  expect(alone.stdout).toContain('probably by 119 Jane Roe');
  expect((await run('status')).stdout).toContain(
    'Left alone: EnableChat on lab; to correct it again: plumbline sweep rearm lab EnableChat\n',
  );
  pbx('lab').relent();
  expect((await run('sweep', 'rearm', 'lab', 'enablechat')).stdout).toBe(
    'The next sweep corrects Chat on lab again.\n',
  );
  expect((await run('sweep', 'rearm', 'lab', 'EnableChat')).stderr).toContain('is not left alone');
  expect((await run('sweep')).code).toBe(0);
  expect(written(pbx('lab'))).toHaveLength(4);
});

test('where approvers are configured the terminal releases nothing, and says where to', async () => {
  const terminal = await heldToChat();
  silence(terminal, IDS);
  await terminal.run('sweep');
  Object.assign(terminal.env, { PLUMBLINE_APPROVERS: 'U0BEN,U0CLEO' });

  for (const deed of [['release'], ['dismiss'], ['rearm', 'lab', 'EnableChat']]) {
    const refused = await terminal.run('sweep', ...deed);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('Only admins and approvers decide what a sweep writes');
    expect(refused.stderr).toContain('Release it in Slack.');
  }
});

test('status tells of a sweep under way, a stop and a pause', async () => {
  const { run, elsewhere } = await heldToChat();
  expect((await run('status')).stdout).toContain('No sweep has ended yet.\n');
  await run('stop', '--reason', 'strange things');
  await run('pause', 'lab', '--until', '2999-01-01', '--reason', 'the move');
  await elsewhere(({ ctx }) =>
    startSweep({ ...ctx, wake: () => undefined }, { kind: 'person', actor: OPERATOR }),
  );

  const { stdout, code } = await run('status');

  expect(code).toBe(0);
  expect(stdout).toContain('Sweep #1 is under way: 0 of 4 PBXs\n');
  expect(stdout).toMatch(/Nothing is written: everything is stopped since .* by ann: strange things\n/);
  expect(stdout).toMatch(/The next one is due \d{4}-\d\d-\d\d \d\d:\d\d UTC/);
  expect(json(await run('status', '--json'))).toMatchObject({ underWay: { all: 4 }, stop: { by: 'ann' } });
});

test('a recorded case says nothing of whose PBX it is, and comes out the same', async () => {
  const terminal = await openFleetTerminal();
  const { run, pbx } = terminal;
  const secret = { BrandUrl: 'https://acme.example.com', NameOfCustomAvailableStatus: 'At Acme' };
  pbx('hq').change(APPS, { ...secret, BrandLogoImage: png(300, 7).toString('base64') });
  pbx('hq').change('ConsoleRestrictions', { IpWhitelist: ['127.0.0.1', '10.11.12.0/24'] });
  const texts = 'BrandUrl NameOfCustomAvailableStatus BrandLogoImage IpWhitelist';
  await capture(terminal, `${texts} PlayBusy AutoSchedulerSettings.ProfileAway AvatarStyle`, 'hq');
  pbx('hq').change(APPS, {
    BrandUrl: 'https://evil.example.com',
    BrandLogoImage: png(300, 8).toString('base64'),
    AutoSchedulerSettings: { ProfileAway: 'Beach' },
  });
  pbx('hq').change('ConsoleRestrictions', { IpWhitelist: ['127.0.0.1', '10.11.12.0/24', '10.66.0.9'] });
  pbx('hq').fault({ kind: 'server-error', on: 'read', resource: PBX });
  const into = join(emptyFolder(), 'cases');

  const answer = await run('record-case', 'hq', '--name', 'from-hq', '--into', into, '--why', 'It drifted.');

  const folder = join(into, 'from-hq');
  expect(answer).toMatchObject({ code: 0, stdout: `${folder}\n`, stderr: '' });
  expect(readdirSync(folder).toSorted()).toEqual(['expected.yml', 'inputs.yml']);
  const [expected = '', inputs = ''] = ['expected.yml', 'inputs.yml'].map((file) =>
    readFileSync(join(folder, file), 'utf8'),
  );
  for (const text of [expected, inputs]) {
    expect(text).not.toMatch(/acme|evil|beach|10\.11|10\.66|127\.0|emea|secret|hq|iVBOR|http:|https:/i);
  }
  expect(inputs).toMatch(/^# It drifted\.\n/);
  const played = playCase(parse(inputs));
  expect(played).toEqual(parse(expected));
  expect(played.pbxs['pbx']?.findings).toEqual({
    drifted: ['BrandUrl', 'BrandLogoImage', 'IpWhitelist', 'AutoSchedulerSettings.ProfileAway'],
    'in-sync': ['NameOfCustomAvailableStatus', 'AvatarStyle'],
    unknown: ['PlayBusy'],
  });
  expect(played.pbxs['pbx']?.writes?.['ConsoleRestrictions']).toEqual({
    IpWhitelist: ['192.0.2.1', '198.51.100.1'],
  });
  expect(pbx('hq').writes()).toEqual([]);
  expect((await run('record-case', 'hq', '--name', 'from-hq', '--into', into)).stderr).toContain(
    'already there',
  );
  expect((await run('record-case', 'hq', '--name', '../x')).stderr).toContain('cannot be the name of a case');
});
