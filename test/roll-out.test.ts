import { expect, test } from 'vitest';
import { currentBaseline } from '../src/baseline/store.js';
import { ruleDefaults } from '../src/changes/approval-rule.js';
import { executeChange } from '../src/changes/execute.js';
import { getRequest } from '../src/changes/queries.js';
import type { ChangeRequest } from '../src/changes/request.js';
import { isRevertible, proposeRevert } from '../src/changes/revert.js';
import type { Ctx } from '../src/ctx.js';
import { findSweepReport } from '../src/drift/queries.js';
import { advanceSweep, startSweep } from '../src/drift/sweep.js';
import { type Desk, openDesk } from './helpers/approving.js';
import {
  ALL_ROLES,
  approveAndExecute,
  decide,
  deeds,
  execute,
  propose,
  publish,
  ruleOf,
  written,
} from './helpers/deeds.js';
import { APPS, OPERATOR, PBX } from './helpers/sweep-fleet.js';

const THREE = ['hq', 'lyon', 'rome'];
const WANTED = { BusyMonitorTimeout: 45 };
const HOLD = { kind: 'baseline' } as const;
const EMEA = { hq: ['emea'], lyon: ['emea'], rome: ['emea'] };

const states = ({ results }: ChangeRequest): readonly string[] => results.map(({ state }) => state);

const timeouts = (desk: Desk): readonly unknown[] =>
  THREE.map((id) => desk.pbx(id).resource(PBX)['BusyMonitorTimeout']);

/** How many settings a sweep found in sync, corrected and so on. */
async function sweep(ctx: Ctx): Promise<Readonly<Record<string, number>>> {
  const id = await startSweep(ctx, { kind: 'person', actor: OPERATOR });
  await advanceSweep(ctx, id);
  return (await findSweepReport(ctx.db, id))?.report.counts ?? {};
}

async function exceptions({ db }: Ctx): Promise<number> {
  return (await db.selectFrom('exceptions').select('id').execute()).length;
}

const revert = (ctx: Ctx, { id }: ChangeRequest): Promise<ChangeRequest> =>
  proposeRevert(ctx, {
    requestId: id,
    actor: { kind: 'slack', id: 'U0ANN' },
    roles: ALL_ROLES,
    reason: 'back',
  });

test('the first PBX is written and read back before any other is touched', async () => {
  const desk = await openDesk({ pbxs: THREE });
  const asked = await propose(desk.ctx, WANTED, { target: 'all' });
  const others: number[] = [];
  const count = (id: string): number =>
    desk.pbx(id).requests.filter(({ operation }) => operation === 'write').length;
  desk.pbx('hq').onChange(() => void others.push(count('lyon') + count('rome')));
  await decide(desk.ctx, asked);

  const request = await execute(desk.ctx, asked);

  expect(request.state).toBe('applied');
  expect(states(request)).toEqual(['applied', 'applied', 'applied']);
  expect(others.length).toBeGreaterThan(1);
  expect(others.every((writes) => writes === 0)).toBe(true);
  expect(timeouts(desk)).toEqual([45, 45, 45]);
});

test('where the canary fails no other PBX is touched, and each of them says why', async () => {
  const desk = await openDesk({ pbxs: THREE });
  const asked = await propose(desk.ctx, WANTED, { target: 'all' });
  desk.pbx('hq').fault({ kind: 'forbidden', on: 'write' });

  const request = await approveAndExecute(desk.ctx, asked);

  expect(request.state).toBe('failed');
  expect(request.results[0]?.outcomes).toMatchObject([{ status: 'refused' }]);
  for (const { failure } of request.results.slice(1)) {
    expect(failure).toBe('Not sent: the roll-out stopped after hq failed.');
  }
  for (const id of ['lyon', 'rome']) expect(written(desk.pbx(id)), id).toEqual([]);
});

test('a rule that does not stop lets one PBX fail without hiding the others, even the canary', async () => {
  const rule = { ...ruleDefaults, name: 'go on', approvals: 1, stopsOnFailure: false };
  const desk = await openDesk({ pbxs: THREE, config: { approvalRules: [rule] } });
  const asked = await propose(desk.ctx, WANTED, { target: 'all' });
  desk.pbx('hq').fault({ kind: 'forbidden', on: 'write' });

  const request = await approveAndExecute(desk.ctx, asked);

  expect(request.state).toBe('failed');
  expect(states(request)).toEqual(['failed', 'applied', 'applied']);
  expect(timeouts(desk)).toEqual([30, 45, 45]);
  const detail = await desk.ctx.db
    .selectFrom('audit')
    .select('detail')
    .orderBy('seq', 'desc')
    .executeTakeFirst();
  expect(JSON.parse(detail?.detail ?? '')).toMatchObject({
    results: [{ pbx: 'hq', state: 'failed' }, { state: 'applied' }, { state: 'applied' }],
  });
});

