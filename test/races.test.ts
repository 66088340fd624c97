import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { listAudit, verifyAudit } from '../src/audit/queries.js';
import type { Rule } from '../src/baseline/rules.js';
import { getRequest, listRequests } from '../src/changes/queries.js';
import type { Job } from '../src/ctx.js';
import { ANN, APPROVALS, BEN, CLEO, REPORTS, startWorld, type World } from '../src/demo/world.js';
import type { SimMessage } from '../src/simulators/slack/server.js';
import { type Db, openDatabase } from '../src/storage/database.js';
import { BOLD } from './helpers/bold.js';
import { type Child, startChild } from './helpers/child.js';
import { type CompiledApp, compileApp } from './helpers/compiled-app.js';
import { makeSweepDue, YEARLY } from './helpers/due-sweep.js';

const ASK = '/pbx set hq AvatarStyle Circle --because the new brand';
const PATCH = { AvatarStyle: 'Circle' };
const CHAT_ON: readonly Rule[] = [{ key: 'EnableChat', value: true, mode: 'enforce', target: 'all' }];
/** Long enough for another machine to come across the same work meanwhile. */
const SLOW_MS = 300;

let world: World;
let compiled: CompiledApp;
let machines: readonly Child[];
let db: Db;

beforeAll(async () => {
  compiled = await compileApp();
  return compiled.remove;
});

beforeEach(async () => {
  machines = [];
  world = await startWorld({
    pbxs: [{ id: 'hq' }, { id: 'branch', values: { GeneralSettingsForApps: { EnableChat: false } } }],
    config: { schedule: YEARLY, guards: BOLD },
  });
  db = await openDatabase(world.config.databaseUrl);
});

afterEach(async () => {
  await Promise.all(machines.map((machine) => machine.kill()));
  await db.destroy();
  await world.stop();
});

function cards(): readonly SimMessage[] {
  return world.slack.messages(APPROVALS);
}

async function card(words: string): Promise<SimMessage> {
  return world.slack.until(`a card saying ${words}`, () =>
    cards().find(({ blocks }) => JSON.stringify(blocks).includes(words)),
  );
}

async function pendingCard(): Promise<SimMessage> {
  await world.slack.person(ANN).command(APPROVALS, ASK);
  return card('waiting for approval');
}

function written(id = 'hq'): readonly unknown[] {
  return world.pbxs
    .pbx(id)
    .writes()
    .map(({ body }) => body);
}

/** How often each deed stands in the audit log; the chain must hold. */
async function audited(): Promise<Readonly<Record<string, number>>> {
  expect((await verifyAudit(db)).fault).toBeNull();
  const counts: Record<string, number> = {};
  for (const { action } of await listAudit(db, { limit: 1000 })) counts[action] = (counts[action] ?? 0) + 1;
  return counts;
}

const CHANGED_ONCE = {
  'change.proposed': 1,
  'change.approved': 1,
  'change.applying': 1,
  'write.intended': 1,
  'write.settled': 1,
  'change.applied': 1,
};

test('fifty approvals by two people at the same moment carry the change out once', async () => {
  const app = await world.startApp();
  const pending = await pendingCard();

  const presses = Array.from({ length: 50 }, (_, index) =>
    world.slack.person(index % 2 === 0 ? BEN : CLEO).press(pending, 'change.approve'),
  );
  const results = await Promise.all(presses);
  await card('· applied');

  expect(results.every(({ acked }) => acked)).toBe(true);
  await app.idle();
  expect(await audited()).toEqual(CHANGED_ONCE);
  expect(written()).toEqual([PATCH]);
  expect(cards()).toHaveLength(1);
});

test('an approval and a denial at the same moment make one decision', async () => {
  const app = await world.startApp();
  const pending = await pendingCard();
  const cleo = world.slack.person(CLEO);
  await cleo.press(pending, 'change.deny');
  await world.slack.until('the form', () => cleo.modal());
  cleo.fill({ reason: 'not now' });

  await Promise.all([cleo.submit(), world.slack.person(BEN).press(pending, 'change.approve')]);
  const decided = await world.slack.until('the decision on the card', () =>
    cards().find(({ text }) => /is (applied|denied)/.test(text)),
  );

  await app.idle();
  const counts = await audited();
  const [request] = await listRequests(db, { limit: 10 });
  const isApplied = request?.state === 'applied';
  expect(request?.votes).toHaveLength(1);
  expect(counts).toEqual(isApplied ? CHANGED_ONCE : { 'change.proposed': 1, 'change.denied': 1 });
  expect(written()).toEqual(isApplied ? [PATCH] : []);
  expect(decided.text).toContain(isApplied ? 'is applied' : 'is denied');
});

test('a command that Slack delivers twice asks once', async () => {
  const app = await world.startApp();

  const typed = world.slack.person(ANN).command(APPROVALS, ASK);
  await world.slack.redeliverLast('slash_commands');
  await typed;
  await card('waiting for approval');
  await world.slack.redeliverLast('slash_commands');
  await world.slack.until('three answers to ann', () => world.slack.ephemerals(ANN).length === 3);

  await app.idle();
  expect(await audited()).toEqual({ 'change.proposed': 1 });
  expect(cards()).toHaveLength(1);
  expect(await listRequests(db, { limit: 10 })).toHaveLength(1);
});

test('a form that Slack delivers twice asks once', async () => {
  const app = await world.startApp();
  const ann = world.slack.person(ANN);
  await ann.command(APPROVALS, '/pbx change hq');
  await world.slack.until('the form', () => ann.modal()?.callbackId === 'change.form');
  ann.fill({ AvatarStyle: 'Circle', reason: 'the new brand' });

  const submitted = ann.submit();
  await world.slack.until('the delivery', () => isSubmission(world.slack.deliveries.at(-1)?.payload));
  await world.slack.redeliverLast('interactive');
  expect(await submitted).toEqual({ ok: true });
  await world.slack.redeliverLast('interactive');
  await card('waiting for approval');

  await app.idle();
  expect(await audited()).toEqual({ 'change.proposed': 1 });
  expect(cards()).toHaveLength(1);
});

