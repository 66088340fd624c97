import { CompiledQuery } from 'kysely';
import { expect, test } from 'vitest';
import { executeChange } from '../src/changes/execute.js';
import { proposeException, proposePause } from '../src/changes/propose-exception.js';
import { getRequest, listRequests } from '../src/changes/queries.js';
import type { Ctx } from '../src/ctx.js';
import { getHeldSweep, releaseSweep } from '../src/drift/release.js';
import { findSweep } from '../src/drift/store.js';
import { advanceSweep, startSweep } from '../src/drift/sweep.js';
import { guardSweep } from '../src/drift/sweep-guard.js';
import { inspectAll } from '../src/drift/sweep-inspect.js';
import { withPbx } from '../src/fleet/lease.js';
import { stopEverything } from '../src/fleet/stop.js';
import {
  ALL_ROLES,
  ANN,
  approveAndExecute,
  decide,
  propose,
  publish,
  ruleOf,
  slackActor,
  written,
} from './helpers/deeds.js';
import { APPS, OPERATOR } from './helpers/sweep-fleet.js';
import { APPROVER, DAY_MS, type Field, HOUR_MS, openField } from './helpers/sweeping.js';

const CHAT = ruleOf('EnableChat', true);
const IDS = ['a', 'b', 'c', 'd', 'e'];
const PETITION = { actor: slackActor(ANN), roles: ALL_ROLES, reason: 'the fair' };

const untilIn = (field: Field, ms: number): string => new Date(field.now().getTime() + ms).toISOString();

const allWrites = (field: Field): readonly unknown[] => IDS.flatMap((id) => written(field.pbx(id)));

/** Five PBXs on which one rule would change everything, so that the sweep waits for a person. */
async function held(options: Parameters<typeof openField>[0] = {}): Promise<Field> {
  const field = await openField({ pbxs: IDS, ...options });
  await field.hold([CHAT]);
  for (const { id } of field.ctx.pbxs) field.pbx(id).change(APPS, { EnableChat: false });
  expect((await field.sweep()).sweep.state).toBe('held');
  return field;
}

/** Releases the sweep that waits with what is configured by then, and takes it to its end. */
async function releaseWith(field: Field, ctx: Ctx) {
  const sweep = await getHeldSweep(ctx);
  await releaseSweep(ctx, sweep, APPROVER);
  await advanceSweep(ctx, sweep.id);
  return field.standOf(sweep.id);
}

const freezeOf = (field: Field): Ctx['freezes'] => {
  const hour = field.now().getUTCHours();
  const day = { expression: `0 ${hour} * * *`, timezone: 'UTC', durationMs: 2 * HOUR_MS };
  return [{ name: 'year end', target: 'all', ...day }];
};

test.each<[string, (field: Field) => Promise<Ctx | void>, string]>([
  [
    'an exception began',
    async (field) => {
      const keys = ['EnableChat'];
      const petition = { ...PETITION, target: 'all', keys, untilAt: untilIn(field, DAY_MS) };
      await approveAndExecute(field.ctx, await proposeException(field.ctx, petition));
    },
    'waived',
  ],
  [
    'a pause began',
    async (field) => {
      const petition = { ...PETITION, target: 'all', untilAt: untilIn(field, DAY_MS) };
      await approveAndExecute(field.ctx, await proposePause(field.ctx, petition));
    },
    'drifted',
  ],
  ['a freeze began', async (field) => ({ ...field.ctx, freezes: freezeOf(field) }), 'drifted'],
  [
    'everything was stopped',
    async ({ ctx }) => void (await stopEverything(ctx, OPERATOR, 'we are being attacked')),
    'drifted',
  ],
  [
    'a newer version wants the value that is there',
    async (field) => void (await publish(field.ctx, [ruleOf('EnableChat', false)])),
    'in-sync',
  ],
  [
    'a newer version only reports',
    async (field) => void (await publish(field.ctx, [{ ...CHAT, mode: 'report' }])),
    'drifted',
  ],
])('where %s since, a release writes nothing', async (_, change, status) => {
  const field = await held();
  const ctx = (await change(field)) ?? field.ctx;

  const { line, sweep } = await releaseWith(field, ctx);

  expect(allWrites(field)).toEqual([]);
  expect(sweep.state).toBe('finished');
  for (const id of IDS) expect(line(id, 'EnableChat')?.status, id).toBe(status);
});