test('after twelve PBXs one fails, the rest are not sent, and what was done before it stays done', async () => {
  const ids = Array.from({ length: 20 }, (_, index) => `p${String(index).padStart(2, '0')}`);
  const desk = await openDesk({ pbxs: ids });
  const asked = await propose(desk.ctx, WANTED, { target: 'all' });
  desk.pbx('p03').fault({ kind: 'forbidden', on: 'write' });

  const request = await approveAndExecute(desk.ctx, asked);

  expect(request.state).toBe('failed');
  for (const { pbxId, state, failure } of request.results) {
    const isWritten = written(desk.pbx(pbxId)).length === 1;
    expect(isWritten, pbxId).toBe(state === 'applied');
    if (state === 'failed' && pbxId !== 'p03') expect(failure).toMatch(/^Not sent: .* after p03 failed/);
  }
  expect(states(request)[0]).toBe('applied');
  expect(states(request).filter((state) => state === 'failed').length).toBeGreaterThan(1);
});

test('a PBX that left the fleet meanwhile is named, and the others are written', async () => {
  const desk = await openDesk({ pbxs: THREE });
  const asked = await propose(desk.ctx, WANTED, { target: 'all' });
  await decide(desk.ctx, asked);
  const ctx = await desk.reopen({ pbxs: desk.world.config.pbxs.filter(({ id }) => id !== 'rome') });

  const request = await execute(ctx, asked);

  expect(states(request)).toEqual(['applied', 'applied', 'failed']);
  expect(request.results[2]?.failure).toBe('The PBX rome is no longer in the fleet.');
  expect(written(desk.pbx('rome'))).toEqual([]);
});

test('a PBX that moved to another address in the middle of a roll-out is not written there', async () => {
  const desk = await openDesk({ pbxs: ['hq', 'lyon', 'decoy'], tags: { hq: ['old'], lyon: ['old'] } });
  const asked = await propose(desk.ctx, WANTED, { target: 'tag:old' });
  await decide(desk.ctx, asked);
  const patch = (): Promise<never> => Promise.reject(new TypeError('a defect'));
  const pbxs = desk.ctx.pbxs.map((pbx) =>
    pbx.id === 'lyon' ? { ...pbx, xapi: { ...pbx.xapi, patch } } : pbx,
  );
  await expect(executeChange({ ...desk.ctx, pbxs }, asked.id)).rejects.toThrow('a defect');
  expect((await getRequest(desk.ctx.db, asked.id)).state).toBe('applying');

  const [hq, lyon, decoy] = desk.world.config.pbxs;
  const ctx = await desk.reopen({
    pbxs: [hq!, { ...lyon!, url: decoy!.url, credential: decoy!.credential }],
  });
  const request = await execute(ctx, asked);

  expect(states(request)).toEqual(['applied', 'failed']);
  expect(request.results[1]?.failure).toMatch(/^lyon was at .*, and is at .* now; nothing was sent there\.$/);
  for (const id of ['lyon', 'decoy']) expect(written(desk.pbx(id)), id).toEqual([]);
});

test('a change that is to be held for a tag becomes one rule of the tag once all of it has the value', async () => {
  const desk = await openDesk({ pbxs: [...THREE, 'usa'], tags: EMEA });
  const asked = await propose(desk.ctx, WANTED, { target: 'tag:emea', hold: HOLD });

  expect((await approveAndExecute(desk.ctx, asked)).state).toBe('applied');

  expect((await currentBaseline(desk.ctx.db)).rules).toEqual([ruleOf('BusyMonitorTimeout', 45, 'tag:emea')]);
  expect(await exceptions(desk.ctx)).toBe(0);
  expect(await sweep(desk.ctx)).toMatchObject({ 'in-sync': 3, drifted: 0, corrected: 0 });
  expect(written(desk.pbx('usa'))).toEqual([]);
});

test('where one PBX of the tag failed only those that have the value are held to it', async () => {
  const rule = { ...ruleDefaults, name: 'go on', approvals: 1, stopsOnFailure: false };
  const desk = await openDesk({ pbxs: THREE, tags: EMEA, config: { approvalRules: [rule] } });
  const asked = await propose(desk.ctx, WANTED, { target: 'tag:emea', hold: HOLD });
  desk.pbx('lyon').fault({ kind: 'forbidden', on: 'write' });

  await approveAndExecute(desk.ctx, asked);

  expect((await currentBaseline(desk.ctx.db)).rules).toEqual([
    ruleOf('BusyMonitorTimeout', 45, 'hq'),
    ruleOf('BusyMonitorTimeout', 45, 'rome'),
  ]);
  expect(await exceptions(desk.ctx)).toBe(0);
  desk.pbx('lyon').clearFaults();
  expect(await sweep(desk.ctx)).toMatchObject({ 'in-sync': 2, corrected: 0 });
  expect(timeouts(desk)).toEqual([45, 30, 45]);
});

