import { afterEach, beforeEach, expect, test } from 'vitest';
import { closeReview } from '../src/changes/break-glass.js';
import { getRequest } from '../src/changes/queries.js';
import { proposeRevert } from '../src/changes/revert.js';
import { withdrawChange } from '../src/changes/withdraw.js';
import { APPROVALS, BEN, CLEO, EVE, REPORTS } from '../src/demo/world.js';
import { startSweep } from '../src/drift/sweep.js';
import { partsView } from '../src/slack/blocks/change-parts.js';
import type { SimMessage } from '../src/simulators/slack/server.js';
import { approve, breakGlassNow, lookNow, notes, propose, testClock } from './helpers/approvals.js';
import { APPS, type Flow, startFlow, stopFlow, wordsOf } from './helpers/slack-flow.js';

const HOUR_MS = 3_600_000;
const APPROVER = new Set(['approver'] as const);
const HIGH = 'AllowChangePassword off';

let flow: Flow;
let clock = testClock();

beforeEach(async () => {
  clock = testClock();
  flow = await startFlow({
    pbxs: [
      { id: 'hq' },
      { id: 'br1' },
      { id: 'br2', values: { [APPS]: { AvatarStyle: 'Hexagon' } } },
      { id: 'br3', values: { [APPS]: { AvatarStyle: 'Circle' } } },
      { id: 'br4' },
    ],
    overrides: { now: clock.now },
  });
});

afterEach(() => stopFlow(flow));

/** The words of the one card, when nothing is under way any more. */
async function settled(): Promise<string> {
  await flow.app.idle();
  return wordsOf(theCard());
}

function theCard(): SimMessage {
  const [card, ...others] = flow.world.slack.messages(APPROVALS);
  expect(others).toEqual([]);
  if (card === undefined) throw new Error('there is no card');
  return card;
}

function titles(): readonly (string | undefined)[] {
  const card = theCard();
  return [...card.history, card].map((version) => wordsOf(version).split('\n')[0]);
}

test('a high risk says what could happen, what to type, how far the approvals are, and who can still give one', async () => {
  const { id } = await propose(flow, 'hq', HIGH);
  const asked = await settled();
  expect(asked).toContain('Change #1 · Headquarters · waiting for 2 more approvals');
  expect(asked).toContain('Decides whether every user of this PBX can choose their own password.');
  expect(asked).toContain('Approving asks you to type `hq`.');
  expect(asked).toContain('• default for high risk: 0 of 2');
  expect(asked).toContain(`Waiting for <@${BEN}>, <@${CLEO}>`);
  expect(asked).toMatch(/Expires <!date\^\d+/);

  await approve(flow, id, BEN);
  const half = await settled();
  expect(half).toContain('waiting for 1 more approval');
  expect(half).toContain(`• default for high risk: 1 of 2, approved by <@${BEN}>`);
  expect(half).toContain(`Waiting for <@${CLEO}>`);
  expect(theCard().text).toContain(`default for high risk: 1 of 2, approved by <@${BEN}>`);

  await approve(flow, id, CLEO);
  const applied = await settled();
  expect(applied).toContain('· applied');
  expect(applied).toContain(`Approved by <@${BEN}>`);
  expect(applied).toContain(`Approved by <@${CLEO}>`);
  expect(applied).not.toContain('choose their own password.');
});

test('an approval that does not count any more is named with its reason', async () => {
  const { id } = await propose(flow, 'hq', HIGH);
  await approve(flow, id, BEN);
  clock.forward(25 * HOUR_MS);
  await lookNow(flow);
  expect(await settled()).toContain(
    `The approval of <@${BEN}> does not count: it is too old; they may approve once more`,
  );

  flow.world.slack.setUserGroup('S0APPROVERS', [CLEO, EVE]);
  await approve(flow, id, CLEO);
  const gone = await settled();
  expect(gone).toContain(
    `The approval of <@${BEN}> does not count: they are not an approver for this any more`,
  );
  expect(gone).toContain(`1 of 2, approved by <@${CLEO}>`);
  expect(gone).toContain(`Waiting for <@${EVE}>`);
});

test('a card for many PBXs shows counts and exceptions first, then each value with how many have it', async () => {
  flow.world.pbxs.pbx('br4').fault({ kind: 'forbidden', on: 'read' });
  await propose(flow, 'all', 'AvatarStyle Circle');
  const words = await settled();

  expect(words).toContain('Change #1 · all PBXs · waiting for approval');
  const lines = words.split('\n');
  expect(lines[2]).toBe('*3 of 5 PBXs would change*; 1 could not be read: br4; 1 is already so');
  expect(lines[3]).toBe('• *Avatar style* `Square` → `Circle` on 2 PBXs, `Hexagon` → `Circle` on br2');
  expect(words).toContain('Values per PBX');
  expect(theCard().text).toContain('3 of 5 PBXs would change; 1 could not be read: br4');
});

