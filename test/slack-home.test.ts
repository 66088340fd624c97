import { afterEach, expect, test } from 'vitest';
import { ANN, BEN, CLEO, EVE } from '../src/demo/world.js';
import { startSweep } from '../src/drift/sweep.js';
import type { SimView } from '../src/simulators/slack/server.js';
import { approve, breakGlassNow, propose, testClock } from './helpers/approvals.js';
import { type Flow, PBX, startFlow, stopFlow, viewWords, wordsOf } from './helpers/slack-flow.js';

const DAY_MS = 86_400_000;
const ID = /^[A-Za-z0-9][\w.-]{0,63}$/;

let flow: Flow;

afterEach(() => stopFlow(flow));

/** A person's Home tab as soon as it says something, or does not say something else any more. */
function home(id: string, containing: string, without = '\0'): Promise<SimView> {
  return flow.world.slack.until(`a Home tab of ${id} saying ${containing}`, () => {
    const view = flow.world.slack.home(id);
    const words = view === undefined ? '' : viewWords(view);
    return words.includes(containing) && !words.includes(without) ? view : undefined;
  });
}

/** The values of all buttons in a view, by their text. */
function buttonsOf(view: SimView): readonly string[] {
  return view.blocks.flatMap((block) => {
    const elements = Array.isArray(block['elements']) ? (block['elements'] as Record<string, unknown>[]) : [];
    return elements
      .filter(({ type }) => type === 'button')
      .map(({ text }) => (text as { text: string }).text);
  });
}

function publishes(): number {
  return flow.world.slack.calls.filter(({ method }) => method === 'views.publish').length;
}

test('the Home tab shows the fleet at a glance, and its buttons answer by message', async () => {
  flow = await startFlow();
  await flow.ann.openHome();
  const empty = viewWords(await home(ANN, '1 PBX, no baseline yet'));
  expect(empty).toContain('No request waits for you.');
  expect(empty).toContain('Nothing that you asked for is open.');
  expect(empty).toContain('No sweep has ended yet.');
  expect(empty).toContain('Next sweep <!date^');
  expect(empty).toContain('Nothing was changed yet.');

  await flow.capture('hq EnableChat');
  await startSweep(flow.app.ctx, { kind: 'person', actor: { kind: 'slack', id: ANN } });
  await flow.app.idle();
  const swept = await home(
    ANN,
    'Last sweep: *1 checked* on 1 PBX: 1 in sync, 0 drifted, 0 corrected, 0 did not converge, 0 unknown, 0 skipped, 0 waived, 0 not applicable (#1,',
  );
  expect(viewWords(swept)).toContain('1 PBX, baseline v1');

  await flow.ann.pressInHome('Show settings');
  await flow.direct(flow.ann, 'Settings of Headquarters');
  await flow.ann.pressInHome('Show the baseline');
  await flow.direct(flow.ann, 'Baseline v1: 1 rule');
  await flow.ann.pressInHome('Check for drift');
  await flow.direct(flow.ann, 'A check only reads');
  await flow.ann.pressInHome('Last drift report');
  await flow.direct(flow.ann, 'Drift report #1');
  await flow.ann.pressInHome('Open requests');
  await flow.direct(flow.ann, '*Open requests*');
});

test('after every change the Home tabs of those who opened them are shown anew, without being opened again', async () => {
  flow = await startFlow();
  for (const person of [flow.ann, flow.ben, flow.cleo]) await person.openHome();
  for (const id of [ANN, BEN, CLEO]) await home(id, 'No request waits for you.');

  const { id } = await propose(flow, 'hq', 'BusyMonitorTimeout 40');
  const waiting = await home(BEN, '*#1* Headquarters: Call back when busy: time-out, waiting for approval');
  expect(buttonsOf(waiting)).toEqual(expect.arrayContaining(['Approve', 'Deny']));
  expect(buttonsOf(waiting)).not.toContain('Withdraw');
  const asked = await home(ANN, '*#1*');
  expect(buttonsOf(asked)).toContain('Withdraw');
  expect(buttonsOf(asked)).not.toContain('Approve');

  await flow.ben.pressInHome('Approve');
  const applied = await home(ANN, '*#1* Headquarters: Call back when busy: time-out, applied');
  expect(viewWords(applied)).toContain('Nothing that you asked for is open.');
  expect(buttonsOf(applied)).toContain('Revert');
  await home(BEN, 'No request waits for you.', 'waiting for approval');
  await flow.direct(flow.ben, 'You approved request #1.');
  expect(flow.hq.resource(PBX)['BusyMonitorTimeout']).toBe(40);
  expect((await flow.app.ctx.db.selectFrom('votes').selectAll().execute())[0]).toMatchObject({
    request_id: id,
  });

  await flow.ann.pressInHome('Revert');
  await flow.modal(flow.ann, 'Revert');
});

