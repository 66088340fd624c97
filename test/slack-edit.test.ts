import { afterEach, beforeEach, expect, test } from 'vitest';
import { editChange } from '../src/changes/edit.js';
import { listRequests } from '../src/changes/queries.js';
import type { Person, SimMessage } from '../src/simulators/slack/server.js';
import { type Flow, initialOf, startFlow, stopFlow, viewWords, wordsOf } from './helpers/slack-flow.js';

const HIGH = '/pbx set hq AllowChangePassword off --because single sign-on';
const MEDIUM = '/pbx set hq BrandUrl https://a.example --because the brand --until 2099-12-31';

let flow: Flow;

beforeEach(async () => {
  flow = await startFlow();
});

afterEach(() => stopFlow(flow));

async function openEdit(who: Person, card: SimMessage): Promise<void> {
  await who.press(card, 'Edit');
  await flow.world.slack.until('the form', () => who.modal()?.callbackId === 'edit.form');
}

async function approve(who: Person, card: SimMessage): Promise<void> {
  await who.press(card, 'Approve');
  await flow.modal(who, 'Approve request');
  who.fill({ confirmation: 'hq' });
  await who.submit();
}

test('the form for an edit is filled in with what is asked for now', async () => {
  const card = await flow.request(MEDIUM);
  await openEdit(flow.cleo, card);
  const form = flow.cleo.modal();

  expect(initialOf(form, 'BrandUrl')).toBe('https://a.example');
  expect(initialOf(form, 'reason')).toBe('the brand');
  expect(initialOf(form, 'hold')).toBe('exception');
  expect(initialOf(form, 'until')).toBe('2099-12-31');
  expect(form?.title).toBe('Edit request #1');

  flow.cleo.fill({ BrandUrl: 'https://b.example', reason: 'the new brand' });
  expect(await flow.cleo.submit()).toEqual({ ok: true });
  await flow.modal(flow.cleo, 'Request #1 now asks for this, and waits for approval anew.');
  const edited = await flow.card('https://b.example');
  expect(edited.ts).toBe(card.ts);
  expect(wordsOf(edited)).toContain('the new brand');
  await flow.cleo.press(edited, 'Approve');
  await flow.answer(flow.cleo, 'You edited this request yourself; another person must decide.');
  await flow.ben.press(edited, 'Approve');
  expect(wordsOf(await flow.card('· applied'))).toContain('https://b.example');
});

test('an edit voids the approvals there are, and a window opened before it decides nothing', async () => {
  const card = await flow.request(HIGH);
  await approve(flow.ben, card);
  await flow.card('waiting for 1 more approval');
  await flow.cleo.press(card, 'Approve');
  await flow.modal(flow.cleo, 'Approve request #1');

  await openEdit(flow.ann, card);
  flow.ann.fill({ reason: 'single sign-on, as agreed' });
  expect(await flow.ann.submit()).toEqual({ ok: true });
  const edited = await flow.card('as agreed');
  expect(wordsOf(edited)).toContain('waiting for 2 more approvals');
  flow.cleo.fill({ confirmation: 'hq' });
  expect(await flow.cleo.submit()).toEqual({
    ok: false,
    errors: { confirmation: expect.stringContaining('This request has changed since you saw it') },
  });
  expect(flow.hq.writes()).toEqual([]);
});

test('a click on the buttons of a card from before an edit decides nothing', async () => {
  const card = await flow.request(HIGH);
  await flow.ben.press(card, 'Approve');
  await flow.modal(flow.ben, 'Approve request #1');
  const { ctx } = flow.app;
  const [request] = await listRequests(ctx.db, { limit: 1 });
  const actor = { kind: 'operator', id: 'root' } as const;
  const hold = { kind: 'exception', untilAt: '2099-12-31T00:00:00.000Z' } as const;
  const assignments = [{ key: 'AllowChangePassword', value: false }];
  const seen = { requestId: request?.id ?? '', round: 1 };
  await editChange(ctx, { ...seen, actor, roles: new Set(), reason: 'for a while', assignments, hold });

  await flow.world.slack.redeliverLast('interactive');
  await flow.answer(flow.ben, 'This request has changed since you saw it; your click changed nothing.');
  await flow.card('for a while');
});

