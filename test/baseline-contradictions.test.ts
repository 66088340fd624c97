import { expect, test } from 'vitest';
import type { Rule } from '../src/baseline/rules.js';
import { currentBaseline } from '../src/baseline/store.js';
import { keepUp } from '../src/changes/keep-up.js';
import { nextFromFile, nextFromVersion } from '../src/changes/next-baseline.js';
import { proposeBaseline } from '../src/changes/propose-baseline.js';
import { getRequest } from '../src/changes/queries.js';
import type { ChangeRequest } from '../src/changes/request.js';
import { proposeRevert } from '../src/changes/revert.js';
import type { Ctx } from '../src/ctx.js';
import { type Desk, openDesk } from './helpers/approving.js';
import {
  ALL_ROLES,
  ANN,
  approveAndExecute,
  execute,
  decide,
  propose,
  publish,
  ruleOf,
  slackActor,
} from './helpers/deeds.js';
import { APPS } from './helpers/sweep-fleet.js';

const EMEA = ruleOf('AvatarStyle', 'Circle', 'tag:emea');
const VIP = ruleOf('AvatarStyle', 'Square', 'tag:vip');
const BOTH =
  'Avatar style: tag:emea says Circle (enforce) and tag:vip says Square (enforce), and hq is both.';
const TAGS = { hq: ['emea', 'vip'], lab: ['emea'], rome: ['vip'] };

const open = (tags: Readonly<Record<string, readonly string[]>> = TAGS): Promise<Desk> =>
  openDesk({ pbxs: ['hq', 'lab', 'rome'], tags });

const petition = { actor: slackActor(ANN), roles: ALL_ROLES, reason: 'the standard', target: 'baseline' };

const ask = (ctx: Ctx, ...rules: readonly Rule[]): Promise<ChangeRequest> =>
  proposeBaseline(ctx, { ...petition, rules });

const rulesNow = async ({ db }: Ctx): Promise<readonly string[]> =>
  (await currentBaseline(db)).rules
    .map(({ key, value, target }) => `${key} ${String(value)} ${target}`)
    .toSorted();

/** The same database after somebody gave every PBX both tags. */
const retagged = ({ world, reopen }: Desk): Promise<Ctx> =>
  reopen({ pbxs: world.config.pbxs.map((pbx) => ({ ...pbx, tags: ['vip', 'emea'] })) });

test('two tags that contradict each other are refused at once for all PBXs that are both, with the mend', async () => {
  const { ctx } = await open({ hq: ['emea', 'vip'], lab: ['vip', 'emea'], rome: [] });
  await publish(ctx, [EMEA]);
  await expect(ask(ctx, VIP)).rejects.toMatchObject({
    code: 'conflict',
    message: BOTH.replace('hq is both', 'hq, lab are both'),
    mend: 'Tags rank equal. Add a rule for each of them itself, or take one of the two away.',
  });
  await expect(ask(ctx, { ...EMEA, mode: 'report', target: 'tag:vip' })).rejects.toThrow(/\(report\)/);
  expect((await ask(ctx, { ...EMEA, target: 'tag:vip' })).state).toBe('pending');
});

test('what a tag brings about later keeps nobody from anything else, nor from mending it step by step', async () => {
  const desk = await open({ hq: ['emea'], lab: ['emea'], rome: ['vip'] });
  const chat = [ruleOf('EnableChat', true, 'tag:emea'), ruleOf('EnableChat', false, 'tag:vip')];
  await publish(desk.ctx, [EMEA, VIP, ...chat]);
  const ctx = await retagged(desk);

  await publish(ctx, [ruleOf('BusyMonitorTimeout', 30)]);
  await publish(ctx, [{ ...EMEA, target: 'hq' }]);
  await publish(ctx, [{ ...EMEA, target: 'tag:vip' }]);
  expect(await rulesNow(ctx)).toHaveLength(6);
  await expect(ask(ctx, VIP)).rejects.toThrow('lab, rome are both');
});

