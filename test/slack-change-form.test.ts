import { afterEach, beforeEach, expect, test } from 'vitest';
import { APPROVALS } from '../src/demo/world.js';
import {
  APPS,
  type Flow,
  initialOf,
  PBX,
  startFlow,
  stopFlow,
  viewWords,
  wordsOf,
} from './helpers/slack-flow.js';

const LONG = 'x'.repeat(4000);

let flow: Flow;

beforeEach(async () => {
  flow = await startFlow();
});

afterEach(() => stopFlow(flow));

async function open(words = ''): Promise<void> {
  await flow.ann.command(APPROVALS, `/pbx change hq ${words}`);
  await flow.world.slack.until('the form', () => flow.ann.modal()?.callbackId === 'change.form');
}

test('the form is filled in with what the PBX has, every kind of setting in its own input', async () => {
  flow.hq.change(APPS, { AvatarStyle: 'Circle', EnableChat: false, BrandUrl: 'https://a.example/?x=1&y=2' });
  await open();
  const apps = flow.ann.modal();

  expect(initialOf(apps, 'AvatarStyle')).toBe('Circle');
  expect(initialOf(apps, 'EnableChat')).toBe('off');
  expect(initialOf(apps, 'BrandUrl')).toBe('https://a.example/?x=1&y=2');
  expect(JSON.parse(String(initialOf(apps, 'AutoSchedulerSettings')))).toEqual({
    Enabled: false,
    ProfileAvailable: 'Available',
    ProfileAway: 'Away',
    ProfileDND: 'Out of office',
  });
  expect(initialOf(apps, 'reason')).toBeNull();

  await flow.ann.dismiss();
  await open(PBX);
  expect(initialOf(flow.ann.modal(), 'BusyMonitorTimeout')).toBe('30');
  expect(initialOf(flow.ann.modal(), 'HDAutoLogoutTime')).toBe('23h 30m');
});

test('a form without a reason or without a change is not sent, and says so', async () => {
  await open('EnableChat');

  expect(await flow.ann.submit()).toMatchObject({ ok: false, errors: { reason: expect.any(String) } });
  expect(await flow.ann.submit({ skipRequired: true })).toEqual({
    ok: false,
    errors: { reason: 'Nothing is changed yet. Change a setting above, then ask for approval.' },
  });
  flow.ann.fill({ EnableChat: 'off' });
  expect(await flow.ann.submit({ skipRequired: true })).toEqual({
    ok: false,
    errors: { reason: 'A reason is missing. Say in a few words why.' },
  });
  flow.ann.fill({ EnableChat: 'on', reason: 'why not' });
  expect(await flow.ann.submit()).toMatchObject({
    ok: false,
    errors: { reason: expect.stringMatching(/Nothing is changed/) },
  });
  expect(flow.world.slack.messages(APPROVALS)).toEqual([]);
});

test('every wrong value is said at its own input, all of them at once', async () => {
  await open(PBX);
  flow.ann.fill({ BusyMonitorTimeout: 'soon', HDAutoLogoutTime: 'noon', reason: 'new hours' });

  expect(await flow.ann.submit()).toEqual({
    ok: false,
    errors: {
      BusyMonitorTimeout:
        'Call back when busy: time-out: “soon” is not a whole number. Write a whole number from 0 to 2147483647.',
      HDAutoLogoutTime:
        'Hot desking: time of the log-out: “noon” is not a duration. Write it as 23:30, 8h 30m or PT8H30M.',
    },
  });
});

test('a change that would shut Plumbline itself out is refused at its input, with the reason', async () => {
  flow.hq.change('ConsoleRestrictions', { IpWhitelist: ['192.0.2.0/24'] });
  await open('ConsoleRestrictions');
  flow.ann.fill({ AccessRestricted: 'on', reason: 'fewer attackers' });

  expect(await flow.ann.submit()).toEqual({
    ok: false,
    errors: { AccessRestricted: expect.stringMatching(/Only the allowed addresses .* not among them/) },
  });
  expect(flow.world.slack.messages(APPROVALS)).toEqual([]);
});

test('a reason that is too long is said at the reason', async () => {
  await open('EnableChat');
  flow.ann.fill({ EnableChat: 'off', reason: 'r'.repeat(2001) });

  expect(await flow.ann.submit()).toEqual({
    ok: false,
    errors: { reason: expect.stringContaining('longer than 2000 characters') },
  });
});

