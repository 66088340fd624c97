import { afterEach, expect, test } from 'vitest';
import { settingHistory } from '../src/changes/history.js';
import { mergePage } from '../src/changes/history-merge.js';
import { ANN, APPROVALS, BEN, type WorldOptions } from '../src/demo/world.js';
import { startSweep } from '../src/drift/sweep.js';
import { withdrawChange } from '../src/changes/withdraw.js';
import type { SimMessage } from '../src/simulators/slack/server.js';
import { approve, breakGlassNow, propose } from './helpers/approvals.js';
import { type Flow, PBX, startFlow, stopFlow, wordsOf } from './helpers/slack-flow.js';

let flow: Flow;
let isStarted = false;

async function start(options: WorldOptions = {}): Promise<void> {
  flow = await startFlow(options);
  isStarted = true;
}

afterEach(async () => {
  if (isStarted) await stopFlow(flow);
  isStarted = false;
});

/** Ann asks for a setting to become a value, and Ben approves it. */
async function change(target: string, words: string): Promise<void> {
  const { id } = await propose(flow, target, words);
  await approve(flow, id, BEN);
  await flow.app.idle();
}

async function sweep(): Promise<void> {
  await startSweep(flow.app.ctx, { kind: 'person', actor: { kind: 'slack', id: ANN } });
  await flow.app.idle();
}

function entriesOf(message: SimMessage): readonly string[] {
  return wordsOf(message)
    .split('\n')
    .filter((line) => line.startsWith('• '));
}

