import { afterEach, expect, onTestFinished, test } from 'vitest';
import { APPROVALS, REPORTS, startWorld, type WorldOptions } from '../src/demo/world.js';
import { defaultSweepConfig } from '../src/config-sweep.js';
import { listEpisodes } from '../src/drift/episode-store.js';
import { startSweep } from '../src/drift/sweep.js';
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
import { makeSweepDue } from './helpers/due-sweep.js';
import { APPS, type Flow, startFlow, stopFlow, wordsOf } from './helpers/slack-flow.js';
import { OPERATOR } from './helpers/sweep-fleet.js';

const REPAIR_MS = 25_000;
const { guards } = defaultSweepConfig;

let flow: Flow | undefined;

afterEach(async () => {
  if (flow !== undefined) await stopFlow(flow);
  flow = undefined;
});

async function start(options: WorldOptions): Promise<Flow> {
  flow = await startFlow(options);
  return flow;
}

function fleetOf(count: number): { id: string }[] {
  return Array.from({ length: count }, (_, index) => ({ id: `pbx-${String(index).padStart(3, '0')}` }));
}

function posts({ world }: Flow): number {
  return world.slack.calls.filter(({ method, error }) => method === 'chat.postMessage' && error === undefined)
    .length;
}

test('a report says what needs a person, the worst first, and all dead PBXs in one line', async () => {
  const current = await start({ pbxs: fleetOf(8), tags: { 'pbx-001': ['vip'] } });
  const { world, app } = current;
  await govern(app, [chatRule(), chatRule({ key: 'AvatarStyle', value: 'Square', severity: 'critical' })]);
  world.pbxs.pbx('pbx-000').change(APPS, { EnableChat: false }, { user: '100 Zoe', ip: '203.0.113.7' });
  world.pbxs.pbx('pbx-001').change(APPS, { AvatarStyle: 'Circle' });
  for (const id of ['pbx-003', 'pbx-004', 'pbx-005', 'pbx-006', 'pbx-007'])
    world.pbxs.pbx(id).fault({ kind: 'down' });

  await sweepOnce(current);
  const message = await report(current, 1);
  const words = wordsOf(message);

  expect(words).toContain(
    '*16 checked* on 8 PBXs: 4 in sync, 2 drifted, 0 corrected, 0 did not converge, 10 unknown, 0 skipped, 0 waived, 0 not applicable',
  );
  expect(words).toContain('*7 PBXs need a person*');
  expect(words.indexOf('*pbx-001*: 1 drifted, critical (Avatar style)')).toBeGreaterThan(0);
  expect(words.indexOf('*pbx-001*')).toBeLessThan(words.indexOf('*pbx-000*: 1 drifted (Chat)'));
  expect(words).toMatch(/\*5 PBXs\* could not be read: pbx-003, pbx-004, pbx-005 and 2 more\. /);
  expect(words).not.toContain('*pbx-003*');
  expect(words).toMatch(/Next sweep due .*no report by then means that Plumbline does not run/);
  expect(message.text).toContain('7 PBXs need a person');

  const [details = ''] = threadOf(current, message);
  expect(details).toMatch(
    /Chat\* drifted: is `off`, baseline says `on`, probably `100 Zoe` from 203\.0\.113\.7, /,
  );
  expect(details).toContain('In sync throughout: *pbx-002* (`pbx-002`)');
});