test('a request that would contradict a version published meanwhile says so and never comes into force', async () => {
  const { ctx } = await open();
  const [first, second] = [await ask(ctx, EMEA), await ask(ctx, VIP)];
  await approveAndExecute(ctx, first);
  await keepUp(ctx, second.id);
  const again = await getRequest(ctx.db, second.id);
  expect(again.again.at(-1)?.because).toBe(
    `The baseline was v0 when this was asked for, and is v1 now. As it is, it cannot come into force. ${BOTH}`,
  );
  expect(await approveAndExecute(ctx, again)).toMatchObject({ state: 'failed', failure: BOTH });
  expect(await rulesNow(ctx)).toEqual(['AvatarStyle Circle tag:emea']);
});

test('a tag that is given while a request waits keeps its rules from contradicting each other', async () => {
  const desk = await open({ hq: ['emea'], lab: ['emea'], rome: ['vip'] });
  await publish(desk.ctx, [EMEA]);
  const asked = await ask(desk.ctx, VIP);
  await decide(desk.ctx, asked);
  const ended = await execute(await retagged(desk), asked);
  expect(ended).toMatchObject({
    state: 'failed',
    failure: expect.stringContaining('hq, lab, rome are both'),
  });
});

test('taking a version back is refused where its rule would contradict a later one', async () => {
  const { ctx } = await open();
  await publish(ctx, [EMEA]);
  const removed = [{ key: EMEA.key, target: EMEA.target }];
  const gone = await approveAndExecute(ctx, await proposeBaseline(ctx, { ...petition, rules: [], removed }));
  await publish(ctx, [VIP]);
  await expect(proposeRevert(ctx, { ...petition, requestId: gone.id })).rejects.toThrow(BOTH);
});

test('a change that becomes the baseline of a tag leaves a PBX of another tag its own rule', async () => {
  const desk = await open();
  const { ctx } = desk;
  await publish(ctx, [{ ...VIP, mode: 'report', value: 'Circle' }]);
  desk.pbx('hq').change(APPS, { AvatarStyle: 'Circle' });
  const asked = await propose(
    ctx,
    { AvatarStyle: 'Circle' },
    { target: 'tag:emea', hold: { kind: 'baseline' } },
  );
  expect((await approveAndExecute(ctx, asked)).state).toBe('applied');
  expect((await currentBaseline(ctx.db)).rules).toEqual([
    { ...VIP, mode: 'report', value: 'Circle' },
    EMEA,
    { ...EMEA, mode: 'report', target: 'hq' },
  ]);
});

test.each(['file', 'version'] as const)(
  'what is to be all there is (a %s) still is, where another version came into force meanwhile',
  async (kind) => {
    const { ctx } = await open();
    await publish(ctx, [EMEA]);
    await publish(ctx, [ruleOf('EnableChat', true)]);
    const file = 'basedOn: 2\nrules:\n  - { setting: AvatarStyle, value: Circle, target: "tag:emea" }\n';
    const next = kind === 'file' ? await nextFromFile(ctx, file, 'b.yml') : await nextFromVersion(ctx, 1);
    const whole = await proposeBaseline(ctx, { ...petition, ...next });
    const single = await ask(ctx, ruleOf('BusyMonitorTimeout', 45));
    await publish(ctx, [ruleOf('BusyMonitorTimeout', 30)]);

    for (const { id } of [whole, single]) await keepUp(ctx, id);
    const again = await getRequest(ctx.db, whole.id);
    expect(again.content).toMatchObject({
      removed: [{ key: 'EnableChat' }, { key: 'BusyMonitorTimeout' }],
      before: [{ key: 'EnableChat' }, { key: 'BusyMonitorTimeout', value: 30 }],
    });
    expect((await approveAndExecute(ctx, again)).state).toBe('applied');
    expect(await rulesNow(ctx)).toEqual(['AvatarStyle Circle tag:emea']);

    await keepUp(ctx, single.id);
    await approveAndExecute(ctx, await getRequest(ctx.db, single.id));
    expect(await rulesNow(ctx)).toEqual(['AvatarStyle Circle tag:emea', 'BusyMonitorTimeout 45 all']);
  },
);
