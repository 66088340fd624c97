import { afterEach, expect, test } from 'vitest';
import { APPROVALS } from '../src/demo/world.js';
import { type Flow, startFlow, stopFlow, wordsOf } from './helpers/slack-flow.js';

let flow: Flow;

afterEach(() => stopFlow(flow));

test('who Plumbline is was asked once at the start, and a command is answered while Slack cannot say it', async () => {
  flow = await startFlow();
  const { slack } = flow.world;
  slack.faults.fail('auth.test', { error: 'internal_error', times: 100 });

  for (let round = 0; round < 5; round += 1) {
    expect(wordsOf(await flow.ask(flow.ann, '/pbx help'))).toContain('/pbx show');
  }

  expect(slack.calls.filter(({ method }) => method === 'auth.test')).toHaveLength(1);
});

test('a socket that Slack closed is opened again although Slack gave no new address at first', async () => {
  flow = await startFlow();
  const { slack } = flow.world;
  const opened = (): number => slack.calls.filter(({ method }) => method === 'apps.connections.open').length;
  const before = opened();
  slack.faults.fail('apps.connections.open', { status: 503, times: 2 });

  slack.disconnect('refresh_requested');
  await slack.until('the third attempt', () => opened() >= before + 3, 40_000);

  const isTaken = async (): Promise<boolean> => (await flow.ann.command(APPROVALS, '/pbx help')).acked;
  await expect.poll(isTaken, { timeout: 20_000 }).toBe(true);
  const answer = await flow.answer(flow.ann, '/pbx show');
  expect(wordsOf(answer)).toContain('/pbx show');
}, 60_000);