test('a held sweep shows its plan, and writes only once somebody released it and typed how much it is', async () => {
  const current = await start({ pbxs: fleetOf(12), config: { guards: { ...guards, previews: false } } });
  const { world, app, eve, ben } = current;
  await govern(app, [chatRule({ mode: 'enforce' })]);
  for (const id of world.pbxs.ids) world.pbxs.pbx(id).change(APPS, { EnableChat: false });

  await sweepOnce(current);
  const held = await report(current, 1, 'waits for a person');
  expect(wordsOf(held)).toContain('12 settings on 12 PBXs would be corrected. Nothing of it is written.');
  expect(wordsOf(held)).toContain('Chat would change on all 12 PBXs that the rule for all holds on');
  expect(wordsOf(held)).toContain(
    '*Chat* → `on` on 12 PBXs (pbx-000, pbx-001, pbx-002 and 9 more), rule for `all`',
  );
  expect(buttonsOf(held)).toEqual(['sweep.release', 'sweep.dismiss']);
  expect(threadOf(current, held).join('\n')).toContain('sweep #1 waits');
  expect(reportsSaying(current, 'Drift: ')).toEqual([]);

  const refused = await current.press(eve, held, 'sweep.release');
  expect(refused.text).toContain('Only admins and approvers decide what a sweep writes.');
  await ben.press(held, 'sweep.release');
  await current.modal(ben, 'Type 12 to write to 12 PBXs');
  ben.fill({ confirmation: '11' });
  expect(await ben.submit()).toMatchObject({
    ok: false,
    errors: { confirmation: expect.stringContaining('Type 12') },
  });
  expect(world.pbxs.ids.flatMap((id) => world.pbxs.pbx(id).writes())).toEqual([]);
  ben.fill({ confirmation: '12' });
  await ben.submit();

  const done = await report(current, 1, '12 corrected');
  expect(done.ts).toBe(held.ts);
  expect(wordsOf(done)).toMatch(/\*Released\* by <@U0BEN>/);
  expect(buttonsOf(done)).toEqual([]);
  expect(world.pbxs.ids.map((id) => world.pbxs.pbx(id).writes().length)).toEqual(world.pbxs.ids.map(() => 1));
  const late = await current.ask(ben, '/pbx-drift dismiss 1');
  expect(late.text).toContain('Sweep #1 was released already.');
});

test('a dismissed or superseded sweep loses its buttons and says what became of it', async () => {
  const current = await start({ config: { guards: { ...guards, previews: true } } });
  const { world, app, hq, ann } = current;
  await govern(app, [chatRule({ mode: 'enforce' })]);
  hq.change(APPS, { EnableChat: false });
  await sweepOnce(current);
  const first = await report(current, 1, 'waits for a person');
  expect(wordsOf(first)).toContain('The rule for Chat is new');
  expect((await current.ask(ann, '/pbx-drift status')).text).toContain('Sweep #1 waits for release');

  const began = await current.ask(ann, '/pbx-drift sweep');
  expect(began.text).toContain('Sweep #2 over 1 PBX begins.');
  const superseded = await report(current, 1, '*Superseded*');
  expect([superseded.ts, buttonsOf(superseded)]).toEqual([first.ts, []]);

  await report(current, 2, 'waits for a person');
  const dismissed = await current.ask(ann, '/pbx-drift dismiss');
  expect(dismissed.text).toContain('Sweep #2 is dismissed: 1 setting on 1 PBX stays as it is');
  expect(buttonsOf(await report(current, 2, '*Dismissed* by <@U0ANN>'))).toEqual([]);
  expect((await current.ask(ann, '/pbx-drift release')).text).toContain('No sweep waits for release.');
  expect(hq.writes()).toEqual([]);
  expect(reportsSaying({ world }, 'Drift report')).toHaveLength(2);
});

