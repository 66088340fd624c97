import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { openDatabase } from '../src/storage/database.js';
import { APPROVALS, BEN, REPORTS } from '../src/demo/world.js';
import { expectWholeAudit } from './helpers/whole-audit.js';
import { ruleOf, written } from './helpers/deeds.js';
import { makeSweepDue, YEARLY } from './helpers/due-sweep.js';
import { openServed, type ServedProcess } from './helpers/served-process.js';
import { wordsOf } from './helpers/slack-flow.js';
import { APPS, type Running } from './helpers/terminal.js';

// Every command is a process of its own, and a busy machine starts them slowly.
vi.setConfig({ testTimeout: 120_000 });

/** What the one who sends the signal waits before killing. */
const TEN_SECONDS = 10_000;
const MANY = Array.from({ length: 24 }, (_, index) => `site-${index + 1}`);
const BOLD = { settings: 1000, share: '100%', fewest: 1000, failures: '100%', previews: false };
const SWEEPING = { schedule: { cron: YEARLY.expression, timezone: YEARLY.timezone }, guards: BOLD };

/** Sends a signal; the process must be gone, whole, before its patience is over. */
async function stop({ child, ended }: Running, signal: NodeJS.Signals = 'SIGTERM'): Promise<string> {
  const begun = performance.now();
  child.kill(signal);
  const { code, stderr } = await ended;
  expect(performance.now() - begun).toBeLessThan(TEN_SECONDS);
  expect(code, stderr).toBe(0);
  return stderr;
}

async function dueSweep(ids: readonly string[]): Promise<ServedProcess> {
  const served = await openServed(ids, SWEEPING);
  const { world, databaseUrl } = served;
  await makeSweepDue({ ...world.config, databaseUrl, schedule: YEARLY }, [ruleOf('AvatarStyle', 'Circle')]);
  return served;
}

/** Serves until the first sweep is reported, and says how that went. */
async function nextStart(served: ServedProcess): Promise<string> {
  const { slack } = served.world;
  const serving = served.start('serve');
  const report = await slack.until(
    'the report',
    () => slack.messages(REPORTS).find(({ text }) => text.startsWith('Drift report #1')),
    60_000,
  );
  await stop(serving);
  await expectWholeAudit(served.databaseUrl);
  return report.text;
}

async function sweepsOf(databaseUrl: string): Promise<readonly unknown[]> {
  const db = await openDatabase(databaseUrl);
  const rows = await db.selectFrom('sweeps').select(['number', 'state']).execute();
  await db.destroy();
  return rows;
}

test('a sweep of many PBXs, some of which hang, is left off and continued by the next start', async () => {
  const served = await dueSweep(MANY);
  const { pbxs } = served.world;
  const hanging = MANY.filter((_, index) => index % 3 === 0).map((id) => pbxs.pbx(id));
  for (const pbx of hanging) pbx.fault({ kind: 'hang', on: 'read', resource: APPS });
  const serving = served.start('serve');
  const [first] = hanging;
  await first?.until('the hanging read', () => first.requests.find(({ fault }) => fault === 'hang'), 60_000);
  await stop(serving);
  expect(await sweepsOf(served.databaseUrl)).toMatchObject([
    { number: 1, state: expect.not.stringMatching('finished') },
  ]);
  for (const pbx of hanging) pbx.clearFaults();

  await nextStart(served);
  expect(await sweepsOf(served.databaseUrl)).toEqual([{ number: 1, state: 'finished' }]);
  for (const id of MANY) expect(written(pbxs.pbx(id)), id).toEqual([{ AvatarStyle: 'Circle' }]);
});

test('a write that hangs is cut off, and made once by the next start', async () => {
  const served = await dueSweep(['hq', 'lab']);
  const { pbxs } = served.world;
  for (const id of pbxs.ids) pbxs.pbx(id).fault({ kind: 'hang', on: 'write' });
  const serving = served.start('serve');
  const hangs = pbxs.ids.map((id) =>
    pbxs
      .pbx(id)
      .until('the write', () => pbxs.pbx(id).requests.find(({ fault }) => fault === 'hang'), 60_000),
  );
  await Promise.any(hangs);
  for (const hang of hangs) hang.catch(() => undefined);
  const said = await stop(serving);
  for (const id of pbxs.ids) pbxs.pbx(id).clearFaults();

  expect(said).toContain('it is taken up at the next start');
  await nextStart(served);
  for (const id of pbxs.ids) expect(written(pbxs.pbx(id)), id).toEqual([{ AvatarStyle: 'Circle' }]);
});

test('a start that hangs on Slack is broken off', async () => {
  const served = await openServed();
  served.world.slack.faults.delay('auth.test', 60_000, 10);
  const serving = served.start('serve');
  // Whoever opens the database listens to signals already.
  await vi.waitUntil(() => existsSync(join(served.folder, 'data', 'plumbline.db')), { timeout: 60_000 });
  await stop(serving, 'SIGINT');
});

test('a call that hangs on its way to Slack is made again by the next start', async () => {
  const served = await openServed();
  const { slack } = served.world;
  // Longer than the test: the simulator carries out what it was asked even where the caller is gone.
  slack.faults.delay('chat.postMessage', 120_000, 1);
  const serving = served.start('serve');
  await serving.said('The PBX lets Plumbline in.');
  const said = await stop(serving);
  expect(slack.messages(REPORTS)).toEqual([]);
  expect(said).toContain('it is taken up at the next start');

  const again = served.start('serve');
  await slack.until('the introduction', () => slack.messages(REPORTS)[0], 60_000);
  await stop(again);
});

test('an approval that was pressed just before the end is counted', async () => {
  const served = await openServed();
  const { slack, pbxs } = served.world;
  const serving = served.start('serve');
  await slack.until('the introduction', () => slack.messages(REPORTS)[0], 60_000);
  await slack.person('U0ANN').command(APPROVALS, '/pbx set hq AvatarStyle Circle --because brand');
  const card = await slack.until('the card', () => slack.messages(APPROVALS)[0]);
  slack.faults.delay('users.info', 2_000);
  expect(await slack.person(BEN).press(card, 'change.approve')).toMatchObject({ acked: true });
  await stop(serving);
  const again = served.start('serve');
  await again.said('The PBX lets Plumbline in.');
  await slack.until(
    'the applied card',
    () => slack.messages(APPROVALS).some((message) => wordsOf(message).includes('· applied')),
    60_000,
  );
  await stop(again);

  expect(written(pbxs.pbx('hq'))).toEqual([{ AvatarStyle: 'Circle' }]);
});

test('a second signal ends at once what the first one waits for', async () => {
  const served = await dueSweep(['hq']);
  const hq = served.world.pbxs.pbx('hq');
  hq.fault({ kind: 'hang', on: 'read', resource: APPS });
  const serving = served.start('serve');
  await hq.until('the hanging read', () => hq.requests.find(({ fault }) => fault === 'hang'), 60_000);
  const insisting = setInterval(() => serving.child.kill('SIGTERM'), 100);
  const said = await stop(serving).finally(() => clearInterval(insisting));
  hq.clearFaults();

  expect(said).toContain('ended at once by a second signal');
  await nextStart(served);
  expect(written(hq)).toEqual([{ AvatarStyle: 'Circle' }]);
});
