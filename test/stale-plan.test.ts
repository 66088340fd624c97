import { expect, test } from 'vitest';
import { currentBaseline } from '../src/baseline/store.js';
import { ruleDefaults } from '../src/changes/approval-rule.js';
import { editChange } from '../src/changes/edit.js';
import { keepUp } from '../src/changes/keep-up.js';
import { proposeBaseline } from '../src/changes/propose-baseline.js';
import { getRequest } from '../src/changes/queries.js';
import { type ChangeRequest, votesNow } from '../src/changes/request.js';
import { APPROVER_GROUP, BEN, CLEO } from '../src/demo/world.js';
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
  slackActor,
  written,
} from './helpers/deeds.js';
import { createClock, PBX } from './helpers/sweep-fleet.js';

const FIVE = ['hq', 'lab', 'lyon', 'rome', 'zug'];
const WANTED = { BusyMonitorTimeout: 45 };
const START = '2026-03-02T10:00:00.000Z';

/** Somebody at the console. */
const turn = (desk: Desk, value: number, id = 'hq'): void =>
  desk.pbx(id).change(PBX, { BusyMonitorTimeout: value });

/** Nothing was sent anywhere, and approval is asked for once more. */
function expectAskedAgain(request: ChangeRequest, because: RegExp, round = 2): void {
  expect(request).toMatchObject({ state: 'pending', round, decidedAt: null });
  expect(request.again.at(-1)?.because).toMatch(because);
  expect(votesNow(request)).toEqual([]);
  expect(request.results.every(({ state }) => state === 'waiting')).toBe(true);
}

test('a value that moved before it was written voids the approvals and is asked for again with both values', async () => {
  const desk = await openDesk();
  const asked = await propose(desk.ctx, WANTED);
  await decide(desk.ctx, asked);
  turn(desk, 60);

  const request = await execute(desk.ctx, asked);

  expectAskedAgain(request, /A value was changed on the PBX/);
  expect(request.again).toMatchObject([
    { round: 1, moved: [{ pbxId: 'hq', key: 'BusyMonitorTimeout', before: 30, after: 60 }] },
  ]);
  expect(request.votes).toHaveLength(1);
  expect(written(desk.pbx('hq'))).toEqual([]);
  expect(await deeds(desk.ctx)).toContain('change.voided');

  const applied = await approveAndExecute(desk.ctx, request);
  expect(applied).toMatchObject({ state: 'applied', round: 2 });
  expect(applied.results[0]?.outcomes).toMatchObject([{ status: 'written', before: 60, value: 45 }]);
  expect(written(desk.pbx('hq'))).toEqual([WANTED]);
});

test('a value that moves again in the second round is asked for a third time, and still nothing is written', async () => {
  const desk = await openDesk();
  const asked = await propose(desk.ctx, WANTED);
  for (const [round, value] of [60, 61].entries()) {
    await decide(desk.ctx, asked);
    turn(desk, value);
    expectAskedAgain(await execute(desk.ctx, asked), /changed on the PBX/, round + 2);
  }

  expect((await getRequest(desk.ctx.db, asked.id)).again.map(({ moved }) => moved[0]?.after)).toEqual([
    60, 61,
  ]);
  expect(written(desk.pbx('hq'))).toEqual([]);
});

test('a value that moved on one of five PBXs holds back all five', async () => {
  const desk = await openDesk({ pbxs: FIVE });
  const asked = await propose(desk.ctx, WANTED, { target: 'all' });
  await decide(desk.ctx, asked);
  turn(desk, 60, 'rome');

  const request = await execute(desk.ctx, asked);

  expectAskedAgain(request, /A value was changed/);
  expect(request.again[0]?.moved).toEqual([
    { pbxId: 'rome', key: 'BusyMonitorTimeout', before: 30, after: 60 },
  ]);
  for (const id of FIVE) expect(written(desk.pbx(id)), id).toEqual([]);

  expect((await approveAndExecute(desk.ctx, request)).state).toBe('applied');
  for (const id of FIVE) expect(written(desk.pbx(id)), id).toEqual([WANTED]);
});

test('a value that moved and moved back is written as it was approved', async () => {
  const desk = await openDesk();
  const asked = await propose(desk.ctx, WANTED);
  await decide(desk.ctx, asked);
  turn(desk, 60);
  turn(desk, 30);

  expect(await execute(desk.ctx, asked)).toMatchObject({ state: 'applied', round: 1, again: [] });
  expect(written(desk.pbx('hq'))).toEqual([WANTED]);
});

