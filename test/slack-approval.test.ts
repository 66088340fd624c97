import { afterEach, beforeEach, expect, test } from 'vitest';
import { APPROVALS, APPROVER_GROUP, BEN, CLEO } from '../src/demo/world.js';
import { APPS, type Flow, startFlow, stopFlow, viewWords, wordsOf } from './helpers/slack-flow.js';

let flow: Flow;

beforeEach(async () => {
  flow = await startFlow();
});

afterEach(() => stopFlow(flow));

const ASK = '/pbx set hq EnableChat off --because quiet hours';

test('the card says what, from what to what, who asks and why, the risk, and whom it waits for', async () => {
  const card = await flow.request('/pbx set hq AllowChangePassword off --because single sign-on');
  const words = wordsOf(card);

  expect(words).toContain('Change #1 · Headquarters · waiting for 2 more approvals');
  expect(words).toContain('<@U0ANN> asks to change 1 setting of *Headquarters*');
  expect(words).toContain('*Users may change their password* `on` → `off`');
  expect(words).toContain('single sign-on');
  expect(words).toContain('*Risk: high*');
  expect(words).toContain('Decides whether every user of this PBX can choose their own password.');
  expect(words).toContain(`Waiting for <@${BEN}>, <@${CLEO}>`);
  expect(words).not.toContain('Waiting for <@U0ANN>');
});

