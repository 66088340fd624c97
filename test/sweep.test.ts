import { expect, test } from 'vitest';
import { createApp } from '../src/app.js';
import { currentBaseline } from '../src/baseline/store.js';
import { REPORTS } from '../src/demo/world.js';
import { findOpenSweep } from '../src/drift/store.js';
import { listInspections } from './helpers/inspections.js';
import { advanceSweep, startSweep } from '../src/drift/sweep.js';
import { settings } from '../src/settings/catalogue.js';
import { gate } from './helpers/pbx-proxy.js';
import {
  APPS,
  approve,
  approved,
  ask,
  OPERATOR,
  PBX,
  startFleet,
  sweep,
  swept,
} from './helpers/sweep-fleet.js';

const CAUSE = { kind: 'person', actor: OPERATOR } as const;

test('a baseline is taken from a live PBX as a request and is in force once another person approved it', async () => {
  const fleet = await startFleet();

  const card = await ask(fleet, '/pbx-baseline capture hq --because the way it should be');
  expect(await currentBaseline(fleet.app.ctx.db)).toEqual({ version: 0, rules: [] });
  await approve(fleet, card);

  const { version, rules } = await currentBaseline(fleet.app.ctx.db);
  expect(version).toBe(1);
  expect(rules).toHaveLength(settings.length);
  expect(rules).toContainEqual({
    key: 'BrandUrl',
    value: 'https://www.example.com',
    mode: 'enforce',
    target: 'hq',
  });
  expect(fleet.pbx('hq').writes()).toEqual([]);
});

test('a setting that is not set is captured as a rule that only reports, because writing nothing is not documented', async () => {
  const fleet = await startFleet({ pbxs: [{ id: 'hq', values: { [APPS]: { BrandUrl: null } } }] });

  await approved(fleet, '/pbx-baseline capture hq BrandUrl EnableChat --because it is right');

  const { rules } = await currentBaseline(fleet.app.ctx.db);
  expect(rules.map(({ key, mode }) => [key, mode])).toEqual([
    ['BrandUrl', 'report'],
    ['EnableChat', 'enforce'],
  ]);
});

test('a sweep corrects what is enforced, only reports the rest, and proves it by reading back', async () => {
  const fleet = await startFleet();
  const hq = fleet.pbx('hq');
  await approved(fleet, '/pbx-baseline capture hq EnableChat BusyMonitorTimeout PlayBusy --because start');
  await approved(fleet, '/pbx-baseline capture hq AvatarStyle --mode report --because start');
  await approved(fleet, '/pbx-baseline capture hq BrandUrl --mode ask --because start');
  hq.change(APPS, { EnableChat: false, AvatarStyle: 'Circle', BrandUrl: 'https://evil.example.com' });
  hq.change(PBX, { BusyMonitorTimeout: 5 });

  const { id, summary, details, report, line } = await sweep(fleet);

  expect(hq.writes().map(({ resource, body }) => [resource, body])).toEqual([
    [APPS, { EnableChat: true }],
    [PBX, { BusyMonitorTimeout: 30 }],
  ]);
  expect(hq.requests.at(-1)).toMatchObject({ method: 'GET' });
  expect(summary).toContain(
    '*5 checked* on 1 PBX: 1 in sync, 2 drifted, 2 corrected, 0 did not converge, 0 unknown',
  );
  expect(details).toMatch(/Chat\W+corrected/);
  expect(details).toMatch(/Avatar style\W+drifted/);
  expect(line('hq', 'BrandUrl')).toMatchObject({ status: 'drifted', live: 'https://evil.example.com' });
  const [inspection] = await listInspections(fleet.app.ctx.db, id);
  expect(inspection?.plan.map(({ key }) => key)).toEqual(['EnableChat', 'BusyMonitorTimeout']);
  expect(report.checked).toBe(5);
  const reports = fleet.world.slack.messages(REPORTS).filter(({ text }) => text.startsWith('Drift report'));
  expect(reports).toHaveLength(1);
});

test('a sweep that finds everything in sync still reports, so that silence is never taken for health', async () => {
  const fleet = await startFleet();
  await approved(fleet, '/pbx-baseline capture hq --because start');

  const first = await sweep(fleet);
  const second = await sweep(fleet);

  expect(first.summary).toContain(
    `*${settings.length} checked* on 1 PBX: ${settings.length} in sync, 0 drifted, 0 corrected, 0 did not converge, 0 unknown`,
  );
  expect(second.summary).toContain(`${settings.length} in sync`);
  expect(fleet.world.slack.messages(REPORTS)).toHaveLength(2);
  expect(fleet.pbx('hq').writes()).toEqual([]);
});

test('a sweep without a baseline says that nothing was checked', async () => {
  const fleet = await startFleet();

  const { summary, details } = await sweep(fleet);

  expect(summary).toContain('*0 checked*');
  expect(details).toContain('the baseline has no rule for it');
});

test('the rule of the PBX itself goes before the one of its tag, and that before the one for all', async () => {
  const fleet = await startFleet({ pbxs: ['hq', 'berlin', 'paris'], tags: { hq: ['eu'], berlin: ['eu'] } });
  await approved(fleet, '/pbx-baseline capture hq EnableChat --for all --because start');
  fleet.pbx('hq').change(APPS, { EnableChat: false });
  await approved(fleet, '/pbx-baseline capture hq EnableChat --for tag:eu --because quiet in Europe');
  await approved(
    fleet,
    '/pbx-baseline capture paris EnableChat --for HQ --because but not in the headquarters',
  );

  await sweep(fleet);

  const chat = (id: string): unknown => fleet.pbx(id).resource(APPS)['EnableChat'];
  expect([chat('hq'), chat('berlin'), chat('paris')]).toEqual([true, false, true]);
});

