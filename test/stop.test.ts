import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { createApp } from '../src/app.js';
import { defaultSweepConfig } from '../src/config-sweep.js';
import { findSweepReport } from '../src/drift/queries.js';
import { startSweep } from '../src/drift/sweep.js';
import { endStop, findStop, stopEverything, stopWords } from '../src/fleet/stop.js';
import { deeds } from './helpers/deeds.js';
import { openFleetTerminal } from './helpers/fleet-terminal.js';
import { atRequest, deleteFolder, makeReadOnly } from './helpers/halting.js';
import { chatRule, govern } from './helpers/drift-flow.js';
import { approve, ask, type Fleet, OPERATOR, startFleet, sweep, textOf } from './helpers/sweep-fleet.js';

const APPS = 'GeneralSettingsForApps';
const TRIO = ['hq', 'branch', 'lab'];
const BECAUSE = 'we are being attacked';

/** Three PBXs that are held as they are, and drifted since. */
async function drifted(options: Parameters<typeof startFleet>[0] = {}): Promise<Fleet> {
  const fleet = await startFleet({ pbxs: TRIO, ...options });
  await govern(fleet.app, [chatRule({ mode: 'enforce' })]);
  for (const id of TRIO) fleet.pbx(id).change(APPS, { EnableChat: false });
  return fleet;
}

const written = (fleet: Fleet): number => TRIO.reduce((sum, id) => sum + fleet.pbx(id).writes().length, 0);

const halt = ({ app: { ctx } }: Fleet) => stopEverything(ctx, OPERATOR, BECAUSE);

test('a stop holds back every correction and every approved change, says so, and lets them go when it ends', async () => {
  const fleet = await drifted();
  const { world, app } = fleet;
  const card = await ask(fleet, '/pbx set hq AvatarStyle Circle --because the fair');
  const [ann, ben] = ['U0ANN', 'U0BEN'].map((id) => world.slack.person(id));
  await ben?.command('C0APPROVALS', `/pbx-drift stop --because ${BECAUSE}`);
  await world.slack.until('the stop is told', () =>
    world.slack
      .messages('C0APPROVALS')
      .find(({ text }) => text.includes('Everything is stopped by <@U0BEN>')),
  );

  const waiting = await approve(fleet, card, 'approved, waiting');
  expect(textOf(waiting)).toMatch(
    /Approved; waits.*everything is stopped since .* by U0BEN: we are being attacked/,
  );
  const stopped = await sweep(fleet);
  expect(stopped.line('hq', 'EnableChat')).toMatchObject({ status: 'drifted', withheld: 'stop' });
  expect(stopped.summary + stopped.details).toContain(BECAUSE);
  expect(written(fleet)).toBe(0);

  await ann?.command('C0APPROVALS', '/pbx-drift start');
  await world.slack.until('the window', () => ann?.modal()?.callbackId === 'start.form');
  expect(JSON.stringify(ann?.modal()?.blocks)).toContain('One approved change is written at once');
  await ann?.submit();
  await world.slack.until('the change is applied', () => fleet.pbx('hq').writes().length === 1, 15_000);
  await app.idle();
  expect((await sweep(fleet)).report.counts).toMatchObject({ corrected: 3 });
  expect((await deeds(app.ctx)).filter((deed) => deed.startsWith('stop.'))).toEqual([
    'stop.begun',
    'stop.ended',
  ]);
});