test('a setting’s history tells every write by request and by sweep, and what was never written', async () => {
  await start();
  await change('hq', 'BusyMonitorTimeout 40');
  const denied = await flow.request('/pbx set hq BusyMonitorTimeout 50 --because longer');
  await flow.ben.press(denied, 'Deny');
  await flow.modal(flow.ben, 'Deny request #2');
  flow.ben.fill({ reason: 'no' });
  await flow.ben.submit();
  await flow.card('· denied');
  const broken = await propose(flow, 'hq', 'BusyMonitorTimeout 60');
  await breakGlassNow(flow, broken.id, 'calls are lost right now');
  await flow.app.idle();
  await flow.capture('hq BusyMonitorTimeout');
  flow.hq.change(PBX, { BusyMonitorTimeout: 30 });
  await sweep();
  await change('hq', 'EnableChat off');

  const history = await flow.ask(flow.ann, '/pbx history hq BusyMonitorTimeout');
  expect(wordsOf(history)).toContain('*History of `BusyMonitorTimeout` on Headquarters*');
  const [bySweep, baseline, byBreakGlass, refused, first, ...others] = entriesOf(history);
  expect(bySweep).toMatch(/`30` → `60`, written and read back, corrected by sweep \*#1\*/);
  expect(baseline).toMatch(/\*#4\* .*: baseline rule `60` \(enforce\), applied/);
  expect(byBreakGlass).toMatch(
    /`40` → `60`, written and read back, request \*#3\* by <@U0ANN>, :rotating_light: break-glass/,
  );
  expect(refused).toMatch(/\*#2\* Headquarters: `40` → `50`, denied/);
  expect(first).toMatch(/`30` → `40`, written and read back, request \*#1\* by <@U0ANN>$/);
  expect(others).toEqual([]);
  expect(history.text).toContain('corrected by sweep #1');
  expect(wordsOf(await flow.ask(flow.ann, '/pbx history hq BrandUrl'))).toContain('Nothing was asked for');

  const whole = await flow.ask(flow.eve, '/pbx history');
  expect(entriesOf(whole)).toHaveLength(6);
  expect(entriesOf(whole)[0]).toMatch(/request \*#5\* by <@U0ANN>/);
  expect(wordsOf(whole)).toContain('      *Chat* `on` → `off`');
});

test('Revert stands beside what can be taken back, for those who may ask for changes', async () => {
  await start();
  await change('hq', 'AvatarStyle Circle');
  const { id } = await propose(flow, 'hq', 'AvatarStyle Square');
  await withdrawChange(flow.app.ctx, { requestId: id, actor: { kind: 'slack', id: ANN } });

  const forEve = await flow.ask(flow.eve, '/pbx history hq AvatarStyle');
  expect(wordsOf(forEve)).not.toContain('Revert #');
  const history = await flow.ask(flow.ann, '/pbx history hq AvatarStyle');
  expect(wordsOf(history)).toContain('Revert #1');
  expect(wordsOf(history)).not.toContain('Revert #2');
  await flow.ann.press(history, 'Revert #1');
  await flow.modal(flow.ann, 'Revert');
  flow.ann.fill({ reason: 'the old one was better' });
  await flow.ann.submit();
  await flow.ben.press(await flow.card('#3 · '), 'change.approve');
  await flow.world.slack.until('the revert', () =>
    flow.world.slack.messages(APPROVALS).some((card) => /#3 · .* · applied/.test(wordsOf(card))),
  );

  const [newest] = entriesOf(await flow.ask(flow.ann, '/pbx history hq AvatarStyle'));
  expect(newest).toMatch(/`Circle` → `Square`, .*request \*#3\* by <@U0ANN>, takes back #1$/);
});

test('a long history is turned page by page, to the older and back to the newer', async () => {
  await start({ pbxs: [{ id: 'hq' }, { id: 'br1' }] });
  for (let value = 1; value <= 8; value += 1) {
    await change('hq', `BusyMonitorTimeout ${100 + value}`);
    await propose(flow, 'all', `BusyMonitorTimeout ${200 + value}`);
    await propose(flow, 'br1', `BusyMonitorTimeout ${300 + value}`);
    await propose(flow, 'hq', `EnableChat ${value % 2 === 0 ? 'on' : 'off'}`).catch(() => undefined);
  }

  const pages = [await flow.ask(flow.ann, '/pbx history hq BusyMonitorTimeout')];
  while (wordsOf(pages.at(-1) ?? { blocks: [] }).includes('Older')) {
    const [page] = pages.slice(-1);
    if (page !== undefined) pages.push(await flow.press(flow.ann, page, 'Older'));
  }
  expect(pages.map((page) => entriesOf(page).length)).toEqual([10, 6]);
  const all = pages.flatMap(entriesOf);
  expect(new Set(all).size).toBe(16);
  expect(all.join('\n')).not.toContain('`30` → `3');
  const back = await flow.press(flow.ann, pages[1] ?? pages[0]!, 'Newer');
  expect(entriesOf(back)).toEqual(entriesOf(pages[0]!));
  expect(wordsOf(back)).not.toContain('Newer');

  const { ctx } = flow.app;
  const [hq] = ctx.pbxs;
  const everything = await settingHistory(ctx.db, { pbx: hq!, keys: [], limit: 100 });
  const times = everything.entries.map(({ at }) => at);
  expect(times).toEqual(times.toSorted().toReversed());
});

test('a request that is asked again waits in the history until it has written', async () => {
  await start();
  const { id } = await propose(flow, 'hq', 'BusyMonitorTimeout 40');
  flow.hq.change(PBX, { BusyMonitorTimeout: 35 });
  await approve(flow, id, BEN);
  await flow.app.idle();
  const waiting = entriesOf(await flow.ask(flow.ann, '/pbx history hq BusyMonitorTimeout'));
  expect(waiting.at(0)).toMatch(/\*#1\* Headquarters: `35` → `40`, waiting for approval/);
  expect(waiting.at(1)).toContain(
    '`30` → `40`, not written: it was changed meanwhile (it is 35 now, not 30)',
  );

  await approve(flow, id, BEN);
  await flow.app.idle();
  const written = entriesOf(await flow.ask(flow.ann, '/pbx history hq BusyMonitorTimeout'));
  expect(written.at(0)).toMatch(/`35` → `40`, written and read back, request \*#1\* by <@U0ANN>$/);
  expect(written.join('\n')).not.toContain('waiting for approval');
});

test('histories that are merged come out in order, whatever the page and the direction', () => {
  const place = (minute: number, id: string) => ({ at: `2026-03-02T10:0${minute}:00.000Z`, id });
  const [writes, requests] = [
    [place(5, 'e'), place(3, 'c'), place(1, 'a')],
    [place(3, 'd'), place(2, 'b')],
  ];
  const ids = (page: { readonly entries: readonly { readonly id: string }[] }): string =>
    page.entries.map(({ id }) => id).join('');

  const first = mergePage([writes, requests], { from: null, isOlder: true, limit: 3 });
  expect([ids(first), first.hasOlder, first.hasNewer]).toEqual(['edc', true, false]);
  const last = mergePage([[place(1, 'a')], [place(2, 'b')]], {
    from: place(3, 'c'),
    isOlder: true,
    limit: 3,
  });
  expect([ids(last), last.hasOlder, last.hasNewer]).toEqual(['ba', false, true]);
  const back = mergePage([[place(3, 'c'), place(5, 'e')], [place(3, 'd')]], {
    from: place(2, 'b'),
    isOlder: false,
    limit: 2,
  });
  expect([ids(back), back.hasOlder, back.hasNewer]).toEqual(['dc', true, true]);
});
