import { beforeAll, expect, test } from 'vitest';
import type { App } from '../src/app.js';
import { listAudit, verifyAudit } from '../src/audit/queries.js';
import type { Rule } from '../src/baseline/rules.js';
import { REPORTS, startWorld, type World } from '../src/demo/world.js';
import { findLastReport } from '../src/drift/queries.js';
import { BOLD } from './helpers/bold.js';
import type { Life } from './helpers/child.js';
import { makeSweepDue, YEARLY } from './helpers/due-sweep.js';
import { deathsAtEffects, deathsAtSteps, reach, type Rehearsal, rehearse } from './helpers/kill.js';

const rule = (key: string, value: Rule['value'], mode: Rule['mode']): Rule => ({
  key,
  value,
  mode,
  target: 'all',
});

const RULES: readonly Rule[] = [
  rule('AvatarStyle', 'Square', 'enforce'),
  rule('BusyMonitorTimeout', 30, 'enforce'),
  rule('EnableChat', true, 'enforce'),
  rule('HideCRMContacts', false, 'report'),
];

/** A course may have a step less than the undisturbed one, and then the last death comes when all is done. */
const FEW = 3;

let rehearsal: Rehearsal;

beforeAll(async () => {
  rehearsal = await rehearse({
    prepare: startDriftedWorld,
    beginsRunning: false,
    play: awaitReport,
    check: checkDoneOnce,
  });
  return rehearsal.close;
});

/** Headquarters drifted in two enforced settings of two resources and in one that is only reported, the branch in one. */
async function startDriftedWorld(): Promise<World> {
  const world = await startWorld({
    pbxs: [
      {
        id: 'hq',
        values: {
          GeneralSettingsForApps: { AvatarStyle: 'Circle', HideCRMContacts: true },
          GeneralSettingsForPbx: { BusyMonitorTimeout: 45 },
        },
      },
      { id: 'branch', values: { GeneralSettingsForApps: { AvatarStyle: 'Circle' } } },
    ],
    config: { schedule: YEARLY, guards: BOLD },
  });
  await makeSweepDue(world.config, RULES);
  return world;
}

async function awaitReport(world: World, life: Life): Promise<void> {
  await reach(world, life, 'the report and its details', () =>
    world.slack.messages(REPORTS).some(({ ts }) => world.slack.thread(REPORTS, ts).length > 0),
  );
}

async function checkDoneOnce(world: World, { ctx }: App): Promise<void> {
  const written = (id: string): readonly unknown[] =>
    world.pbxs
      .pbx(id)
      .writes()
      .map(({ body }) => body);
  expect(written('hq')).toEqual([{ AvatarStyle: 'Square' }, { BusyMonitorTimeout: 30 }]);
  expect(written('branch')).toEqual([{ AvatarStyle: 'Square' }]);

  const sweeps = await ctx.db.selectFrom('sweeps').select(['number', 'state']).execute();
  const last = await findLastReport(ctx.db);
  expect(sweeps).toEqual([{ number: 1, state: 'finished' }]);
  expect(last?.report.counts).toMatchObject({ 'in-sync': 4, corrected: 3, drifted: 1, unknown: 0 });

  const [report, card, ...others] = world.slack.messages(REPORTS);
  expect(others).toEqual([]);
  expect(report?.text).toContain('Drift report #1');
  expect(card?.text).toContain('Drift: ');
  expect(world.slack.thread(REPORTS, report?.ts ?? '')).toHaveLength(1);

  const audit = await listAudit(ctx.db, { limit: 100 });
  expect((await verifyAudit(ctx.db)).fault).toBeNull();
  expect(audit.map(({ action }) => action).toSorted()).toEqual([
    'baseline.published',
    'baseline.released',
    'episode.opened',
    'sweep.finished',
    'sweep.judged',
    'sweep.started',
    'write.intended',
    'write.intended',
    'write.settled',
    'write.settled',
  ]);
}

test.each(['before', 'after'] as const)(
  'killed right %s any durable step, a due sweep is done once, corrects once and reports once',
  { timeout: 180_000 },
  async (when) => {
    const deaths = deathsAtSteps(rehearsal.course, when);
    const { failures, survived } = await rehearsal.kill(deaths);

    expect(failures).toEqual([]);
    expect(deaths.length).toBeGreaterThan(20);
    expect(survived.length, survived.join('; ')).toBeLessThan(FEW);
  },
);

test(
  'killed before a PBX or Slack could answer, a sweep corrects once and reports once',
  { timeout: 180_000 },
  async () => {
    const deaths = deathsAtEffects(rehearsal.course);
    const { failures, survived } = await rehearsal.kill(deaths);

    expect(failures).toEqual([]);
    expect(deaths.length).toBeGreaterThan(4);
    expect(survived.length, survived.join('; ')).toBeLessThan(FEW);
  },
);
