import { afterEach, beforeEach, expect, test } from 'vitest';
import { ANN, APPROVALS } from '../src/demo/world.js';
import { insertPause } from '../src/baseline/pause-store.js';
import { currentBaseline } from '../src/baseline/store.js';
import { listEpisodes } from '../src/drift/episode-store.js';
import type { SimMessage } from '../src/simulators/slack/server.js';
import { BOLD } from './helpers/bold.js';
import {
  buttonsOf,
  chatRule,
  govern,
  report,
  reportsSaying,
  sweepOnce,
  threadOf,
} from './helpers/drift-flow.js';
import { APPS, type Flow, startFlow, stopFlow, viewWords, wordsOf } from './helpers/slack-flow.js';
import { createClock } from './helpers/sweep-fleet.js';

const ANSWERS = ['episode.restore', 'episode.adopt', 'episode.except'];
const FLAPS = { corrections: 2, withinMs: 86_400_000, rearmMs: 604_800_000 };
const clock = createClock(new Date().toISOString());

let flow: Flow;

beforeEach(async () => {
  const at = new Date().toISOString();
  clock.moveTo(at);
  flow = await startFlow({
    pbxs: [{ id: 'hq' }, { id: 'branch' }],
    config: { guards: { ...BOLD, flaps: FLAPS } },
    overrides: { now: clock.now },
  });
});

afterEach(() => stopFlow(flow));

function later(hours: number): void {
  clock.moveTo(new Date(clock.now().getTime() + hours * 3_600_000).toISOString());
}

/** Keeps sweeps away from the headquarters for some hours. */
async function pause(hours: number): Promise<void> {
  const { db } = flow.app.ctx;
  const at = clock.now().toISOString();
  const untilAt = new Date(clock.now().getTime() + hours * 3_600_000).toISOString();
  const one = { id: 'p1', target: 'hq', owner: ANN, reason: 'they move house', untilAt };
  await db.transaction().execute((tx) => insertPause(tx, 'pause', one, at));
}

/** The only card whose words contain this. */
function card(containing: string): Promise<SimMessage> {
  return flow.world.slack.until(`a card saying ${containing}`, () =>
    reportsSaying(flow, '')
      .filter(({ text }) => !text.startsWith('Drift report'))
      .findLast((message) => wordsOf(message).includes(containing)),
  );
}

function cards(): readonly SimMessage[] {
  return reportsSaying(flow, '').filter(({ text }) => !text.startsWith('Drift report'));
}

async function drifted(): Promise<SimMessage> {
  await govern(flow.app, [chatRule()]);
  flow.hq.change(APPS, { EnableChat: false }, { user: '100 Zoe', ip: '203.0.113.7' });
  await sweepOnce(flow);
  return card('*Drift*: *Chat* of *Headquarters*');
}

test('a drift has one card, which can be restored with one click and closes by itself', async () => {
  const open = await drifted();
  expect(wordsOf(open)).toMatch(
    /It is `off`, the baseline says `on`; probably `100 Zoe` from 203\.0\.113\.7/,
  );
  expect(buttonsOf(open)).toEqual(ANSWERS);

  const [asked] = await Promise.all([
    flow.press(flow.ann, open, 'episode.restore'),
    flow.ann.press(open, 'episode.restore'),
  ]);
  expect(asked.text).toContain('Request #1 waits for approval');
  const linked = await card('Restore asked for in #1, which is waiting for approval');
  expect([linked.ts, buttonsOf(linked)]).toEqual([open.ts, []]);
  const pending = await flow.card('#1 · ');
  expect(wordsOf(pending)).toContain('Chat drifted from the baseline; restore it.');
  await flow.ben.press(pending, 'change.approve');
  await card('#1, which is applied');
  expect(flow.hq.resource(APPS)['EnableChat']).toBe(true);

  later(72);
  await sweepOnce(flow);
  const closed = await card('*Closed*: *Chat* of *Headquarters*');
  expect(wordsOf(closed)).toContain('It is as the baseline says again, after 3 days.');
  expect([closed.ts, buttonsOf(closed)]).toEqual([open.ts, []]);
  expect(cards()).toHaveLength(1);
  expect(flow.world.slack.messages(APPROVALS)).toHaveLength(1);
  expect(await flow.app.ctx.announce.behind()).toEqual([]);
});

