import { expect, test } from 'vitest';
import { releasedBaseline } from '../src/baseline/store.js';
import { endExceptionEarly, exceptionsNow } from '../src/changes/end-early.js';
import { proposeBaseline } from '../src/changes/propose-baseline.js';
import { proposeException } from '../src/changes/propose-exception.js';
import type { Period } from '../src/ctx.js';
import { getHeldSweep, releaseSweep } from '../src/drift/release.js';
import { advanceSweep, startSweep } from '../src/drift/sweep.js';
import {
  ALL_ROLES,
  ANN,
  approveAndExecute,
  propose,
  publish,
  ruleOf,
  slackActor,
  written,
} from './helpers/deeds.js';
import { APPS, OPERATOR, PBX } from './helpers/sweep-fleet.js';
import { APPROVER, DAY_MS, type Field, HOUR_MS, openField, sweepNow } from './helpers/sweeping.js';

const CHAT = ruleOf('EnableChat', true);
const BUSY = ruleOf('PlayBusy', true);
const PETITION = { actor: slackActor(ANN), roles: ALL_ROLES, reason: 'the standard' };

const writesOf = (field: Field, ids: readonly string[]): number =>
  ids.reduce((sum, id) => sum + written(field.pbx(id)).length, 0);

const releasedVersion = async ({ ctx }: Field): Promise<number> => (await releasedBaseline(ctx.db)).version;

/** An exception for the busy tone of hq. */
async function except(field: Field): Promise<void> {
  const untilAt = new Date(field.now().getTime() + 30 * DAY_MS).toISOString();
  const petition = { ...PETITION, target: 'hq', keys: ['PlayBusy'], untilAt };
  await approveAndExecute(field.ctx, await proposeException(field.ctx, petition));
}

async function endException(field: Field): Promise<void> {
  const [exception] = await exceptionsNow(field.ctx);
  await endExceptionEarly(field.ctx, exception!.id, { actor: slackActor(ANN), roles: ALL_ROLES });
}

test('a version that was replaced while a sweep looked is not released by what the sweep found of the other one', async () => {
  const field = await openField({ pbxs: ['hq', 'branch'] });
  await field.hold([CHAT]);
  field.pbx('hq').change(PBX, { PlayBusy: false });
  await field.hold([BUSY], 'new');
  const id = await startSweep(field.ctx, { kind: 'person', actor: OPERATOR });
  const removed = [{ key: 'PlayBusy', target: 'all' }];
  const without = { ...PETITION, target: 'baseline', rules: [], removed };
  await approveAndExecute(field.ctx, await proposeBaseline(field.ctx, without));
  await advanceSweep(field.ctx, id);

  expect(await releasedVersion(field)).toBe(1);
  await field.hold([BUSY], 'new');
  expect((await field.sweep()).line('hq', 'PlayBusy')).toMatchObject({ withheld: 'preview' });
  expect(written(field.pbx('hq'))).toEqual([]);
});

test('a release lets go what was shown, and not a version that was replaced before it was looked at', async () => {
  const field = await openField({ pbxs: ['hq', 'branch'] });
  await field.hold([CHAT]);
  field.pbx('hq').change(PBX, { PlayBusy: false });
  field.pbx('hq').change(APPS, { AvatarStyle: 'Square' });
  await field.hold([BUSY], 'new');
  const id = await startSweep(field.ctx, { kind: 'person', actor: OPERATOR });
  await publish(field.ctx, [ruleOf('AvatarStyle', 'Circle')]);
  await advanceSweep(field.ctx, id);
  await field.release();

  expect(await releasedVersion(field)).toBe(1);
  expect((await field.sweep()).sweep.state).toBe('finished');
  expect(await releasedVersion(field), 'the next sweep saw the whole of it').toBe(3);
});

