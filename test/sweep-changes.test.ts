import { expect, test } from 'vitest';
import { currentBaseline } from '../src/baseline/store.js';
import { getRequestByNumber } from '../src/changes/queries.js';
import { startSweep } from '../src/drift/sweep.js';
import { gate } from './helpers/pbx-proxy.js';
import {
  APPS,
  approve,
  approved,
  ask,
  createClock,
  type Fleet,
  OPERATOR,
  startFleet,
  sweep,
  type Swept,
  swept,
} from './helpers/sweep-fleet.js';

const CAUSE = { kind: 'person', actor: OPERATOR } as const;

const chat = (fleet: Fleet): unknown => fleet.pbx('hq').resource(APPS)['EnableChat'];

/** Runs `meanwhile` after the sweep has looked at hq and before it corrects anything. */
async function sweepWhile(
  settings: string,
  prepare: (fleet: Fleet) => void,
  meanwhile: (fleet: Fleet) => Promise<unknown>,
): Promise<{ readonly fleet: Fleet; readonly result: Swept }> {
  const waiting = gate();
  const fleet = await startFleet({
    pbxs: ['hq', 'spare', 'zz-slow'],
    through: { 'zz-slow': waiting.handle },
  });
  await approved(fleet, `/pbx-baseline capture hq ${settings} --for all --because start`);
  prepare(fleet);
  const hq = fleet.pbx('hq');
  const before = hq.requests.length;
  waiting.shut();
  const id = await startSweep(fleet.app.ctx, CAUSE);
  await hq.until('the look at hq', () => hq.requests.length > before);
  await meanwhile(fleet);
  waiting.open();
  return { fleet, result: await swept(fleet, id) };
}

test('a change that was made the baseline never shows up as drift', async () => {
  const fleet = await startFleet();
  await approved(fleet, '/pbx-baseline capture hq EnableChat AvatarStyle --because start');

  await approved(fleet, '/pbx set hq EnableChat off --baseline --because we are quiet now');
  const { report } = await sweep(fleet);

  expect((await currentBaseline(fleet.app.ctx.db)).version).toBe(2);
  expect(report.counts).toMatchObject({ 'in-sync': 2, drifted: 0, corrected: 0 });
  expect(chat(fleet)).toBe(false);
  expect(fleet.pbx('hq').writes()).toHaveLength(1);
});

test('a change with an exception is left alone until its end, and then the sweep restores the rule', async () => {
  const clock = createClock('2026-05-01T10:00:00Z');
  const fleet = await startFleet({ overrides: { now: clock.now } });
  await approved(fleet, '/pbx-baseline capture hq EnableChat AvatarStyle --because start');

  await approved(fleet, '/pbx set hq EnableChat off --until 2026-05-03 --because the fair');
  const during = await sweep(fleet);
  clock.moveTo('2026-05-03T23:59:59Z');
  const lastDay = await sweep(fleet);
  expect(chat(fleet)).toBe(false);
  clock.moveTo('2026-05-04T00:00:00Z');
  const after = await sweep(fleet);

  expect(during.line('hq', 'EnableChat')?.status).toBe('waived');
  expect(during.summary).toContain('1 in sync, 0 drifted, 0 corrected, 0 did not converge, 0 unknown');
  expect(lastDay.line('hq', 'EnableChat')?.status).toBe('waived');
  expect(after.line('hq', 'EnableChat')?.status).toBe('corrected');
  expect(chat(fleet)).toBe(true);
});

test('an exception of one PBX does not cover another', async () => {
  const fleet = await startFleet({ pbxs: ['hq', 'branch'] });
  await approved(fleet, '/pbx-baseline capture hq EnableChat --for all --because start');
  await approved(fleet, '/pbx set hq EnableChat off --until 2999-01-01 --because the fair');
  fleet.pbx('branch').change(APPS, { EnableChat: false });

  const { line } = await sweep(fleet);

  expect(line('hq', 'EnableChat')?.status).toBe('waived');
  expect(line('branch', 'EnableChat')?.status).toBe('corrected');
});

test('a change with an exception that could not be written leaves no exception behind', async () => {
  const fleet = await startFleet();
  const hq = fleet.pbx('hq');
  await approved(fleet, '/pbx-baseline capture hq EnableChat --because start');
  const card = await ask(fleet, '/pbx set hq EnableChat off --until 2999-01-01 --because the fair');
  hq.fault({ kind: 'forbidden', on: 'write' });
  await approve(fleet, card, '· failed');
  hq.clearFaults();
  hq.change(APPS, { EnableChat: false });

  const { line } = await sweep(fleet);

  expect(line('hq', 'EnableChat')?.status).toBe('corrected');
});

