import { afterEach, expect, test } from 'vitest';
import { getRequestByNumber } from '../src/changes/queries.js';
import { withdrawChange } from '../src/changes/withdraw.js';
import { ANN, BEN, CLEO, REPORTS } from '../src/demo/world.js';
import { startSweep } from '../src/drift/sweep.js';
import type { PbxSeed } from '../src/simulators/pbx/server.js';
import type { Person, SimMessage } from '../src/simulators/slack/server.js';
import { approve, breakGlassNow, propose } from './helpers/approvals.js';
import { APPS, type Flow, PBX, startFlow, stopFlow, wordsOf } from './helpers/slack-flow.js';

const PATIENCE_MS = 20_000;

let flow: Flow;

afterEach(() => stopFlow(flow));

/** The messages of the last answer that did not fit into Slack's limits would not be there: the simulator refuses them. */
async function sweep(): Promise<void> {
  await startSweep(flow.app.ctx, { kind: 'person', actor: { kind: 'slack', id: flow.ann.id } });
  await flow.app.idle();
}

/** Ben and Cleo approve the first request, as its risk wants it. */
async function approveByTwo(): Promise<void> {
  const { id } = await getRequestByNumber(flow.app.ctx.db, 1);
  await approve(flow, id, BEN);
  await approve(flow, id, CLEO);
  await flow.card('· applied');
}

function fleetOf(size: number): readonly PbxSeed[] {
  return Array.from({ length: size }, (_, index) => ({
    id: `customer-with-a-long-name-${String(index + 1).padStart(2, '0')}`,
  }));
}