test('where a PBX has another address than when it was looked at, neither place is written', async () => {
  const field = await held({ pbxs: [...IDS, 'spare'] });
  const { pbxs } = field.world.config;
  const spare = pbxs.find(({ id }) => id === 'spare')!;
  const moved = pbxs.flatMap((pbx) =>
    pbx.id === 'spare' ? [] : pbx.id === 'b' ? [{ ...spare, id: 'b' }] : [pbx],
  );
  const { line } = await releaseWith(field, await field.reopen({ pbxs: moved }));

  expect(line('b', 'EnableChat')).toMatchObject({
    status: 'drifted',
    because: expect.stringContaining('has another address'),
  });
  expect([...IDS, 'spare'].map((id) => written(field.pbx(id)).length)).toEqual([1, 0, 1, 1, 1, 0]);
});

test('where a PBX has other tags since, only what its rules say now is written', async () => {
  const field = await openField({ pbxs: IDS, tags: { a: ['emea'], b: ['emea'], c: ['emea'] } });
  await field.hold([ruleOf('EnableChat', true, 'tag:emea')]);
  for (const id of IDS) field.pbx(id).change(APPS, { EnableChat: false });
  expect((await field.sweep()).sweep.state).toBe('held');
  const pbxs = field.world.config.pbxs.map((pbx) => ({ ...pbx, tags: pbx.id === 'a' ? ['emea'] : [] }));
  await releaseWith(field, await field.reopen({ pbxs }));

  expect(IDS.map((id) => written(field.pbx(id)).length)).toEqual([1, 0, 0, 0, 0]);
});

test('a PBX that was out of the fleet when the plans were judged is not written when it is back', async () => {
  const field = await openField({ pbxs: ['hq', 'branch'] });
  await field.hold([CHAT]);
  field.pbx('hq').change(APPS, { EnableChat: false });
  const id = await startSweep(field.ctx, { kind: 'person', actor: OPERATOR });
  const sweep = (await findSweep(field.ctx.db, id))!;
  await inspectAll(field.ctx, sweep);
  await guardSweep({ ...field.ctx, pbxs: field.ctx.pbxs.filter((pbx) => pbx.id !== 'hq') }, sweep);
  await advanceSweep(field.ctx, id);

  expect((await field.standOf(id)).line('hq', 'EnableChat')?.because).toContain('was not in the fleet');
  expect(written(field.pbx('hq'))).toEqual([]);
  expect((await field.sweep()).line('hq', 'EnableChat')?.status).toBe('corrected');
});

test('a machine that comes late to a PBX heeds how its correction went on another one', async () => {
  const field = await held();
  for (const id of IDS) field.pbx(id).fault({ kind: 'not-stored', on: 'write' });
  const sweep = await getHeldSweep(field.ctx);
  await releaseSweep(field.ctx, sweep, APPROVER);
  const other = await field.reopen({});
  const first = field.pbx('a');
  const closing = new AbortController();
  first.onChange(() => {
    if (first.requests.some(({ operation }) => operation === 'write')) closing.abort();
  });
  // The other machine does the first PBX, and ends, after this one looked what is done already, and before its turns come here.
  const asked = { aboutSettled: false, isOver: false };
  const db = (await field.reopen({})).db.withPlugin({
    transformQuery({ node }) {
      asked.aboutSettled = JSON.stringify(node).includes('settled_at');
      return node;
    },
    async transformResult({ result }) {
      if (!asked.aboutSettled || asked.isOver) return result;
      asked.isOver = true;
      await advanceSweep({ ...other, closing: closing.signal }, sweep.id);
      return result;
    },
  });
  await advanceSweep({ ...field.ctx, db }, sweep.id);

  const tries = IDS.map((id) => field.pbx(id).requests.filter(({ operation }) => operation === 'write'));
  expect(asked.isOver).toBe(true);
  expect(tries.map(({ length }) => length)).toEqual([1, 0, 0, 0, 0]);
});

