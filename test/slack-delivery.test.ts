import { afterEach, beforeEach, expect, test } from 'vitest';
import { APPROVALS } from '../src/demo/world.js';
import type { SimMessage } from '../src/simulators/slack/server.js';
import { type Flow, startFlow, stopFlow, wordsOf } from './helpers/slack-flow.js';

const REPAIR_MS = 25_000;
const ASK = '/pbx set hq EnableChat off --because quiet hours';

let flow: Flow;

beforeEach(async () => {
  flow = await startFlow();
});

afterEach(() => stopFlow(flow));

function cards(): readonly SimMessage[] {
  return flow.world.slack.messages(APPROVALS);
}

function cardSaying(text: string): Promise<SimMessage> {
  return flow.world.slack.until(
    `a card saying ${text}`,
    () => cards().find((message) => wordsOf(message).includes(text)),
    REPAIR_MS,
  );
}

/** Somebody deletes a message, as a workspace admin may. */
async function remove({ channel, ts }: SimMessage): Promise<void> {
  const { apiUrl, botToken } = flow.world.slack;
  await fetch(`${apiUrl}chat.delete`, {
    method: 'POST',
    headers: { authorization: `Bearer ${botToken}` },
    body: new URLSearchParams({ channel, ts }),
  });
}

test('a card that somebody deleted is posted anew with the next change of its request', async () => {
  const pending = await flow.request(ASK);
  await flow.ben.press(pending, 'Deny');
  await flow.modal(flow.ben, 'Deny request #1');
  await remove(pending);
  expect(cards()).toEqual([]);
  flow.ben.fill({ reason: 'not now' });
  await flow.ben.submit();

  const denied = await flow.card('· denied');
  expect(denied.ts).not.toBe(pending.ts);
  expect(cards()).toHaveLength(1);
});

test('a card whose answer was lost on the way is found again, and never posted twice', async () => {
  flow.world.slack.faults.loseReply('chat.postMessage');
  await flow.ask(flow.ann, ASK);
  const pending = await flow.card('waiting for approval');
  await flow.world.slack.until(
    'the look into the channel’s history',
    () => flow.world.slack.calls.some(({ method }) => method === 'conversations.history'),
    REPAIR_MS,
  );
  await flow.app.idle();
  await flow.ben.press(pending, 'change.approve');

  const applied = await cardSaying('· applied');
  expect(applied.ts).toBe(pending.ts);
  expect(cards()).toHaveLength(1);
});

test('a direct message whose answer was lost is not sent twice either', async () => {
  const pending = await flow.request(ASK);
  flow.world.slack.faults.loseReply('chat.postMessage');
  await flow.ben.press(pending, 'change.approve');
  await flow.direct(flow.ann, 'is *applied*');
  await flow.world.slack.until(
    'the look into the direct messages',
    () => flow.world.slack.calls.some(({ method }) => method === 'conversations.history'),
    REPAIR_MS,
  );
  await flow.app.idle();

  expect(flow.world.slack.directMessages(flow.ann.id)).toHaveLength(1);
});

test('where Slack asks to wait, the card comes when the time is over', async () => {
  flow.world.slack.faults.fail('chat.postMessage', { retryAfterSeconds: 1, times: 2 });
  await flow.ask(flow.ann, ASK);

  await cardSaying('waiting for approval');
  const posts = flow.world.slack.calls.filter(({ method }) => method === 'chat.postMessage');
  expect(posts.map(({ error }) => error ?? 'posted')).toEqual(['ratelimited', 'ratelimited', 'posted']);
});

test('while Slack is down the change is carried out, and the card and the message are mended afterwards', async () => {
  const pending = await flow.request(ASK);
  flow.world.slack.faults.fail('chat.update', { status: 503, times: 3 });
  flow.world.slack.faults.fail('conversations.open', { status: 503, times: 1 });
  await flow.ben.press(pending, 'change.approve');
  await flow.hq.until('the write', () => flow.hq.writes()[0]);

  const applied = await cardSaying('· applied');
  expect(applied.ts).toBe(pending.ts);
  await flow.world.slack.until(
    'the direct message',
    () => flow.world.slack.directMessages(flow.ann.id)[0],
    REPAIR_MS,
  );
  await flow.app.idle();
  expect(cards()).toHaveLength(1);
  expect(flow.world.slack.directMessages(flow.ann.id)).toHaveLength(1);
  expect(flow.hq.writes()).toHaveLength(1);
});

test('a requester who has left cannot be written to, and the request still ends', async () => {
  const pending = await flow.request(ASK);
  flow.world.slack.setPerson(flow.ann.id, { deleted: true });
  await flow.ben.press(pending, 'change.approve');

  await flow.card('· applied');
  await flow.app.idle();
  expect(await flow.app.ctx.announce.behind()).toEqual([]);
});

test('two processes on one database show a request in one card', async () => {
  const other = await flow.world.startApp();
  flow.world.slack.faults.delay('chat.postMessage', 4500);
  const overAt = Date.now() + 5000;
  await flow.ask(flow.ann, ASK);
  const pending = await cardSaying('waiting for approval');
  await flow.world.slack.until('the end of the slow post', () => Date.now() > overAt);
  await flow.ben.press(pending, 'change.approve');

  await cardSaying('· applied');
  await Promise.all([flow.app.idle(), other.idle()]);
  expect(cards()).toHaveLength(1);
});