test('only admins and approvers stop everything, only an admin ends it, and nobody ends a stop that they did not see', async () => {
  const fleet = await startFleet();
  const { world, app } = fleet;
  const said = async (who: string, line: string): Promise<string> => {
    const before = world.slack.ephemerals(who).length;
    await world.slack.person(who).command('C0APPROVALS', line);
    return world.slack.until(line, () => world.slack.ephemerals(who)[before]?.text);
  };
  expect(await said('U0EVE', '/pbx-drift stop --because x')).toContain('Only admins and approvers can stop');
  expect(await said('U0BEN', '/pbx-drift stop')).toContain('A reason is missing');
  expect(await said('U0ANN', '/pbx-drift start')).toContain('Nothing is stopped');
  await halt(fleet);
  expect(await said('U0BEN', '/pbx-drift start')).toContain('Only an admin can end a stop');
  const ann = world.slack.person('U0ANN');
  await ann.command('C0APPROVALS', '/pbx-drift start');
  await world.slack.until('the window', () => ann.modal()?.callbackId === 'start.form');
  writeFileSync(
    app.ctx.stopFile,
    JSON.stringify({ since: '2026-01-01T00:00:00.000Z', by: 'cleo', reason: 'again' }),
  );
  await ann.submit();
  await world.slack.until('the refusal', () =>
    JSON.stringify(ann.modal()?.blocks).includes('stopped everything anew meanwhile'),
  );
  expect(await findStop(app.ctx)).toMatchObject({ by: 'cleo', reason: 'again' });
});

test('a stop in the middle of a sweep holds back all that is not written yet, and the report says which and why', async () => {
  const hook = atRequest('PATCH', 'after', async () => void (await halt(fleet)));
  const fleet: Fleet = await drifted({
    through: { hq: hook, branch: hook, lab: hook },
    config: { sweepPolicy: { ...defaultSweepConfig.sweepPolicy, concurrency: 1 } },
  });
  hook.arm();

  const { report } = await sweep(fleet);

  expect(written(fleet)).toBe(1);
  expect(report.counts).toMatchObject({ corrected: 1, drifted: 2, 'not-converged': 0 });
  const kept = report.entries.flatMap(({ lines }) => lines).filter(({ status }) => status === 'drifted');
  for (const line of kept)
    expect(line).toMatchObject({ withheld: 'stop', because: expect.stringContaining(BECAUSE) });
});

test('a stop in the middle of a roll-out ends the request with what was not written, and why, on card and list', async () => {
  const hook = atRequest('PATCH', 'after', async () => void (await halt(fleet)));
  const fleet: Fleet = await startFleet({ pbxs: TRIO, through: { hq: hook, branch: hook, lab: hook } });
  const card = await ask(fleet, '/pbx set all AvatarStyle Circle --because the fair');
  hook.arm();

  const failed = textOf(await approve(fleet, card, 'partly applied: 1 of 3'));

  expect(written(fleet)).toBe(1);
  expect(failed).toContain(
    '2 of 3 PBXs were not written, because while this was applied everything is stopped',
  );
  expect(failed).toContain('Ask again for them when that is over.');
  expect(failed).toMatch(/branch, lab\*: Not sent: everything is stopped since .* we are being attacked/);
});

test('a stop that comes between the last look and the write still holds it back', async () => {
  const hook = atRequest('GET', 'after', async () => void (await halt(fleet)));
  const fleet: Fleet = await startFleet({ through: { hq: hook } });
  const card = await ask(fleet, '/pbx set AvatarStyle Circle --because the fair');
  hook.arm();

  const failed = textOf(await approve(fleet, card, '· failed'));

  expect(fleet.pbx('hq').writes()).toEqual([]);
  expect(failed).toMatch(/not sent: everything is stopped.*we are being attacked/);
});

test('a database that cannot be written any more lets nothing be written to a PBX, and a stop is still taken', async () => {
  const fleet = await drifted();
  const { app } = fleet;
  const card = await ask(fleet, '/pbx set hq AvatarStyle Circle --because the fair');
  await app.idle();
  await makeReadOnly(app.ctx);
  await expect(sweep(fleet)).rejects.toThrow(/readonly/);
  expect(await halt(fleet)).toEqual({ isInFile: true, isInDatabase: false });
  await makeReadOnly(app.ctx, false);

  expect(await findStop(app.ctx)).toMatchObject({ by: OPERATOR.id, reason: BECAUSE });
  await approve(fleet, card, 'approved, waiting');
  await sweep(fleet);
  expect(written(fleet)).toBe(0);
});