test('the values of every PBX by itself are there on demand, with why one is left out and how one failed', async () => {
  flow.world.pbxs.pbx('br4').fault({ kind: 'forbidden', on: 'read' });
  flow.world.pbxs.pbx('br2').fault({ kind: 'forbidden', on: 'write' });
  const { id } = await propose(flow, 'all', 'AvatarStyle Circle');
  const view = async (): Promise<string> => {
    const { blocks } = partsView(await getRequest(flow.app.ctx.db, id), (pbxId) => pbxId.toUpperCase());
    return wordsOf({ blocks });
  };
  expect(await view()).toContain('*BR2* (`br2`)\n    • *Avatar style* `Hexagon` → `Circle`');
  expect(await view()).toContain('*BR3* (`br3`): already so');
  expect(await view()).toContain('*BR4* (`br4`): not read: Avatar style could not be read from br4');

  await approve(flow, id, BEN);
  await settled();
  expect(await view()).toContain('*HQ* (`hq`): applied');
  expect(await view()).toContain('*BR2* (`br2`): failed');
  expect(await view()).toContain('refused: The PBX forbids');
});

test('a roll-out shows its progress, then what failed first, and what the others became', async () => {
  flow.world.pbxs.pbx('br2').fault({ kind: 'forbidden', on: 'write' });
  flow.world.pbxs.pbx('br1').fault({ kind: 'slow', on: 'write', delayMs: 600 });
  const { id } = await propose(flow, 'all', 'AvatarStyle Circle');
  await approve(flow, id, BEN);
  const words = await settled();

  expect(words.split('\n')[0]).toBe('Change #1 · all PBXs · partly applied: 3 of 4');
  const [, , summary, failure] = words.split('\n');
  expect(summary).toBe('*Applied on 3 of 4 PBXs*; 1 failed; 1 is already so');
  expect(failure).toMatch(/^• :warning: \*br2\*: Avatar style: refused: The PBX forbids/);
  expect(titles()).toContainEqual(
    expect.stringMatching(/^Change #1 · all PBXs · approved, applying [123] of 4…$/),
  );
  expect(titles().at(0)).toBe('Change #1 · all PBXs · waiting for approval');
});

test('a value that moved meanwhile is asked for again, with both values on the card and in its thread', async () => {
  const { id } = await propose(flow, 'hq', 'AvatarStyle Circle');
  await flow.app.idle();
  flow.hq.change(APPS, { AvatarStyle: 'Hexagon' });
  await approve(flow, id, BEN);
  const words = await settled();

  const both = '• *Avatar style* was `Square` when this was asked for, and is `Hexagon` now';
  expect(words).toContain('Change #1 · Headquarters · waiting for approval');
  expect(words).toContain(`*Asked again*: A value was changed on the PBX since this was asked for.\n${both}`);
  expect(words).toContain('• *Avatar style* `Hexagon` → `Circle`');
  expect(theCard().text).toContain('Avatar style was Square when this was asked for, and is Hexagon now');
  const [note, ...others] = notes(flow, theCard());
  expect(others).toEqual([]);
  expect(wordsOf(note ?? { blocks: [] })).toContain(both);
  expect(note?.text).toContain(`<@${BEN}>: your approval does not count any more.`);
  expect(flow.hq.writes()).toEqual([]);

  await approve(flow, id, BEN);
  expect(await settled()).toContain('was `Square` when this was asked for, and then became `Hexagon`');
  expect(flow.hq.writes()).toHaveLength(1);
});

test('break-glass pings the approvers in the thread, marks the card for ever and keeps its review open', async () => {
  const { id } = await propose(flow, 'hq', HIGH);
  await settled();
  await breakGlassNow(flow, id, 'nobody can log in');
  const broken = await settled();
  expect(broken).toContain(':rotating_light: *Break-glass*: <@U0ANN> skipped the approval');
  expect(broken).toContain('nobody can log in');
  expect(broken).toContain('The review is *open*');
  expect(broken).toContain('Close the review');
  expect(titles()).toContain('Change #1 · Headquarters · applying without approval…');
  expect(notes(flow, theCard()).map(({ text }) => text)).toEqual([
    expect.stringContaining('<!subteam^S0APPROVERS>: <@U0ANN> skipped the approval of request #1'),
  ]);

  clock.forward(25 * HOUR_MS);
  await lookNow(flow);
  expect(notes(flow, theCard())[1]?.text).toContain('the review of request #1 is still open');
  const actor = { kind: 'slack', id: BEN } as const;
  await closeReview(flow.app.ctx, { requestId: id, actor, roles: APPROVER, note: 'it was right' });
  const closed = await settled();
  expect(closed).toContain(`The review was closed by <@${BEN}>`);
  expect(closed).toContain('it was right');
  expect(closed).toContain(':rotating_light: *Break-glass*');
  expect(closed).not.toContain('Close the review');
  await flow.direct(flow.ann, `<@${BEN}> closed the review of request #1, whose approval you skipped`);
});

test('a drift report names every request whose approval was skipped until its review is closed', async () => {
  const { id } = await propose(flow, 'hq', HIGH);
  await breakGlassNow(flow, id, 'nobody can log in');
  await flow.app.idle();
  const report = async (): Promise<string> => {
    const before = flow.world.slack.messages(REPORTS).length;
    await startSweep(flow.app.ctx, { kind: 'person', actor: { kind: 'operator', id: 'root' } });
    await flow.app.idle();
    return wordsOf(flow.world.slack.messages(REPORTS)[before] ?? { blocks: [] });
  };
  const line = /\*#1\* Headquarters, by <@U0ANN> .* because `nobody can log in`: /;

  expect(await report()).toMatch(new RegExp(`${line.source}\\*the review is open\\*`));
  expect(await report()).toMatch(line);
  const actor = { kind: 'slack', id: BEN } as const;
  await closeReview(flow.app.ctx, { requestId: id, actor, roles: APPROVER, note: 'it was right' });
  expect(await report()).not.toMatch(line);
});

test('a request that the baseline came to contradict cannot be approved until somebody edits it', async () => {
  const { id } = await propose(flow, 'hq', 'EnableChat off');
  await flow.app.idle();
  await flow.capture('hq EnableChat');
  await flow.app.idle();

  const blocked = wordsOf(await flow.card('waiting for an edit'));
  expect(blocked).toContain('Change #1 · Headquarters · waiting for an edit');
  expect(blocked).toContain(
    ':no_entry: *Nobody can approve this as it is.* Meanwhile baseline v1 holds Chat at on.',
  );
  expect(blocked).toContain('Waiting for somebody to edit it');
  expect(blocked.split('\n')).toEqual(expect.arrayContaining(['Deny', 'Edit', 'Withdraw']));
  expect(blocked.split('\n')).not.toContain('Approve');
  await expect(approve(flow, id, BEN)).rejects.toMatchObject({ code: 'conflict' });
});

test('a revert says what it takes back, and a withdrawn one who took it back', async () => {
  const { id } = await propose(flow, 'hq', 'EnableChat off');
  await approve(flow, id, BEN);
  expect(await settled()).toContain('Revert');
  const actor = { kind: 'slack', id: BEN } as const;
  const revert = await proposeRevert(flow.app.ctx, {
    requestId: id,
    actor,
    roles: APPROVER,
    reason: 'it was needed after all',
  });

  const asked = wordsOf(await flow.card('Revert of #1'));
  expect(asked).toContain('Change #2 · Revert of #1 · Headquarters · waiting for approval');
  expect(asked).toContain(`<@${BEN}> asks to take back request #1 of *Headquarters*:`);
  expect(asked).toContain('• *Chat* `off` → `on`');
  expect(asked.split('\n')).not.toContain('Edit');
  await withdrawChange(flow.app.ctx, { requestId: revert.id, actor });
  await flow.app.idle();
  const withdrawn = wordsOf(await flow.card('· withdrawn'));
  expect(withdrawn).toContain(`Withdrawn by <@${BEN}>`);
  expect(withdrawn).not.toContain('Approve\n');
});

test('the longest reasons, notes and lists of values still fit into one message', async () => {
  const long = 'r'.repeat(1990);
  const text = 'x<&'.repeat(300);
  const { id } = await propose(flow, 'hq', HIGH, `BrandUrl ${text}`, 'AvatarStyle Circle', 'EnableChat off');
  await flow.app.idle();
  flow.hq.change(APPS, { BrandUrl: text.replace('x', 'y') });
  await approve(flow, id, BEN);
  await approve(flow, id, CLEO);
  await flow.app.idle();
  await breakGlassNow(flow, id, long);
  await flow.app.idle();
  const actor = { kind: 'slack', id: BEN } as const;
  await closeReview(flow.app.ctx, { requestId: id, actor, roles: APPROVER, note: long });

  expect(await settled()).toContain('· applied');
  expect(flow.world.slack.calls.filter(({ error }) => error !== undefined)).toEqual([]);
});
