import { afterEach, beforeEach, expect, test } from 'vitest';
import { listAudit } from '../src/audit/queries.js';
import { APPROVALS, APPROVER_GROUP, BEN, CLEO } from '../src/demo/world.js';
import type { Person, SimMessage } from '../src/simulators/slack/server.js';
import { APPS, type Flow, startFlow, stopFlow, viewWords, wordsOf } from './helpers/slack-flow.js';

const HIGH = '/pbx set hq AllowChangePassword off --because single sign-on';
const MEDIUM = '/pbx set hq EnableChat off --because quiet hours';

let flow: Flow;

beforeEach(async () => {
  flow = await startFlow();
});

afterEach(() => stopFlow(flow));

async function openApproval(who: Person, card: SimMessage): Promise<string> {
  await who.press(card, 'Approve');
  return viewWords(await flow.modal(who, 'Approve request #1'));
}

async function sources(action: string): Promise<readonly unknown[]> {
  const rows = await listAudit(flow.app.ctx.db, { limit: 100 });
  return rows.filter((row) => row.action === action).map(({ detail }) => detail['source']);
}

test('an approver of a high-risk change reads what could happen, and types the name of the PBX', async () => {
  const card = await flow.request(HIGH);
  const words = await openApproval(flow.ben, card);
  expect(words).toContain('*Users may change their password* `on` → `off`');
  expect(words).toContain('single sign-on');
  expect(words).toContain('*What could happen*');
  expect(words).toContain('Decides whether every user of this PBX can choose their own password.');
  expect(words).toContain('Type hq to approve');

  flow.ben.fill({ confirmation: 'yes' });
  expect(await flow.ben.submit()).toEqual({ ok: false, errors: { confirmation: 'Type hq to confirm.' } });
  expect(await sources('change.approved')).toEqual([]);
  flow.ben.fill({ confirmation: ' HQ ' });
  expect(await flow.ben.submit()).toEqual({ ok: true });
  await flow.modal(flow.ben, 'You approved request #1. 1 more approval is missing.');

  await openApproval(flow.cleo, card);
  flow.cleo.fill({ confirmation: 'hq' });
  expect(await flow.cleo.submit()).toEqual({ ok: true });
  await flow.modal(flow.cleo, 'You approved request #1. It is approved');
  await flow.card('· applied');
  expect(flow.hq.resource(APPS)['AllowChangePassword']).toBe(false);
});

test('a change of lower risk is approved with a click, and the clicker alone hears what it came to', async () => {
  const card = await flow.request(MEDIUM);
  await flow.ben.press(card, 'Approve');

  await flow.answer(flow.ben, 'You approved request #1. It is approved');
  expect(flow.ben.modal()).toBeUndefined();
  await flow.card('· applied');
  await flow.cleo.press(card, 'Show JSON');
  await flow.modal(flow.cleo, '"EnableChat": false');
});

test('the audit log names the command that asked, the message that was clicked and the window it opened', async () => {
  const high = await flow.request(HIGH);
  await openApproval(flow.ben, high);
  const view = flow.ben.modal()?.id;
  flow.ben.fill({ confirmation: 'hq' });
  await flow.ben.submit();
  const medium = await flow.request(MEDIUM);
  await flow.cleo.press(medium, 'Approve');
  await flow.card('#2 · Headquarters · applied');

  expect(await sources('change.proposed')).toEqual([`/pbx set in ${APPROVALS}`, `/pbx set in ${APPROVALS}`]);
  expect(await sources('change.approved')).toEqual([
    `${APPROVALS}/${medium.ts}`,
    `view:${view} from ${APPROVALS}/${high.ts}`,
  ]);
});

test('whoever may not approve is told why, alone, and sees no window', async () => {
  const card = await flow.request(HIGH);
  for (const button of ['Approve', 'Deny']) {
    await flow.ann.press(card, button);
    await flow.answer(flow.ann, 'You asked for this yourself; another person must decide.');
    await flow.eve.press(card, button);
    await flow.answer(flow.eve, 'You are not an approver for this request');
  }
  flow.world.slack.faults.delay('users.info', 300);
  const pressed = flow.ben.press(card, 'Approve');
  flow.world.slack.setPerson(BEN, { deleted: true });
  await pressed;
  await flow.answer(flow.ben, 'A deactivated account or a bot cannot decide.');

  expect([flow.ann, flow.ben, flow.eve].map((who) => who.modal())).toEqual([undefined, undefined, undefined]);
  expect(await sources('change.approved')).toEqual([]);
});