test('malformed JSON for the scheduler is said at its input, with line and column', async () => {
  await open('AutoSchedulerSettings');
  flow.ann.fill({ AutoSchedulerSettings: '{\n  "Enabled": tru\n}', reason: 'calendar' });

  expect(await flow.ann.submit()).toEqual({
    ok: false,
    errors: { AutoSchedulerSettings: expect.stringContaining('line 2, column 14') },
  });
});

test('an unknown name, a wrong type and an unknown leaf of the scheduler are all said at its input', async () => {
  await open('AutoSchedulerSettings');
  flow.ann.fill({ AutoSchedulerSettings: '{"Enabeld": true, "ProfileAway": 7}', reason: 'calendar' });
  const result = await flow.ann.submit();

  expect(result).toMatchObject({
    ok: false,
    errors: { AutoSchedulerSettings: expect.stringMatching(/Did you mean Enabled\?/) },
  });
  expect(result).toMatchObject({
    errors: { AutoSchedulerSettings: expect.stringMatching(/7 is not a text/) },
  });

  flow.ann.fill({ AutoSchedulerSettings: '' });
  expect(await flow.ann.submit()).toMatchObject({
    errors: { AutoSchedulerSettings: expect.stringMatching(/cannot be emptied/) },
  });
});

test('one leaf of the scheduler is changed without the others', async () => {
  await open('AutoSchedulerSettings');
  flow.ann.fill({ AutoSchedulerSettings: '{"ProfileAway": "Lunch"}', reason: 'calendar' });
  expect(await flow.ann.submit()).toEqual({ ok: true });
  await flow.modal(flow.ann, 'Request #1 waits for approval');

  const card = await flow.card('waiting for approval');
  expect(wordsOf(card)).toContain('*Scheduler: profile when away* `“Away”` → `“Lunch”`');
  await flow.ben.press(card, 'change.approve');
  await flow.card('· applied');
  expect(flow.hq.resource(APPS)['AutoSchedulerSettings']).toMatchObject({
    ProfileAway: 'Lunch',
    ProfileAvailable: 'Available',
  });
});

test('a line without a reason opens the form with what was typed, and that counts as changed', async () => {
  await flow.ann.command(APPROVALS, '/pbx set hq EnableChat false --until 2099-12-31');
  await flow.modal(flow.ann, 'And the baseline?');

  expect(initialOf(flow.ann.modal(), 'EnableChat')).toBe('off');
  expect(initialOf(flow.ann.modal(), 'hold')).toBe('exception');
  expect(initialOf(flow.ann.modal(), 'until')).toBe('2099-12-31');
  flow.ann.fill({ reason: 'quiet hours' });
  expect(await flow.ann.submit()).toEqual({ ok: true });

  const card = await flow.card('waiting for approval');
  expect(wordsOf(card)).toContain('*Chat* `on` → `off`');
  expect(wordsOf(card)).toContain('with an exception to the baseline until');
});

test('the whole scheduler can be typed as JSON in one line, with the curly quotes of a phone', async () => {
  await flow.ann.command(APPROVALS, '/pbx set hq AutoSchedulerSettings {“Enabled”: true}');
  await flow.modal(flow.ann, 'And the baseline?');
  flow.ann.fill({ reason: 'calendar' });

  expect(await flow.ann.submit()).toEqual({ ok: true });
  expect(wordsOf(await flow.card('waiting for approval'))).toContain('*Scheduler: on* `off` → `on`');
});

test('one leaf of the scheduler can be typed in one line without the others', async () => {
  await flow.ann.command(APPROVALS, '/pbx set hq AutoSchedulerSettings.ProfileAway Lunch');
  await flow.modal(flow.ann, 'And the baseline?');
  expect(JSON.parse(String(initialOf(flow.ann.modal(), 'AutoSchedulerSettings')))).toEqual({
    ProfileAway: 'Lunch',
  });
  flow.ann.fill({ reason: 'calendar' });
  expect(await flow.ann.submit()).toEqual({ ok: true });
  const card = wordsOf(await flow.card('waiting for approval'));
  expect(card).toContain('*Scheduler: profile when away* `“Away”` → `“Lunch”`');
});

test('what could happen is said above a high-risk setting before it is asked for', async () => {
  await open(PBX);
  const form = flow.ann.modal() ?? fail();
  const words = viewWords(form).split('\n');
  const warning = words.findIndex((line) =>
    line.startsWith(':warning: *High risk.* Forwarding to outside numbers is a common way'),
  );
  expect(words[warning + 1]).toBe('Forwarding to outside numbers');
});

