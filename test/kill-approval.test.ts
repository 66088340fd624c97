import pLimit from 'p-limit';
import { beforeAll, expect, test } from 'vitest';
import { type App, createApp } from '../src/app.js';
import { verifyAudit } from '../src/audit/queries.js';
import { currentBaseline, releasedBaseline } from '../src/baseline/store.js';
import { listRequests } from '../src/changes/queries.js';
import type { ChangeRequest } from '../src/changes/request.js';
import { startWorld, type World } from '../src/demo/world.js';
import { type Child, startChild } from './helpers/child.js';
import { type CompiledApp, compileApp } from './helpers/compiled-app.js';
import { deeds, written } from './helpers/deeds.js';
import type { KillPoint } from './helpers/kill-point.js';
import { everybody, type Script, type ScriptName, scripts } from './helpers/kill-scripts.js';
import { PBX } from './helpers/sweep-fleet.js';

const PBXS = ['hq', 'lyon', 'rome'];
const ROLES = { admins: [], approvers: ['U0BEN', 'U0CLEO'], requesters: [], breakGlass: ['U0ANN'] };
const AT_ONCE = 3;

const WRITTEN = ['change.applying', 'write.intended', 'write.settled', 'change.applied'];

/** How each script ends, however often it was interrupted: what is audited once, and what was written to hq. */
const ENDS: Readonly<
  Record<ScriptName, { readonly deeds: readonly string[]; readonly hq: readonly unknown[] }>
> = {
  'two approvals': {
    deeds: ['change.proposed', 'change.approved', 'change.approved', ...WRITTEN],
    hq: [{ AllowFwdToExternal: true }],
  },
  'a value that moved': {
    deeds: [
      'change.proposed',
      'change.approved',
      'change.applying',
      'write.intended',
      'write.settled',
      'change.voided',
      'change.approved',
      ...WRITTEN,
    ],
    hq: [{ BusyMonitorTimeout: 45 }],
  },
  'an edit': {
    deeds: ['change.proposed', 'change.approved', 'change.edited', 'change.approved', ...WRITTEN],
    hq: [{ BusyMonitorTimeout: 45 }],
  },
  'a withdrawal': { deeds: ['change.proposed', 'change.withdrawn'], hq: [] },
  'an expiry': { deeds: ['change.proposed', 'change.expired'], hq: [] },
  'a broken glass and its review': {
    deeds: ['change.proposed', 'change.broke-glass', ...WRITTEN, 'review.closed'],
    hq: [{ BusyMonitorTimeout: 45 }],
  },
  'a revert': {
    deeds: [
      'change.proposed',
      'change.approved',
      ...WRITTEN,
      'change.proposed',
      'change.approved',
      ...WRITTEN,
    ],
    hq: [{ BusyMonitorTimeout: 45 }, { BusyMonitorTimeout: 30 }],
  },
  'a roll-out': {
    deeds: [
      'change.proposed',
      'change.approved',
      'change.applying',
      'baseline.published',
      'change.applied',
      'change.proposed',
      'change.approved',
      'change.applying',
      ...PBXS.flatMap(() => ['write.intended', 'write.settled']),
      'baseline.published',
      'change.applied',
    ],
    hq: [{ BusyMonitorTimeout: 45 }],
  },
  'a held sweep and its release': {
    deeds: [
      'change.proposed',
      'change.approved',
      'change.applying',
      'baseline.published',
      'change.applied',
      'sweep.started',
      'sweep.judged',
      'sweep.held',
      'sweep.released',
      'sweep.finished',
      ...PBXS.flatMap(() => ['episode.opened', 'write.intended', 'write.settled', 'episode.closed']),
    ],
    hq: [{ BusyMonitorTimeout: 45 }],
  },
};

const MANY: readonly ScriptName[] = ['a roll-out', 'a held sweep and its release'];

let compiled: CompiledApp;

beforeAll(async () => {
  compiled = await compileApp();
  return compiled.remove;
});

async function open(world: World, ago: number, isQuiet: boolean): Promise<App> {
  const now = (): Date => new Date(Date.now() - ago);
  const app = await createApp(world.config, { now, directory: everybody });
  if (isQuiet) Object.assign(app.ctx, { wake: () => undefined });
  return app;
}