test('what a PBX has can become the baseline, as it is when it is asked for', async () => {
  const open = await drifted();
  await flow.ann.press(open, 'episode.adopt');
  const form = await flow.modal(flow.ann, 'Adopt into baseline');
  expect(viewWords(form)).toContain('*Chat* of *Headquarters* was `off` when it was last seen');
  flow.ann.fill({ scope: 'pbx', reason: 'they want no chat' });
  await flow.ann.submit();
  await flow.modal(flow.ann, 'Request #1 waits for approval');
  await card('Adoption into the baseline asked for in #1');
  await flow.ben.press(await flow.card('#1 · '), 'change.approve');
  await card('#1, which is applied');

  const { rules } = await currentBaseline(flow.app.ctx.db);
  expect(rules).toContainEqual(chatRule({ value: false, target: 'hq' }));
  await sweepOnce(flow);
  await card('*Closed*: *Chat* of *Headquarters*');
});

test('an exception needs an end and a reason, is denied without a trace, and can be asked for anew', async () => {
  const open = await drifted();
  await flow.ann.press(open, 'episode.except');
  await flow.modal(flow.ann, 'Make an exception');
  const until = new Date(clock.now().getTime() + 5 * 86_400_000).toISOString().slice(0, 10);
  flow.ann.fill({ until, reason: 'the fair' });
  await flow.ann.submit();
  await card('An exception asked for in #1');
  await flow.ben.press(await flow.card('#1 · '), 'Deny');
  await flow.modal(flow.ben, 'Deny request #1');
  flow.ben.fill({ reason: 'no' });
  await flow.ben.submit();

  const denied = await card('#1, which is denied');
  expect(buttonsOf(denied)).toEqual(ANSWERS);
  await flow.ann.press(denied, 'episode.except');
  await flow.modal(flow.ann, 'Make an exception');
  flow.ann.fill({ until, reason: 'the fair, really' });
  await flow.ann.submit();
  await card('An exception asked for in #2');
  await flow.ben.press(await flow.card('#2 · '), 'change.approve');
  await card('#2, which is applied');
  await sweepOnce(flow);
  await card('An exception until');
});

test('a value that keeps coming back is left alone, told once with its author, and re-armed by a person', async () => {
  await govern(flow.app, [chatRule({ mode: 'enforce', severity: 'critical' })]);
  for (let round = 0; round < 3; round += 1) {
    flow.hq.change(APPS, { EnableChat: false }, { user: '200 Max', ip: '203.0.113.9' });
    await sweepOnce(flow);
    later(0.001);
  }
  const left = await card('*Left alone: it keeps coming back, critical*');
  expect(flow.hq.writes()).toHaveLength(2);
  expect(wordsOf(left)).toMatch(/it was corrected 2 times within 24 hours and (it )?came back/);
  expect(wordsOf(left)).toContain('probably `200 Max`');
  expect(wordsOf(left)).toContain(`<@${ANN}>`);
  expect(buttonsOf(left)).toEqual([...ANSWERS, 'episode.rearm']);
  await sweepOnce(flow);
  expect(cards()).toHaveLength(1);

  expect((await flow.press(flow.eve, left, 'episode.rearm')).text).toContain('Only admins and approvers');
  expect((await flow.press(flow.ann, left, 'episode.rearm')).text).toContain('is re-armed');
  expect(buttonsOf(await card('It is re-armed: the next sweep corrects it again.'))).toEqual(ANSWERS);
  expect((await flow.ask(flow.ann, '/pbx-drift rearm hq EnableChat')).text).toContain('is not left alone');
  later(1);
  await sweepOnce(flow);
  await card('The sweep corrected it');
  expect(flow.hq.writes()).toHaveLength(3);
});

test('a drift that began while the PBX could not be read, or was paused, still says who probably did it', async () => {
  await govern(flow.app, [chatRule()]);
  await sweepOnce(flow);
  later(1);
  flow.hq.change(APPS, { EnableChat: false }, { user: '100 Zoe', ip: '203.0.113.7' });
  flow.hq.fault({ kind: 'html', on: 'read' });
  later(24);
  await sweepOnce(flow);
  expect(cards()).toEqual([]);

  flow.hq.clearFaults();
  await pause(24);
  later(23);
  await sweepOnce(flow);
  expect(cards()).toEqual([]);

  later(24);
  await sweepOnce(flow);
  expect(wordsOf(await card('*Drift*: *Chat* of *Headquarters*'))).toContain('probably `100 Zoe`');

  later(24);
  await sweepOnce(flow);
  const [details = ''] = threadOf(flow, await report(flow, 5));
  expect(details, 'also in the reports of later nights').toContain('probably `100 Zoe`');
});

