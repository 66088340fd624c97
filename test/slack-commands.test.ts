import { afterEach, expect, test } from 'vitest';
import { APPROVALS, EVE } from '../src/demo/world.js';
import { APPS, type Flow, startFlow, stopFlow, wordsOf } from './helpers/slack-flow.js';

let flow: Flow;

afterEach(() => stopFlow(flow));

async function say(line: string): Promise<string> {
  return wordsOf(await flow.ask(flow.ann, line));
}

const FLEET = { pbxs: [{ id: 'hq' }, { id: 'branch-east' }, { id: 'branch-west' }] };

test('a bare command answers with its help, every verb explained, and buttons to begin with', async () => {
  flow = await startFlow();

  const pbx = await flow.ask(flow.ann, '/pbx');
  const verbs = ['list', 'show', 'set', 'change', 'requests', 'history', 'withdraw', 'break-glass', 'revert'];
  for (const verb of verbs) {
    expect(wordsOf(pbx)).toContain(`/pbx ${verb}`);
    expect(pbx.text).toContain(`/pbx ${verb}`);
  }
  await flow.ann.press(pbx, 'show.pick');
  expect(wordsOf(await flow.answer(flow.ann, 'Settings of'))).toContain('Headquarters');
  await flow.ann.press(pbx, 'Requests');
  await flow.answer(flow.ann, 'No request waits for you.');

  const drift = await flow.ask(flow.ann, '/pbx-drift');
  expect(wordsOf(drift)).toContain('/pbx-drift check');
  await flow.ann.press(drift, 'Check now');
  await flow.answer(flow.ann, 'no baseline yet, so nothing can drift');
  await flow.ann.press(drift, 'Last drift report');
  await flow.answer(flow.ann, 'No sweep has ended yet.');

  const baseline = await flow.ask(flow.ann, '/pbx-baseline help');
  expect(wordsOf(baseline)).toContain('/pbx-baseline capture');
  await flow.ann.press(baseline, 'Show the baseline');
  await flow.answer(flow.ann, 'There is no baseline yet.');
});

test('a mistyped verb, setting, option or mode is answered with the nearest word', async () => {
  flow = await startFlow();

  expect(await say('/pbx shwo')).toContain('Did you mean /pbx show?');
  expect(await say('/pbx brake-glass hq EnableChat off')).toContain('Did you mean /pbx break-glass?');
  expect(await say('/pbx frobnicate')).toContain('/pbx help explains them');
  expect(await say('/pbx show EnableChatt')).toContain('Did you mean EnableChat?');
  expect(await say('/pbx set hq AvatarStyl Circle --because x')).toContain('Did you mean AvatarStyle?');
  expect(await say('/pbx set hq AvatarStyle Circl --because x')).toContain('Did you mean Circle?');
  expect(await say('/pbx set hq EnableChat off --becuse x')).toContain('Did you mean --because?');
  expect(await say('/pbx change hq EnableChatt')).toContain('Did you mean EnableChat?');
  expect(await say('/pbx history hq EnableChatt')).toContain('Did you mean EnableChat?');
  expect(await say('/pbx-baseline captrue')).toContain('Did you mean /pbx-baseline capture?');
  expect(await say('/pbx-baseline capture hq --mode enforc --because x')).toContain('Did you mean enforce?');
  expect(await say('/pbx-drift chekc')).toContain('Did you mean /pbx-drift check?');
});

test('a wrong use is answered with the usage', async () => {
  flow = await startFlow();

  expect(await say('/pbx set')).toContain('Usage: /pbx set');
  expect(await say('/pbx set hq EnableChat')).toContain('Say what EnableChat should become');
  expect(await say('/pbx set hq EnableChat --because x')).toContain('Say what EnableChat should become');
  expect(await say('/pbx set hq EnableChat off --baseline --until 2027-01-01 --because x')).toContain(
    'not both',
  );
  expect(await say('/pbx set hq EnableChat off --baseline yes --because x')).toContain('stands alone');
  expect(await say('/pbx set hq EnableChat off --until soon --because x')).toContain(
    'Write it as 2026-12-31 or',
  );
  expect(await say('/pbx list everything')).toContain('Usage: /pbx list');
  expect(await say('/pbx requests 7')).toContain('Usage: /pbx requests');
  expect(await say('/pbx change hq EnableChat PlayBusy')).toContain('one resource at a time');
  expect(await say('/pbx history hq EnableChat PlayBusy')).toContain('one setting at a time');
  expect(await say('/pbx-baseline capture hq')).toContain('A reason is missing. Usage: /pbx-baseline');
  expect(await say('/pbx-baseline show hq branch')).toContain('Usage: /pbx-baseline show');
  expect(await say('/pbx-drift report all')).toContain('Usage: /pbx-drift report');
  expect(flow.world.slack.messages(APPROVALS)).toEqual([]);
});