test('whoever stops being an approver while the window is open is judged again when it is sent', async () => {
  const card = await flow.request(HIGH);
  await openApproval(flow.ben, card);
  flow.ben.fill({ confirmation: 'hq' });
  flow.world.slack.setUserGroup(APPROVER_GROUP, [CLEO]);

  expect(await flow.ben.submit()).toEqual({
    ok: false,
    errors: { confirmation: expect.stringContaining('You are not an approver for this request') },
  });
  expect(await sources('change.approved')).toEqual([]);
});

test('an approval that Slack delivers twice is one approval', async () => {
  const card = await flow.request(HIGH);
  await openApproval(flow.ben, card);
  flow.ben.fill({ confirmation: 'hq' });
  await flow.ben.submit();
  await flow.world.slack.redeliverLast('interactive');

  await flow.app.idle();
  expect(wordsOf(await flow.card('#1'))).toContain('waiting for 1 more approval');
  expect(flow.hq.writes()).toEqual([]);
});

test('the requester withdraws a request from its card, after being asked once more', async () => {
  const card = await flow.request(MEDIUM);
  await flow.ben.press(card, 'Withdraw');
  await flow.answer(flow.ben, 'Only the person who asked for this can withdraw it.');
  expect(flow.ben.modal()).toBeUndefined();

  await flow.ann.press(card, 'Withdraw');
  await flow.modal(flow.ann, 'Once it is withdrawn nobody can approve it any more');
  expect(await flow.ann.submit()).toEqual({ ok: true });
  await flow.modal(flow.ann, 'Request #1 is withdrawn.');
  await flow.world.slack.redeliverLast('interactive');
  const withdrawn = await flow.card('· withdrawn');
  expect(JSON.stringify(withdrawn.blocks)).not.toContain('change.approve');
  expect(await sources('change.withdrawn')).toEqual([
    expect.stringMatching(new RegExp(`^view:V.* from ${APPROVALS}/${card.ts}$`)),
  ]);
  await flow.app.idle();
  expect(flow.hq.writes()).toEqual([]);
});

test('a request that was decided while the window was open cannot be withdrawn any more, and the window says so', async () => {
  const card = await flow.request(MEDIUM);
  await flow.ann.press(card, 'Withdraw');
  await flow.modal(flow.ann, 'Withdraw #1');
  await flow.ben.press(card, 'Approve');
  await flow.card('· applied');

  expect(await flow.ann.submit()).toEqual({ ok: true });
  await flow.modal(flow.ann, 'Request #1 cannot be withdrawn any more (it is applied).');
});

test('a request is withdrawn by its number, with or without the sign, by its requester alone', async () => {
  await flow.request(MEDIUM);
  await flow.request(HIGH);
  const say = async (who: Person, line: string): Promise<string> => wordsOf(await flow.ask(who, line));

  expect(await say(flow.cleo, '/pbx withdraw 1')).toContain('Only the person who asked for this');
  expect(await say(flow.ann, '/pbx withdraw')).toContain('Say which request you mean. Usage: /pbx withdraw');
  expect(await say(flow.ann, '/pbx withdraw seven')).toContain('“seven” is no request’s number.');
  expect(await say(flow.ann, '/pbx withdraw 99')).toContain('There is no request #99.');
  expect(await say(flow.ann, '/pbx withdraw #1')).toContain('Request #1 is withdrawn.');
  expect(await say(flow.ann, '/pbx withdraw 2')).toContain('Request #2 is withdrawn.');
  expect(await say(flow.ann, '/pbx withdraw 2')).toContain('cannot be withdrawn any more (it is withdrawn)');
  expect(await sources('change.withdrawn')).toEqual([
    `/pbx withdraw in ${APPROVALS}`,
    `/pbx withdraw in ${APPROVALS}`,
  ]);
});
