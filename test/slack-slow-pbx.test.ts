import { afterEach, beforeEach, expect, test } from 'vitest';
import { APPROVALS } from '../src/demo/world.js';
import { type Flow, initialOf, startFlow, stopFlow, viewWords, wordsOf } from './helpers/slack-flow.js';

const PATIENCE_MS = 20_000;

let flow: Flow;

beforeEach(async () => {
  flow = await startFlow();
});

afterEach(() => stopFlow(flow));

async function fillForm(): Promise<void> {
  await flow.ann.command(APPROVALS, '/pbx change hq EnableChat BrandUrl');
  await flow.world.slack.until('the form', () => flow.ann.modal()?.callbackId === 'change.form');
  flow.ann.fill({ EnableChat: 'off', BrandUrl: 'https://b.example', reason: 'quiet hours' });
}

test('a form sent while the PBX is slow says "one moment", then what became of it', async () => {
  await fillForm();
  flow.hq.fault({ kind: 'slow', on: 'read', delayMs: 3500, times: 1 });

  expect(await flow.ann.submit()).toEqual({ ok: true });
  expect(flow.ann.modal()?.title).toBe('One moment');
  await flow.modal(flow.ann, 'Request #1 waits for approval');
  await flow.card('waiting for approval');
});

test('when the slow PBX fails after all, the form comes back with what was typed, and can be sent again', async () => {
  await fillForm();
  flow.hq.fault({ kind: 'slow', on: 'read', delayMs: 2500 });
  flow.hq.fault({ kind: 'html', on: 'read' });

  expect(await flow.ann.submit()).toEqual({ ok: true });
  expect(flow.ann.modal()?.title).toBe('One moment');
  const back = await flow.modal(flow.ann, 'What you typed is still here', PATIENCE_MS);
  expect(viewWords(back)).toContain('could not be read from Headquarters');
  expect(initialOf(back, 'EnableChat')).toBe('off');
  expect(initialOf(back, 'BrandUrl')).toBe('https://b.example');
  expect(initialOf(back, 'reason')).toBe('quiet hours');
  expect(flow.world.slack.messages(APPROVALS)).toEqual([]);

  flow.hq.clearFaults();
  expect(await flow.ann.submit()).toEqual({ ok: true });
  const card = await flow.card('waiting for approval');
  expect(wordsOf(card)).toContain('*Chat* `on` → `off`');
  expect(wordsOf(card)).toContain('`“https://b.example”`');
});

test('someone who closed the window meanwhile is told in a direct message', async () => {
  await fillForm();
  flow.hq.fault({ kind: 'slow', on: 'read', delayMs: 2500 });
  flow.hq.fault({ kind: 'html', on: 'read' });
  await flow.ann.submit();
  await flow.ann.dismiss();

  const told = await flow.world.slack.until(
    'the direct message',
    () => flow.world.slack.directMessages(flow.ann.id)[0],
    PATIENCE_MS,
  );
  expect(wordsOf(told)).toContain('could not be read from Headquarters');
});

test('someone who closed the window before the answer was there is told that the request was made', async () => {
  await fillForm();
  flow.hq.fault({ kind: 'slow', on: 'read', delayMs: 2500, times: 1 });
  await flow.ann.submit();
  await flow.ann.dismiss();

  await flow.direct(flow.ann, 'Request #1 waits for approval');
});

test('a window that is closed before the PBX answered stays closed, and nobody is bothered', async () => {
  flow.hq.fault({ kind: 'slow', on: 'read', delayMs: 500, times: 1 });
  await flow.ann.command(APPROVALS, '/pbx change hq');
  await flow.modal(flow.ann, 'Asking Headquarters for its settings');
  await flow.ann.dismiss();

  await flow.world.slack.until('the refused update', () =>
    flow.world.slack.calls.some(({ method, error }) => method === 'views.update' && error === 'not_found'),
  );
  expect(flow.ann.modal()).toBeUndefined();
  expect(flow.world.slack.ephemerals(flow.ann.id)).toEqual([]);
});

test('a command to a slow PBX is answered at once, and again when the PBX has answered', async () => {
  flow.hq.fault({ kind: 'slow', on: 'read', delayMs: 2500, times: 1 });

  expect(wordsOf(await flow.ask(flow.ann, '/pbx show hq EnableChat'))).toContain('Asking *Headquarters*');
  await flow.answer(flow.ann, 'Settings of Headquarters');
});

test('a PBX that cannot be read says why, once, in every conversation', async () => {
  flow.hq.fault({ kind: 'html', on: 'read' });

  const shown = await flow.ask(flow.ann, '/pbx show hq');
  expect(wordsOf(shown).match(/could not be read/g)).toHaveLength(3);
  expect(shown.text).toContain('could not be read: The PBX answered');
  await flow.ann.press(shown, 'Show JSON');
  await flow.modal(flow.ann, 'Headquarters could not be read');
  await flow.ann.dismiss();

  await flow.ann.command(APPROVALS, '/pbx change hq');
  const form = await flow.modal(flow.ann, 'could not be read');
  expect(form.submit).toBeUndefined();
  expect(wordsOf(await flow.ask(flow.ann, '/pbx set hq EnableChat off --because x'))).toContain(
    'Chat could not be read from Headquarters',
  );
  expect(wordsOf(await flow.ask(flow.ann, '/pbx-baseline capture hq --because x'))).toContain(
    'Nothing was captured.',
  );
  expect(flow.world.slack.messages(APPROVALS)).toEqual([]);
});
