import { afterEach, beforeEach, expect, test } from 'vitest';
import { REPORTS } from '../src/demo/world.js';
import { findSweepReport } from '../src/drift/queries.js';
import { startSweep } from '../src/drift/sweep.js';
import { isDue, warnOfEndings } from '../src/jobs/endings.js';
import { deeds } from './helpers/deeds.js';
import { chatRule, govern } from './helpers/drift-flow.js';
import { openFleetTerminal } from './helpers/fleet-terminal.js';
import { APPS, type Flow, initialOf, startFlow, stopFlow, viewWords, wordsOf } from './helpers/slack-flow.js';
import { OPERATOR } from './helpers/sweep-fleet.js';

const clock = { at: new Date('2026-05-01T10:00:00Z') };
let flow: Flow;

beforeEach(async () => {
  clock.at = new Date('2026-05-01T10:00:00Z');
  flow = await startFlow({
    pbxs: [{ id: 'hq' }, { id: 'branch' }],
    tags: { hq: ['emea'], branch: ['emea'] },
    overrides: { now: () => new Date(clock.at) },
  });
  await govern(flow.app, [chatRule({ mode: 'enforce' })]);
});
afterEach(() => stopFlow(flow));

/** Runs a sweep to its end and counts what it found. */
async function sweep() {
  const id = await startSweep(flow.app.ctx, { kind: 'person', actor: OPERATOR });
  await flow.app.idle();
  return (await findSweepReport(flow.app.ctx.db, id))?.report;
}

/** Ben approves the newest request, and it is applied. */
async function approve(number: string): Promise<string> {
  await flow.ben.press(await flow.card(`${number} · `), 'change.approve');
  return wordsOf(
    await flow.world.slack.until(`${number} applied`, () =>
      flow.world.slack
        .messages('C0APPROVALS')
        .find((one) => new RegExp(`${number} · .* · applied`).test(wordsOf(one))),
    ),
  );
}