test('in Slack a stop is taken and told also where the database cannot be written', async () => {
  const fleet = await drifted();
  const { world, app } = fleet;
  await makeReadOnly(app.ctx);
  await world.slack.person('U0BEN').command('C0APPROVALS', `/pbx-drift stop --because ${BECAUSE}`);
  const told = await world.slack.until('the stop is told', () =>
    world.slack.messages('C0APPROVALS').find(({ text }) => text.includes('Everything is stopped by')),
  );
  expect(textOf(told)).toContain('database');
  await makeReadOnly(app.ctx, false);

  expect(await findStop(app.ctx)).toMatchObject({ by: 'U0BEN', reason: BECAUSE });
  expect((await sweep(fleet)).line('hq', 'EnableChat')).toMatchObject({ withheld: 'stop' });
});

test('a database that turns read-only while a change and a sweep are under way keeps both from writing', async () => {
  const hook = atRequest('GET', 'after', () => makeReadOnly(fleet.app.ctx));
  const fleet: Fleet = await drifted({ through: { hq: hook } });
  const card = await ask(fleet, '/pbx set hq AvatarStyle Circle --because the fair');
  hook.arm();
  await fleet.world.slack.person('U0BEN').press(card, 'change.approve');
  await hook.fired;
  await fleet.app.idle();

  expect(fleet.pbx('hq').writes()).toEqual([]);
  await makeReadOnly(fleet.app.ctx, false);
});

test('with its folder deleted under it a stop still holds', async () => {
  const fleet = await drifted();
  const card = await ask(fleet, '/pbx set hq AvatarStyle Circle --because the fair');
  await halt(fleet);
  deleteFolder(fleet.app.ctx);
  await approve(fleet, card, 'approved, waiting').catch(() => undefined);
  await sweep(fleet).catch(() => undefined);

  expect(await findStop(fleet.app.ctx)).toMatchObject({ reason: BECAUSE });
  expect(written(fleet)).toBe(0);
});

test('a stop survives a restart in either of its places, and an administrator’s empty file is enough', async () => {
  const fleet = await drifted();
  const { ctx } = fleet.app;
  await halt(fleet);
  await fleet.app.stop();
  rmSync(ctx.stopFile);
  const again = await createApp({ ...fleet.config, slack: null });
  try {
    expect(await findStop(again.ctx)).toMatchObject({ by: OPERATOR.id, reason: BECAUSE });
    await again.ctx.db.deleteFrom('halts').execute();
    expect(await findStop(again.ctx)).toBeNull();
    writeFileSync(ctx.stopFile, '');
    expect(await findStop(again.ctx)).toEqual({
      since: '',
      by: 'whoever made the file',
      reason: `the file ${ctx.stopFile} exists`,
    });
    const { report } = await sweepWith(again, fleet);
    expect(report.counts).toMatchObject({ corrected: 0, drifted: 3 });
    expect(written(fleet)).toBe(0);
  } finally {
    await again.stop();
  }
});

async function sweepWith(app: Fleet['app'], fleet: Fleet) {
  const id = await startSweep(app.ctx, { kind: 'person', actor: OPERATOR });
  await app.idle();
  const found = await findSweepReport(app.ctx.db, id);
  if (found === undefined) throw new Error(`no report of ${fleet.config.databaseUrl}`);
  return found;
}

test('a stop file that says strange things, and a place that cannot be looked at, are stops all the same', async () => {
  const { app } = await startFleet();
  const { ctx } = app;
  for (const text of ['null', '"no"', '{"by": 7, "reason": "", "since": "yesterday"}', '\u0000']) {
    writeFileSync(ctx.stopFile, text);
    expect(stopWords((await findStop(ctx)) ?? { since: '', by: '', reason: '' })).toBe(
      `everything is stopped by whoever made the file: the file ${ctx.stopFile} exists`,
    );
  }
  rmSync(ctx.stopFile);
  mkdirSync(ctx.stopFile);
  expect(await findStop(ctx)).not.toBeNull();
  rmSync(ctx.stopFile, { recursive: true });
  const loop = `${dirname(ctx.stopFile)}/${'x'.repeat(300)}`;
  expect((await findStop({ ...ctx, stopFile: loop }))?.reason).toContain('cannot be looked at');
  expect(await findStop(ctx)).toBeNull();
});