test('a value somebody brought to what is wanted is applied without a write', async () => {
  const desk = await openDesk();
  const asked = await propose(desk.ctx, WANTED);
  await decide(desk.ctx, asked);
  turn(desk, 45);

  const request = await execute(desk.ctx, asked);

  expect(request.state).toBe('applied');
  expect(request.results[0]?.outcomes).toMatchObject([{ status: 'unchanged', after: 45 }]);
  expect(written(desk.pbx('hq'))).toEqual([]);
});

test('a baseline request whose version was superseded is asked for again, whether it waits or is approved', async () => {
  const { ctx } = await openDesk();
  const later = ctx.pbxs[0]!;
  const ask = (value: boolean) =>
    proposeBaseline(ctx, {
      actor: slackActor('U0ANN'),
      roles: ALL_ROLES,
      reason: 'so',
      target: later.id,
      rules: [ruleOf('EnableChat', value)],
    });
  const [approved, waiting] = [await ask(true), await ask(false)];
  await decide(ctx, approved);
  await publish(ctx, [ruleOf('BusyMonitorTimeout', 30)]);

  const first = await execute(ctx, approved);
  await keepUp(ctx, waiting.id);

  const because = /The baseline was v0 when this was asked for, and is v1 now/;
  expectAskedAgain(first, because);
  expectAskedAgain(await getRequest(ctx.db, waiting.id), because);
  expect((await approveAndExecute(ctx, first)).state).toBe('applied');
  expect(await currentBaseline(ctx.db)).toMatchObject({ version: 2, rules: [{}, { value: true }] });
});

test('a change that the baseline governs meanwhile is blocked until somebody edits it', async () => {
  const desk = await openDesk();
  const { ctx } = desk;
  const asked = await propose(ctx, WANTED);
  await decide(ctx, asked);
  await publish(ctx, [ruleOf('BusyMonitorTimeout', 30)]);

  const blocked = await execute(ctx, asked);

  expectAskedAgain(blocked, /Meanwhile baseline v1 holds .* at 30/);
  expect(blocked.blocked).toMatch(/must edit this request/);
  await expect(decide(ctx, blocked)).rejects.toMatchObject({ code: 'conflict' });
  await keepUp(ctx, asked.id);
  expect((await getRequest(ctx.db, asked.id)).round).toBe(2);
  expect(written(desk.pbx('hq'))).toEqual([]);

  const edited = await editChange(ctx, {
    requestId: asked.id,
    round: 2,
    actor: asked.requestedBy,
    roles: ALL_ROLES,
    reason: 'and hold it',
    assignments: [{ key: 'BusyMonitorTimeout', value: 45 }],
    hold: { kind: 'baseline' },
  });
  expect(edited).toMatchObject({ blocked: null, round: 3 });
  expect((await approveAndExecute(ctx, edited)).state).toBe('applied');
  expect((await currentBaseline(ctx.db)).rules).toMatchObject([{ target: 'all', value: 30 }, { value: 45 }]);
});

test('a newer baseline version that says nothing of the setting voids nothing', async () => {
  const { ctx } = await openDesk();
  const asked = await propose(ctx, WANTED);
  const held = await propose(ctx, { PlayBusy: false }, { hold: { kind: 'baseline' } });
  await decide(ctx, asked);
  await publish(ctx, [ruleOf('EnableChat', true)]);
  await keepUp(ctx, held.id);

  expect(await execute(ctx, asked)).toMatchObject({ state: 'applied', round: 1 });
  expect(await approveAndExecute(ctx, held)).toMatchObject({ state: 'applied', round: 1 });
});

test('an approval that grew too old before the write is asked for again', async () => {
  const clock = createClock(START);
  const desk = await openDesk({ overrides: { now: clock.now } });
  const asked = await propose(desk.ctx, WANTED);
  await decide(desk.ctx, asked);
  clock.moveTo('2026-03-03T10:00:00.000Z');

  expectAskedAgain(await execute(desk.ctx, asked), /An approval has grown too old/);
  expect(written(desk.pbx('hq'))).toEqual([]);
});

test.each([
  ['was deactivated', (desk: Desk) => desk.world.slack.setPerson(BEN, { deleted: true })],
  ['left the group', (desk: Desk) => desk.world.slack.setUserGroup(APPROVER_GROUP, [CLEO])],
])('an approver who %s between approval and write does not count any more', async (_, happen) => {
  const clock = createClock(START);
  const desk = await openDesk({ overrides: { now: clock.now } });
  const asked = await propose(desk.ctx, WANTED);
  await decide(desk.ctx, asked);
  happen(desk);
  clock.moveTo('2026-03-02T10:01:01.000Z');

  const request = await execute(desk.ctx, asked);

  expectAskedAgain(request, /Somebody who approved it may not approve it any more/);
  await expect(decide(desk.ctx, request, BEN)).rejects.toMatchObject({ code: 'forbidden' });
  await decide(desk.ctx, request, CLEO);
  expect((await execute(desk.ctx, request)).state).toBe('applied');
});