test('with one PBX its name can be left out, in every command', async () => {
  flow = await startFlow();

  expect(await say('/pbx show AvatarStyle')).toContain('Avatar style');
  expect(await say('/pbx history EnableChat')).toContain('Nothing was asked for or written yet.');
  expect(await say('/pbx set EnableChat off --because quiet')).toContain('Request #1');
  expect(await say('/pbx-baseline capture EnableChat --because standard')).toContain('Rules: 1 added');
  expect(await say('/pbx show hqq EnableChat')).toContain('Did you mean hq?');
  await flow.ann.command(APPROVALS, '/pbx change');
  await flow.modal(flow.ann, 'Headquarters');
});

test('with several PBXs the name is asked for, and a mistyped one is answered with the nearest', async () => {
  flow = await startFlow(FLEET);

  expect(await say('/pbx show')).toContain('Say which PBX you mean. Known are hq, branch-east, branch-west.');
  expect(await say('/pbx show EnableChat')).toContain('Say which PBX you mean.');
  expect(await say('/pbx set EnableChat off --because x')).toContain('Say which PBX you mean.');
  expect(await say('/pbx show branch-esat')).toContain('Did you mean branch-east');
  expect(await say('/pbx-drift check branch-wset')).toContain('Did you mean branch-west');
  expect(await say('/pbx-baseline show branch-wset')).toContain('There is no baseline yet.');
  expect(await say('/pbx show BRANCH-EAST EnableChat')).toContain('`branch-east`');
});

test('the list of PBXs says what was last seen, and its menu shows the settings of one', async () => {
  flow = await startFlow(FLEET);
  await say('/pbx show hq EnableChat');

  const list = await flow.ask(flow.ann, '/pbx list');
  expect(wordsOf(list)).toContain('3 PBXs');
  expect(wordsOf(list)).toMatch(/Headquarters.*3CX 20\.0\.10.*last read/);
  expect(wordsOf(list)).toMatch(/branch-east.*not read yet/);
  expect(list.text).toContain('branch-west');

  await flow.ann.press(list, 'show.pbx', 'branch-west');
  await flow.answer(flow.ann, 'Settings of branch-west');
});

test('show takes settings, nested objects and whole resources, and its JSON is one click away', async () => {
  flow = await startFlow();

  const one = await flow.ask(flow.ann, '/pbx show hq enablechat');
  expect(wordsOf(one)).toContain('`on`');
  expect(one.text).toContain('Chat (EnableChat): on');
  expect(await say('/pbx show hq AutoSchedulerSettings')).toContain('Scheduler: profile when away');
  const resource = await say('/pbx show hq GeneralSettingsForPbx');
  expect(resource).toContain('Play the busy tone');
  expect(resource).not.toContain('Avatar style');

  await flow.ann.press(one, 'Show JSON');
  const json = await flow.modal(flow.ann, '"AvatarStyle"');
  expect(JSON.stringify(json.blocks)).toContain('sha256');
  expect(JSON.stringify(json.blocks)).not.toContain('iVBOR');

  await flow.ann.press(one, 'Change');
  const choice = await flow.answer(flow.ann, 'What do you want to change');
  await flow.ann.press(choice, `change.resource.${APPS}`);
  await flow.modal(flow.ann, 'Avatar style');
});

test('the baseline is shown whole, for a target, and as what one PBX is held to', async () => {
  flow = await startFlow(FLEET);
  await flow.capture('hq EnableChat AvatarStyle --for ALL');
  await flow.capture('branch-east EnableChat --mode report --for BRANCH-EAST');

  expect(await say('/pbx-baseline show')).toContain('Baseline v2: 3 rules');
  expect(await say('/pbx-baseline show all')).toContain('Baseline v2: 2 rules');
  const east = await say('/pbx-baseline show Branch-East');
  expect(east).toContain('Baseline v2: 2 rules for branch-east');
  expect(east).toMatch(/Chat.*report, for `branch-east`/);
  expect(await say('/pbx-baseline show hqq')).toContain('Did you mean hq?');
  expect(await say('/pbx-baseline show tag:emea')).toContain('No PBX has any tag.');
});

test('drift is checked on demand without writing anything', async () => {
  flow = await startFlow(FLEET);
  await flow.capture('hq EnableChat --for all');
  flow.world.pbxs.pbx('branch-west').change(APPS, { EnableChat: false });

  const check = await flow.ask(flow.ann, '/pbx-drift check');
  expect(wordsOf(check)).toContain('*3 checked* on 3 PBXs: 2 in sync, 1 drifted');
  expect(check.text).toContain('Chat drifted: is off, baseline says on');
  expect(await say('/pbx-drift check hq')).toContain('*1 checked* on 1 PBX: 1 in sync');
  expect(await say('/pbx-drift report')).toContain('No sweep has ended yet.');
  expect(flow.world.pbxs.pbx('branch-west').writes()).toEqual([]);
});

test('someone who may not ask is told so, and how to become someone who may', async () => {
  flow = await startFlow();

  const refused = await flow.ask(flow.world.slack.person(EVE), '/pbx set hq EnableChat off --because x');

  expect(wordsOf(refused)).toContain('You may look at settings, but not ask for changes.');
  expect(flow.world.slack.messages(APPROVALS)).toEqual([]);
});