test('the text alone, for notifications and screen readers, carries all that matters', async () => {
  const pending = await flow.request(ASK);
  expect(pending.text).toMatch(/^Request #1 for Headquarters is waiting for approval\./);
  expect(pending.text).toContain('<@U0ANN> asks to change 1 setting of Headquarters');
  expect(pending.text).toContain('Chat on → off');
  expect(pending.text).toContain('Reason: quiet hours');
  expect(pending.text).toContain('Risk: medium.');

  await flow.ben.press(pending, 'change.approve');
  const applied = await flow.card('· applied');
  expect(applied.text).toContain('is applied. Approved by <@U0BEN>.');
  expect(applied.text).toContain('written and read back');
  expect(JSON.stringify(pending.blocks)).toContain('"accessibility_label":"Approve request 1"');
});

test('one card goes from pending through approved, applying to applied, and loses its buttons', async () => {
  const pending = await flow.request(ASK);
  await flow.ben.press(pending, 'Approve');
  await flow.answer(flow.ben, 'You approved request #1.');
  const applied = await flow.card('· applied');

  expect(flow.world.slack.messages(APPROVALS)).toHaveLength(1);
  expect(applied.ts).toBe(pending.ts);
  const headers = [...applied.history, applied].map((version) => wordsOf(version).split('\n')[0]);
  expect(headers).toEqual([
    'Change #1 · Headquarters · waiting for approval',
    'Change #1 · Headquarters · approved, applying…',
    'Change #1 · Headquarters · applied',
  ]);
  for (const version of [...applied.history.slice(1), applied]) {
    expect(wordsOf(version)).toContain(`Approved by <@${BEN}>`);
    expect(JSON.stringify(version.blocks)).not.toContain('change.approve');
  }
});

test('the requester is told once, when it is over, in a direct message with the outcome', async () => {
  await flow.ben.press(await flow.request(ASK), 'change.approve');
  const told = await flow.direct(flow.ann, 'Your request #1');

  expect(wordsOf(told)).toContain('Your request #1 for *Headquarters* is *applied*.');
  expect(wordsOf(told)).toContain('*Chat* `on` → `off`\n      written and read back');
  await flow.app.idle();
  expect(flow.world.slack.directMessages(flow.ann.id)).toHaveLength(1);
  expect(flow.world.slack.directMessages(flow.ann.id)[0]?.history).toEqual([]);
});

test('the whole resulting resource is one click away as JSON, on the card and in the direct message', async () => {
  const pending = await flow.request(ASK);
  await flow.eve.press(pending, 'Show JSON');
  expect(viewWords(await flow.modal(flow.eve, '"state": "pending"'))).toContain('"before": true');
  await flow.eve.dismiss();

  await flow.ben.press(pending, 'change.approve');
  const applied = await flow.card('· applied');
  await flow.eve.press(applied, 'Show JSON');
  const json = viewWords(await flow.modal(flow.eve, '"EnableChat": false'));
  for (const name of Object.keys(flow.hq.resource(APPS)).filter((key) => !key.startsWith('@'))) {
    expect(json).toContain(`"${name}"`);
  }
  await flow.ann.press(await flow.direct(flow.ann, 'applied'), 'Show JSON');
  await flow.modal(flow.ann, '"EnableChat": false');
});

test('a denial needs a reason, which the card and the requester get to see', async () => {
  const pending = await flow.request(ASK);
  await flow.cleo.press(pending, 'Deny');
  await flow.modal(flow.cleo, 'Deny request #1');
  expect(await flow.cleo.submit()).toMatchObject({ ok: false });
  expect(await flow.cleo.submit({ skipRequired: true })).toEqual({
    ok: false,
    errors: { reason: 'A reason is missing. Say why you deny it.' },
  });
  flow.cleo.fill({ reason: 'chat is needed in support' });
  expect(await flow.cleo.submit()).toEqual({ ok: true });

  const denied = await flow.card('· denied');
  expect(wordsOf(denied)).toContain(`Denied by <@${CLEO}>`);
  expect(wordsOf(denied)).toContain('*Denied because*\nchat is needed in support');
  const told = await flow.direct(flow.ann, 'is *denied*');
  expect(wordsOf(told)).toContain('chat is needed in support');
  expect(told.text).toContain(`Denied by <@${CLEO}> because: chat is needed in support.`);
  expect(flow.hq.writes()).toEqual([]);
});

test('a click on a request that is decided already changes nothing and says so', async () => {
  const pending = await flow.request(ASK);
  await flow.cleo.press(pending, 'Deny');
  await flow.modal(flow.cleo, 'Deny request #1');
  await flow.ben.press(pending, 'change.approve');
  await flow.card('· applied');
  flow.cleo.fill({ reason: 'too late' });

  expect(await flow.cleo.submit()).toEqual({
    ok: false,
    errors: { reason: expect.stringContaining('This request was decided already (it is applied)') },
  });
  expect(flow.hq.writes()).toHaveLength(1);
});

test('neither the requester nor an outsider can decide, whichever button they press', async () => {
  const pending = await flow.request(ASK);
  for (const button of ['Approve', 'Deny']) {
    await flow.ann.press(pending, button);
    await flow.answer(flow.ann, 'You asked for this yourself; another person must decide.');
    await flow.eve.press(pending, button);
    await flow.answer(flow.eve, 'You are not an approver for this request; an approver must decide.');
  }

  expect(flow.ann.modal()).toBeUndefined();
  expect(wordsOf(await flow.card('#1'))).toContain('waiting for approval');
  expect(flow.hq.writes()).toEqual([]);
});

test('whoever leaves or joins the approvers counts from the next click on', async () => {
  const pending = await flow.request(ASK);
  flow.world.slack.setUserGroup(APPROVER_GROUP, [CLEO]);
  await flow.ben.press(pending, 'change.approve');
  await flow.answer(flow.ben, 'You are not an approver');

  flow.world.slack.setUserGroup(APPROVER_GROUP, [CLEO, flow.eve.id]);
  await flow.eve.press(pending, 'change.approve');
  expect(wordsOf(await flow.card('· applied'))).toContain('Approved by <@U0EVE>');
});

test('the click of somebody who was deactivated meanwhile is refused', async () => {
  const pending = await flow.request(ASK);
  flow.world.slack.faults.delay('users.info', 300);
  const pressed = flow.ben.press(pending, 'change.approve');
  flow.world.slack.setPerson(BEN, { deleted: true });
  await pressed;

  await flow.answer(flow.ben, 'A deactivated account or a bot cannot decide.');
  expect(flow.hq.writes()).toEqual([]);
});

test('when Slack cannot say who somebody is, nothing is decided', async () => {
  const pending = await flow.request(ASK);
  flow.world.slack.faults.fail('usergroups.users.list', { error: 'no_such_subteam', times: 2 });
  await flow.ben.press(pending, 'change.approve');

  await flow.answer(flow.ben, 'Slack could not say what you may do (no_such_subteam); nothing was done.');
  expect(wordsOf(await flow.card('#1'))).toContain('waiting for approval');
});

test('a change the PBX refuses is a failed one, with what the PBX said', async () => {
  flow.hq.fault({ kind: 'forbidden', on: 'write' });
  await flow.ben.press(await flow.request(ASK), 'change.approve');

  const failed = await flow.card('· failed');
  expect(wordsOf(failed)).toContain('refused: The PBX forbids /GeneralSettingsForApps (HTTP 403)');
  expect(wordsOf(await flow.direct(flow.ann, '*failed*'))).toContain('ask again where it is still wanted');
  expect(failed.text).toContain('refused');
});

test('a change the PBX accepts but does not store is a failed one', async () => {
  flow.hq.fault({ kind: 'not-stored', on: 'write' });
  await flow.ben.press(await flow.request(ASK), 'change.approve');

  const failed = await flow.card('· failed');
  expect(wordsOf(failed)).toContain('accepted, but not stored by the PBX: the PBX accepted it, but has on');
  await flow.direct(flow.ann, 'accepted, but not stored');
});

test('a setting somebody else changed meanwhile takes the approval back, and nothing of the request is written', async () => {
  await flow.ann.command(APPROVALS, '/pbx change hq EnableChat AvatarStyle');
  await flow.world.slack.until('the form', () => flow.ann.modal()?.callbackId === 'change.form');
  flow.ann.fill({ EnableChat: 'off', AvatarStyle: 'Circle', reason: 'brand' });
  await flow.ann.submit();
  const pending = await flow.card('waiting for approval');
  flow.hq.change(APPS, { AvatarStyle: 'Hexagon' });

  await flow.ben.press(pending, 'change.approve');
  const again = await flow.card('*Asked again*');
  expect(again.ts).toBe(pending.ts);
  expect(wordsOf(again)).toContain('waiting for approval');
  expect(wordsOf(again)).toContain(
    '*Avatar style* was `Square` when this was asked for, and is `Hexagon` now',
  );
  expect(flow.hq.writes()).toEqual([]);

  await flow.cleo.press(again, 'change.approve');
  await flow.card('· applied');
  expect(flow.hq.resource(APPS)).toMatchObject({ AvatarStyle: 'Circle', EnableChat: false });
});