test('an approval rule that changed in the configuration is asked for by the new rule', async () => {
  const desk = await openDesk();
  const asked = await propose(desk.ctx, WANTED);
  await decide(desk.ctx, asked);
  const strict = { ...ruleDefaults, name: 'strict', approvals: 2 };
  const ctx = await desk.reopen({ approvalRules: [strict] });

  const request = await execute(ctx, asked);

  expectAskedAgain(request, /The approval rule has changed since/);
  expect(request.approval).toEqual({ kind: 'people', rules: [strict] });
  expect((await decide(ctx, request, BEN)).state).toBe('pending');
  expect((await decide(ctx, request, CLEO)).state).toBe('approved');
  expect((await execute(ctx, request)).state).toBe('applied');
});

test('a PBX that is at another address than it was approved for is asked for again', async () => {
  const desk = await openDesk({ pbxs: ['hq', 'decoy'] });
  const asked = await propose(desk.ctx, WANTED);
  await decide(desk.ctx, asked);
  const [hq, decoy] = desk.world.config.pbxs;
  const ctx = await desk.reopen({
    pbxs: [{ ...hq!, url: decoy!.url, credential: decoy!.credential }],
  });

  const request = await execute(ctx, asked);

  expectAskedAgain(request, /^hq was at .* when this was asked for, and is at .* now\.$/);
  for (const id of ['hq', 'decoy']) expect(written(desk.pbx(id)), id).toEqual([]);
  await approveAndExecute(ctx, request);
  expect(written(desk.pbx('decoy'))).toEqual([WANTED]);
});

test('an edited request is approved anew, and never by whoever edited it', async () => {
  const desk = await openDesk({
    config: { approvalRules: [{ ...ruleDefaults, name: 'two', approvals: 2 }] },
  });
  const { ctx } = desk;
  desk.world.slack.setUserGroup(APPROVER_GROUP, [BEN, CLEO, 'U0EVE']);
  const asked = await propose(ctx, WANTED);
  await decide(ctx, asked, BEN);

  const edited = await editChange(ctx, {
    requestId: asked.id,
    round: 1,
    actor: slackActor(CLEO),
    roles: ALL_ROLES,
    reason: 'a little more',
    assignments: [{ key: 'BusyMonitorTimeout', value: 50 }],
    hold: { kind: 'none' },
  });

  expect(edited).toMatchObject({
    state: 'pending',
    round: 2,
    editors: [{ id: CLEO }],
    reason: 'a little more',
  });
  await expect(decide(ctx, edited, CLEO)).rejects.toThrow(/You edited this request yourself/);
  await expect(
    editChange(ctx, {
      ...edited,
      requestId: asked.id,
      round: 1,
      actor: slackActor(BEN),
      roles: ALL_ROLES,
      assignments: [],
      hold: { kind: 'none' },
    }),
  ).rejects.toThrow(/has changed since you saw it/);
  expect((await decide(ctx, edited, BEN)).state).toBe('pending');
  expect((await decide(ctx, edited, 'U0EVE')).state).toBe('approved');
  expect((await execute(ctx, edited)).state).toBe('applied');
  expect(written(desk.pbx('hq'))).toEqual([{ BusyMonitorTimeout: 50 }]);
});

test('while Slack cannot say who the approvers are nothing is written, and once it can it is', async () => {
  const clock = createClock(START);
  const desk = await openDesk({ overrides: { now: clock.now } });
  const { ctx, world } = desk;
  const asked = await propose(ctx, WANTED);
  await decide(ctx, asked);
  clock.moveTo('2026-03-02T10:01:01.000Z');
  world.slack.faults.fail('users.info', { error: 'fatal_error', times: 1000 });

  for (let times = 0; times < 2; times += 1) {
    await expect(execute(ctx, asked)).rejects.toThrow(/Slack could not say/);
    expect((await getRequest(ctx.db, asked.id)).state).toBe('approved');
  }
  expect(desk.pbx('hq').requests.filter(({ operation }) => operation === 'write')).toEqual([]);

  world.slack.faults.clear();
  expect(await execute(ctx, asked)).toMatchObject({ state: 'applied', round: 1 });
});

test('for a minute after an approval it goes on although Slack is gone', async () => {
  const desk = await openDesk();
  const asked = await propose(desk.ctx, WANTED);
  await decide(desk.ctx, asked);
  desk.world.slack.faults.fail('users.info', { error: 'fatal_error', times: 1000 });
  desk.world.slack.faults.fail('usergroups.users.list', { error: 'fatal_error', times: 1000 });

  expect((await execute(desk.ctx, asked)).state).toBe('applied');
});
