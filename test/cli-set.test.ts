import { expect, test, vi } from 'vitest';
import { createApp } from '../src/app.js';
import { decideChange } from '../src/changes/decide.js';
import { listRequests } from '../src/changes/queries.js';
import { readConfig } from '../src/config.js';
import { directory } from './helpers/fleet-terminal.js';
import { APPS, json, openTerminal, SECRET, type Terminal } from './helpers/terminal.js';

// Every command is a process of its own, and a busy machine starts them slowly.
vi.setConfig({ testTimeout: 120_000 });

const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFElEQVR4nGP4z8DAwMDAxMDAwMAAAA0GAQPp7Wf8AAAAAElFTkSuQmCC';

/** Another process on the same database, where an approver votes. */
async function decide(terminal: Terminal, verdict: 'approve' | 'deny'): Promise<void> {
  const config = readConfig({ ...terminal.env, DATABASE_URL: terminal.databaseUrl });
  const app = await createApp({ ...config, logLevel: 'silent' }, { directory });
  try {
    const [request] = await listRequests(app.ctx.db, { states: ['pending'], limit: 1 });
    await decideChange(app.ctx, {
      requestId: request?.id ?? '',
      actor: { kind: 'slack', id: 'U0BEN' },
      standing: await directory.standing('U0BEN'),
      round: request?.round ?? 0,
      verdict,
      reason: verdict === 'deny' ? 'not before the holidays' : null,
    });
    await app.idle();
  } finally {
    await app.stop();
  }
}

test('several pairs are one request, and each of them is said in words', async () => {
  const { run, pbx } = await openTerminal();
  const answer = await run('set', 'AvatarStyle', 'circle', 'enablechat', 'no', 'HDAutoLogoutTime', '22:15');

  expect(answer.code).toBe(0);
  expect(answer.stderr).toContain('Chat: on → off, written and read back\n');
  expect(answer.stderr).toContain(
    'Hot desking: time of the log-out: 23h 30m → 22h 15m, written and read back\n',
  );
  expect(Object.keys(json(answer)).toSorted()).toEqual([APPS, 'GeneralSettingsForPbx']);
  expect(pbx.writes().map(({ body }) => body)).toEqual([
    { AvatarStyle: 'Circle', EnableChat: false },
    { HDAutoLogoutTime: 'PT22H15M' },
  ]);
  expect((await run('requests')).stdout.trim().split('\n')).toHaveLength(1);
});

test('the scheduler takes JSON and is sent whole', async () => {
  const { run, pbx } = await openTerminal();
  const answer = await run('set', 'AutoSchedulerSettings', '{"Enabled": true}');
  const before = { ProfileAvailable: 'Available', ProfileAway: 'Away', ProfileDND: 'Out of office' };

  expect(answer.code).toBe(0);
  expect(pbx.writes()[0]?.body).toEqual({ AutoSchedulerSettings: { Enabled: true, ...before } });
  expect(json(answer)).toMatchObject({ AutoSchedulerSettings: { Enabled: true, ...before } });
});

test('malformed JSON is refused with line and column', async () => {
  const { run, pbx } = await openTerminal();
  const answer = await run('set', 'AutoSchedulerSettings', '{"Enabled": true,\n  oops}');

  expect(answer).toMatchObject({ code: 1, stdout: '' });
  expect(answer.stderr).toContain('malformed JSON at line 2, column 3');
  expect(answer.stderr).toContain('Write an object such as {"Enabled": true}.');
  expect(pbx.writes()).toEqual([]);
});

test('a picture is set from a file and shown as type, size and hash', async () => {
  const terminal = await openTerminal();
  terminal.file('logo.png', Buffer.from(PNG, 'base64'));
  const answer = await terminal.run('set', 'BrandLogoImage', '@logo.png');

  expect(answer.code).toBe(0);
  expect(json(answer)['BrandLogoImage']).toMatchObject({ type: 'png' });
  expect(terminal.pbx.resource(APPS)['BrandLogoImage']).toBe(PNG);
  expect(answer.stderr).toMatch(/Brand logo: PNG, 70 bytes, .* → PNG, .*, written and read back/);
  expect(answer.stdout + answer.stderr).not.toContain(PNG);
});