test('what goes wrong in Plumbline after a correction was sent counts as one that was not kept', async () => {
  const field = await openField();
  await field.hold([CHAT]);
  const hq = field.pbx('hq');
  hq.change(APPS, { EnableChat: false });
  const run = (text: string): void => void field.ctx.db.executeQuery(CompiledQuery.raw(text));
  const log = Object.assign(Object.create(field.ctx.log) as Ctx['log'], {
    error: () => run('drop trigger broken'),
  });
  let isBroken = false;
  const off = hq.onChange(() => {
    if (isBroken || hq.writes().length === 0) return;
    isBroken = true;
    run("create trigger broken before update on writes begin select raise(abort, 'broken'); end");
  });
  const id = await startSweep(field.ctx, { kind: 'person', actor: OPERATOR });
  await advanceSweep({ ...field.ctx, log }, id);
  off();

  expect(written(hq)).toEqual([{ EnableChat: true }]);
  expect((await field.standOf(id)).line('hq', 'EnableChat')?.status).toBe('unknown');
  hq.change(APPS, { EnableChat: false });
  expect((await field.sweep()).line('hq', 'EnableChat')).toMatchObject({ withheld: 'back-off' });
});

test('an approved change that had to wait for its PBX is not written in a freeze that began meanwhile', async () => {
  const field = await openField();
  const request = await propose(field.ctx, { EnableChat: false });
  await decide(field.ctx, request);
  const freezes: Ctx['freezes'][number][] = [];
  let isDone: Promise<void> = Promise.resolve();
  await withPbx(field.ctx, 'hq', async () => {
    isDone = executeChange({ ...field.ctx, freezes }, request.id);
    while ((await getRequest(field.ctx.db, request.id)).state !== 'applying')
      await field.ctx.db.selectFrom('leases').selectAll().execute();
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    freezes.push(...freezeOf(field));
  });
  await isDone;

  expect(written(field.pbx('hq'))).toEqual([]);
  expect(await getRequest(field.ctx.db, request.id)).toMatchObject({
    state: 'failed',
    results: [{ outcomes: [{ status: 'unsent', because: expect.stringContaining('“year end”') }] }],
  });
});

test('restoring is asked for again where an exception from the rule was granted after it was asked for', async () => {
  const field = await openField({ pbxs: ['hq'] });
  await field.hold([{ ...CHAT, mode: 'ask' }]);
  field.pbx('hq').change(APPS, { EnableChat: false });
  await field.sweep();
  const [asked] = (await listRequests(field.ctx.db, { limit: 9 })).filter(
    ({ content }) => content.kind === 'settings',
  );
  field.pass(HOUR_MS);
  const petition = { ...PETITION, target: 'all', keys: ['EnableChat'], untilAt: untilIn(field, DAY_MS) };
  await approveAndExecute(field.ctx, await proposeException(field.ctx, petition));

  await decide(field.ctx, asked!);
  await executeChange(field.ctx, asked!.id);

  expect(written(field.pbx('hq'))).toEqual([]);
  expect(await getRequest(field.ctx.db, asked!.id)).toMatchObject({
    state: 'pending',
    round: 2,
    again: [{ because: expect.stringMatching(/^Meanwhile an exception for .* on hq began, until /) }],
  });
  await approveAndExecute(field.ctx, asked!);
  expect(written(field.pbx('hq')), 'who approves it in spite of that gets it').toEqual([
    { EnableChat: true },
  ]);
});