test.each([
  ['when it is published', true],
  ['when it is swept for the first time', false],
])('a new rule that an exception hides %s is shown when the exception is over', async (_, isBefore) => {
  const field = await openField({ pbxs: ['hq', 'branch'] });
  await field.hold([{ ...BUSY, mode: 'report' }]);
  if (isBefore) await except(field);
  field.pbx('hq').change(PBX, { PlayBusy: false });
  await field.hold([BUSY], 'new');
  if (!isBefore) await except(field);

  expect((await field.sweep()).report.counts).toMatchObject({ waived: 1, 'in-sync': 1 });
  await endException(field);
  const shown = await field.sweep();

  expect(shown.line('hq', 'PlayBusy')).toMatchObject({ status: 'drifted', withheld: 'preview' });
  expect(written(field.pbx('hq'))).toEqual([]);
  expect((await field.release()).line('hq', 'PlayBusy')?.status).toBe('corrected');
});

test('a version that fitted when it was asked for, and no longer when it is approved, is shown first', async () => {
  const field = await openField({ pbxs: ['hq', 'branch'] });
  const asked = await proposeBaseline(field.ctx, { ...PETITION, target: 'hq', rules: [CHAT] });
  field.pass(3 * HOUR_MS);
  field.pbx('hq').change(APPS, { EnableChat: false });
  await approveAndExecute(field.ctx, asked);

  expect((await field.sweep()).line('hq', 'EnableChat')).toMatchObject({ withheld: 'preview' });
  expect(written(field.pbx('hq'))).toEqual([]);
});

test('a change that becomes the rule for all is shown first where a PBX was left out because it was so already', async () => {
  const field = await openField({ pbxs: ['hq', 'branch'] });
  await field.hold([ruleOf('AvatarStyle', 'Square')]);
  field.pbx('hq').change(APPS, { EnableChat: false });
  const hold = { kind: 'baseline' } as const;
  const asked = await propose(field.ctx, { EnableChat: true }, { target: 'all', hold });
  field.pbx('branch').change(APPS, { EnableChat: false });
  await approveAndExecute(field.ctx, asked);

  expect(written(field.pbx('hq'))).toEqual([{ EnableChat: true }]);
  expect((await field.sweep()).line('branch', 'EnableChat')).toMatchObject({ withheld: 'preview' });
  expect(written(field.pbx('branch'))).toEqual([]);
});

const shutFor = (field: Field, target: string): Period => {
  const hour = (field.now().getUTCHours() + 12) % 24;
  const expression = `0 ${hour} * * *`;
  return { name: 'nights', target, expression, timezone: 'UTC', durationMs: 2 * HOUR_MS };
};

test('a new rule is shown for the whole fleet, also where windows are shut, and released it waits for them', async () => {
  const ids = ['hq', 'branch', 'lab'];
  const first = await openField({ pbxs: ids, tags: { lab: ['late'] } });
  const windows = [shutFor(first, 'tag:late')];
  const field = { ...first, ctx: { ...first.ctx, windows } };
  await field.hold([CHAT]);
  for (const id of ids) field.pbx(id).change(PBX, { PlayBusy: false });
  await publish(field.ctx, [BUSY]);

  const shown = await sweepNow(field.ctx);

  expect(shown.sweep.hold).toMatchObject({ writes: 3, pbxs: 3 });
  expect(shown.line('lab', 'PlayBusy')).toMatchObject({ withheld: 'preview' });
  await releaseSweep(field.ctx, await getHeldSweep(field.ctx), APPROVER);
  await advanceSweep(field.ctx, shown.sweep.id);
  const released = await field.standOf(shown.sweep.id);

  expect(released.report.counts).toMatchObject({ corrected: 2, drifted: 1 });
  expect(released.line('lab', 'PlayBusy')).toMatchObject({ withheld: 'window' });
  expect(written(field.pbx('lab'))).toEqual([]);
});

test('a rule that differs wherever it holds is held also where only a slice of the fleet is in its window', async () => {
  const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'];
  const late = Object.fromEntries(ids.slice(1).map((id) => [id, ['late']]));
  const first = await openField({ pbxs: ids, tags: late });
  await first.hold([CHAT]);
  for (const id of ids) first.pbx(id).change(APPS, { EnableChat: false });
  const { sweep } = await sweepNow({ ...first.ctx, windows: [shutFor(first, 'tag:late')] });

  expect(sweep.state).toBe('held');
  expect(sweep.hold?.reasons.map(({ because }) => because).join()).toMatch(/would change on all 9 PBXs/);
  expect(writesOf(first, ids)).toBe(0);
});