test('a stop that another machine noted in the database outlasts the end of the one whose file is here', async () => {
  const { app, world } = await startFleet();
  const { ctx } = app;
  const elsewhere = { ...ctx, stopFile: `${ctx.stopFile}-elsewhere` };
  await stopEverything(elsewhere, OPERATOR, BECAUSE);
  writeFileSync(ctx.stopFile, '');
  const ann = world.slack.person('U0ANN');
  await ann.command('C0APPROVALS', '/pbx-drift start');
  await world.slack.until('the window', () => ann.modal()?.callbackId === 'start.form');
  await ann.submit();
  await world.slack.until('the other stop', () =>
    JSON.stringify(ann.modal()?.blocks).includes(`There is another one: everything is stopped since`),
  );

  expect(existsSync(ctx.stopFile)).toBe(false);
  expect(await findStop(ctx)).toMatchObject({ by: OPERATOR.id, reason: BECAUSE });
  expect(await endStop(ctx, OPERATOR)).toBeNull();
  expect(await findStop(ctx)).toBeNull();
});

test('at a terminal everything is stopped and started, and what is asked for meanwhile waits', async () => {
  const { run, pbx, env } = await openFleetTerminal();
  const stopFile = (env['DATABASE_URL'] ?? '').replace('sqlite:', '').replace('plumbline.db', 'STOP');
  expect(await run('start')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('Nothing is stopped.'),
  });
  const stopped = await run('stop', '--reason', BECAUSE);
  expect(stopped.stdout).toContain('Everything is stopped.');
  expect(stopped.stdout).toContain(`It is noted in ${stopFile} and in the database.`);
  expect(JSON.parse(readFileSync(stopFile, 'utf8'))).toMatchObject({ by: 'ann', reason: BECAUSE });

  const asked = await run('set', 'AvatarStyle', 'Circle', '--target', 'hq');
  expect(asked.code).toBe(1);
  expect(asked.stderr).toMatch(
    /Request #1 is approved and waits: everything is stopped since .* by ann: we are being/,
  );
  expect((await run('requests', 'show', '1')).stdout).toContain(
    'Approved, and not written yet: everything is stopped',
  );
  expect(pbx('hq').writes()).toEqual([]);

  expect((await run('start')).stdout).toMatch(
    /^The stop is over. It was: everything is stopped since .* by ann/,
  );
  expect(existsSync(stopFile)).toBe(false);
  await run('set', 'EnableChat', 'off', '--target', 'lab');
  expect(pbx('hq').writes()).toHaveLength(1);
});

test('at a terminal that lacks the secrets a stop is taken all the same, in the file', async () => {
  const { run, env } = await openFleetTerminal();
  const stopFile = (env['DATABASE_URL'] ?? '').replace('sqlite:', '').replace('plumbline.db', 'STOP');
  for (const name of Object.keys(env)) if (name.includes('SECRET')) delete env[name];

  const { code, stdout, stderr } = await run('stop', '--reason', BECAUSE);

  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: expect.stringContaining(`It is noted in ${stopFile}.`),
  });
  expect(stderr).toMatch(/^The file alone holds it, .* which is not set/);
  expect(JSON.parse(readFileSync(stopFile, 'utf8'))).toMatchObject({ by: 'ann', reason: BECAUSE });
  env['PLUMBLINE_CONFIG'] = `${stopFile}.yml`;
  expect(await run('stop', '--reason', BECAUSE)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^plumbline: Nothing was stopped. .*\n +Make the stop file by hand/),
  });
});

// Nothing is read-only for root.
test.skipIf(process.getuid?.() === 0)(
  'a stop that cannot be noted anywhere says that nothing was stopped',
  async () => {
    const fleet = await startFleet();
    const { ctx } = fleet.app;
    await makeReadOnly(ctx);
    chmodSync(dirname(ctx.stopFile), 0o500);
    await expect(halt(fleet)).rejects.toThrow('nor the database can be written');
    chmodSync(dirname(ctx.stopFile), 0o700);
    await makeReadOnly(ctx, false);
  },
);
