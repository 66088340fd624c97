import { afterEach, beforeEach, expect, test } from 'vitest';
import { listAudit } from '../src/audit/queries.js';
import { APPROVALS } from '../src/demo/world.js';
import type { SimMessage } from '../src/simulators/slack/server.js';
import { APPS, type Flow, initialOf, startFlow, stopFlow, viewWords, wordsOf } from './helpers/slack-flow.js';

const HIGH = '/pbx set hq AllowChangePassword off --because single sign-on';
const COMMAND = '/pbx break-glass hq AllowChangePassword off';
const WARNING = 'Decides whether every user of this PBX can choose their own password.';
const PROMISE =
  'This is applied at once, everybody who may approve is told, and another person must review it afterwards.';

let flow: Flow;

beforeEach(async () => {
  flow = await startFlow();
});

afterEach(() => stopFlow(flow));

async function actions(): Promise<readonly string[]> {
  const rows = await listAudit(flow.app.ctx.db, { limit: 100 });
  return rows.map(({ action }) => action).filter((action) => !action.startsWith('pbx.'));
}

async function breakFromCommand(line = COMMAND): Promise<string> {
  await flow.ann.command(APPROVALS, line);
  await flow.world.slack.until('the form', () => flow.ann.modal()?.callbackId === 'break-glass.form');
  const form = flow.ann.modal();
  return form === undefined ? '' : viewWords(form);
}

async function broken(): Promise<SimMessage> {
  const card = await flow.request(HIGH);
  await flow.ann.press(card, 'change.break-glass');
  await flow.modal(flow.ann, 'Break glass: #1');
  flow.ann.fill({ reason: 'the support line is down', confirmation: 'hq' });
  await flow.ann.submit();
  return flow.card('· applied');
}

test('whoever has the role applies a request at once from its card, after reading and typing', async () => {
  const card = await flow.request(HIGH);
  await flow.ann.press(card, 'change.break-glass');
  const words = viewWords(await flow.modal(flow.ann, 'Break glass: #1'));
  expect(words).toContain(WARNING);
  expect(words).toContain(PROMISE);
  expect(words).toContain('Type hq to apply without approval');

  flow.ann.fill({ reason: 'the support line is down', confirmation: 'now' });
  expect(await flow.ann.submit()).toEqual({ ok: false, errors: { confirmation: 'Type hq to confirm.' } });
  expect(await actions()).toEqual(['change.proposed']);
  flow.ann.fill({ reason: ' ', confirmation: 'hq' });
  expect(await flow.ann.submit({ skipRequired: true })).toEqual({
    ok: false,
    errors: { reason: 'A reason is missing. Say why this cannot wait.' },
  });
  flow.ann.fill({ reason: 'the support line is down' });
  expect(await flow.ann.submit()).toEqual({ ok: true });
  await flow.modal(flow.ann, 'Request #1 is being applied without approval.');

  const applied = await flow.card('· applied');
  expect(wordsOf(applied)).toContain('*Break-glass*: <@U0ANN>');
  expect(wordsOf(applied)).toContain('the support line is down');
  expect(flow.hq.resource(APPS)['AllowChangePassword']).toBe(false);
  expect(flow.hq.writes()).toHaveLength(1);
});

test('without the role nobody breaks the glass, neither from a card nor in a command', async () => {
  const card = await flow.request(HIGH);
  for (const who of [flow.ben, flow.eve]) {
    await who.press(card, 'change.break-glass');
    await flow.answer(who, 'You may not apply changes without approval.');
    expect(wordsOf(await flow.ask(who, `${COMMAND} --because hurry`))).toContain('PLUMBLINE_BREAK_GLASS');
    expect(who.modal()).toBeUndefined();
  }
  expect(await actions()).toEqual(['change.proposed']);
});

test('the command asks for the reason and the typed name, and applies at once', async () => {
  const words = await breakFromCommand(`${COMMAND} --because the support line is down`);
  expect(words).toContain(WARNING);
  expect(words).toContain(PROMISE);
  expect(initialOf(flow.ann.modal(), 'reason')).toBe('the support line is down');
  expect(initialOf(flow.ann.modal(), 'AllowChangePassword')).toBe('off');

  flow.ann.fill({ confirmation: 'hqq' });
  expect(await flow.ann.submit()).toEqual({ ok: false, errors: { confirmation: 'Type hq to confirm.' } });
  expect(await actions()).toEqual([]);
  flow.ann.fill({ confirmation: 'hq' });
  expect(await flow.ann.submit()).toEqual({ ok: true });
  await flow.modal(flow.ann, 'Request #1 is being applied without approval.');
  expect(wordsOf(await flow.card('· applied'))).toContain('The review is *open*');
  expect(flow.hq.resource(APPS)['AllowChangePassword']).toBe(false);
});