test(
  'three hundred drifted PBXs make one report, a short thread, one pair of files and ten cards',
  { timeout: 120_000 },
  async () => {
    const current = await start({ pbxs: fleetOf(300) });
    const { world, app } = current;
    await govern(app, [
      chatRule(),
      chatRule({ key: 'HideCRMContacts' }),
      chatRule({ key: 'AvatarStyle', value: 'Square' }),
    ]);
    for (const id of world.pbxs.ids)
      world.pbxs.pbx(id).change(APPS, { EnableChat: false, AvatarStyle: 'Circle', HideCRMContacts: false });

    await sweepOnce(current);
    const message = await report(current, 1);

    expect(wordsOf(message)).toContain('*900 checked* on 300 PBXs: 0 in sync, 900 drifted');
    expect(wordsOf(message)).toContain('*300 PBXs need a person*');
    expect(wordsOf(message)).toMatch(
      /\*300 PBXs\* \(pbx-000, pbx-001, .* and 292 more\): 3 drifted \(Chat, .*\) on each/,
    );
    expect(reportsSaying(current, 'Drift: ')).toHaveLength(10);
    expect(world.slack.messages(REPORTS)).toHaveLength(11);
    expect(threadOf(current, message).length).toBeLessThanOrEqual(5);
    expect(posts(current)).toBe(1 + 4 + 10);
    const [csv, json] = world.slack.files();
    expect([csv?.name, json?.name]).toEqual(['drift-report-1-finished.csv', 'drift-report-1-finished.json']);
    const table = Buffer.from(csv?.bytes ?? []).toString();
    expect(table).toMatch(/^\uFEFFsweep,pbx,/);
    expect(table.split('\r\n')).toHaveLength(1 + 900 + 1);
    expect(JSON.parse(Buffer.from(json?.bytes ?? []).toString())).toMatchObject({ totals: { checked: 900 } });
    expect(
      world.slack.thread(REPORTS, message.ts).filter(({ fileIds }) => fileIds.length === 2),
    ).toHaveLength(1);
    expect(await app.ctx.announce.behind()).toEqual([]);

    world.slack.faults.loseReply('files.completeUploadExternal');
    await sweepOnce(current);
    const second = await report(current, 2);
    await world.slack.until('the files', () => world.slack.files().length === 4, REPAIR_MS);
    await world.slack.until(
      'the look into the thread',
      () => world.slack.calls.some(({ method }) => method === 'conversations.replies'),
      REPAIR_MS,
    );
    await app.idle();
    expect(world.slack.thread(REPORTS, second.ts).filter(({ fileIds }) => fileIds.length === 2)).toHaveLength(
      1,
    );
    expect(reportsSaying(current, 'Drift: ')).toHaveLength(10);

    world.slack.faults.fail('files.getUploadURLExternal', { error: 'file_uploads_disabled', times: 9 });
    await sweepOnce(current);
    const third = await report(current, 3);
    const note = threadOf(current, third).at(-1) ?? '';
    expect(note).toMatch(/Slack did not take it as a file .*file_uploads_disabled.*plumbline report/s);
    expect(await app.ctx.announce.behind()).toEqual([]);
  },
);

test('PBXs of a tag with its own channel are reported there, and the other report says how many', async () => {
  const pbxs = fleetOf(3);
  const current = await start({
    pbxs,
    tags: { 'pbx-000': ['hub'], 'pbx-001': ['emea'], 'pbx-002': ['emea'] },
  });
  const { world } = current;
  const { slack } = world.config;
  if (slack === null) throw new Error('the world has Slack');
  Object.assign(slack, { tagChannels: { emea: APPROVALS } });
  await govern(current.app, [chatRule()]);
  for (const id of world.pbxs.ids) world.pbxs.pbx(id).change(APPS, { EnableChat: false });

  await sweepOnce(current);
  const main = await report(current, 1);
  const other = await current.card('Drift report #1');

  expect(wordsOf(main)).toContain('*1 checked* on 1 PBX: 0 in sync, 1 drifted');
  expect(wordsOf(main)).toContain(`2 PBXs more, 2 of which need a person: reported in <#${APPROVALS}>`);
  expect(wordsOf(main)).not.toContain('pbx-001');
  expect(wordsOf(other)).toContain('*2 checked* on 2 PBXs: 0 in sync, 2 drifted');
  expect(wordsOf(other)).not.toContain('pbx-000');
  expect(reportsSaying(current, 'Drift: ')).toHaveLength(1);
  await current.card('*Chat* of *pbx-002*');

  world.pbxs.pbx('pbx-000').change(APPS, { EnableChat: true });
  await sweepOnce(current);
  expect(wordsOf(await report(current, 2))).toContain('Nothing reported here needs a person.');
  Object.assign(slack, { tagChannels: { emea: APPROVALS, hub: APPROVALS } });
  await sweepOnce(current);
  const empty = wordsOf(await report(current, 3));
  expect(empty).toContain('All PBXs are reported in channels of their own.');
  expect(empty).toContain(`3 PBXs more, 2 of which need a person: reported in <#${APPROVALS}>`);
});