test('a typed text too long for the form is not asked for as an empty one', async () => {
  await flow.ann.command(APPROVALS, `/pbx set hq BrandUrl ${LONG}`);
  const form = await flow.modal(flow.ann, 'What you typed has 4,000 characters, too many for this form');
  expect(initialOf(form, 'BrandUrl')).toBeNull();
  flow.ann.fill({ reason: 'the brand' });
  expect(await flow.ann.submit()).toMatchObject({
    errors: { reason: expect.stringMatching(/Nothing is changed/) },
  });
});

test('a text too long for an input is neither cut nor changed unless something is typed', async () => {
  flow.hq.change(APPS, { BrandUrl: LONG });
  await open('BrandUrl');
  expect(viewWords(flow.ann.modal() ?? fail())).toContain('4,000 characters, too many for this form');

  flow.ann.fill({ reason: 'why not' });
  expect(await flow.ann.submit()).toMatchObject({
    ok: false,
    errors: { reason: expect.stringMatching(/Nothing is changed/) },
  });
  flow.ann.fill({ BrandUrl: 'https://short.example' });
  expect(await flow.ann.submit()).toEqual({ ok: true });
  expect(wordsOf(await flow.card('waiting for approval'))).toContain('(4,000 characters)');
});

test('a setting this 3CX version does not have is not offered, and named to those who ask for it', async () => {
  flow.hq.setVersion('20.0.8.1');
  await open();
  expect(viewWords(flow.ann.modal() ?? fail())).not.toContain('caller ID');
  await flow.ann.dismiss();

  await flow.ann.command(APPROVALS, '/pbx change hq EnableSelectorCallerId');
  const view = await flow.modal(flow.ann, 'cannot be changed');
  expect(viewWords(view)).toContain('new in 20.0.10');
  expect(view.submit).toBeUndefined();
});

test('an exception needs a date, a date needs an exception, and both are said at the right input', async () => {
  await open('EnableChat');
  flow.ann.fill({ EnableChat: 'off', reason: 'quiet', hold: 'exception' });
  expect(await flow.ann.submit()).toMatchObject({
    ok: false,
    errors: { until: expect.stringMatching(/Choose a date/) },
  });
  flow.ann.fill({ until: '2020-01-01' });
  expect(await flow.ann.submit()).toMatchObject({
    ok: false,
    errors: { until: expect.stringMatching(/in the future/) },
  });
  flow.ann.fill({ hold: 'none' });
  expect(await flow.ann.submit()).toMatchObject({
    ok: false,
    errors: { hold: expect.stringMatching(/take the date away/) },
  });
});

test('a setting the baseline holds is not changed before the person chose what becomes of the baseline', async () => {
  await flow.capture('hq EnableChat');
  await open('EnableChat AvatarStyle');
  expect(viewWords(flow.ann.modal() ?? fail())).toContain('Baseline v1 holds Chat at `on`');

  flow.ann.fill({ EnableChat: 'off', AvatarStyle: 'Circle', reason: 'quiet' });
  const refused = await flow.ann.submit();
  expect(refused).toMatchObject({
    ok: false,
    errors: { EnableChat: expect.stringMatching(/baseline v1 holds it at on/) },
  });
  expect(refused).not.toHaveProperty('errors.AvatarStyle');

  flow.ann.fill({ hold: 'baseline' });
  expect(await flow.ann.submit()).toEqual({ ok: true });
  const card = await flow.card('#2 · Headquarters · waiting');
  expect(wordsOf(card)).toContain('and make the new value the baseline');
  await flow.ben.press(card, 'change.approve');
  await flow.card('#2 · Headquarters · applied');
  expect(wordsOf(await flow.ask(flow.ann, '/pbx-baseline show hq'))).toContain('*Chat* `off`');
});

test('in one line the choice is --baseline or --until, and without it the line is refused', async () => {
  await flow.capture('hq EnableChat');

  const refused = wordsOf(await flow.ask(flow.ann, '/pbx set hq EnableChat off --because quiet'));
  expect(refused).toContain('baseline v1 holds it at on');
  const excepted = await flow.request('/pbx set hq EnableChat off --because quiet --until 2099-12-31');
  expect(wordsOf(excepted)).toContain('with an exception to the baseline until');
  await flow.ben.press(excepted, 'change.approve');
  await flow.card('#2 · Headquarters · applied');
  expect(wordsOf(await flow.ask(flow.ann, '/pbx-drift check'))).toContain('1 waived');
  const kept = await flow.request('/pbx set hq AvatarStyle Circle --baseline --because the brand');
  expect(wordsOf(kept)).toContain('and make the new value the baseline');
});

function fail(): never {
  throw new Error('no form is open');
}