test('what is wrong with the command is said at the inputs of its form, and nothing is asked for', async () => {
  await breakFromCommand('/pbx break-glass hq BusyMonitorTimeout 40 --because callers wait');
  flow.ann.fill({ BusyMonitorTimeout: 'soon', confirmation: 'hq' });
  expect(await flow.ann.submit()).toMatchObject({
    ok: false,
    errors: { BusyMonitorTimeout: expect.stringContaining('is not a whole number') },
  });
  flow.ann.fill({ BusyMonitorTimeout: '30' });
  expect(await flow.ann.submit()).toMatchObject({
    ok: false,
    errors: { BusyMonitorTimeout: expect.stringContaining('nothing would change') },
  });
  expect(wordsOf(await flow.ask(flow.ann, '/pbx break-glass hq'))).toContain('Usage: /pbx break-glass');
  expect(await actions()).toEqual([]);
});

test('a form that Slack delivers twice asks once, breaks the glass once and writes once', async () => {
  await breakFromCommand(`${COMMAND} --because the support line is down`);
  flow.ann.fill({ confirmation: 'hq' });
  const { slack } = flow.world;
  const first = flow.ann.submit();
  await slack.until(
    'the form on its way',
    () => slack.deliveries.at(-1)?.payload['type'] === 'view_submission',
  );
  await Promise.all([first, slack.redeliverLast('interactive')]);
  await flow.modal(flow.ann, 'Request #1 is being applied without approval.');
  await slack.redeliverLast('interactive');
  await flow.card('· applied');
  await flow.app.idle();

  const done = await actions();
  expect(done.filter((action) => action === 'change.proposed')).toHaveLength(1);
  expect(done.filter((action) => action === 'change.broke-glass')).toHaveLength(1);
  expect(flow.hq.writes()).toHaveLength(1);
  expect(flow.world.slack.messages(APPROVALS)).toHaveLength(1);
});

test('a request that was decided while the window was open is not applied once more', async () => {
  const card = await flow.request('/pbx set hq EnableChat off --because quiet hours');
  await flow.ann.press(card, 'change.break-glass');
  await flow.modal(flow.ann, 'Break glass: #1');
  await flow.ben.press(card, 'Approve');
  await flow.card('· applied');
  flow.ann.fill({ reason: 'hurry', confirmation: 'hq' });

  expect(await flow.ann.submit()).toEqual({
    ok: false,
    errors: { confirmation: expect.stringContaining('This request was decided already (it is applied)') },
  });
  expect(flow.hq.writes()).toHaveLength(1);
});

test('the review is closed by another approver, with a note, and by nobody else', async () => {
  const applied = await broken();
  await flow.ann.press(applied, 'change.review');
  await flow.answer(flow.ann, 'You were part of this yourself; another person must review it.');
  await flow.eve.press(applied, 'change.review');
  await flow.answer(flow.eve, 'an approver must review it');
  expect([flow.ann.modal()?.callbackId, flow.eve.modal()]).not.toContain('review.form');

  await flow.ben.press(applied, 'change.review');
  await flow.modal(flow.ben, 'Review request #1');
  flow.ben.fill({ note: ' ' });
  expect(await flow.ben.submit({ skipRequired: true })).toEqual({
    ok: false,
    errors: { note: expect.stringContaining('Say what you found.') },
  });
  flow.ben.fill({ note: 'right in this case' });
  expect(await flow.ben.submit()).toEqual({ ok: true });
  await flow.modal(flow.ben, 'The review of request #1 is closed.');
  await flow.world.slack.redeliverLast('interactive');
  expect(wordsOf(await flow.card('right in this case'))).toContain('The review was closed by <@U0BEN>');
  await flow.app.idle();
  expect((await actions()).filter((action) => action === 'review.closed')).toHaveLength(1);
});