test('a sweep that takes a while shows how far it is, and its report takes that message’s place', async () => {
  const current = await start({ pbxs: fleetOf(3) });
  const { app, world } = current;
  await govern(app, [chatRule()]);
  const id = await startSweep({ ...app.ctx, wake: () => undefined }, { kind: 'person', actor: OPERATOR });
  await app.ctx.announce.sweep(id);
  const [progress] = world.slack.messages(REPORTS);
  expect(progress?.text).toContain('Sweep #1 is under way: 0 of 3 PBXs looked at');

  app.ctx.wake({ kind: 'sweep', id });
  const message = await report(current, 1);
  expect(message.ts).toBe(progress?.ts);
  expect(world.slack.messages(REPORTS)).toHaveLength(1);
});

test('a Slack that asks to wait, and another process at the same rows, change nothing: all is shown once', async () => {
  const current = await start({ pbxs: fleetOf(4) });
  const { world, app } = current;
  await govern(app, [chatRule()]);
  world.pbxs.pbx('pbx-001').change(APPS, { EnableChat: false });
  world.slack.faults.fail('chat.postMessage', { retryAfterSeconds: 1, times: 2 });

  const id = await sweepOnce(current);
  await world.slack.until('the card', () => reportsSaying(current, 'Drift: ')[0], REPAIR_MS);
  await app.idle();
  const other = await world.startApp();
  await other.ctx.announce.sweep(id);
  for (const episode of await listEpisodes(other.ctx.db, { limit: 10 }))
    await other.ctx.announce.episode(episode.id);

  expect(reportsSaying(current, 'Drift report')).toHaveLength(1);
  expect(reportsSaying(current, 'Drift: ')).toHaveLength(1);
  expect(threadOf(current, await report(current, 1))).toHaveLength(1);
  expect(await other.ctx.announce.behind()).toEqual([]);
});

test('once Slack finds Plumbline too fast, it keeps to the pace that Slack asks for', async () => {
  const current = await start({ pbxs: fleetOf(8), enforceRates: true });
  const { world, app } = current;
  await govern(app, [chatRule()]);
  for (const id of world.pbxs.ids) world.pbxs.pbx(id).change(APPS, { EnableChat: false });
  world.pbxs.pbx('pbx-007').fault({ kind: 'down' });

  await sweepOnce(current);
  await world.slack.until('all cards', () => reportsSaying(current, 'Drift: ').length === 7, REPAIR_MS);
  await app.idle();

  expect(wordsOf(await report(current, 1))).toMatch(
    /\*7 PBXs\* \(.*\): 1 drifted \(Chat\) on each\n• \*pbx-007\* could not be read: /,
  );
  expect(posts(current)).toBe(1 + 1 + 7);
  expect(world.slack.calls.filter(({ error }) => error === 'ratelimited').length).toBeLessThanOrEqual(2);
});

test('the reports tell how drift went, and a person can ask how it stands', async () => {
  const current = await start({});
  const { app, hq, ann } = current;
  await govern(app, [chatRule(), chatRule({ key: 'HideCRMContacts', severity: 'critical' })]);
  hq.change(APPS, { EnableChat: false, HideCRMContacts: false });
  await sweepOnce(current);
  hq.change(APPS, { EnableChat: true });
  await sweepOnce(current);

  const message = await report(current, 2);
  expect(wordsOf(message)).toContain(
    'Drift over the last 2 sweeps: █▅ (settings that stayed drifted: 2 first, 2 at most, 1 now)',
  );
  const status = await current.ask(ann, '/pbx-drift status');
  expect(wordsOf(status)).toContain('*Open drift*: 1 (1 critical, 0 warning, 0 info).');
  expect(wordsOf(status)).toContain('*Last sweep* #2');
  expect(wordsOf(status)).toContain('*Pauses*: none.');
});

test('sweeps that did not happen for long are told once, however often Plumbline starts', async () => {
  const schedule = { expression: '0 2 * * *', timezone: 'UTC' };
  const world = await startWorld({ config: { schedule, guards: BOLD } });
  onTestFinished(() => world.stop());
  const shown = { world };
  await makeSweepDue(world.config, [chatRule()]);

  const first = await world.startApp();
  const notice = await world.slack.until('the notice', () => reportsSaying(shown, 'No sweep has run')[0]);
  await report(shown, 1);
  await first.stop();
  const second = await world.startApp();
  await second.idle();

  expect(notice.text).toMatch(/although [\d,]+ sweeps were due/);
  expect(reportsSaying(shown, 'No sweep has run')).toHaveLength(1);
});
