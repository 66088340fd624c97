import { afterEach, beforeEach, expect, test } from 'vitest';
import { APPROVALS } from '../src/demo/world.js';
import type { Person, SimMessage } from '../src/simulators/slack/server.js';
import { APPS, type Flow, startFlow, stopFlow, wordsOf } from './helpers/slack-flow.js';

let flow: Flow;

beforeEach(async () => {
  flow = await startFlow();
});

afterEach(() => stopFlow(flow));

/** A change of chat to off that was asked for, approved and written. */
async function applied(): Promise<SimMessage> {
  const card = await flow.request('/pbx set hq EnableChat off --because quiet hours');
  await flow.ben.press(card, 'Approve');
  return flow.card('#1 · Headquarters · applied');
}

async function say(who: Person, line: string): Promise<string> {
  return wordsOf(await flow.ask(who, line));
}

test('the card’s button asks why, then asks for the values from before by the same rules', async () => {
  const card = await applied();
  await flow.cleo.press(card, 'Revert');
  await flow.modal(flow.cleo, 'Revert request #1');
  expect(await flow.cleo.submit({ skipRequired: true })).toEqual({
    ok: false,
    errors: { reason: 'A reason is missing. Say in a few words why.' },
  });
  flow.cleo.fill({ reason: 'the night is over' });
  expect(await flow.cleo.submit()).toEqual({ ok: true });
  await flow.modal(flow.cleo, 'Request #2 waits for approval');
  await flow.modal(flow.cleo, 'It takes back request #1.');
  await flow.world.slack.redeliverLast('interactive');

  const asked = await flow.card('Revert of #1');
  expect(wordsOf(asked)).toContain('*Chat* `off` → `on`');
  await flow.cleo.press(asked, 'Approve');
  await flow.answer(flow.cleo, 'You asked for this yourself');
  await flow.ben.press(asked, 'Approve');
  await flow.world.slack.until('chat is back', () => flow.hq.resource(APPS)['EnableChat'] === true);
  await flow.app.idle();
  expect(flow.world.slack.messages(APPROVALS)).toHaveLength(2);
});

test('in one line a request is reverted by its number', async () => {
  await applied();
  expect(await say(flow.ann, '/pbx revert #1 --because the night is over')).toContain(
    'Request #2 waits for approval',
  );
  expect(await say(flow.ann, '/pbx revert 2 --because no')).toContain(
    'Request #2 wrote nothing that could be taken back.',
  );
  expect(await say(flow.ann, '/pbx revert 99 --because no')).toContain('There is no request #99.');
  expect(await say(flow.ann, '/pbx revert that --because no')).toContain('Usage: /pbx revert');
  await flow.ann.command(APPROVALS, '/pbx revert 1');
  await flow.modal(flow.ann, 'Revert request #1');
});

test('whoever may not ask for changes may not ask for a revert either', async () => {
  const card = await applied();
  await flow.eve.press(card, 'Revert');
  await flow.answer(flow.eve, 'You may look at settings, but not ask for changes.');
  expect(await say(flow.eve, '/pbx revert 1 --because no')).toContain('not ask for changes');
  expect(flow.eve.modal()).toBeUndefined();
});

test('a change that somebody undid already is not reverted, and the window says so', async () => {
  const card = await applied();
  flow.hq.change(APPS, { EnableChat: true });
  await flow.ann.press(card, 'Revert');
  await flow.modal(flow.ann, 'Revert request #1');
  flow.ann.fill({ reason: 'the night is over' });

  expect(await flow.ann.submit()).toEqual({
    ok: false,
    errors: { reason: expect.stringContaining('is already so: nothing would change') },
  });
});
