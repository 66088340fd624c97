import { expect, onTestFinished, test } from 'vitest';
import { insertExceptions } from '../src/baseline/exception-store.js';
import { startDueDigest } from '../src/jobs/digest.js';
import { BOLD } from './helpers/bold.js';
import { chatRule, govern, reportsSaying, sweepOnce } from './helpers/drift-flow.js';
import { APPS, startFlow, stopFlow, wordsOf } from './helpers/slack-flow.js';
import { createClock } from './helpers/sweep-fleet.js';

const MONDAYS = { expression: '0 9 * * 1', timezone: 'UTC' };

test('the week is summed up once, however many machines and starts there are', async () => {
  // 2030-01-01 is a Tuesday; long after anything else that looks at the real clock.
  const clock = createClock('2030-01-01T08:00:00Z');
  const flow = await startFlow({
    pbxs: [{ id: 'hq' }, { id: 'branch' }, { id: 'dead' }],
    config: {
      guards: BOLD,
      schedule: { expression: '0 0 1 1 *', timezone: 'UTC' },
      sweepPolicy: { concurrency: 4, splayMs: 0, digest: MONDAYS },
    },
    overrides: { now: clock.now },
  });
  onTestFinished(() => stopFlow(flow));
  const { world, app, hq } = flow;
  await startDueDigest(app.ctx);
  await govern(app, [chatRule(), chatRule({ key: 'AvatarStyle', value: 'Square', mode: 'enforce' })]);
  world.pbxs.pbx('dead').fault({ kind: 'down' });
  hq.change(APPS, { EnableChat: false, AvatarStyle: 'Circle' });
  world.pbxs.pbx('branch').change(APPS, { EnableChat: false });
  await sweepOnce(flow);
  clock.moveTo('2030-01-03T02:00:00Z');
  world.pbxs.pbx('branch').change(APPS, { EnableChat: true });
  await sweepOnce(flow);
  await insertOne(flow.app.ctx.db);

  clock.moveTo('2030-01-07T09:00:30Z');
  await startDueDigest(app.ctx);
  await startDueDigest(app.ctx);
  await app.idle();
  const other = await world.startApp();
  await startDueDigest(other.ctx);
  await other.idle();
  await other.ctx.announce.digest('2030-01-07T09:00:00.000Z');

  const digests = reportsSaying(flow, 'The week in short');
  expect(digests).toHaveLength(1);
  const words = wordsOf(digests[0] ?? { blocks: [] });
  expect(words).toContain('*2 sweeps* ended. The last one (#2): *6 checked* on 3 PBXs');
  expect(words).toContain('*Drift*: 2 began, 1 ended, 1 open; 1 correction made and kept.');
  expect(words).toContain('Settings that drifted most: Chat (2)');
  expect(words).toContain('PBXs that drifted most: branch (1), Headquarters (1)');
  expect(words).toMatch(/\*Exception ends\* .*: Chat on Headquarters/);
  expect(words).toContain('*Not read for a week*: 1 PBX (dead)');
  expect(await other.ctx.announce.behind()).toEqual([]);

  clock.moveTo('2030-01-14T09:05:00Z');
  await startDueDigest(app.ctx);
  await world.slack.until('the second one', () => reportsSaying(flow, 'The week in short')[1]);
  await app.idle();
  expect(reportsSaying(flow, 'The week in short')).toHaveLength(2);
  expect(wordsOf(reportsSaying(flow, 'The week in short')[1] ?? { blocks: [] })).toContain(
    '*No sweep ended this week.*',
  );
});

async function insertOne(db: Parameters<typeof govern>[0]['ctx']['db']): Promise<void> {
  const exception = {
    id: 'e1',
    key: 'EnableChat',
    target: 'hq',
    untilAt: '2030-01-12T00:00:00.000Z',
    owner: 'U0ANN',
    reason: 'fair',
  };
  await db.transaction().execute((tx) => insertExceptions(tx, 'r1', [exception], '2030-01-03T00:00:00.000Z'));
}