function isSubmission(payload: Readonly<Record<string, unknown>> | undefined): boolean {
  return payload?.['type'] === 'view_submission';
}

test('a click that Slack delivers twice is one vote', async () => {
  const app = await world.startApp();
  const pending = await pendingCard();

  const pressed = world.slack.person(BEN).press(pending, 'change.approve');
  await world.slack.redeliverLast('interactive');
  await pressed;
  await card('· applied');
  await world.slack.redeliverLast('interactive');
  await world.slack.until('three answers to ben', () => world.slack.ephemerals(BEN).length === 3);

  const [request] = await listRequests(db, { limit: 10 });
  expect(request?.votes).toHaveLength(1);
  await app.idle();
  expect(await audited()).toEqual(CHANGED_ONCE);
  expect(written()).toEqual([PATCH]);
});

test('two machines on one database carry an approved change out once', async () => {
  await startTwo();
  const pending = await pendingCard();

  const people = [BEN, CLEO, BEN, CLEO].map((id) => world.slack.person(id));
  await Promise.all(people.map((person) => person.press(pending, 'change.approve')));
  await card('· applied');
  await takeUp({ kind: 'change', id: await requestId() });

  expect(await audited()).toEqual(CHANGED_ONCE);
  expect(written()).toEqual([PATCH]);
  expect(cards()).toHaveLength(1);
  expect(world.slack.directMessages(ANN)).toHaveLength(1);
});

test('two machines that take up an approved request at the same moment write it once', async () => {
  await startTwo();
  const pending = await pendingCard();
  const id = await requestId();
  world.pbxs.pbx('hq').fault({ kind: 'slow', delayMs: 200, times: 4 });

  await world.slack.person(BEN).press(pending, 'change.approve');
  await vi.waitFor(async () => expect((await getRequest(db, id)).state).not.toBe('pending'));
  await takeUp({ kind: 'change', id });
  await card('· applied');

  expect(await audited()).toEqual(CHANGED_ONCE);
  expect(written()).toEqual([PATCH]);
  expect(cards()).toHaveLength(1);
  expect(world.slack.directMessages(ANN)).toHaveLength(1);
});

test('two machines that take up a new request at the same moment show it in one card', async () => {
  await startTwo();
  world.slack.faults.delay('chat.postMessage', SLOW_MS, 2);

  await world.slack.person(ANN).command(APPROVALS, ASK);
  await takeUp({ kind: 'change', id: await requestId() });

  expect(cards()).toHaveLength(1);
});

test('a machine that is slow to show a change never hides what another one showed since', async () => {
  await startTwo();
  const pending = await pendingCard();
  const id = await requestId();
  world.slack.faults.delay('chat.update', 4 * SLOW_MS, 1);

  await world.slack.person(BEN).press(pending, 'change.approve');
  await vi.waitFor(async () => expect((await getRequest(db, id)).state).not.toBe('pending'));
  await takeUp({ kind: 'change', id });

  expect(cards().map(({ text }) => text)).toEqual([expect.stringContaining('is applied')]);
});

test('two machines at a due sweep do it once', async () => {
  await makeSweepDue(world.config, CHAT_ON);
  world.pbxs.pbx('branch').fault({ kind: 'slow', delayMs: SLOW_MS, times: 3 });

  await startTwo();
  await takeUp({ kind: 'sweep', id: await sweepId() });

  const sweeps = await db.selectFrom('sweeps').select('state').execute();
  expect(sweeps).toEqual([{ state: 'finished' }]);
  expect(written('branch')).toEqual([{ EnableChat: true }]);
  expect(written('hq')).toEqual([]);
  expect(await audited()).toEqual({
    'baseline.published': 1,
    'sweep.started': 1,
    'sweep.judged': 1,
    'sweep.finished': 1,
    'baseline.released': 1,
    'write.intended': 1,
    'write.settled': 1,
  });
});

test('two machines at a due sweep report it once, with its details once', async () => {
  await makeSweepDue(world.config, CHAT_ON);
  world.slack.faults.delay('chat.postMessage', SLOW_MS, 4);

  await startTwo();
  await takeUp({ kind: 'sweep', id: await sweepId() });

  const [report, ...others] = world.slack.messages(REPORTS);
  expect(others).toEqual([]);
  expect(world.slack.thread(REPORTS, report?.ts ?? '')).toHaveLength(1);
});

/** Two processes, because two connections of one process would wait for each other for ever. */
async function startTwo(): Promise<void> {
  const started = Promise.all([0, 1].map(() => startChild(compiled.entry, world.config)));
  machines = await started;
  await Promise.all(machines.map((machine) => machine.start()));
}

/** What the periodic look of each machine does with unfinished work, at the same moment; then waits for the end. */
async function takeUp(job: Job): Promise<void> {
  await Promise.all(machines.map((machine) => machine.wake(job)));
  await Promise.all(machines.map((machine) => machine.idle()));
}

/** The id of the only request, as soon as it is stored. */
async function requestId(): Promise<string> {
  return vi.waitFor(async () => {
    const [request] = await listRequests(db, { limit: 1 });
    if (request === undefined) throw new Error('there is no request yet');
    return request.id;
  });
}

/** The id of the only sweep, as soon as it is begun. */
async function sweepId(): Promise<string> {
  return vi.waitFor(async () => {
    const { id } = await db.selectFrom('sweeps').select('id').executeTakeFirstOrThrow();
    return id;
  });
}
