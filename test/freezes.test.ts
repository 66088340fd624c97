import { expect, test } from 'vitest';
import { ANN, BEN } from '../src/demo/world.js';
import type { Period } from '../src/ctx.js';
import { findSweepReport } from '../src/drift/queries.js';
import { startSweep } from '../src/drift/sweep.js';
import { defaultSweepConfig } from '../src/config-sweep.js';
import { deeds } from './helpers/deeds.js';
import { chatRule, govern } from './helpers/drift-flow.js';
import { atRequest } from './helpers/halting.js';
import {
  approve,
  ask,
  createClock,
  type Fleet,
  OPERATOR,
  startFleet,
  sweep,
  textOf,
} from './helpers/sweep-fleet.js';

const APPS = 'GeneralSettingsForApps';
const freeze: Period = {
  name: 'year end',
  target: 'tag:emea',
  expression: '0 0 24 12 *',
  timezone: 'UTC',
  durationMs: 8 * 86_400_000,
};
const SAYING = 'the freeze “year end” is on until 2027-01-01 00:00 UTC';

/** Three PBXs, two of which are frozen over the end of the year. */
async function frozenFleet(at: string, config: Parameters<typeof startFleet>[0] = {}) {
  const clock = createClock(at);
  const fleet = await startFleet({
    pbxs: ['hq', 'branch', 'lab'],
    tags: { hq: ['emea'], branch: ['emea'] },
    overrides: { now: clock.now },
    ...config,
    config: { freezes: [freeze], ...config.config },
  });
  return { fleet, clock };
}

test('an approved change waits for the end of a freeze, says so, and is written then without anybody’s doing', async () => {
  const { fleet, clock } = await frozenFleet('2026-12-31T20:00:00Z');
  const card = await ask(fleet, '/pbx set hq AvatarStyle Circle --because the fair');

  const waiting = await approve(fleet, card, 'approved, waiting');
  expect(textOf(waiting)).toContain(`*Approved; waits*: ${SAYING}. When that is over it is written`);
  expect(fleet.pbx('hq').writes()).toEqual([]);
  const other = await ask(fleet, '/pbx set lab AvatarStyle Circle --because the fair');
  expect(textOf(await approve(fleet, other))).not.toContain('freeze');

  clock.moveTo('2027-01-01T00:00:00Z');
  const done = await fleet.world.slack.until(
    'the change is applied',
    () =>
      fleet.world.slack
        .messages(card.channel)
        .find((one) => one.ts === card.ts && textOf(one).includes('· applied')),
    15_000,
  );
  expect(fleet.pbx('hq').writes()).toHaveLength(1);
  expect(textOf(done)).not.toContain('waits');
});

test('an approval that would be too old at the end of a freeze is said to be, and is asked for again then', async () => {
  const { fleet, clock } = await frozenFleet('2026-12-28T20:00:00Z');
  const card = await ask(fleet, '/pbx set hq AvatarStyle Circle --because the fair');
  const waiting = await approve(fleet, card, 'approved, waiting');
  expect(textOf(waiting)).toContain('An approval will have grown too old by then');

  clock.moveTo('2027-01-01T00:00:00Z');
  await fleet.world.slack.until(
    'approval is asked for again',
    () =>
      fleet.world.slack
        .messages(card.channel)
        .some((one) => one.ts === card.ts && textOf(one).includes('An approval has grown too old.')),
    15_000,
  );
  expect(fleet.pbx('hq').writes()).toEqual([]);
});

test('a card changes when what it waits for does: first a stop, then the freeze behind it', async () => {
  const { fleet } = await frozenFleet('2026-12-31T20:00:00Z');
  const { world } = fleet;
  await world.slack.person(BEN).command('C0APPROVALS', '/pbx-drift stop --because a test');
  await world.slack.until('the stop is told', () => world.slack.messages('C0APPROVALS').length === 1);
  const card = await ask(fleet, '/pbx set hq AvatarStyle Circle --because the fair');
  expect(textOf(await approve(fleet, card, 'approved, waiting'))).toContain('everything is stopped');
  const ann = world.slack.person(ANN);
  await ann.command('C0APPROVALS', '/pbx-drift start');
  await world.slack.until('the window', () => ann.modal()?.callbackId === 'start.form');
  await ann.submit();

  await world.slack.until(
    'the card says what it waits for now',
    () =>
      world.slack.messages(card.channel).some((one) => one.ts === card.ts && textOf(one).includes(SAYING)),
    15_000,
  );
  expect(fleet.pbx('hq').writes()).toEqual([]);
});