test('who made a drift is not blamed for what nobody knows who made of it', async () => {
  await govern(flow.app, [chatRule({ key: 'BrandUrl', value: 'https://a.example', target: 'hq' })]);
  flow.hq.change(APPS, { BrandUrl: 'https://b.example' }, { user: '100 Zoe', ip: '203.0.113.7' });
  await sweepOnce(flow);
  await card('probably `100 Zoe`');

  flow.hq.setStatus({ IsAuditLogEnabled: false });
  later(1);
  flow.hq.change(APPS, { BrandUrl: 'https://c.example' });
  await sweepOnce(flow);
  const changed = await card('It is `“https://c.example”`');
  expect(wordsOf(changed)).not.toContain('Zoe');
  expect(cards()).toHaveLength(1);
});

test('the card of a PBX that left the fleet closes by itself', async () => {
  const open = await drifted();
  const { config } = flow.world;
  Object.assign(config, { pbxs: config.pbxs.filter(({ id }) => id !== 'hq') });
  await flow.app.ctx.reload();
  later(24);
  await sweepOnce(flow);

  const closed = await card('*Closed*');
  expect(wordsOf(closed)).toContain('The PBX left the fleet, after 24 hours.');
  expect([closed.ts, buttonsOf(closed)]).toEqual([open.ts, []]);
  expect(await listEpisodes(flow.app.ctx.db, { limit: 9 })).toEqual([]);
});

test('a drift that gets worse is told in the thread of its card, once', async () => {
  const open = await drifted();
  later(1);
  await sweepOnce(flow);
  expect(threadOf(flow, open)).toEqual([]);

  await govern(flow.app, [chatRule({ severity: 'critical' })], 'second');
  later(1);
  await sweepOnce(flow);
  const worse = await card('*Drift, critical*');
  expect(worse.ts).toBe(open.ts);
  expect(threadOf(flow, open).join('\n')).toMatch(/This got worse: drift, critical\..*<@U0ANN>/s);
  later(1);
  await sweepOnce(flow);
  expect(threadOf(flow, open)).toHaveLength(1);
  expect(cards()).toHaveLength(1);
});

test('what the sweep corrects at once has no card, and all drift of a PBX can be seen and restored by command', async () => {
  await govern(flow.app, [
    chatRule({ key: 'AvatarStyle', value: 'Square', mode: 'enforce' }),
    chatRule(),
    chatRule({ key: 'HideCRMContacts', value: false }),
  ]);
  flow.hq.change(APPS, { EnableChat: false, HideCRMContacts: true, AvatarStyle: 'Circle' });
  await sweepOnce(flow);
  await card('*Hide CRM');
  expect(cards()).toHaveLength(2);

  const shown = await flow.ask(flow.ann, '/pbx-drift show hq');
  expect(wordsOf(shown)).toContain('*Headquarters*: 2 drifts open');
  expect(buttonsOf(shown)).toEqual([...ANSWERS, ...ANSWERS]);
  expect((await flow.ask(flow.ann, '/pbx-drift show branch')).text).toContain('No drift of branch is open');
  expect((await flow.ask(flow.eve, '/pbx-drift restore hq --because x')).text).toContain(
    'but not ask for changes',
  );

  const asked = await flow.ask(flow.ann, '/pbx-drift restore hq --because the night was wild');
  expect(asked.text).toContain('Request #1 waits for approval');
  await flow.ben.press(await flow.card('#1 · '), 'change.approve');
  await flow.hq.until('the write', () => flow.hq.resource(APPS)['HideCRMContacts'] === false);
  expect(flow.hq.resource(APPS)['EnableChat']).toBe(true);
  await flow.card('· applied');
  const open = await listEpisodes(flow.app.ctx.db, { pbxId: 'hq', limit: 9 });
  expect(new Set(open.map(({ requestId }) => requestId)).size).toBe(1);
  expect((await flow.ask(flow.ann, '/pbx-drift restore hq --because again')).text).toMatch(
    /already|nothing/i,
  );
});

test('a card whose answer was lost, or that somebody deleted, is found or posted anew', async () => {
  flow.world.slack.faults.fail('chat.update', { status: 503, times: 1 });
  const open = await drifted();
  const { apiUrl, botToken } = flow.world.slack;
  await fetch(`${apiUrl}chat.delete`, {
    method: 'POST',
    headers: { authorization: `Bearer ${botToken}` },
    body: new URLSearchParams({ channel: open.channel, ts: open.ts }),
  });
  flow.hq.change(APPS, { EnableChat: true });
  await sweepOnce(flow);
  const closed = await card('*Closed*');
  expect(closed.ts).not.toBe(open.ts);
  expect(cards()).toHaveLength(1);
});
