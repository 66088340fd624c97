import { afterEach, expect, test } from 'vitest';
import type { App } from '../src/app.js';
import { ruleDefaults } from '../src/changes/approval-rule.js';
import { watchRules } from '../src/changes/watch-rules.js';
import {
  APPROVALS,
  APPROVER_GROUP,
  BEN,
  CLEO,
  startWorld,
  type World,
  type WorldOptions,
} from '../src/demo/world.js';
import { propose } from './helpers/approvals.js';
import { type Flow, startFlow, stopFlow, viewWords, wordsOf } from './helpers/slack-flow.js';

const TWO = { ...ruleDefaults, name: 'two of the group', approvals: 2, from: [APPROVER_GROUP] };
const OPTIONS: WorldOptions = { config: { approvalRules: [TWO] } };

let stop: (() => Promise<void>) | undefined;

afterEach(async () => {
  await stop?.();
  stop = undefined;
});

async function start(options: WorldOptions = OPTIONS): Promise<Flow> {
  const flow = await startFlow(options);
  stop = () => stopFlow(flow);
  return flow;
}

async function world(options: WorldOptions = OPTIONS): Promise<World> {
  const started = await startWorld(options);
  stop = () => started.stop();
  return started;
}

async function auditActions({ ctx }: App): Promise<readonly string[]> {
  const rows = await ctx.db.selectFrom('audit').select('action').where('subject_kind', '=', 'rule').execute();
  return rows.map(({ action }) => action);
}

test('when a group loses its members the channel is told, requests are refused by the rule’s name, and the mend is told', async () => {
  const flow = await start();
  const { slack } = flow.world;
  await flow.ben.openHome();
  await slack.until('the Home tab', () => slack.home(BEN));
  slack.setUserGroup(APPROVER_GROUP, [CLEO]);

  const notice = await flow.card('An approval rule cannot be satisfied.');
  expect(wordsOf(notice)).toContain(
    'The approval rule “two of the group” needs 2 approvals, but only 1 may approve.',
  );
  expect(wordsOf(notice)).toContain('add people to its user groups in Slack');
  await slack.until('the warning in the Home tab', () =>
    viewWords(slack.home(BEN)!).includes('“two of the group” needs 2 approvals'),
  );
  const refused = await flow.ask(flow.ann, '/pbx set hq AvatarStyle Circle --because brand');
  expect(wordsOf(refused)).toContain(
    '“two of the group” needs 2 approvals, but only 1 may approve besides you',
  );

  await watchRules(flow.app.ctx);
  slack.setUserGroup(APPROVER_GROUP, [BEN, CLEO]);
  const reply = await slack.until('the mend', () => slack.thread(APPROVALS, notice.ts)[0]);
  expect(wordsOf(reply)).toContain('The approval rule “two of the group” can be satisfied again.');
  expect((await propose(flow, 'hq', 'AvatarStyle Circle')).number).toBe(1);
  await flow.app.idle();
  const notices = slack.messages(APPROVALS).filter((one) => wordsOf(one).includes('An approval rule'));
  expect(notices).toHaveLength(1);
  expect(await auditActions(flow.app)).toEqual(['rule.unsatisfiable', 'rule.satisfiable']);
});

test('a deactivated approver does not count, whether a group or the configuration names them', async () => {
  const flow = await start({ config: { approvalRules: [{ ...TWO, name: 'by name', from: [BEN, CLEO] }] } });
  flow.world.slack.setPerson(BEN, { deleted: true });
  const notice = await flow.card('An approval rule cannot be satisfied.');
  expect(wordsOf(notice)).toContain('“by name” needs 2 approvals, but only 1 may approve.');
  await expect(propose(flow, 'hq', 'AvatarStyle Circle')).rejects.toThrow('“by name” needs 2 approvals');

  flow.world.slack.setPerson(BEN, { deleted: false });
  await flow.world.slack.until('the mend', () => flow.world.slack.thread(APPROVALS, notice.ts)[0]);
  flow.world.slack.setPerson(CLEO, { deleted: true });
  await flow.world.slack.until('another notice', () => flow.world.slack.messages(APPROVALS)[1]);
});

test('a membership that Slack cannot tell leaves the rules as they were known', async () => {
  const flow = await start();
  flow.world.slack.faults.fail('usergroups.users.list', { error: 'internal_error', times: 2 });
  flow.world.slack.setUserGroup(APPROVER_GROUP, []);
  await flow.world.slack.until('the failed look', () =>
    flow.world.slack.calls.some(
      ({ method, error }) => method === 'usergroups.users.list' && error !== undefined,
    ),
  );
  flow.world.slack.faults.clear();
  await watchRules(flow.app.ctx);
  expect(wordsOf(await flow.card('An approval rule'))).toContain(
    '“two of the group” needs 2 approvals, but nobody',
  );
});

test('Plumbline refuses to start with a rule that nobody can satisfy, and names it', async () => {
  const started = await world();
  started.slack.setUserGroup(APPROVER_GROUP, [BEN]);
  await expect(started.startApp()).rejects.toThrow(
    'The approval rule “two of the group” needs 2 approvals, but only 1 may approve.',
  );

  started.slack.setUserGroup(APPROVER_GROUP, [BEN, CLEO]);
  const app = await started.startApp();
  started.slack.setUserGroup(APPROVER_GROUP, []);
  await started.slack.until('the notice', () => started.slack.messages(APPROVALS)[0]);
  expect(await auditActions(app)).toEqual(['rule.unsatisfiable']);
});

test('a Slack that cannot be asked at the start does not keep Plumbline from starting', async () => {
  const started = await world();
  started.slack.setUserGroup(APPROVER_GROUP, [BEN]);
  started.slack.faults.fail('usergroups.users.list', { error: 'internal_error', times: 20 });
  const app = await started.startApp();
  expect(await auditActions(app)).toEqual([]);
});
