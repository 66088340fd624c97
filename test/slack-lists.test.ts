import { afterEach, expect, test } from 'vitest';
import { REPORTS } from '../src/demo/world.js';
import { startSweep } from '../src/drift/sweep.js';
import type { PbxSeed } from '../src/simulators/pbx/server.js';
import { APPS, type Flow, PBX, startFlow, stopFlow, viewWords, wordsOf } from './helpers/slack-flow.js';

const PATIENCE_MS = 20_000;

let flow: Flow;

afterEach(() => stopFlow(flow));

/** The messages of the last answer that did not fit into Slack's limits would not be there: the simulator refuses them. */
async function sweep(): Promise<void> {
  await startSweep(flow.app.ctx, { kind: 'person', actor: { kind: 'slack', id: flow.ann.id } });
  await flow.app.idle();
}

function fleetOf(size: number): readonly PbxSeed[] {
  return Array.from({ length: size }, (_, index) => ({
    id: `customer-with-a-long-name-${String(index + 1).padStart(2, '0')}`,
  }));
}

test('of many requests the newest fifteen are listed, and how many there are', async () => {
  flow = await startFlow();
  for (let value = 1; value <= 17; value += 1) {
    await flow.ask(flow.ann, `/pbx set hq BusyMonitorTimeout ${100 + value} --because try ${value}`);
  }

  const open = await flow.ask(flow.ann, '/pbx requests');
  expect(wordsOf(open)).toContain('*Open requests*: 17');
  expect(wordsOf(open)).toContain('*#17* Headquarters: Call back when busy: time-out, waiting for approval');
  expect(wordsOf(open)).toContain('*#3*');
  expect(wordsOf(open)).not.toContain('*#2*');
  expect(wordsOf(open)).toContain('The newest 15');
  expect(open.text).toMatch(/^Open requests: 17\n#17 Headquarters/);

  const history = await flow.ask(flow.ann, '/pbx history hq BusyMonitorTimeout');
  expect(wordsOf(history)).toContain('`30` → `117`');
  expect(wordsOf(history)).toContain('*History of `BusyMonitorTimeout` on Headquarters*: 17');
  expect(wordsOf(await flow.ask(flow.ann, '/pbx history hq EnableChat'))).toContain('Nothing was asked for');

  await flow.ann.openHome();
  const home = await flow.world.slack.until('the Home tab', () => flow.world.slack.home(flow.ann.id));
  expect(viewWords(home)).toContain('and more: `/pbx requests` lists them.');
});

test('the history says what became of every request, baseline requests included', async () => {
  flow = await startFlow();
  await flow.capture('hq EnableChat');
  const denied = await flow.request('/pbx set hq EnableChat off --baseline --because quiet');
  await flow.ben.press(denied, 'Deny');
  await flow.modal(flow.ben, 'Deny request #2');
  flow.ben.fill({ reason: 'no' });
  await flow.ben.submit();
  await flow.card('· denied');

  const history = wordsOf(await flow.ask(flow.ann, '/pbx history EnableChat'));
  expect(history).toMatch(/\*#2\* Headquarters: `on` → `off`, denied, asked by <@U0ANN>/);
  expect(history).toMatch(/\*#1\* Headquarters: baseline rule `on` \(enforce\), applied/);
});

test('the Home tab shows what waits, the last sweep and the next one, and its buttons answer by message', async () => {
  flow = await startFlow();
  await flow.ann.openHome();
  const empty = await flow.world.slack.until('the Home tab', () => flow.world.slack.home(flow.ann.id));
  expect(viewWords(empty)).toContain('1 PBX, no baseline yet');
  expect(viewWords(empty)).toContain('No request is open.');
  expect(viewWords(empty)).toContain('No sweep has ended yet.');
  expect(viewWords(empty)).toContain('Next sweep <!date^');

  await flow.capture('hq EnableChat');
  await flow.request('/pbx set hq AvatarStyle Circle --because brand');
  await sweep();
  await flow.ann.openHome();
  const home = await flow.world.slack.until('the new Home tab', () => {
    const view = flow.world.slack.home(flow.ann.id);
    return view !== undefined && viewWords(view).includes('baseline v1') ? view : undefined;
  });
  expect(viewWords(home)).toContain('*#2* Headquarters: Avatar style, waiting for approval');
  expect(viewWords(home)).toContain('Last sweep: *1 checked* on 1 PBX: 1 in sync');

  await flow.ann.pressInHome('Show settings');
  await flow.direct(flow.ann, 'Settings of Headquarters');
  await flow.ann.pressInHome('Show the baseline');
  await flow.direct(flow.ann, 'Baseline v1: 1 rule');
  await flow.ann.pressInHome('Check for drift');
  await flow.direct(flow.ann, 'A check only reads');
  await flow.ann.pressInHome('Last drift report');
  await flow.direct(flow.ann, 'Drift report #1');
  await flow.ann.pressInHome('Open requests');
  await flow.direct(flow.ann, '*Open requests*: 1');
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
  expect(wordsOf(json).split('&amp;&lt;&gt;').length - 1).toBeGreaterThan(7000);
  await flow.ask(flow.ann, '/pbx-baseline capture hq --because the standard');
  const card = await flow.card('waiting for approval');
  await flow.ben.press(card, 'change.approve');
  await flow.card('· applied');
  expect(wordsOf(await flow.ask(flow.ann, '/pbx-baseline show'))).toContain('Baseline v1: 33 rules');
});

test('sixty PBXs are listed, checked and reported within Slack’s limits', async () => {
  flow = await startFlow({ pbxs: fleetOf(60) });
  const [first = ''] = flow.world.pbxs.ids;

  const list = await flow.ask(flow.ann, '/pbx list');
  expect(wordsOf(list)).toContain('60 PBXs');
  for (const id of flow.world.pbxs.ids) expect(wordsOf(list)).toContain(`\`${id}\``);

  await flow.ask(flow.ann, `/pbx-baseline capture ${first} --for all --mode report --because the standard`);
  await flow.ben.press(await flow.card('waiting for approval'), 'change.approve');
  await flow.card('· applied');
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
