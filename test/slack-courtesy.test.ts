import { afterEach, beforeEach, expect, test } from 'vitest';
import { editChange } from '../src/changes/edit.js';
import { getRequest } from '../src/changes/queries.js';
import { APPROVALS, BEN, CLEO } from '../src/demo/world.js';
import { parseAssignments } from '../src/settings/assignment.js';
import type { SimMessage } from '../src/simulators/slack/server.js';
import { savePreference } from '../src/slack/preference-store.js';
import { approve, lookNow, notes, propose, testClock } from './helpers/approvals.js';
import { APPS, type Flow, startFlow, stopFlow, wordsOf } from './helpers/slack-flow.js';

const HOUR_MS = 3_600_000;
const REPAIR_MS = 25_000;
const HIGH = 'AllowChangePassword off';

let flow: Flow;
let clock = testClock();

beforeEach(async () => {
  clock = testClock();
  flow = await startFlow({ overrides: { now: clock.now } });
});

afterEach(() => stopFlow(flow));

function theCard(): SimMessage {
  const [card, ...others] = flow.world.slack.messages(APPROVALS);
  expect(others).toEqual([]);
  if (card === undefined) throw new Error('there is no card');
  return card;
}

function noteTexts(): readonly string[] {
  return notes(flow, theCard()).map(({ text }) => text);
}

async function after(hours: number): Promise<readonly string[]> {
  clock.forward(hours * HOUR_MS);
  await lookNow(flow);
  return noteTexts();
}

function told(person: string): readonly string[] {
  return flow.world.slack.directMessages(person).map((message) => wordsOf(message).split('\n')[0] ?? '');
}

test('reminders come in the thread, ever more rarely, and name who can still approve and until when', async () => {
  const { id } = await propose(flow, 'hq', HIGH);
  await flow.app.idle();
  await approve(flow, id, BEN);
  await flow.app.idle();

  expect(await after(0.5)).toEqual([]);
  const [first, ...early] = await after(0.6);
  expect(early).toEqual([]);
  expect(first).toContain(`<@${CLEO}>: request #1 for Headquarters still waits for 1 approval.`);
  expect(first).toMatch(/It expires <!date\^\d+/);
  expect(first).not.toContain(BEN);
  expect(await after(1)).toHaveLength(1);
  expect(await after(1)).toHaveLength(2);
  expect(await after(3)).toHaveLength(2);
  expect(await after(1)).toHaveLength(3);
  expect(flow.world.slack.messages(APPROVALS)).toHaveLength(1);
});

test('a reminder is posted once by two processes, and those missed while Plumbline was down are not caught up', async () => {
  await propose(flow, 'hq', HIGH);
  await flow.app.idle();
  const other = await flow.world.startApp();
  clock.forward(20 * HOUR_MS);
  await Promise.all([lookNow(flow), lookNow({ ...flow, app: other })]);
  await Promise.all([lookNow(flow), lookNow({ ...flow, app: other })]);

  expect(noteTexts()).toHaveLength(1);
});

test('a note in the thread whose answer was lost on the way is found again, and not posted twice', async () => {
  const { id } = await propose(flow, 'hq', 'AvatarStyle Circle');
  await flow.app.idle();
  flow.hq.change(APPS, { AvatarStyle: 'Hexagon' });
  flow.world.slack.faults.loseReply('chat.postMessage');
  await approve(flow, id, BEN);
  await flow.world.slack.until('the lost note', () => noteTexts().length > 0);
  await flow.world.slack.until(
    'the look into the thread',
    () => flow.world.slack.calls.some(({ method }) => method === 'conversations.replies'),
    REPAIR_MS,
  );
  await flow.app.idle();

  expect(noteTexts()).toHaveLength(1);
  expect(await flow.app.ctx.announce.behind()).toEqual([]);
});

test('a request that nobody decides in time expires, and the one who asked is told', async () => {
  await propose(flow, 'hq', HIGH);
  await flow.app.idle();
  await after(73);

  const card = wordsOf(theCard());
  expect(card).toContain('Change #1 · Headquarters · expired');
  expect(card).toMatch(/Expired <!date.*>: not enough approvals in time/);
  expect(card.split('\n')).not.toContain('Approve');
  expect(noteTexts()).toEqual([]);
  expect(told(flow.ann.id)).toEqual(['Your request #1 for *Headquarters* has *expired*.']);
  expect(told(BEN)).toEqual([]);
  expect(flow.hq.writes()).toEqual([]);
});

test('people are told of the end as they prefer: all they decided, only what they asked, or nothing', async () => {
  const { db } = flow.app.ctx;
  await savePreference(db, BEN, 'none');
  await savePreference(db, BEN, 'all');
  const { id } = await propose(flow, 'hq', HIGH);
  await approve(flow, id, BEN);
  await approve(flow, id, CLEO);
  await flow.app.idle();
  expect(told(flow.ann.id)).toEqual(['Your request #1 for *Headquarters* is *applied*.']);
  expect(told(BEN)).toEqual(['Request #1 for *Headquarters*, which you approved, is *applied*.']);
  expect(told(CLEO)).toEqual([]);

  await savePreference(db, flow.ann.id, 'none');
  const second = await propose(flow, 'hq', 'EnableChat off');
  await approve(flow, second.id, CLEO);
  await flow.app.idle();
  expect(told(flow.ann.id)).toHaveLength(1);
  expect(await flow.app.ctx.announce.behind()).toEqual([]);
});

test('who approved before an edit is told in the thread that the approval does not count any more', async () => {
  const { id } = await propose(flow, 'hq', HIGH);
  await approve(flow, id, BEN);
  await flow.app.idle();
  await editChange(flow.app.ctx, {
    requestId: id,
    round: 1,
    actor: { kind: 'slack', id: CLEO },
    roles: new Set(['approver', 'requester']),
    reason: 'sooner than planned',
    assignments: parseAssignments('EnableChat', 'off', null),
    hold: { kind: 'none' },
  });
  await flow.app.idle();

  expect(noteTexts()).toEqual([
    `Asked again: <@${CLEO}> edited the request.\n<@${BEN}>: your approval does not count any more. Please look at the request once more.`,
  ]);
  expect(wordsOf(theCard())).toContain(`Waiting for <@${BEN}>`);
});

test('a thread that somebody deleted gets no reminder, and the request goes on', async () => {
  const { id } = await propose(flow, 'hq', 'EnableChat off');
  await flow.app.idle();
  flow.world.slack.faults.fail('chat.postMessage', { error: 'thread_not_found' });
  await after(1.1);
  expect(noteTexts()).toEqual([]);

  await approve(flow, id, BEN);
  await flow.app.idle();
  expect((await getRequest(flow.app.ctx.db, id)).state).toBe('applied');
  expect(await flow.app.ctx.announce.behind()).toEqual([]);
});

test('an archived approvals channel does not keep the outcome from the one who asked', async () => {
  const { id } = await propose(flow, 'hq', 'EnableChat off');
  await flow.app.idle();
  flow.world.slack.faults.fail('chat.update', { error: 'is_archived', times: 20 });
  await approve(flow, id, BEN);

  await flow.direct(flow.ann, 'is *applied*');
  expect(flow.hq.resource(APPS)['EnableChat']).toBe(false);
});

test('while Slack cannot say who the approvers are, the card names their group', async () => {
  clock.forward(2 * 60_000);
  flow.world.slack.faults.fail('usergroups.users.list', { error: 'fatal_error', times: 20 });
  await propose(flow, 'hq', 'EnableChat off');
  await flow.app.idle();

  expect(wordsOf(theCard())).toContain('Waiting for <!subteam^S0APPROVERS>');
});