async function prepare(world: World, script: Script): Promise<void> {
  const app = await open(world, script.agoMs ?? 0, true);
  await script.prepare(app.ctx);
  await app.stop();
  if (script.moves !== undefined) world.pbxs.pbx('hq').change(PBX, script.moves);
}

/** The restart on the same database, where people see what is there and do the rest. */
async function finish(world: World, name: ScriptName): Promise<void> {
  const app = await open(world, 0, false);
  try {
    await app.start();
    await app.idle();
    await scripts[name].play(app);
    await app.idle();
    await check(world, app, name);
  } finally {
    await app.stop();
  }
}

async function check(world: World, { ctx }: App, name: ScriptName): Promise<void> {
  const end = ENDS[name];
  const requests = await listRequests(ctx.db, { limit: 10 });
  expect((await verifyAudit(ctx.db)).fault).toBeNull();
  expect([...(await deeds(ctx))].toSorted()).toEqual([...end.deeds].toSorted());
  expect(written(world.pbxs.pbx('hq'))).toEqual(end.hq);
  expect(
    requests.flatMap(({ state }) => (['pending', 'approved', 'applying'].includes(state) ? state : [])),
  ).toEqual([]);
  expect(await ctx.db.selectFrom('exceptions').select('id').execute()).toEqual([]);
  await checkOwn(world, ctx.db, name, requests);
}

async function checkOwn(
  world: World,
  db: App['ctx']['db'],
  name: ScriptName,
  [last]: readonly ChangeRequest[],
): Promise<void> {
  if (name === 'a broken glass and its review') expect(last?.review).toMatchObject({ state: 'closed' });
  if (name === 'a value that moved') expect(last).toMatchObject({ round: 2, again: [{ round: 1 }] });
  if (!MANY.includes(name)) return;
  for (const id of PBXS) expect(written(world.pbxs.pbx(id)), id).toEqual([{ BusyMonitorTimeout: 45 }]);
  const version = name === 'a roll-out' ? 2 : 1;
  expect(await currentBaseline(db)).toMatchObject({ version, rules: [{ target: 'all', value: 45 }] });
  if (name === 'a roll-out') return;
  const sweeps = await db.selectFrom('sweeps').select(['number', 'state']).execute();
  expect(sweeps).toEqual([{ number: 1, state: 'finished' }]);
  expect((await releasedBaseline(db)).version).toBe(1);
}

/** Plays a script in a process that dies at `point`, restarts on its database and checks the end. */
async function play(
  name: ScriptName,
  point: KillPoint | null,
): Promise<{ readonly steps: readonly string[]; readonly isKilled: boolean }> {
  const script: Script = scripts[name];
  const world = await startWorld({
    pbxs: (MANY.includes(name) ? PBXS : ['hq']).map((id) => ({ id })),
    config: { slack: null, roles: ROLES },
  });
  let child: Child | null = null;
  try {
    await prepare(world, script);
    child = await startChild(compiled.entry, world.config);
    await child.arm(point);
    await child.start();
    await child.play(name);
    const steps = await child.idle();
    const isKilled = child.isDead();
    await child.kill();
    await finish(world, name);
    return { steps, isKilled };
  } finally {
    await child?.kill();
    await world.stop();
  }
}

test.each([
  ...(Object.keys(scripts) as ScriptName[]).map((name) => [name, 'before'] as const),
  ['a held sweep and its release', 'after'] as const,
])(
  '%s comes to its end once, whichever durable step the process dies right %s',
  { timeout: 180_000 },
  async (name, when) => {
    const { steps } = await play(name, null);
    const limit = pLimit(AT_ONCE);
    const failures: string[] = [];
    let survivors = 0;
    const die = async (step: number): Promise<void> => {
      try {
        if (!(await play(name, { when, step })).isKilled) survivors += 1;
      } catch (error) {
        failures.push(`${when} step ${step} of ${steps.length} (${steps[step - 1]}): ${String(error)}`);
      }
    };
    await Promise.all(steps.map((_, index) => limit(() => die(index + 1))));

    expect(failures).toEqual([]);
    expect(steps.length).toBeGreaterThan(0);
    // What is read of several PBXs at once shares a commit or not, so a run may have fewer steps than the one counted.
    expect(survivors).toBeLessThan(6);
  },
);