test('what is wrong with an edit is said at its inputs, and nothing is edited', async () => {
  const card = await flow.request('/pbx set hq BusyMonitorTimeout 40 --because callers wait');
  await openEdit(flow.ann, card);
  flow.ann.fill({ BusyMonitorTimeout: 'soon' });
  expect(await flow.ann.submit()).toMatchObject({
    ok: false,
    errors: { BusyMonitorTimeout: expect.stringContaining('“soon” is not a whole number') },
  });
  flow.ann.fill({ BusyMonitorTimeout: '50', reason: ' ' });
  expect(await flow.ann.submit({ skipRequired: true })).toMatchObject({
    errors: { reason: expect.stringContaining('A reason is missing.') },
  });
  flow.ann.fill({ BusyMonitorTimeout: '30', reason: 'as it is' });
  expect(await flow.ann.submit()).toMatchObject({
    errors: { BusyMonitorTimeout: expect.stringContaining('nothing would change') },
  });
  expect(wordsOf(await flow.card('#1'))).toContain('`40`');
});

test('whoever may not ask for changes may not edit one either, and a decided request is not edited', async () => {
  const card = await flow.request(MEDIUM);
  await flow.eve.press(card, 'Edit');
  await flow.answer(flow.eve, 'You may look at settings, but not ask for changes.');
  expect(flow.eve.modal()).toBeUndefined();

  await openEdit(flow.ann, card);
  await flow.ben.press(card, 'Approve');
  await flow.card('· applied');
  expect(await flow.ann.submit()).toEqual({
    ok: false,
    errors: { reason: expect.stringContaining('This request was decided already (it is applied)') },
  });
});

test('an edit that Slack delivers twice is one edit, and one that takes long is answered when it is done', async () => {
  const card = await flow.request(MEDIUM);
  await openEdit(flow.ann, card);
  flow.ann.fill({ BrandUrl: 'https://b.example' });
  flow.hq.fault({ kind: 'slow', on: 'read', delayMs: 2500, times: 1 });
  expect(await flow.ann.submit()).toEqual({ ok: true });
  expect(flow.ann.modal()?.title).toBe('One moment');
  await flow.modal(flow.ann, 'Request #1 now asks for this');
  await flow.world.slack.redeliverLast('interactive');
  await flow.app.idle();

  const edited = await flow.card('https://b.example');
  expect(JSON.stringify(edited.blocks)).toMatch(/"value":"[\w-]+\.2"/);
  expect(JSON.stringify(edited.blocks)).not.toMatch(/"value":"[\w-]+\.3"/);
});

test('a request that the baseline caught up with is mended by an edit that chooses what becomes of the baseline', async () => {
  await flow.request('/pbx set hq EnableChat off --because quiet hours');
  await flow.capture('hq EnableChat');
  const blocked = await flow.card('#1 · Headquarters · waiting for an edit');
  await openEdit(flow.ann, blocked);
  expect(viewWords(flow.ann.modal() ?? fail())).toContain('Meanwhile baseline v1 holds Chat at on.');

  expect(await flow.ann.submit()).toMatchObject({
    ok: false,
    errors: { EnableChat: expect.stringMatching(/baseline v1 holds it at on/) },
  });
  flow.ann.fill({ hold: 'baseline' });
  expect(await flow.ann.submit()).toEqual({ ok: true });
  const edited = await flow.card('and make the new value the baseline');
  await flow.ben.press(edited, 'Approve');
  await flow.card('#1 · Headquarters · applied');
});

function fail(): never {
  throw new Error('no form is open');
}