test('what somebody changes between the look and the correction is left alone', async () => {
  const waiting = gate();
  const fleet = await startFleet({ pbxs: ['hq', 'zz-slow'], through: { 'zz-slow': waiting.handle } });
  const hq = fleet.pbx('hq');
  await approved(fleet, '/pbx-baseline capture hq BusyMonitorTimeout PlayBusy --for all --because start');
  hq.change(PBX, { BusyMonitorTimeout: 5, PlayBusy: false });

  const asked = hq.requests.length;
  waiting.shut();
  const id = await startSweep(fleet.app.ctx, CAUSE);
  await hq.until('the look at hq', () => hq.requests.length > asked);
  hq.change(PBX, { BusyMonitorTimeout: 7 });
  waiting.open();
  const { line, summary } = await swept(fleet, id);

  expect(hq.resource(PBX)).toMatchObject({ BusyMonitorTimeout: 7, PlayBusy: true });
  expect(line('hq', 'BusyMonitorTimeout')).toMatchObject({
    status: 'drifted',
    because: 'it is 7 now, not 5',
  });
  expect(summary).toContain(
    '*4 checked* on 2 PBXs: 2 in sync, 1 drifted, 1 corrected, 0 did not converge, 0 unknown',
  );
});

test('there are never two sweeps at once, whoever asks for them', async () => {
  const waiting = gate();
  const fleet = await startFleet({ pbxs: ['hq', 'zz-slow'], through: { 'zz-slow': waiting.handle } });
  await approved(fleet, '/pbx-baseline capture hq EnableChat --for all --because start');

  waiting.shut();
  const starts = await Promise.allSettled([1, 2, 3].map(() => startSweep(fleet.app.ctx, CAUSE)));
  const late = startSweep(fleet.app.ctx, CAUSE);
  await expect(late).rejects.toThrow('A sweep is under way.');
  waiting.open();
  await fleet.app.idle();

  expect(starts.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected', 'rejected']);
  await sweep(fleet);
  expect(fleet.world.slack.messages(REPORTS)).toHaveLength(2);
});

test('a PBX that left the fleet while a sweep waited is named in the report', async () => {
  const fleet = await startFleet({ pbxs: ['hq', 'branch'] });
  await approved(fleet, '/pbx-baseline capture hq EnableChat --for all --because start');
  fleet.pbx('branch').change(APPS, { EnableChat: false });
  await fleet.app.stop();

  const before = await createApp(fleet.config);
  const id = await startSweep({ ...before.ctx, wake: () => undefined }, CAUSE);
  await before.stop();
  const after = await createApp({
    ...fleet.config,
    pbxs: fleet.config.pbxs.filter((pbx) => pbx.id === 'hq'),
  });
  await after.start();
  const { summary, report } = await swept({ ...fleet, app: after }, id);
  await after.stop();

  expect(summary).toContain('could not be inspected: it is no longer in the fleet');
  expect(report.counts['in-sync']).toBe(1);
  expect(fleet.pbx('branch').writes()).toEqual([]);
});

test('a defect with one PBX hides no other', async () => {
  const fleet = await startFleet({ pbxs: ['hq', 'branch'] });
  await approved(fleet, '/pbx-baseline capture hq EnableChat --for all --because start');
  for (const id of ['hq', 'branch']) fleet.pbx(id).change(APPS, { EnableChat: false });
  const { ctx } = fleet.app;
  const get = (): never => {
    throw new TypeError('a defect');
  };
  const pbxs = ctx.pbxs.map((pbx) => (pbx.id === 'branch' ? { ...pbx, xapi: { ...pbx.xapi, get } } : pbx));

  const id = await startSweep({ ...ctx, wake: () => undefined }, CAUSE);
  await advanceSweep({ ...ctx, pbxs }, id);
  await ctx.announce.sweep(id);
  const { summary, line } = await swept(fleet, id);

  expect(line('hq', 'EnableChat')?.status).toBe('corrected');
  expect(summary).toContain('could not be inspected: an unexpected error, see the log');
  expect(summary).not.toContain('a defect');
  expect(fleet.pbx('branch').writes()).toEqual([]);
  expect(await findOpenSweep(ctx.db)).toBeUndefined();
});

test('of thirty PBXs the dead ones are reported and all others are corrected', async () => {
  const ids = Array.from({ length: 30 }, (_, index) => `pbx-${String(index).padStart(2, '0')}`);
  const fleet = await startFleet({ pbxs: ids, timeoutMs: 2000 });
  await approved(fleet, '/pbx-baseline capture pbx-00 EnableChat PlayBusy --for all --because start');
  for (const id of ids) fleet.pbx(id).change(APPS, { EnableChat: false });
  const dead = ['pbx-03', 'pbx-07', 'pbx-19', 'pbx-28'];
  for (const id of dead) fleet.pbx(id).fault({ kind: 'down' });

  const { summary, report, details } = await sweep(fleet);

  expect(summary).toContain(
    '*60 checked* on 30 PBXs: 26 in sync, 0 drifted, 26 corrected, 0 did not converge, 8 unknown',
  );
  expect(report.unreadablePbxs).toBe(4);
  for (const id of ids) {
    const isDead = dead.includes(id);
    expect(fleet.pbx(id).writes(), id).toHaveLength(isDead ? 0 : 1);
    expect(details).toContain(`(\`${id}\`)`);
  }
});