async function approved(line: string): Promise<string> {
  return approve(/#\d+/.exec(wordsOf(await flow.request(line)))?.[0] ?? '');
}

const chat = (id: string): unknown => flow.world.pbxs.pbx(id).resource(APPS)['EnableChat'];
const spoil = (...ids: readonly string[]): void => {
  for (const id of ids) flow.world.pbxs.pbx(id).change(APPS, { EnableChat: false });
};

test('an exception for a tag is asked for, approved, honoured, and the sweep after its end holds the rule again', async () => {
  const card = await approved(
    '/pbx-baseline except tag:emea EnableChat --until 2026-05-03 --because the fair',
  );
  expect(card).toMatch(/Exception #1 · PBXs tagged emea/);
  expect(card).toMatch(
    /suspend 1 rule of the baseline for \*PBXs tagged emea\* until .*2026-05-03 23:59 UTC/,
  );
  expect(card).toMatch(/\*Chat\*[\s\S]*<@U0ANN> answers for it/);
  spoil('hq', 'branch');

  expect((await sweep())?.counts).toMatchObject({ waived: 2, corrected: 0, drifted: 0 });
  clock.at = new Date('2026-05-04T00:00:00Z');
  expect((await sweep())?.counts).toMatchObject({ waived: 0, corrected: 2 });
  expect([chat('hq'), chat('branch')]).toEqual([true, true]);
});

test('what a command leaves out is asked for in a window, whose mistakes are told at their inputs', async () => {
  await flow.ann.command('C0APPROVALS', '/pbx-baseline except hq EnableChat --until 2026-12-31 --owner @ben');
  const view = await flow.modal(flow.ann, 'Exception');
  const begun = ['target', 'settings', 'until', 'reason', 'owner'].map((id) => initialOf(view, id));
  expect(begun).toEqual(['hq', 'EnableChat', '2026-12-31', null, null]);

  flow.ann.fill({ settings: 'EnableChat AvatarStile', reason: 'the fair', owner: 'U0BEN' });
  await flow.ann.submit();
  expect(flow.ann.modal()?.errors).toEqual({
    settings: expect.stringContaining('Did you mean AvatarStyle?'),
  });
  flow.ann.fill({ settings: 'EnableChat\nAvatarStyle' });
  await flow.ann.submit();
  expect(flow.ann.modal()?.errors).toEqual({
    settings: expect.stringContaining('No rule holds Avatar style'),
  });
  flow.ann.fill({ settings: 'EnableChat', until: '2028-01-01' });
  await flow.ann.submit();
  expect(flow.ann.modal()?.errors).toEqual({ until: expect.stringContaining('within a year') });
  flow.ann.fill({ until: '2026-12-31' });
  await flow.ann.submit();

  expect(viewWords(await flow.modal(flow.ann, 'waits for approval'))).toContain('Request #1');
  expect(await approve('#1')).toContain('<@U0BEN> answers for it');
  await flow.ann.command('C0APPROVALS', '/pbx-drift pause');
  expect(initialOf(await flow.modal(flow.ann, 'Pause sweeps'), 'owner')).toBe('U0ANN');
});

test('exceptions are shown with owner, reason and end, and ended early by those who may, once', async () => {
  await approved('/pbx-baseline except hq EnableChat --until 2026-12-31 --because the fair');
  spoil('hq');

  const list = await flow.ask(flow.eve, '/pbx-baseline exceptions');
  expect(wordsOf(list)).toMatch(
    /\*Chat\* of \*Headquarters\* ends .*, in 244 days\n<@U0ANN> answers for it: the fair/,
  );
  expect(JSON.stringify(list.blocks)).not.toContain('exception.end');
  expect(wordsOf(await flow.ask(flow.eve, '/pbx-baseline exceptions branch'))).toContain(
    'No exception is in force',
  );
  const mine = await flow.ask(flow.ann, '/pbx-baseline exceptions tag:emea');
  expect(wordsOf(await flow.press(flow.ann, mine, 'exception.end'))).toContain(
    'The next sweep holds its rule again',
  );
  expect(wordsOf(await flow.press(flow.ann, mine, 'exception.end'))).toContain('over already');

  expect((await sweep())?.counts).toMatchObject({ waived: 0, corrected: 1 });
  expect((await deeds(flow.app.ctx)).filter((deed) => deed === 'exception.ended')).toHaveLength(1);
});

test.each([
  ['/pbx-baseline except hq EnableChat --until 2025-12-31 --because x', 'in the future, and within a year'],
  ['/pbx-baseline except hq AvatarStyle --until 2026-12-31 --because x', 'No rule holds Avatar style on hq'],
  ['/pbx-drift pause hq --until never --because x', '“never” is not a date'],
  ['/pbx-drift pause tag:emee --until 2026-12-31 --because x', 'Did you mean tag:emea?'],
  ['/pbx-drift resume hq', 'The sweeps of hq are not paused. Nothing is paused.'],
])('%s is refused with what to do', async (line, because) => {
  expect(wordsOf(await flow.ask(flow.ann, line))).toContain(because);
});

test('a paused PBX is neither read nor corrected, is said to be skipped, and is looked at again after resume', async () => {
  await approved('/pbx-drift pause branch --until 2026-05-31 --because it moves house');
  spoil('hq', 'branch');
  const before = flow.world.pbxs.pbx('branch').requests.length;

  const report = await sweep();

  expect(report).toMatchObject({ skippedPbxs: 1, counts: { skipped: 1, corrected: 1 } });
  expect(report?.entries.find(({ pbxId }) => pbxId === 'branch')?.skipped).toContain('it moves house');
  expect(flow.world.pbxs.pbx('branch').requests).toHaveLength(before);
  expect(wordsOf(await flow.ask(flow.ann, '/pbx-drift status'))).toMatch(/Pauses\*: branch until/);
  expect(wordsOf(await flow.ask(flow.eve, '/pbx-drift resume branch'))).toContain(
    'Only its owner, admins and approvers',
  );
  expect(wordsOf(await flow.ask(flow.ben, '/pbx-drift resume branch'))).toContain(
    'the next sweep looks there again',
  );
  expect((await sweep())?.counts).toMatchObject({ skipped: 0, corrected: 1 });
});

test('what ends soon is told its owner once, with what sweeps do then, over a crash and on several machines', async () => {
  await approved('/pbx-baseline except tag:emea EnableChat --until 2026-05-10 --because the fair');
  await approved('/pbx-drift pause branch --until 2026-05-10 --because it moves house');
  const { ctx } = flow.app;
  const posted = () => flow.world.slack.messages(REPORTS).filter(({ text }) => text.includes('ends'));
  clock.at = new Date('2026-05-08T12:00:00Z');
  await warnOfEndings(ctx);
  await flow.app.idle();
  expect(posted()).toEqual([]);

  clock.at = new Date('2026-05-10T12:00:00Z');
  await Promise.all([warnOfEndings(ctx), warnOfEndings(ctx)]);
  await flow.app.idle();
  const said = posted().map(wordsOf).join('\n');
  expect(said).toMatch(/<@U0ANN>: the exception for \*Chat\* of \*PBXs tagged emea\* ends/);
  expect(said).toContain('restores *Chat* to `on`');
  expect(said).toMatch(/<@U0ANN>: the pause of the sweeps of \*branch\* ends/);
  expect(said).toContain('it moves house');

  // As after a crash between Slack's answer and the note of it.
  await ctx.db.updateTable('messages').set({ ts: null }).where('subject_kind', '=', 'ending').execute();
  const behind = (await ctx.announce.behind()).filter(({ kind }) => kind === 'ending');
  expect(behind).toHaveLength(2);
  for (const { id } of behind) await ctx.announce.ending(id);
  expect(posted()).toHaveLength(2);
  expect((await ctx.announce.behind()).filter(({ kind }) => kind === 'ending')).toEqual([]);

  const [warning] = posted().filter((one) => wordsOf(one).includes('exception'));
  if (warning === undefined) throw new Error('nothing was said');
  await flow.ann.press(warning, 'ending.more');
  const view = await flow.modal(flow.ann, 'Exception');
  const begun = ['target', 'settings', 'until', 'reason', 'owner'].map((id) => initialOf(view, id));
  expect(begun).toEqual(['tag:emea', 'EnableChat', null, 'the fair', 'U0ANN']);
});

test('what was ended early is not warned about, and something short is not warned about from its beginning on', async () => {
  await approved('/pbx-drift pause branch --until 2026-05-10 --because it moves house');
  await flow.ask(flow.ann, '/pbx-drift resume branch');
  clock.at = new Date('2026-05-10T12:00:00Z');
  await warnOfEndings(flow.app.ctx);
  await flow.app.idle();
  expect(flow.world.slack.messages(REPORTS)).toEqual([]);

  const short = { createdAt: '2026-05-01T10:00:00.000Z', untilAt: '2026-05-01T14:00:00.000Z' };
  expect(isDue(short, new Date('2026-05-01T12:59:59Z'))).toBe(false);
  expect(isDue(short, new Date('2026-05-01T13:00:00Z'))).toBe(true);
  expect(isDue(short, new Date('2026-05-01T14:00:00Z'))).toBe(false);
});

test('at a terminal exceptions and pauses are asked for, listed and ended early', async () => {
  const { run, elsewhere } = await openFleetTerminal();
  const until = `${new Date().getUTCFullYear() + 1}-01-01`;
  const lasting = ['--until', until, '--reason', 'the fair'];
  await elsewhere((app) => govern(app, [chatRule({ mode: 'enforce' })]));

  expect(await run('except', 'tag:emea', 'EnableChat', ...lasting)).toMatchObject({ code: 0 });
  expect((await run('exceptions', 'hq')).stdout).toMatch(
    /^[0-9a-f]{8}  Chat  EnableChat  tag:emea  until \d{4}-01-01 23:59 UTC  owner ann  the fair\n$/,
  );
  expect((await run('exceptions', 'depot')).stdout).toBe('No exception is in force.\n');
  const [{ id }] = JSON.parse((await run('exceptions', '--json')).stdout) as [{ id: string }];
  expect((await run('exceptions', 'end', id.slice(0, 8))).stdout).toBe(
    'The exception for Chat of tag:emea is over. The next sweep holds its rule again.\n',
  );
  expect(await run('exceptions', 'end', id)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('over already'),
  });

  expect(await run('pause', 'tag:emea', ...lasting)).toMatchObject({ code: 0 });
  expect((await run('pauses')).stdout).toMatch(/^tag:emea  until .* UTC  owner ann  the fair\n$/);
  expect((await run('resume', 'hq')).stderr).toContain('There is no pause of hq itself.');
  expect((await run('resume', 'tag:emea')).stdout).toContain('The pause of tag:emea is over');
  expect((await run('except', 'hq', 'EnableChat', '--reason', 'x')).stderr).toContain('--until');
});
