import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type App, createApp } from '../src/app.js';
import type { Config } from '../src/config.js';
import { defaultSweepConfig } from '../src/config-sweep.js';
import { startSweep } from '../src/drift/sweep.js';
import { DIGEST_DUE, findAnchor } from '../src/jobs/anchor-store.js';
import { startDueDigest } from '../src/jobs/digest.js';
import { startDueSweep } from '../src/jobs/schedule.js';
import { createClock, OPERATOR } from './helpers/sweep-fleet.js';

const NIGHTLY = { expression: '0 2 * * *', timezone: 'UTC' } as const;
const MINUTE_MS = 60_000;

async function databaseFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'plumbline-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return `sqlite:${join(folder, 'plumbline.db')}`;
}

/** Plumbline without Slack and without PBXs: a sweep begins and ends at once. */
async function startApp(
  clock: { now: () => Date },
  changed: Partial<Pick<Config, 'databaseUrl' | 'schedule'>> = {},
): Promise<App> {
  const config: Config = {
    databaseUrl: 'sqlite::memory:',
    pbxs: [],
    roles: { admins: [], approvers: [], requesters: [], breakGlass: [] },
    approvalRules: [],
    schedule: NIGHTLY,
    ...defaultSweepConfig,
    stopFile: '/nonexistent/STOP',
    slack: null,
    logLevel: 'silent',
    ...changed,
  };
  const app = await createApp(config, { now: clock.now });
  onTestFinished(() => app.stop());
  return app;
}

/** The due times for which sweeps ran, in their order. */
async function slots(app: App): Promise<readonly (string | null)[]> {
  await app.idle();
  const rows = await app.ctx.db.selectFrom('sweeps').select(['slot', 'state']).orderBy('number').execute();
  expect(rows.every(({ state }) => state === 'finished')).toBe(true);
  return rows.map(({ slot }) => slot);
}

/** Looks every five minutes whether a sweep is due, as the real clock does every minute. */
async function letTimePass(
  app: App,
  clock: ReturnType<typeof createClock>,
  from: string,
  to: string,
): Promise<void> {
  for (let at = Date.parse(from); at <= Date.parse(to); at += 5 * MINUTE_MS) {
    clock.moveTo(new Date(at).toISOString());
    await startDueSweep(app.ctx);
    await app.idle();
  }
}

test('the nightly sweep runs once a night, and not for nights before the first start', async () => {
  const clock = createClock('2026-05-01T12:00:00Z');
  const app = await startApp(clock);
  await app.start();
  expect(await slots(app)).toEqual([]);

  await letTimePass(app, clock, '2026-05-01T12:00:00Z', '2026-05-03T12:00:00Z');

  expect(await slots(app)).toEqual(['2026-05-02T02:00:00.000Z', '2026-05-03T02:00:00.000Z']);
});

test('nights that were missed while Plumbline was down are caught up with one sweep', async () => {
  const clock = createClock('2026-05-01T12:00:00Z');
  const databaseUrl = await databaseFile();
  const before = await startApp(clock, { databaseUrl });
  await before.start();
  await before.stop();

  clock.moveTo('2026-05-05T08:30:00Z');
  const after = await startApp(clock, { databaseUrl });
  await after.start();
  await startDueSweep(after.ctx);
  expect(await slots(after)).toEqual(['2026-05-05T02:00:00.000Z']);
  await after.stop();

  const again = await startApp(clock, { databaseUrl });
  await again.start();
  expect(await slots(again)).toHaveLength(1);
});

test('a changed schedule starts anew and catches nothing up', async () => {
  const clock = createClock('2026-05-01T12:00:00Z');
  const databaseUrl = await databaseFile();
  const before = await startApp(clock, { databaseUrl });
  await before.start();
  await before.stop();

  clock.moveTo('2026-05-05T08:30:00Z');
  const schedule = { expression: '0 */6 * * *', timezone: 'UTC' };
  const after = await startApp(clock, { databaseUrl, schedule });
  await after.start();
  expect(await slots(after)).toEqual([]);
  await letTimePass(after, clock, '2026-05-05T08:30:00Z', '2026-05-05T18:00:00Z');

  expect(await slots(after)).toEqual(['2026-05-05T12:00:00.000Z', '2026-05-05T18:00:00.000Z']);
});