test('each person sees the buttons of their role and no others', async () => {
  flow = await startFlow();
  await propose(flow, 'hq', 'BusyMonitorTimeout 40');
  const broken = await propose(flow, 'hq', 'AvatarStyle Circle');
  await breakGlassNow(flow, broken.id, 'the old logo must go now');
  await flow.app.idle();
  for (const person of [flow.ann, flow.ben, flow.eve]) await person.openHome();

  const outsider = await home(EVE, '*#2*');
  expect(buttonsOf(outsider)).toEqual([
    'All that was decided',
    'Show settings',
    'Open requests',
    'Show the baseline',
    'Check for drift',
    'Last drift report',
  ]);
  expect(viewWords(outsider)).toMatch(/Open reviews[^]*break-glass/);
  const approver = buttonsOf(await home(BEN, '*#2*'));
  expect(approver).toEqual(
    expect.arrayContaining(['Approve', 'Deny', 'Close the review', 'Ask for a change', 'Revert']),
  );
  expect(approver).not.toContain('Break glass…');
  const breaker = buttonsOf(await home(ANN, '*#2*'));
  expect(breaker).toEqual(expect.arrayContaining(['Withdraw', 'Break glass…', 'Ask for a change', 'Revert']));
  expect(breaker).not.toContain('Close the review');
  expect(breaker).not.toContain('Approve');

  await flow.ben.pressInHome('Close the review');
  await flow.modal(flow.ben, 'review');
  flow.ben.fill({ note: 'it was needed' });
  await flow.ben.submit();
  await home(EVE, 'Recent changes', 'Open reviews');
});

test('a tab that would look the same is not published again, and one not opened for a month is left alone', async () => {
  const clock = testClock();
  flow = await startFlow({ overrides: { now: clock.now } });
  await flow.eve.openHome();
  await home(EVE, '1 PBX');
  clock.forward(31 * DAY_MS);
  await flow.ben.openHome();
  await home(BEN, '1 PBX');
  const before = publishes();

  const { id } = await propose(flow, 'hq', 'AllowChangePassword off');
  await home(BEN, '*#1*');
  await approve(flow, id, CLEO);
  await home(BEN, 'waiting for approval');
  await approve(flow, id, BEN);
  await home(BEN, '*#1* Headquarters: Users may change their password, applied');
  expect(viewWords(flow.world.slack.home(EVE)!)).not.toContain('*#1*');
  expect(publishes() - before).toBeLessThan(8);
});

test('a full Home tab stays within Slack’s limits and leads on to the lists', async () => {
  flow = await startFlow({
    pbxs: Array.from({ length: 30 }, (_, index) => ({ id: `customer-${index + 1}` })),
  });
  for (let value = 1; value <= 7; value += 1) {
    await approve(flow, (await propose(flow, 'customer-1', `BusyMonitorTimeout ${100 + value}`)).id, BEN);
    await flow.app.idle();
  }
  for (let value = 1; value <= 7; value += 1) {
    const { id } = await propose(flow, 'customer-2', `BusyMonitorTimeout ${100 + value}`);
    await breakGlassNow(flow, id, 'calls are lost');
    await flow.app.idle();
  }
  for (let value = 1; value <= 7; value += 1) await propose(flow, 'all', `BusyMonitorTimeout ${200 + value}`);

  await flow.ben.openHome();
  const view = await home(BEN, 'All that waits for you');
  expect(view.blocks.length).toBeLessThanOrEqual(100);
  expect(viewWords(view)).toContain('*#21* all PBXs');
  expect(viewWords(view)).toContain('Ask for a change of…');
  expect(buttonsOf(view)).toContain('All open reviews');
  for (const value of JSON.stringify(view.blocks).matchAll(/"value":"([^"]*)"/g))
    expect(value[1]).toMatch(ID);
  await flow.ben.pressInHome('All that waits for you');
  expect(wordsOf(await flow.direct(flow.ben, '*Waits for you*'))).toContain('*#15*');
  await flow.ann.openHome();
  await home(ANN, 'All that you asked');
});

test('a person chooses which ends they are told, in the Home tab or by command', async () => {
  flow = await startFlow();
  await flow.ben.openHome();
  await home(BEN, 'How requests end is told to you');
  expect(wordsOf(await flow.ask(flow.ben, '/pbx notify'))).toContain('You are told how what you asked ends.');

  await flow.ben.pressInHome('notify.choose', 'all');
  await flow.world.slack.until('the choice in the tab', () =>
    JSON.stringify(flow.world.slack.home(BEN)?.blocks).includes('"initial_option":{"value":"all"'),
  );
  expect(wordsOf(await flow.ask(flow.ben, '/pbx notify'))).toContain(
    'You are told how what you asked or decided ends.',
  );
  expect(wordsOf(await flow.ask(flow.ben, '/pbx notify none'))).toContain(
    'From now on you are told nothing.',
  );
  expect(wordsOf(await flow.ask(flow.ben, '/pbx notify nun'))).toContain('is not one of all, own, none');
  const menu = await flow.ask(flow.ben, '/pbx notify');
  await flow.ben.press(menu, 'notify.choose', 'own');
  await flow.answer(flow.ben, 'From now on you are told how what you asked ends.');
});