test('a picture may be as large as this 3CX takes it, and no larger', async () => {
  const old = await openTerminal('20.0.8.1109');
  const recent = await openTerminal();
  const large = Buffer.concat([Buffer.from(PNG, 'base64'), Buffer.alloc(200_000)]);
  for (const { file } of [old, recent]) file('large.png', large);
  const accepted = await old.run('set', 'BrandLogoImage', '@large.png');
  const refused = await recent.run('set', 'BrandLogoImage', '@large.png');

  expect(accepted.code).toBe(0);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('200,079 bytes are too many');
  expect(refused.stderr).toContain('102,399 bytes on 3CX 20.0.10.1621');
  expect(recent.pbx.writes()).toEqual([]);
});

test('a missing file and a file that is no picture are refused', async () => {
  const { run, file } = await openTerminal();
  file('notes.txt', 'not a picture');
  const missing = await run('set', 'BrandLogoImage', '@nowhere.png');
  const notes = await run('set', 'BrandLogoImage', '@notes.txt');

  expect(missing).toMatchObject({ code: 1 });
  expect(missing.stderr).toContain('The file “nowhere.png” cannot be read.');
  expect(notes).toMatchObject({ code: 1 });
  expect(notes.stderr).toContain('the file is not a picture');
});

test('a write that the PBX accepts but does not store fails, and says so', async () => {
  const { run, pbx } = await openTerminal();
  pbx.fault({ kind: 'not-stored', on: 'write' });
  const answer = await run('set', 'AvatarStyle', 'Circle');

  expect(answer).toMatchObject({ code: 1, stdout: '' });
  expect(answer.stderr).toContain('Avatar style: Square → Circle, accepted, but not stored by the PBX');
  expect(answer.stderr).toContain('Request #1 failed.');
});

test('nothing is proposed on a PBX that cannot be read', async () => {
  const { run, pbx } = await openTerminal();
  pbx.fault({ kind: 'html' });
  const answer = await run('set', 'AvatarStyle', 'Circle');

  expect(answer).toMatchObject({ code: 1, stdout: '' });
  expect(answer.stderr).toContain('Avatar style could not be read');
  expect((await run('requests')).stdout).toBe('');
});

test('a setting the baseline holds makes the operator choose: the baseline, or an exception until a day', async () => {
  const { run } = await openTerminal();
  await run('baseline', 'capture', 'AvatarStyle', 'EnableChat');
  const unsaid = await run('set', 'AvatarStyle', 'Circle');
  const held = await run('set', 'AvatarStyle', 'Circle', '--baseline');
  const excepted = await run('set', 'EnableChat', 'off', '--until', '2099-12-31');

  expect(unsaid.code).toBe(1);
  expect(unsaid.stderr).toContain('baseline v1 holds it at Square on pbx.');
  expect(unsaid.stderr).toContain('(--baseline, or --until 2026-12-31)');
  expect(held.code).toBe(0);
  expect(excepted.code).toBe(0);
  expect((await run('check')).stdout).toContain(
    'Chat (EnableChat) is left out: an exception until 2099-12-31 23:59 UTC',
  );
  expect(json(await run('baseline', 'show', '--json'))).toMatchObject({
    version: 2,
    exceptions: [{ key: 'EnableChat', target: 'pbx' }],
  });
});

test('a day that does not exist, a past day and two answers at once are refused', async () => {
  const { run } = await openTerminal();
  const never = await run('set', 'EnableChat', 'off', '--until', '2099-02-30');
  const past = await run('set', 'EnableChat', 'off', '--until', '2020-01-01');
  const both = await run('set', 'EnableChat', 'off', '--until', '2099-01-01', '--baseline');

  expect(never.stderr).toContain('“2099-02-30” is not a date.');
  expect(past.stderr).toContain('An exception must end in the future.');
  expect(both.stderr).toContain('Choose --baseline or --until, not both.');
  expect([never.code, past.code, both.code]).toEqual([1, 1, 1]);
});

