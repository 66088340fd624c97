import { afterEach, beforeEach, expect, test } from 'vitest';
import { ANN, APPROVALS, BEN, EVE, startWorld, type World } from '../src/demo/world.js';
import type { SimMessage } from '../src/simulators/slack/server.js';

let world: World;

beforeEach(async () => {
  world = await startWorld();
  await world.startApp();
});

afterEach(() => world.stop());

const stored = (): Readonly<Record<string, unknown>> =>
  world.pbxs.pbx('hq').resource('GeneralSettingsForApps');

function textOf(message: SimMessage): string {
  return `${message.text}\n${JSON.stringify(message.blocks)}`;
}

async function card(containing: string): Promise<SimMessage> {
  return world.slack.until(`a card saying ${containing}`, () =>
    world.slack.messages(APPROVALS).find((message) => textOf(message).includes(containing)),
  );
}

test('a change asked for in one line is approved by another person, written and proven by reading back', async () => {
  const before = stored()['AvatarStyle'];
  const wanted = before === 'Square' ? 'Circle' : 'Square';

  await world.slack
    .person(ANN)
    .command(APPROVALS, `/pbx set hq AvatarStyle ${wanted} --because the new brand`);
  const pending = await card('waiting for approval');
  await world.slack.person(BEN).press(pending, 'change.approve');
  const applied = await card('· applied');

  expect(applied.ts).toBe(pending.ts);
  expect(textOf(applied)).toContain(`Approved by <@${BEN}>`);
  expect(stored()['AvatarStyle']).toBe(wanted);
  expect(world.pbxs.pbx('hq').writes()).toHaveLength(1);
  expect(world.pbxs.pbx('hq').writes()[0]?.body).toEqual({ AvatarStyle: wanted });
  await world.slack.until('the direct message', () =>
    world.slack.directMessages(ANN).find(({ text }) => text.includes('is applied')),
  );
});

test('the person who asked cannot approve, and an outsider cannot either', async () => {
  await world.slack.person(ANN).command(APPROVALS, '/pbx set hq EnableChat off --because quiet');
  const pending = await card('waiting for approval');

  await world.slack.person(ANN).press(pending, 'change.approve');
  await world.slack.until('the refusal for ann', () =>
    world.slack.ephemerals(ANN).find(({ text }) => text.includes('another person must decide')),
  );
  await world.slack.person(EVE).press(pending, 'change.approve');
  await world.slack.until('the refusal for eve', () =>
    world.slack.ephemerals(EVE).find(({ text }) => text.includes('not an approver')),
  );

  expect(world.pbxs.pbx('hq').writes()).toHaveLength(0);
  expect(textOf(await card('#1'))).toContain('waiting for approval');
});

test('the change form is filled in with live values and its request is applied', async () => {
  const ann = world.slack.person(ANN);
  await ann.command(APPROVALS, '/pbx change hq');
  await world.slack.until('the form', () => ann.modal()?.callbackId === 'change.form');
  ann.fill({
    BrandUrl: 'https://example.com/help',
    EnableChat: stored()['EnableChat'] === true ? 'off' : 'on',
    reason: 'new site',
  });
  const submitted = await ann.submit();

  expect(submitted).toEqual({ ok: true });
  const pending = await card('waiting for approval');
  await world.slack.person(BEN).press(pending, 'change.approve');
  await card('· applied');
  expect(stored()['BrandUrl']).toBe('https://example.com/help');
  expect(Object.keys(world.pbxs.pbx('hq').writes()[0]?.body ?? {}).toSorted()).toEqual([
    'BrandUrl',
    'EnableChat',
  ]);
});