test('a nearer rule that says otherwise is replaced, so that no sweep undoes the change', async () => {
  const desk = await openDesk({ pbxs: THREE, tags: EMEA });
  await publish(desk.ctx, [ruleOf('BusyMonitorTimeout', 30), ruleOf('BusyMonitorTimeout', 30, 'lyon')]);
  const asked = await propose(desk.ctx, WANTED, { target: 'tag:emea', hold: HOLD });

  await approveAndExecute(desk.ctx, asked);

  expect((await currentBaseline(desk.ctx.db)).rules).toEqual([
    ruleOf('BusyMonitorTimeout', 30),
    ruleOf('BusyMonitorTimeout', 45, 'tag:emea'),
    ruleOf('BusyMonitorTimeout', 45, 'lyon'),
  ]);
  expect(await sweep(desk.ctx)).toMatchObject({ 'in-sync': 3, drifted: 0, corrected: 0 });
});

test('a sweep in the middle of a roll-out undoes nothing, and the exceptions it leant on end with the roll-out', async () => {
  const desk = await openDesk({ pbxs: THREE });
  await publish(desk.ctx, [ruleOf('BusyMonitorTimeout', 30)]);
  const asked = await propose(desk.ctx, WANTED, { target: 'all', hold: HOLD });
  await decide(desk.ctx, asked);
  const sweeps: Promise<Readonly<Record<string, number>>>[] = [];
  const change = async (): Promise<void> => {
    if (sweeps.length === 0) sweeps.push(sweep(desk.ctx));
    await Promise.all(sweeps);
  };
  for (const id of ['lyon', 'rome']) desk.pbx(id).fault({ kind: 'slow', on: 'read', delayMs: 300, times: 3 });

  const announce = { ...desk.ctx.announce, change };
  const request = await execute({ ...desk.ctx, announce }, asked);

  expect(request.state).toBe('applied');
  expect(await sweeps[0]).toMatchObject({ drifted: 0, corrected: 0 });
  expect(timeouts(desk)).toEqual([45, 45, 45]);
  for (const id of THREE) expect(written(desk.pbx(id)), id).toEqual([WANTED]);
  expect(await exceptions(desk.ctx)).toBe(0);
  expect(await sweep(desk.ctx)).toMatchObject({ 'in-sync': 3, drifted: 0, corrected: 0 });
});

test('a roll-out is taken back like any change, PBX by PBX, and no sweep fights that', async () => {
  const desk = await openDesk({ pbxs: THREE, tags: EMEA });
  await publish(desk.ctx, [ruleOf('BusyMonitorTimeout', 30)]);
  desk.pbx('rome').change(PBX, { BusyMonitorTimeout: 33 });
  const asked = await propose(desk.ctx, WANTED, { target: 'tag:emea', hold: HOLD });
  const applied = await approveAndExecute(desk.ctx, asked);
  expect(isRevertible(applied)).toBe(true);

  const back = await revert(desk.ctx, applied);
  expect(back).toMatchObject({
    state: 'pending',
    content: { hold: HOLD, reverts: { number: applied.number } },
  });
  await expect(decide(desk.ctx, back, 'U0ANN')).rejects.toThrow(/You asked for this yourself/);
  await approveAndExecute(desk.ctx, back);

  expect(timeouts(desk)).toEqual([30, 30, 33]);
  expect(await sweep(desk.ctx)).toMatchObject({ 'in-sync': 3, drifted: 0, corrected: 0 });
  expect(timeouts(desk)).toEqual([30, 30, 33]);
  const again = await revert(desk.ctx, await getRequest(desk.ctx.db, back.id));
  expect((await approveAndExecute(desk.ctx, again)).state).toBe('applied');
  expect(timeouts(desk)).toEqual([45, 45, 45]);
  expect(await sweep(desk.ctx)).toMatchObject({ 'in-sync': 3, drifted: 0, corrected: 0 });
  expect(await deeds(desk.ctx)).toContain('baseline.published');
});

test('a change with an exception that is taken back ends its exception', async () => {
  const desk = await openDesk();
  await publish(desk.ctx, [ruleOf('EnableChat', true)]);
  const hold = { kind: 'exception', untilAt: '2999-01-01T00:00:00.000Z' } as const;
  const applied = await approveAndExecute(desk.ctx, await propose(desk.ctx, { EnableChat: false }, { hold }));
  expect(await exceptions(desk.ctx)).toBe(1);

  await approveAndExecute(desk.ctx, await revert(desk.ctx, applied));

  expect(await exceptions(desk.ctx)).toBe(0);
  desk.pbx('hq').change(APPS, { EnableChat: false });
  expect(await sweep(desk.ctx)).toMatchObject({ corrected: 1 });
});

test('a baseline version is taken back as the next version, and what was never applied cannot be', async () => {
  const { ctx } = await openDesk();
  await publish(ctx, [ruleOf('EnableChat', true)]);
  const second = await publish(ctx, [ruleOf('EnableChat', false), ruleOf('PlayBusy', true)]);
  const waiting = await propose(ctx, WANTED);

  expect((await approveAndExecute(ctx, await revert(ctx, second))).state).toBe('applied');

  expect(await currentBaseline(ctx.db)).toEqual({ version: 3, rules: [ruleOf('EnableChat', true)] });
  await expect(revert(ctx, waiting)).rejects.toMatchObject({ code: 'conflict' });
  await decide(ctx, waiting, 'U0BEN', 'deny');
  await expect(revert(ctx, waiting)).rejects.toThrow(/wrote nothing that could be taken back/);
});