test('where approvers are configured, set and capture only propose', async () => {
  const { run, env, pbx } = await openTerminal();
  env['PLUMBLINE_APPROVERS'] = 'U0BEN,U0CLEO';
  const set = await run('set', 'AvatarStyle', 'Circle');
  const capture = await run('baseline', 'capture');

  expect(set).toMatchObject({ code: 0, stderr: 'Request #1 waits for approval.\n' });
  expect(json(set)).toEqual({ request: 1, state: 'pending' });
  expect(capture).toMatchObject({ code: 0, stdout: 'Request #2 waits for approval.\n' });
  expect(pbx.writes()).toEqual([]);
  expect((await run('check')).stderr).toContain('There is no baseline yet.');
});

test('with --wait the command ends with the result once somebody has approved', async () => {
  const terminal = await openTerminal();
  terminal.env['PLUMBLINE_APPROVERS'] = 'U0BEN,U0CLEO';
  const waiting = terminal.start('set', 'AvatarStyle', 'Circle', '--wait');
  await waiting.said('Request #1 waits for approval');
  await decide(terminal, 'approve');
  const answer = await waiting.ended;

  expect(answer.code).toBe(0);
  expect(json(answer)).toMatchObject({ AvatarStyle: 'Circle' });
  expect(answer.stderr).toContain('Avatar style: Square → Circle, written and read back\n');
  expect(terminal.pbx.writes()).toHaveLength(1);
});

test('with --wait a value that moved is said with both values, and the command waits for the second round', async () => {
  const terminal = await openTerminal();
  terminal.env['PLUMBLINE_APPROVERS'] = 'U0BEN,U0CLEO';
  const waiting = terminal.start('set', 'AvatarStyle', 'Circle', '--wait');
  await waiting.said('Request #1 waits for approval');
  terminal.pbx.change(APPS, { AvatarStyle: 'Hexagon' });
  await decide(terminal, 'approve');
  const said = await waiting.said('round 2');
  await decide(terminal, 'approve');
  const answer = await waiting.ended;

  expect(said).toContain(
    'Avatar style on pbx was Square and is Hexagon. It was asked again and waits for approval (round 2).\n',
  );
  expect(answer.code).toBe(0);
  expect(answer.stderr).toContain('Avatar style: Hexagon → Circle, written and read back\n');
  expect(answer.stderr.match(/asked again/g)).toHaveLength(1);
});

test('a roll-out says each PBX as it is done, while it waits for a slow one', async () => {
  const { start, file, simulator } = await openTerminal();
  const slow = simulator.addPbx({ id: 'slow', clients: [{ clientId: 'plumbline', clientSecret: SECRET }] });
  const entries = simulator.ids.map(
    (id) =>
      `  - { id: ${id}, url: '${simulator.pbx(id).url}', clientId: plumbline, clientSecret: { env: THREECX_CLIENT_SECRET } }\n`,
  );
  file('plumbline.yml', `pbxs:\n${entries.join('')}`);
  slow.fault({ kind: 'slow', on: 'write', delayMs: 3000 });
  const rolling = start('set', 'AvatarStyle', 'Circle', '--target', 'all', '--confirm', 'all');
  const early = await rolling.said('1 of 2: pbx applied: Avatar style: Square → Circle');
  const answer = await rolling.ended;

  expect(early).not.toContain('2 of 2');
  expect(answer.code).toBe(0);
  expect(answer.stderr).toContain('2 of 2: slow applied');
});

test('with --wait a denial ends the command with 1 and the reason, and so does the end of the time', async () => {
  const terminal = await openTerminal();
  terminal.env['PLUMBLINE_APPROVERS'] = 'U0BEN,U0CLEO';
  const waiting = terminal.start('baseline', 'capture', '--wait');
  await waiting.said('Request #1 waits for approval');
  await decide(terminal, 'deny');
  const denied = await waiting.ended;
  const late = await terminal.run('set', 'AvatarStyle', 'Circle', '--wait', '--timeout', '1');

  expect(denied).toMatchObject({ code: 1, stdout: '' });
  expect(denied.stderr).toContain('Request #1 was denied by U0BEN: not before the holidays');
  expect(late.code).toBe(1);
  expect(late.stderr).toContain('Request #2 still waits for approval after 1 s.');
  expect(terminal.pbx.writes()).toEqual([]);
});
