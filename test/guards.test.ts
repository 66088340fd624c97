import { expect, test } from 'vitest';
import { releasedBaseline } from '../src/baseline/store.js';
import type { Role } from '../src/ctx.js';
import { dismissSweep, getHeldSweep, releaseSweep } from '../src/drift/release.js';
import { advanceSweep, startSweep } from '../src/drift/sweep.js';
import { deeds, ruleOf, slackActor, written } from './helpers/deeds.js';
import { APPS, OPERATOR, PBX } from './helpers/sweep-fleet.js';
import { APPROVER, type Field, type FieldOptions, openField, type Stand } from './helpers/sweeping.js';

const CHAT = ruleOf('EnableChat', true);
const BUSY = ruleOf('PlayBusy', true);
const CHAT_ON = { EnableChat: true };

const some = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `pbx-${String(index).padStart(3, '0')}`);

const writesOf = ({ pbx }: Field, ids: readonly string[]): readonly unknown[] =>
  ids.flatMap((id) => written(pbx(id)));

/** PBXs that are held to chat, with chat switched off on the first `count` of them. */
async function drifted(ids: readonly string[], count: number, options: FieldOptions = {}): Promise<Field> {
  const field = await openField({ pbxs: ids, ...options });
  await field.hold([CHAT]);
  for (const id of ids.slice(0, count)) field.pbx(id).change(APPS, { EnableChat: false });
  return field;
}

function expectHeld(field: Field, { sweep }: Stand, ids: readonly string[], because: RegExp): void {
  expect(sweep.state).toBe('held');
  expect(sweep.hold?.reasons.map((reason) => reason.because).join(' ')).toMatch(because);
  expect(writesOf(field, ids)).toEqual([]);
}

test(
  'a rule that would change 300 of 300 PBXs is held with zero writes until a person releases it',
  { timeout: 120_000 },
  async () => {
    const ids = some(300);
    const field = await drifted(ids, 300);

    const held = await field.sweep();

    expectHeld(field, held, ids, /300 settings would be corrected; the guard allows 100/);
    expect(held.sweep.hold).toMatchObject({ writes: 300, pbxs: 300 });
    expect(held.sweep.hold?.reasons.map(({ kind }) => kind)).toEqual(['settings', 'share', 'everywhere']);
    expect(held.report.counts).toMatchObject({ drifted: 300, corrected: 0, unknown: 0 });
    expect(held.line('pbx-007', 'EnableChat')).toMatchObject({ status: 'drifted', withheld: 'guard' });

    let firstMoments = 0;
    const first = field.pbx('pbx-000');
    const stop = first.onChange(() => (firstMoments = writesOf(field, ids).length));
    const released = await field.release();
    stop();

    expect(released.sweep).toMatchObject({ state: 'finished', hold: { ended: { how: 'released' } } });
    expect(released.report.counts).toMatchObject({ corrected: 300, drifted: 0 });
    for (const id of ids) expect(written(field.pbx(id)), id).toEqual([CHAT_ON]);
    expect(firstMoments, 'the first PBX was written and read back before any other').toBe(1);
    expect((await field.sweep()).report.counts).toMatchObject({ 'in-sync': 300 });
    expect(await deeds(field.ctx)).toEqual(expect.arrayContaining(['sweep.held', 'sweep.released']));
  },
);

test.each<[string, number, FieldOptions['guards'], RegExp]>([
  ['more settings than the guard allows', 3, { settings: 2, share: 1 }, /3 settings .* allows 2 in one/],
  ['a larger share of the PBXs than it allows', 3, { share: 0.3 }, /3 of 8 PBXs .* allows 30 %/],
])('a sweep that would correct %s waits for a person', async (_, count, guards, because) => {
  const ids = some(8);
  const field = await drifted(ids, count, guards === undefined ? {} : { guards });

  expectHeld(field, await field.sweep(), ids, because);
  expect((await field.release()).report.counts).toMatchObject({ corrected: count, drifted: 0 });
});

test('a rule that differs wherever it holds is held, and one PBX with a rule of its own is not', async () => {
  const ids = some(4);
  const field = await drifted(ids, 4, { guards: { share: 1 } });
  await field.hold([ruleOf('PlayBusy', false, 'pbx-000')]);

  const held = await field.sweep();
  expectHeld(field, held, ids, /Chat.* would change on all 4 PBXs that the rule for all holds on/);

  field.pbx('pbx-003').change(APPS, { EnableChat: true });
  expect((await field.sweep()).report.counts).toMatchObject({ corrected: 4 });
});

test('within the guards a sweep corrects without asking, and few PBXs count as no share', async () => {
  const few = await drifted(some(2), 2);
  expect((await few.sweep()).sweep).toMatchObject({ state: 'finished', hold: null });
  const many = await drifted(some(12), 3);
  expect((await many.sweep()).report.counts).toMatchObject({ corrected: 3, 'in-sync': 9 });
});

