import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type App, createApp } from '../src/app.js';
import { startWorld, type World } from '../src/demo/world.js';
import { findHealth } from '../src/jobs/health.js';
import { makeReadOnly } from './helpers/halting.js';
import { json, openTerminal } from './helpers/terminal.js';

// Every command is a process of its own, and a busy machine starts them slowly.
vi.setConfig({ testTimeout: 120_000 });

const MINUTE_MS = 60_000;

let world: World;
/** Another process of the same machine. */
let watcher: App;
let clock: Date;
const later = (minutes: number): void => void (clock = new Date(clock.getTime() + minutes * MINUTE_MS));

beforeEach(async () => {
  clock = new Date('2026-03-02T10:00:00.000Z');
  world = await startWorld({ overrides: { now: () => clock } });
  watcher = await createApp({ ...world.config, slack: null }, { now: () => clock });
});

afterEach(async () => {
  await watcher.stop();
  await world.stop();
});

const look = () => findHealth(watcher.ctx);

test('a machine on which nothing serves is not well, before it began and after it ended', async () => {
  const before = await look();
  const app = await world.startApp();
  const meanwhile = await look();
  await app.stop();

  expect(before).toMatchObject({ isWell: false, faults: ['Plumbline does not run on this machine.'] });
  expect(meanwhile).toEqual({
    isWell: true,
    startedAt: '2026-03-02T10:00:00.000Z',
    slack: 'socket',
    faults: [],
  });
  expect(await look()).toEqual(before);
});

test('a process that gives no sign of life for two minutes is not well', async () => {
  await world.startApp();
  later(2);
  expect((await look()).isWell).toBe(true);
  later(1);
  expect((await look()).faults).toEqual([
    'Plumbline was last heard of 2026-03-02 10:00 UTC: it hangs or cannot write the database.',
  ]);
});

test('a process whose database cannot be written goes on, and is missed', async () => {
  const app = await createApp(world.config, { now: () => clock });
  await makeReadOnly(app.ctx);
  await app.start().catch(() => undefined);

  expect((await look()).isWell).toBe(false);
  await app.stop();
});

test('a sweep that was due and has not begun is not well', async () => {
  await world.startApp();
  clock = new Date('2026-03-03T02:05:00.000Z');
  const { db } = watcher.ctx;
  await db.updateTable('heartbeats').set({ beat_at: clock.toISOString() }).execute();
  expect((await look()).faults).toEqual(['Slack has not been connected since 2026-03-02 10:00 UTC.']);
  later(10);
  await db.updateTable('heartbeats').set({ beat_at: clock.toISOString() }).execute();
  await db.updateTable('heartbeats').set({ slack_seen_at: clock.toISOString() }).execute();

  expect((await look()).faults).toEqual(['The sweep that was due 2026-03-03 02:00 UTC has not begun.']);
});

test('over HTTP the same is answered to whoever watches, and nothing more', async () => {
  const { slack } = world.config;
  if (slack === null) throw new Error('the world has Slack');
  const port = 20_000 + (process.pid % 20_000);
  const connection = { kind: 'http', signingSecret: 'a-signing-secret', port } as const;
  const app = await createApp({ ...world.config, slack: { ...slack, connection } }, { now: () => clock });
  await app.start();
  const ask = async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`);
    return [answer.status, await answer.text()];
  };
  expect(await ask()).toEqual([200, 'well\n']);
  later(3);
  expect(await ask()).toEqual([503, 'not well\n']);
  await app.stop();
});

test('plumbline health says the same with words and an exit code', async () => {
  const { run, start } = await openTerminal();
  const before = await run('health');
  const serving = start('serve');
  await serving.said('Plumbline runs');
  const well = await run('health');
  const told = json(await run('health', '--json'));
  serving.child.kill('SIGKILL');
  await serving.ended;
  const died = await run('health');

  expect(before).toMatchObject({ code: 1, stdout: 'Plumbline does not run on this machine.\n' });
  expect(well.code).toBe(0);
  expect(well.stdout).toMatch(/^Plumbline runs since .* UTC\.\n$/);
  expect(told).toMatchObject({ isWell: true, slack: null, faults: [] });
  expect(died.code).toBe(1);
  expect(died.stdout).toMatch(/^Plumbline died without a word after /);
});
