import { afterEach, expect, test } from 'vitest';
import { APPROVALS } from '../src/demo/world.js';
import { APPS, type Flow, initialOf, startFlow, stopFlow, viewWords, wordsOf } from './helpers/slack-flow.js';

const FLEET = {
  pbxs: [{ id: 'hq' }, { id: 'east', values: { [APPS]: { AvatarStyle: 'Circle' } } }, { id: 'west' }],
  tags: { hq: ['emea'], east: ['emea', 'customer:acme'] },
};

let flow: Flow;

afterEach(() => stopFlow(flow));

async function say(line: string): Promise<string> {
  return wordsOf(await flow.ask(flow.ann, line));
}

async function openForm(line: string): Promise<string> {
  await flow.ann.command(APPROVALS, line);
  await flow.world.slack.until('the form', () => flow.ann.modal()?.callbackId === 'change.form');
  const form = flow.ann.modal();
  return form === undefined ? '' : viewWords(form);
}

test('one line asks for all PBXs of a tag, and says how many would change and which are left out', async () => {
  flow = await startFlow(FLEET);
  flow.world.pbxs.pbx('west').fault({ kind: 'html', on: 'read' });

  const said = await say('/pbx set all AvatarStyle Circle --because the brand');
  expect(said).toContain('Request #1 waits for approval');
  expect(said).toContain('1 of 3 PBXs would change');
  expect(said).toContain('1 could not be read: west');
  expect(said).toContain('1 is already so');
  expect(await say('/pbx set TAG:EMEA EnableChat off --because quiet')).toContain('2 of 2 PBXs would change');

  const card = await flow.card('#2 · PBXs tagged emea · waiting for approval');
  await flow.ben.press(card, 'Approve');
  await flow.card('#2 · PBXs tagged emea · applied');
  for (const id of ['hq', 'east']) expect(flow.world.pbxs.pbx(id).resource(APPS)['EnableChat']).toBe(false);
  expect(flow.world.pbxs.pbx('west').writes()).toEqual([]);
});

test('the form for several PBXs is filled in where they are alike, and says where they differ', async () => {
  flow = await startFlow(FLEET);
  await say('/pbx show hq');
  await say('/pbx show east');

  const words = await openForm('/pbx change tag:emea AvatarStyle EnableChat');
  expect(words).toContain('PBXs tagged emea (2)');
  expect(initialOf(flow.ann.modal(), 'EnableChat')).toBe('on');
  expect(initialOf(flow.ann.modal(), 'AvatarStyle')).toBeNull();
  expect(words).toContain('differs: Square on 1, Circle on 1.');
  flow.ann.fill({ EnableChat: 'off', reason: 'quiet hours' });
  expect(await flow.ann.submit()).toEqual({ ok: true });
  await flow.modal(flow.ann, '2 of 2 PBXs would change');
  const card = wordsOf(await flow.card('#1 · PBXs tagged emea'));
  expect(card).toContain('*Chat* `on` → `off` on 2 PBXs');
  expect(card).not.toContain('Avatar style');
});

test('PBXs that were never read have an empty form that works all the same', async () => {
  flow = await startFlow(FLEET);
  const words = await openForm('/pbx change all');
  expect(words).toContain('not read yet.');
  expect(initialOf(flow.ann.modal(), 'AvatarStyle')).toBeNull();
  expect(initialOf(flow.ann.modal(), 'AutoSchedulerSettings')).toBeNull();

  flow.ann.fill({
    AvatarStyle: 'Circle',
    AutoSchedulerSettings: '{"ProfileAway": "Lunch"}',
    reason: 'brand',
  });
  expect(await flow.ann.submit()).toEqual({ ok: true });
  const card = await flow.card('#1 · all PBXs · waiting');
  expect(wordsOf(card)).toContain('*Scheduler: profile when away* `“Away”` → `“Lunch”` on 3 PBXs');
  expect(wordsOf(card)).toContain('*Avatar style* `Square` → `Circle` on 2 PBXs');

  await flow.eve.press(card, 'Values per PBX');
  const parts = viewWords(await flow.modal(flow.eve, 'The values of each PBX'));
  expect(parts).toContain('*east* (`east`)');
  expect(parts.match(/`Square` → `Circle`/g)).toHaveLength(2);
});

test('a request for several PBXs is edited and applied at once under the name of its target', async () => {
  flow = await startFlow(FLEET);
  const card = await flow.request('/pbx set tag:emea BrandUrl https://a.example --because the brand');
  await flow.cleo.press(card, 'Edit');
  await flow.world.slack.until('the form', () => flow.cleo.modal()?.callbackId === 'edit.form');
  expect(initialOf(flow.cleo.modal(), 'BrandUrl')).toBe('https://a.example');
  flow.cleo.fill({ BrandUrl: 'https://b.example' });
  expect(await flow.cleo.submit()).toEqual({ ok: true });
  const edited = await flow.card('https://b.example');

  await flow.ann.press(edited, 'change.break-glass');
  await flow.modal(flow.ann, 'Type tag:emea to apply without approval');
  flow.ann.fill({ reason: 'the old site is gone', confirmation: 'hq' });
  expect(await flow.ann.submit()).toMatchObject({ ok: false });
  flow.ann.fill({ confirmation: 'tag:emea' });
  expect(await flow.ann.submit()).toEqual({ ok: true });
  await flow.card('· applied');
  expect(flow.world.pbxs.pbx('east').resource(APPS)['BrandUrl']).toBe('https://b.example');
});

test('a mistyped tag or PBX is answered with the nearest, and a tag that nobody has with those there are', async () => {
  flow = await startFlow(FLEET);
  expect(await say('/pbx set tag:emae EnableChat off --because x')).toContain('Did you mean tag:emea?');
  expect(await say('/pbx change tag:apac')).toContain(
    'Known are hq, east, west, tag:emea, tag:customer:acme, all.',
  );
  expect(await say('/pbx set eats EnableChat off --because x')).toContain('Did you mean east');
  expect(await say('/pbx set EnableChat off --because x')).toContain('Say which PBX you mean.');
  expect(await say('/pbx break-glass tag:emae EnableChat off')).toContain('Did you mean tag:emea?');
  expect(await say('/pbx set tag:emea EnableChatt off --because x')).toContain('Did you mean EnableChat?');
  expect(flow.world.slack.messages(APPROVALS)).toEqual([]);
});

test('the values of more PBXs than a window holds are shown page by page', async () => {
  const pbxs = Array.from({ length: 45 }, (_, index) => ({ id: `pbx-${index + 1}` }));
  flow = await startFlow({ pbxs });
  const card = await flow.request('/pbx set all EnableChat off --because quiet hours');
  expect(wordsOf(card)).toContain('*45 of 45 PBXs would change*');

  await flow.ben.press(card, 'Values per PBX');
  const first = await flow.modal(flow.ben, 'Page 1 of 2');
  expect(viewWords(first)).not.toContain('`pbx-41`');
  await flow.ben.pressInModal('Next');
  const second = viewWords(await flow.modal(flow.ben, 'Page 2 of 2'));
  expect(second).toContain('`pbx-41`');
  expect(second).not.toContain('`pbx-40`');
  await flow.ben.pressInModal('Previous');
  await flow.modal(flow.ben, 'Page 1 of 2');
});