test('the first sweep of a new version shows what its new rules would write, while other corrections go on', async () => {
  const field = await drifted(['hq', 'branch'], 1);
  for (const id of ['hq', 'branch']) field.pbx(id).change(PBX, { PlayBusy: false });
  await field.hold([BUSY], 'new');

  const held = await field.sweep();

  expect(held.sweep).toMatchObject({ state: 'held', hold: { writes: 2, pbxs: 2 } });
  expect(held.sweep.hold?.reasons).toMatchObject([{ kind: 'preview' }]);
  expect(held.line('hq', 'EnableChat')?.status).toBe('corrected');
  expect(held.line('hq', 'PlayBusy')).toMatchObject({ status: 'drifted', withheld: 'preview' });
  expect(writesOf(field, ['hq', 'branch'])).toEqual([CHAT_ON]);

  field.pbx('branch').change(PBX, { PlayBusy: null });
  const released = await field.release();

  expect(released.line('hq', 'PlayBusy')?.status).toBe('corrected');
  expect(released.line('hq', 'EnableChat')?.status).toBe('corrected');
  expect(released.line('branch', 'PlayBusy')).toMatchObject({ status: 'drifted' });
  expect(released.line('branch', 'PlayBusy')?.because).toMatch(/^it is .* now, not /);
  expect(writesOf(field, ['hq', 'branch'])).toEqual([CHAT_ON, { PlayBusy: true }]);
  expect((await releasedBaseline(field.ctx.db)).version).toBe(2);
  expect((await field.sweep()).line('branch', 'PlayBusy')?.status).toBe('corrected');
});

test('a new version whose first sweep finds nothing to correct needs no release', async () => {
  const field = await openField({ pbxs: ['hq', 'branch'] });
  field.pbx('branch').fault({ kind: 'server-error', on: 'read' });
  await field.hold([CHAT], 'new');

  expect((await field.sweep()).sweep).toMatchObject({ state: 'finished', hold: null });
  expect((await releasedBaseline(field.ctx.db)).version, 'one PBX was not seen').toBe(0);
  field.pbx('branch').clearFaults();
  await field.sweep();
  expect((await releasedBaseline(field.ctx.db)).version).toBe(1);

  field.pbx('hq').change(APPS, { EnableChat: false });
  expect((await field.sweep()).line('hq', 'EnableChat')?.status).toBe('corrected');
});

test('a new version that fits every PBX when it is asked for needs no first sweep either', async () => {
  const field = await openField({ pbxs: ['hq', 'branch'] });
  await field.hold([CHAT], 'new');
  field.pbx('hq').change(APPS, { EnableChat: false });
  expect((await field.sweep()).line('hq', 'EnableChat')?.status).toBe('corrected');
});

test('a rule that only gets another reason or severity is not new', async () => {
  const field = await drifted(['hq'], 1);
  await field.hold([{ ...CHAT, reason: 'the works council', severity: 'critical' }], 'new');
  expect((await field.sweep()).line('hq', 'EnableChat')).toMatchObject({
    status: 'corrected',
    severity: 'critical',
  });
});

test('the next sweep takes the place of one that waits, and nobody can release the old plan', async () => {
  const field = await drifted(some(5), 5);
  const old = await field.sweep();
  field.pbx('pbx-004').change(APPS, { EnableChat: true });
  const next = await field.sweep();

  expect((await field.standOf(old.sweep.id)).sweep).toMatchObject({
    state: 'finished',
    hold: { ended: { how: 'superseded' } },
  });
  expect(next.sweep).toMatchObject({ number: 2, state: 'held', hold: { pbxs: 4 } });
  await expect(getHeldSweep(field.ctx, 1)).rejects.toThrow('Sweep #1 was superseded already.');
  expect((await getHeldSweep(field.ctx)).number).toBe(2);
});

test('a dismissed sweep writes nothing, and the next one asks again', async () => {
  const ids = some(5);
  const field = await drifted(ids, 5);
  await field.sweep();
  const held = await getHeldSweep(field.ctx);

  await dismissSweep(field.ctx, held, APPROVER);
  await advanceSweep(field.ctx, held.id);

  expect((await field.standOf(held.id)).sweep).toMatchObject({
    state: 'finished',
    hold: { ended: { how: 'dismissed', by: APPROVER.actor } },
  });
  await expect(releaseSweep(field.ctx, held, APPROVER)).rejects.toMatchObject({ code: 'conflict' });
  await expect(getHeldSweep(field.ctx)).rejects.toThrow('No sweep waits for release.');
  await expect(getHeldSweep(field.ctx, 9)).rejects.toThrow('There is no sweep #9.');
  expectHeld(field, await field.sweep(), ids, /would change on all 5/);
});

test('two people who release at the same moment release it once', async () => {
  const ids = some(5);
  const field = await drifted(ids, 5);
  await field.sweep();
  const held = await getHeldSweep(field.ctx);

  const both = await Promise.allSettled([1, 2].map(() => releaseSweep(field.ctx, held, APPROVER)));
  await Promise.all([1, 2].map(() => advanceSweep(field.ctx, held.id)));

  expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  for (const id of ids) expect(written(field.pbx(id)), id).toEqual([CHAT_ON]);
  expect((await deeds(field.ctx)).filter((action) => action === 'sweep.released')).toHaveLength(1);
});