/** The numbers of the requests in an answer, in its order. */
function numbersIn(message: SimMessage): readonly number[] {
  return [...wordsOf(message).matchAll(/• \*#(\d+)\*/g)].map((match) => Number(match[1]));
}

/** Presses a button as long as it is there; the numbers of all pages, and the last page. */
async function turnAll(
  person: Person,
  page: SimMessage,
  name: string,
): Promise<[readonly number[], SimMessage]> {
  const numbers = [...numbersIn(page)];
  let last = page;
  while (wordsOf(last).includes(name)) {
    last = await flow.press(person, last, name);
    numbers.push(...numbersIn(last));
  }
  return [numbers, last];
}

function countDown(from: number, to: number): readonly number[] {
  return Array.from({ length: from - to + 1 }, (_, index) => from - index);
}

test('of sixty requests every one can be reached, ten at a time, forwards and back', async () => {
  flow = await startFlow();
  for (let value = 1; value <= 60; value += 1) await propose(flow, 'hq', `BusyMonitorTimeout ${100 + value}`);

  const open = await flow.ask(flow.ann, '/pbx requests open');
  expect(wordsOf(open)).toContain('*Open requests*');
  expect(wordsOf(open)).toMatch(
    /\*#60\* Headquarters: Call back when busy: time-out, waiting for approval, asked by <@U0ANN> .* \(just now\)/,
  );
  expect(open.text).toMatch(/^Open requests\n#60 Headquarters/);
  expect(numbersIn(open)).toEqual(countDown(60, 51));
  const [older, lastPage] = await turnAll(flow.ann, open, 'Older');
  expect(older).toEqual(countDown(60, 1));
  const [newer, firstPage] = await turnAll(flow.ann, lastPage, 'Newer');
  expect(newer.toSorted((left, right) => left - right)).toEqual(countDown(60, 1).toReversed());
  expect(numbersIn(firstPage)).toEqual(countDown(60, 51));

  const mine = await flow.ask(flow.ben, '/pbx requests mine');
  expect((await turnAll(flow.ben, mine, 'Older'))[0]).toEqual(countDown(60, 1));
  const asked = await flow.ask(flow.ann, '/pbx requests asked');
  expect((await turnAll(flow.ann, asked, 'Older'))[0]).toEqual(countDown(60, 1));
  expect(wordsOf(await flow.ask(flow.ann, '/pbx requests mine'))).toContain('No request waits for you.');
});

test('the first answer says what waits for me, what I asked and what is to be reviewed', async () => {
  flow = await startFlow();
  const high = await propose(flow, 'hq', 'AllowChangePassword off');
  const broken = await propose(flow, 'hq', 'AvatarStyle Circle');
  await breakGlassNow(flow, broken.id, 'the old logo must go now');
  await flow.app.idle();

  const forBen = wordsOf(await flow.ask(flow.ben, '/pbx requests'));
  expect(forBen).toMatch(/\*Waits for you\*\n• \*#1\* Headquarters/);
  expect(forBen).toContain('*You asked, and it is open*\nNothing that you asked for is open.');
  expect(forBen).toMatch(/\*Open reviews\*\n• \*#2\* .*applied.*break-glass/);
  const forAnn = wordsOf(await flow.ask(flow.ann, '/pbx requests'));
  expect(forAnn).toContain('*Waits for you*\nNo request waits for you.');
  expect(forAnn).toMatch(/\*You asked, and it is open\*\n• \*#1\*/);
  expect(wordsOf(await flow.ask(flow.eve, '/pbx requests mine'))).toContain('No request waits for you.');

  await approve(flow, high.id, BEN);
  expect(wordsOf(await flow.ask(flow.ben, '/pbx requests mine'))).toContain('No request waits for you.');
  expect(wordsOf(await flow.ask(flow.cleo, '/pbx requests mine'))).toContain('*#1*');
  expect(wordsOf(await flow.ask(flow.ann, '/pbx requests mined'))).toContain('Did you mean mine?');
});

test('decided requests stand in the order in which they came to their end', async () => {
  flow = await startFlow();
  const requests = [];
  for (let value = 1; value <= 12; value += 1)
    requests.push(await propose(flow, 'hq', `BusyMonitorTimeout ${100 + value}`));
  const ended = [...requests.slice(3), ...requests.slice(0, 2)];
  for (const { id } of ended) {
    await withdrawChange(flow.app.ctx, { requestId: id, actor: { kind: 'slack', id: ANN } });
  }

  const decided = await flow.ask(flow.ben, '/pbx requests decided');
  expect(numbersIn(decided).slice(0, 2)).toEqual([2, 1]);
  const [numbers] = await turnAll(flow.ben, decided, 'Older');
  expect(numbers).toEqual([2, 1, ...countDown(12, 4)]);
});

test('every setting at its longest still fits into one answer, and what does not fit is said', async () => {
  flow = await startFlow();
  const long = '&<>'.repeat(1000);
  const texts = [
    'BrandUrl',
    'NameOfCustomAvailableStatus',
    'NameOfCustomOutOfOfficeStatus',
    'BrandLogoImage',
  ];
  flow.hq.change(APPS, {
    ...Object.fromEntries(texts.map((key) => [key, long])),
    AutoSchedulerSettings: { ProfileAvailable: long, ProfileAway: long, ProfileDND: long },
  });
  flow.hq.change(PBX, { OperatorExtension: long });

  const shown = await flow.ask(flow.ann, '/pbx show');
  expect(wordsOf(shown)).toContain('Brand URL');
  expect(wordsOf(shown)).toContain('Time of scheduled reports');
  await flow.ann.press(shown, 'Show JSON');
  const json = await flow.modal(flow.ann, '"ScheduledReportGenerationTime"');
  expect(wordsOf(json).split('&amp;&lt;&gt;').length - 1).toBeGreaterThan(6900);
  await flow.ask(flow.ann, '/pbx-baseline capture hq --because the standard');
  await approveByTwo();
  expect(wordsOf(await flow.ask(flow.ann, '/pbx-baseline show'))).toMatch(/Baseline v1: \d+ rules/);
});

test('sixty PBXs are listed, checked and reported within Slack’s limits', async () => {
  flow = await startFlow({ pbxs: fleetOf(60) });
  const [first = ''] = flow.world.pbxs.ids;

  const list = await flow.ask(flow.ann, '/pbx list');
  expect(wordsOf(list)).toContain('60 PBXs');
  for (const id of flow.world.pbxs.ids) expect(wordsOf(list)).toContain(`\`${id}\``);

  await flow.ask(flow.ann, `/pbx-baseline capture ${first} --for all --mode report --because the standard`);
  await approveByTwo();
  for (const [index, id] of flow.world.pbxs.ids.entries()) {
    if (index % 3 === 1) flow.world.pbxs.pbx(id).fault({ kind: 'html', on: 'read' });
    if (index % 3 === 2) {
      flow.world.pbxs
        .pbx(id)
        .change(APPS, { EnableChat: false, AvatarStyle: 'Circle', HideCRMContacts: true });
    }
  }

  await flow.ask(flow.ann, '/pbx-drift check');
  const check = await flow.world.slack.until(
    'the check',
    () => flow.world.slack.ephemerals(flow.ann.id).find((one) => wordsOf(one).includes('A check only reads')),
    PATIENCE_MS,
  );
  expect(wordsOf(check)).toContain('on 60 PBXs');
  expect(wordsOf(check)).toContain('more lines: check fewer PBXs to see all.');

  await sweep();
  const [report] = flow.world.slack.messages(REPORTS);
  expect(wordsOf(report ?? { blocks: [] })).toContain('*40 PBXs need a person*');
  const details = flow.world.slack
    .thread(REPORTS, report?.ts ?? '')
    .map(wordsOf)
    .join('\n');
  for (const id of flow.world.pbxs.ids) expect(details).toContain(`\`${id}\``);
  const last = await flow.ask(flow.ann, '/pbx-drift report');
  expect(wordsOf(last)).toContain('see the thread of the report.');
});