test('an emergency passes a freeze, and the card and the audit log say so for ever; it does not pass a stop', async () => {
  const { fleet } = await frozenFleet('2026-12-28T20:00:00Z');
  const { world, app } = fleet;
  const ann = world.slack.person(ANN);
  const card = await ask(fleet, '/pbx set hq AvatarStyle Circle --because the fair');
  await world.slack.person(BEN).command('C0APPROVALS', '/pbx-drift stop --because a test');
  await ann.press(card, 'change.break-glass');
  await world.slack.until('the window', () => ann.modal()?.callbackId === 'break-glass.form');
  ann.fill({ reason: 'nobody can call', confirmation: 'hq' });
  await ann.submit();
  const until = (saying: string) =>
    world.slack.until(
      saying,
      () =>
        world.slack.messages(card.channel).find((one) => one.ts === card.ts && textOf(one).includes(saying)),
      15_000,
    );
  expect(textOf(await until('waiting, without approval'))).toContain('*Waits*: everything is stopped');
  expect(fleet.pbx('hq').writes()).toEqual([]);

  await ann.command('C0APPROVALS', '/pbx-drift start');
  await world.slack.until('the window', () => ann.modal()?.callbackId === 'start.form');
  await ann.submit();
  expect(textOf(await until('· applied'))).toContain(`*It passed a freeze*: ${SAYING}.`);
  expect(fleet.pbx('hq').writes()).toHaveLength(1);
  const rows = await app.ctx.db
    .selectFrom('audit')
    .select('detail')
    .where('action', '=', 'change.applying')
    .execute();
  expect(rows.map(({ detail }) => detail).join()).toContain('“year end”');
  expect(await deeds(app.ctx)).toContain('stop.begun');
});

test('a sweep in a freeze looks, says what drifted and why it stays, and writes nothing there', async () => {
  const { fleet, clock } = await frozenFleet('2026-12-28T20:00:00Z');
  await govern(fleet.app, [chatRule({ mode: 'enforce' })]);
  for (const id of ['hq', 'branch', 'lab']) fleet.pbx(id).change(APPS, { EnableChat: false });

  const first = await sweep(fleet);

  for (const id of ['hq', 'branch']) {
    expect(first.line(id, 'EnableChat')).toMatchObject({
      status: 'drifted',
      withheld: 'freeze',
      because: `not corrected: ${SAYING}`,
    });
    expect(fleet.pbx(id).writes()).toEqual([]);
  }
  expect(first.line('lab', 'EnableChat')).toMatchObject({ status: 'corrected' });
  expect(first.summary + first.details).toContain('“year end”');
  clock.moveTo('2027-01-01T00:00:00Z');
  expect((await sweep(fleet)).report.counts).toMatchObject({ corrected: 2, 'in-sync': 1 });
});

test('a window that shuts while a sweep runs holds back the rest', async () => {
  const clock = createClock('2026-06-01T23:30:00Z');
  const shut = atRequest('PATCH', 'after', () => clock.moveTo('2026-06-02T00:00:00Z'));
  const window: Period = {
    name: 'nights',
    target: 'all',
    expression: '0 22 * * *',
    timezone: 'UTC',
    durationMs: 7_200_000,
  };
  const fleet: Fleet = await startFleet({
    pbxs: ['hq', 'branch', 'lab'],
    through: { hq: shut, branch: shut, lab: shut },
    overrides: { now: clock.now },
    config: { windows: [window], sweepPolicy: { ...defaultSweepConfig.sweepPolicy, concurrency: 1 } },
  });
  await govern(fleet.app, [chatRule({ mode: 'enforce' })]);
  for (const id of ['hq', 'branch', 'lab']) fleet.pbx(id).change(APPS, { EnableChat: false });
  shut.arm();

  const id = await startSweep(fleet.app.ctx, { kind: 'person', actor: OPERATOR });
  await fleet.app.idle();
  const report = (await findSweepReport(fleet.app.ctx.db, id))?.report;

  expect(report?.counts).toMatchObject({ corrected: 1, drifted: 2 });
  const kept =
    report?.entries.flatMap(({ lines }) => lines).filter(({ status }) => status === 'drifted') ?? [];
  for (const line of kept) {
    expect(line).toMatchObject({
      withheld: 'window',
      because: 'not corrected: it is outside of its change windows; the next one opens 2026-06-02 22:00 UTC',
    });
  }
  clock.moveTo('2026-06-02T22:00:00Z');
  expect((await sweep(fleet)).report.counts).toMatchObject({ corrected: 2 });
});

test('a freeze that begins during a roll-out leaves the PBXs that are not written yet, and says so', async () => {
  const hook = atRequest('PATCH', 'after', () => clock.moveTo('2026-12-24T00:00:00Z'));
  const { fleet, clock } = await frozenFleet('2026-12-23T23:00:00Z', {
    through: { hq: hook, branch: hook, lab: hook },
  });
  const card = await ask(fleet, '/pbx set tag:emea AvatarStyle Circle --because the fair');
  hook.arm();

  const failed = textOf(await approve(fleet, card, 'partly applied: 1 of 2'));

  expect(failed).toContain('1 of 2 PBXs were not written, because while this was applied the freeze');
  expect(failed).toContain(SAYING);
  expect(fleet.pbx('hq').writes().length + fleet.pbx('branch').writes().length).toBe(1);
});