test('while another sweep is under way nothing is released', async () => {
  const field = await drifted(some(5), 5);
  await field.sweep();
  const held = await getHeldSweep(field.ctx);
  await startSweep(field.ctx, { kind: 'person', actor: OPERATOR });

  await expect(releaseSweep(field.ctx, held, APPROVER)).rejects.toThrow('Sweep #2 is under way.');
  await expect(startSweep(field.ctx, { kind: 'person', actor: OPERATOR })).rejects.toThrow(/under way/);
});

test('admins and approvers release, operators only where nobody approves, and nobody else', async () => {
  const field = await drifted(some(5), 5);
  await field.sweep();
  const held = await getHeldSweep(field.ctx);
  const decider = (...roles: readonly Role[]) => ({ actor: slackActor('U0EVE'), roles: new Set(roles) });
  const operator = { actor: OPERATOR, roles: new Set<Role>() };

  for (const one of [decider(), decider('requester', 'break-glass'), operator]) {
    await expect(releaseSweep(field.ctx, held, one)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(dismissSweep(field.ctx, held, one)).rejects.toMatchObject({ code: 'forbidden' });
  }
  const alone = await field.reopen({ roles: { admins: [], approvers: [], requesters: [], breakGlass: [] } });
  await releaseSweep(alone, held, operator);
  expect(writesOf(field, some(5))).toEqual([]);
});

test('a first PBX that does not keep its correction stops the rest', async () => {
  const ids = some(6);
  const field = await drifted(ids, 6, { guards: { settings: 99, share: 1, fewest: 3 } });
  await field.sweep();
  field.pbx('pbx-000').fault({ kind: 'not-stored', on: 'write' });

  const { report, line } = await field.release();

  expect(report.counts).toMatchObject({ 'not-converged': 1, drifted: 5, corrected: 0 });
  expect(line('pbx-003', 'EnableChat')).toMatchObject({
    withheld: 'canary',
    because: 'not corrected: the first PBX, pbx-000, did not keep its correction',
  });
  expect(writesOf(field, ids)).toEqual([]);
});

test('where too many PBXs do not keep their corrections, the rest is left alone', async () => {
  const ids = some(20);
  const field = await drifted(ids, 19, {
    guards: { share: 1, failures: 0.2 },
    config: {
      sweepPolicy: { concurrency: 1, splayMs: 0, digest: { expression: '0 9 * * 1', timezone: 'UTC' } },
    },
  });
  for (const id of ids.slice(4, 8)) field.pbx(id).fault({ kind: 'not-stored', on: 'write' });

  const { report, line } = await field.sweep();

  expect(report.counts).toMatchObject({ corrected: 4, 'not-converged': 2, drifted: 13, 'in-sync': 1 });
  expect(line('pbx-018', 'EnableChat')?.because).toBe(
    'not corrected: 2 of 6 corrected PBXs did not keep their correction',
  );
  expect(writesOf(field, ids)).toHaveLength(4);
});

test('a sweep that is interrupted after its first PBX failed does not begin with another one', async () => {
  const ids = some(6);
  const field = await drifted(ids, 6);
  const { sweep } = await field.sweep();
  const first = field.pbx('pbx-000');
  first.fault({ kind: 'not-stored', on: 'write' });
  const closing = new AbortController();
  first.onChange(() => {
    if (first.requests.some(({ operation }) => operation === 'write')) closing.abort();
  });

  await releaseSweep(field.ctx, await getHeldSweep(field.ctx), APPROVER);
  await advanceSweep({ ...field.ctx, closing: closing.signal }, sweep.id);
  expect((await field.standOf(sweep.id)).sweep.state).toBe('releasing');
  await advanceSweep(field.ctx, sweep.id);

  const { report } = await field.standOf(sweep.id);
  expect(report.counts).toMatchObject({ 'not-converged': 1, drifted: 5, corrected: 0 });
  expect(writesOf(field, ids)).toEqual([]);
});

test('a new rule for the whole fleet holds up no other correction, and says how far it would go', async () => {
  const ids = some(8);
  const field = await drifted(ids, 0);
  for (const id of ids) field.pbx(id).change(PBX, { PlayBusy: false });
  await field.hold([BUSY], 'new');
  for (const id of ids.slice(6)) field.pbx(id).change(APPS, { EnableChat: false });
  field.pbx('pbx-006').fault({ kind: 'not-stored', on: 'write' });

  const { sweep, report, line } = await field.sweep();

  expect(sweep.hold?.reasons.map(({ kind }) => kind)).toEqual(['share', 'everywhere', 'preview']);
  expect(sweep.hold).toMatchObject({ writes: 8, pbxs: 8 });
  expect(report.counts).toMatchObject({ corrected: 1, 'not-converged': 1, drifted: 8 });
  expect(line('pbx-007', 'EnableChat')?.status, 'two PBXs are too few for a canary').toBe('corrected');
});