test('a sweep that comes due while another one runs begins when that one has ended', async () => {
  const clock = createClock('2026-05-01T12:00:00Z');
  const app = await startApp(clock);
  await startDueSweep(app.ctx);
  const id = await startSweep({ ...app.ctx, wake: () => undefined }, { kind: 'person', actor: OPERATOR });

  clock.moveTo('2026-05-02T02:00:00Z');
  await startDueSweep(app.ctx);
  app.ctx.wake({ kind: 'sweep', id });
  await app.idle();
  clock.moveTo('2026-05-02T02:01:00Z');
  await startDueSweep(app.ctx);

  expect(await slots(app)).toEqual([null, '2026-05-02T02:00:00.000Z']);
});

test('many machines that look at the same moment begin one sweep', async () => {
  const clock = createClock('2026-05-01T12:00:00Z');
  const app = await startApp(clock);
  await startDueSweep(app.ctx);

  clock.moveTo('2026-05-02T02:00:00Z');
  await Promise.all([1, 2, 3, 4].map(() => startDueSweep(app.ctx)));

  expect(await slots(app)).toEqual(['2026-05-02T02:00:00.000Z']);
});

test('in the night the clocks go forward a sweep due in the missing hour runs once, when the hour is over', async () => {
  const clock = createClock('2026-03-28T12:00:00Z');
  const app = await startApp(clock, { schedule: { expression: '30 2 * * *', timezone: 'Europe/Berlin' } });
  await startDueSweep(app.ctx);

  await letTimePass(app, clock, '2026-03-28T12:00:00Z', '2026-03-30T12:00:00Z');

  const [spring, ...rest] = await slots(app);
  expect(spring?.slice(0, 13)).toBe('2026-03-29T01');
  expect(rest).toEqual(['2026-03-30T00:30:00.000Z']);
});

test('in the night the clocks go back a sweep due in the doubled hour runs once', async () => {
  const clock = createClock('2026-10-24T12:00:00Z');
  const app = await startApp(clock, { schedule: { expression: '30 2 * * *', timezone: 'Europe/Berlin' } });
  await startDueSweep(app.ctx);

  await letTimePass(app, clock, '2026-10-24T12:00:00Z', '2026-10-26T12:00:00Z');

  const [autumn, ...rest] = await slots(app);
  expect(['2026-10-25T00:30:00.000Z', '2026-10-25T01:30:00.000Z']).toContain(autumn);
  expect(rest).toEqual(['2026-10-26T01:30:00.000Z']);
});

test('Plumbline that was down through the night the clocks change catches its sweep up once', async () => {
  for (const [before, after] of [
    ['2026-03-28T12:00:00Z', '2026-03-29T12:00:00Z'],
    ['2026-10-24T12:00:00Z', '2026-10-25T12:00:00Z'],
  ] as const) {
    const clock = createClock(before);
    const app = await startApp(clock, { schedule: { expression: '30 2 * * *', timezone: 'Europe/Berlin' } });
    await startDueSweep(app.ctx);
    clock.moveTo(after);
    await startDueSweep(app.ctx);
    await startDueSweep(app.ctx);

    const [slot, ...others] = await slots(app);
    expect(slot?.slice(0, 10)).toBe(after.slice(0, 10));
    expect(others).toEqual([]);
  }
});

test('a clock that was years ahead for a while keeps no later sweep and no digest from coming due', async () => {
  const clock = createClock('2026-03-01T12:00:00Z');
  const app = await startApp(clock);
  for (const at of ['2026-03-01', '2031-03-01', '2026-03-02', '2026-03-09']) {
    clock.moveTo(`${at}T12:00:00Z`);
    await startDueSweep(app.ctx);
    await startDueDigest(app.ctx);
    await app.idle();
  }

  expect(await slots(app)).toEqual([
    '2031-03-01T02:00:00.000Z',
    '2026-03-02T02:00:00.000Z',
    '2026-03-09T02:00:00.000Z',
  ]);
  expect((await findAnchor(app.ctx.db, DIGEST_DUE))?.at).toBe('2026-03-09T09:00:00.000Z');
});

test('a schedule that was first seen by a clock that was ahead begins when the clock is right', async () => {
  const clock = createClock('2031-03-01T12:00:00Z');
  const app = await startApp(clock);
  await startDueSweep(app.ctx);
  clock.moveTo('2026-03-01T12:00:00Z');
  await startDueSweep(app.ctx);
  clock.moveTo('2026-03-02T12:00:00Z');
  await startDueSweep(app.ctx);
  expect(await slots(app)).toEqual(['2026-03-02T02:00:00.000Z']);
});