test('a change of a setting the baseline holds must say what becomes of the rule', async () => {
  const fleet = await startFleet();
  await approved(fleet, '/pbx-baseline capture hq EnableChat --because start');

  await expect(ask(fleet, '/pbx set hq EnableChat off --because quiet')).rejects.toThrow(
    'Choose: make it the new baseline, or make an exception',
  );
});

test('a change that becomes the baseline between the look and the correction is no drift', async () => {
  const { fleet, result } = await sweepWhile(
    'EnableChat NameOfCustomAvailableStatus',
    ({ pbx }) => pbx('hq').change(APPS, { NameOfCustomAvailableStatus: 'Gone fishing' }),
    (running) => approved(running, '/pbx set hq NameOfCustomAvailableStatus Busy --baseline --because so'),
  );

  expect(result.line('hq', 'NameOfCustomAvailableStatus')?.status).toBe('in-sync');
  expect(result.report.counts).toMatchObject({ 'in-sync': 6, drifted: 0 });
  expect(fleet.pbx('hq').resource(APPS)['NameOfCustomAvailableStatus']).toBe('Busy');
  expect(fleet.pbx('hq').writes()).toHaveLength(1);
});

test('a drifted value that is taken into the baseline between the look and the correction stays', async () => {
  const { fleet, result } = await sweepWhile(
    'EnableChat AvatarStyle',
    ({ pbx }) => pbx('hq').change(APPS, { EnableChat: false, AvatarStyle: 'Circle' }),
    (running) => approved(running, '/pbx-baseline capture hq EnableChat --because we like it'),
  );

  expect(result.line('hq', 'EnableChat')?.status).toBe('in-sync');
  expect(result.line('hq', 'AvatarStyle')?.status).toBe('corrected');
  expect(
    fleet
      .pbx('hq')
      .writes()
      .map(({ body }) => body),
  ).toEqual([{ AvatarStyle: 'Square' }]);
});

test('a rule that is only reported from now on is not enforced by a sweep that began before', async () => {
  const { fleet, result } = await sweepWhile(
    'EnableChat',
    ({ pbx }) => pbx('hq').change(APPS, { EnableChat: false }),
    (running) =>
      approved(running, '/pbx-baseline capture spare EnableChat --for hq --mode report --because so'),
  );

  expect(result.line('hq', 'EnableChat')?.status).toBe('drifted');
  expect(fleet.pbx('hq').writes()).toEqual([]);
});

test('an exception that begins between the look and the correction is honoured', async () => {
  const { fleet, result } = await sweepWhile(
    'EnableChat AvatarStyle',
    ({ pbx }) => pbx('hq').change(APPS, { AvatarStyle: 'Circle' }),
    (running) => approved(running, '/pbx set hq EnableChat off --until 2999-01-01 --because the fair'),
  );

  expect(chat(fleet)).toBe(false);
  expect(result.line('hq', 'AvatarStyle')?.status).toBe('corrected');
  expect(result.report.counts.drifted).toBe(0);
});

test('drift that is excepted between the look and the correction is not written and not called drift', async () => {
  const { fleet, result } = await sweepWhile(
    'NameOfCustomAvailableStatus',
    ({ pbx }) => pbx('hq').change(APPS, { NameOfCustomAvailableStatus: 'Gone fishing' }),
    (running) =>
      approved(running, '/pbx set hq NameOfCustomAvailableStatus Fair --until 2999-01-01 --because the fair'),
  );

  expect(result.line('hq', 'NameOfCustomAvailableStatus')?.status).toBe('waived');
  expect(fleet.pbx('hq').resource(APPS)['NameOfCustomAvailableStatus']).toBe('Fair');
});

test('of two requests for a baseline version the other one is asked for again, and approved again published', async () => {
  const fleet = await startFleet();
  const first = await ask(fleet, '/pbx-baseline capture hq EnableChat --because one');
  const second = await ask(fleet, '/pbx-baseline capture hq EnableChat AvatarStyle --because two');

  await approve(fleet, first);
  const { ctx } = fleet.app;
  await fleet.app.idle();
  const superseded = await getRequestByNumber(ctx.db, 2);
  expect(superseded).toMatchObject({ state: 'pending', round: 2, baselineVersion: 1 });
  expect(superseded.again).toMatchObject([
    { round: 1, because: 'The baseline was v0 when this was asked for, and is v1 now.' },
  ]);
  expect((await currentBaseline(ctx.db)).rules).toHaveLength(1);

  await approve(fleet, second);
  expect(await currentBaseline(ctx.db)).toMatchObject({ version: 2, rules: [{}, {}] });
});
