import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { ANN, APPROVALS, APPROVER_GROUP, BEN, CLEO, EVE, REPORTS } from '../src/demo/world.js';
import { findSweepReport } from '../src/drift/queries.js';
import { startSweep } from '../src/drift/sweep.js';
import { UserError, UserErrors } from '../src/errors.js';
import { reloadsOf, serveFleet, type ServedFleet } from './helpers/served-fleet.js';
import { APPS, approved, ask, createClock, OPERATOR, textOf } from './helpers/sweep-fleet.js';
import { openTerminal } from './helpers/terminal.js';
import { expectWholeAudit } from './helpers/whole-audit.js';

vi.setConfig({ testTimeout: 60_000 });

/** What is wrong with the configuration, as whoever asked for the reload is told. */
async function refusalOf(fleet: ServedFleet): Promise<readonly UserError[]> {
  const error: unknown = await fleet.reload().catch((refused: unknown) => refused);
  if (!(error instanceof UserError)) throw new Error('the reload was not refused');
  return error instanceof UserErrors ? error.errors : [error];
}

function tokensOf(fleet: ServedFleet, id: string): number {
  return fleet.pbx(id).requests.filter(({ operation }) => operation === 'token').length;
}

/** All that a reload may put something else in the place of. */
function inForce({ app: { ctx } }: ServedFleet): unknown {
  const { roles, approvalRules, schedule, sweepPolicy, guards, windows, freezes, stopFile } = ctx;
  const pbxs = ctx.pbxs.map(({ id, name, url, tags }) => ({ id, name, url, tags }));
  const all = { pbxs, roles, approvalRules, schedule, sweepPolicy, guards, windows, freezes, stopFile };
  return structuredClone(all);
}

test('a PBX that was added can be changed at once, one that was removed is unknown, all others keep their token', async () => {
  const fleet = await serveFleet(['hq', 'branch', 'lab'], ['hq', 'lab']);
  await approved(fleet, '/pbx set hq AvatarStyle Circle --because brand');
  const tokens = tokensOf(fleet, 'hq');
  fleet.write((file) => {
    file.pbxs = [
      fleet.entry('hq', { tags: ['emea'], name: 'Head office' }),
      fleet.entry('branch', { tags: ['emea'] }),
    ];
  });

  expect(await fleet.reload()).toEqual([
    'hq is called Head office now.',
    'hq has the tags emea now.',
    'branch was added.',
    'lab was removed.',
  ]);
  await approved(fleet, '/pbx set branch AvatarStyle Circle --because brand');
  await approved(fleet, '/pbx set hq AvatarStyle Square --because brand');
  await fleet.world.slack.person(ANN).command(APPROVALS, '/pbx show lab');
  await fleet.world.slack.until('what is said of lab', () =>
    fleet.world.slack.ephemerals(ANN).some(({ text }) => text.includes('There is no PBX “lab”')),
  );

  expect(fleet.pbx('branch').writes()).toHaveLength(1);
  expect(tokensOf(fleet, 'hq')).toBe(tokens);
  expect(fleet.pbx('lab').requests).toEqual([]);
});

test('a file that is wrong is refused as a whole, with file, path and mend, and nothing changes', async () => {
  const fleet = await serveFleet(['hq', 'branch'], ['hq']);
  const before = inForce(fleet);
  fleet.write((file) => {
    file.pbxs.push(fleet.entry('branch'), fleet.entry('hq', { id: 'third', url: 'third' }));
    file['guards'] = { share: 25 };
    file['freezes'] = [{ name: 'Year end', cron: '0 0 20 12 *', duration: '14d' }];
  });
  const errors = await refusalOf(fleet);

  expect(errors.map(({ field }) => field)).toEqual(['pbxs.2.url', 'guards.share']);
  for (const { message, mend } of errors) {
    expect(message).toContain(fleet.path);
    expect(mend).not.toBeUndefined();
  }
  expect(inForce(fleet)).toEqual(before);
  fleet.writeText('pbxs: [');
  expect((await refusalOf(fleet))[0]?.message).toContain('is not YAML');
  expect(inForce(fleet)).toEqual(before);
  expect(await reloadsOf(fleet.app)).toEqual([]);
});

test('everything else the file says takes effect at once, is told in words and is audited', async () => {
  const fleet = await serveFleet(['hq']);
  const { ctx } = fleet.app;
  fleet.write((file) => {
    file['schedule'] = { cron: '0 3 * * *', timezone: 'Europe/Berlin' };
    file['roles'] = { admins: [ANN], approvers: [BEN, CLEO], requesters: [EVE] };
    file['channels'] = { approvals: APPROVALS, reports: APPROVALS };
    file['sweep'] = { concurrency: 4, splay: '10m', digest: { timezone: 'UTC' } };
    file['guards'] = { share: '12.5%', flaps: { rearm: '1d' }, previews: false };
    file['freezes'] = [{ name: 'Year end', cron: '0 0 20 12 *', duration: '14d' }];
    file['windows'] = [{ name: 'Nights', cron: '0 22 * * *', duration: '8h', target: 'hq' }];
    file['approvals'] = [{ name: 'Ben', approvals: 1, from: [BEN] }];
    file['stopFile'] = 'elsewhere/STOP';
  });

  const { changes } = await ctx.reload({ kind: 'slack', id: ANN });
  expect(changes).toEqual([
    `The approvers are ${BEN}, ${CLEO} now.`,
    `Requesters are ${EVE} now.`,
    'Glass may be broken by nobody now.',
    'The approval rule “Ben” was added.',
    `Reports are posted in ${APPROVALS} now.`,
    'The schedule is 0 3 * * * Europe/Berlin now.',
    'sweep.concurrency is 4 now.',
    'sweep.splay is 10m now.',
    'guards.share is 12.5% now.',
    'guards.flaps.rearm is 1d now.',
    'guards.previews is false now.',
    'The window “Nights” was added.',
    'The freeze “Year end” was added.',
    'The stop file is elsewhere/STOP now.',
  ]);
  expect(ctx).toMatchObject({
    guards: { share: 0.125 },
    sweepPolicy: { concurrency: 4, splayMs: 600_000 },
    freezes: [{ name: 'Year end' }],
    stopFile: 'elsewhere/STOP',
  });
  expect(await fleet.reload()).toEqual(['Nothing changed.']);
  const audited = await reloadsOf(fleet.app);
  expect(audited[0]).toContain(`{"kind":"slack","id":"${ANN}"}`);
  expect(audited[0]).toContain('The schedule is 0 3 * * * Europe/Berlin now.');
  expect(audited[1]).toBe('{"kind":"system","id":"plumbline"} {"changes":["Nothing changed."]}');
  await expectWholeAudit(fleet.config.databaseUrl);
});

test('a request that waits goes on: its card stays where it is, and who may do what is as the file says now', async () => {
  const fleet = await serveFleet(['hq']);
  const { slack } = fleet.world;
  const card = await ask(fleet, '/pbx set hq AvatarStyle Circle --because brand');
  fleet.write((file) => {
    file['roles'] = { admins: [ANN], approvers: [ANN, CLEO], requesters: [EVE] };
    file['channels'] = { approvals: REPORTS, reports: REPORTS };
  });
  await fleet.reload();
  await slack.person(BEN).press(card, 'change.approve');
  await slack.until('that Ben may not', () =>
    slack.ephemerals(BEN).some((message) => textOf(message).includes('You are not an approver')),
  );
  expect(fleet.pbx('hq').writes()).toEqual([]);
  await slack.person(CLEO).press(card, 'change.approve');
  await slack.until('the same card, applied', () =>
    slack.messages(APPROVALS).some((one) => one.ts === card.ts && textOf(one).includes('· applied')),
  );

  expect(fleet.pbx('hq').resource(APPS)).toMatchObject({ AvatarStyle: 'Circle' });
  await slack.person(EVE).command(APPROVALS, '/pbx set hq AvatarStyle Square --because brand');
  await slack.until('the next card, in the other channel', () =>
    slack.messages(REPORTS).some((one) => textOf(one).includes('#2')),
  );
  expect(slack.messages(APPROVALS).filter((one) => textOf(one).includes('#2 ·'))).toEqual([]);
});

test('a request whose rule is gone is not stuck: its people may act, and then those of the new rule are asked', async () => {
  const fleet = await serveFleet(['hq']);
  const { slack } = fleet.world;
  fleet.write((file) => {
    file['roles'] = { admins: [ANN], approvers: [ANN, EVE, CLEO], requesters: [] };
    file['approvals'] = [{ name: 'On call', approvals: 1, from: [APPROVER_GROUP] }];
  });
  await fleet.reload();
  const card = await ask(fleet, '/pbx set hq AvatarStyle Circle --because brand');
  fleet.write((file) => void (file['approvals'] = []));

  expect(await fleet.reload()).toEqual(['The approval rule “On call” was removed.']);
  await slack.person(BEN).press(card, 'change.approve');
  await slack.until('that it is asked again', () =>
    slack.thread(APPROVALS, card.ts).some(({ text }) => text.includes('The approval rule has changed since')),
  );
  const again = await slack.until('the card for Eve', () =>
    slack.messages(APPROVALS).find((one) => one.ts === card.ts && textOf(one).includes(EVE)),
  );
  await slack.person(EVE).press(again, 'change.approve');
  await slack.until('the same card, applied', () =>
    slack.messages(APPROVALS).some((one) => one.ts === card.ts && textOf(one).includes('· applied')),
  );
  expect(fleet.pbx('hq').writes()).toHaveLength(1);
});

test('rules that nobody can satisfy are refused; those in force do not keep back anything else', async () => {
  const fleet = await serveFleet(['hq']);
  fleet.world.slack.setUserGroup(APPROVER_GROUP, [BEN]);
  fleet.write((file) => void (file['stopFile'] = 'elsewhere/STOP'));
  expect(await fleet.reload()).toEqual(['The stop file is elsewhere/STOP now.']);
  fleet.write((file) => void (file['approvals'] = [{ name: 'Five', approvals: 5 }]));

  expect((await refusalOf(fleet))[0]?.message).toContain('The approval rule “Five” needs 5 approvals');
  expect(fleet.app.ctx.approvalRules).toEqual([]);
});

test('a sweep that is under way goes on, with what it has in hand and what the file says now', async () => {
  const fleet = await serveFleet(['hq', 'branch', 'lab']);
  fleet.write((file) => void (file['sweep'] = { concurrency: 1 }));
  await fleet.reload();
  await approved(fleet, '/pbx-baseline capture hq AvatarStyle --for all --mode report --because brand');
  fleet.pbx('hq').fault({ kind: 'slow', delayMs: 1500, on: 'read', times: 1 });
  const id = await startSweep(fleet.app.ctx, { kind: 'person', actor: OPERATOR });
  await fleet.pbx('hq').until('the slow read', () => fleet.pbx('hq').faults.length === 0);
  const [hq] = fleet.app.ctx.pbxs;
  fleet.write((file) => {
    file.pbxs = [fleet.entry('branch', { timeoutMs: 9000 })];
  });
  expect(await fleet.reload()).toEqual(['branch has 9000 ms for a request now.', 'hq and lab were removed.']);
  await fleet.app.idle();
  const report = await findSweepReport(fleet.app.ctx.db, id);
  const said = JSON.stringify(report);

  expect(report?.sweep.state).toBe('finished');
  expect(said).toContain('no longer in the fleet');
  expect(fleet.app.ctx.pbxs.map(({ id: known }) => known)).toEqual(['branch']);
  // The connection in hand is open as long as work may hold it.
  expect(await hq?.xapi.get(APPS)).toMatchObject({ status: 200 });
});

test('a schedule that is changed a minute before it comes due is not missed, one that stays is caught up', async () => {
  const clock = createClock('2026-11-10T01:30:00Z');
  const fleet = await serveFleet(['hq'], ['hq'], { now: clock.now });
  const slots = async (): Promise<readonly (string | null)[]> => {
    await fleet.app.idle();
    const rows = await fleet.app.ctx.db.selectFrom('sweeps').select('slot').orderBy('number').execute();
    return rows.map(({ slot }) => slot);
  };
  clock.moveTo('2026-11-10T01:58:59Z');
  fleet.write((file) => void (file['schedule'] = { cron: '59 1 * * *' }));
  await fleet.reload();
  clock.moveTo('2026-11-10T01:59:30Z');
  await fleet.reload();
  expect(await slots()).toEqual(['2026-11-10T01:59:00.000Z']);
  clock.moveTo('2026-11-11T02:05:00Z');
  fleet.write((file) => void (file['guards'] = { settings: 5 }));
  await fleet.reload();

  expect(await slots()).toEqual(['2026-11-10T01:59:00.000Z', '2026-11-11T01:59:00.000Z']);
});

test('a secret is read again from its file; tokens of Slack and the database wait for a restart', async () => {
  const fleet = await serveFleet(['hq']);
  await approved(fleet, '/pbx set hq AvatarStyle Circle --because brand');
  writeFileSync(join(dirname(fleet.path), 'hq'), 'hush-hush\n');
  fleet.pbx('hq').rotateSecret('plumbline', 'hush-hush');
  expect(await fleet.reload()).toEqual(['hq has another credential now.']);
  await approved(fleet, '/pbx set hq AvatarStyle Square --because brand');
  fleet.env['SLACK_BOT_TOKEN'] = 'xoxb-other';
  fleet.env['DATABASE_URL'] = 'sqlite:/nowhere/else.db';
  const lines = [
    'Slack tokens are read at start; restart to change them.',
    'The database is opened at start; restart to change it.',
  ];

  expect(await fleet.reload()).toEqual(lines);
  expect(await fleet.reload()).toEqual(lines);
  await approved(fleet, '/pbx set hq AvatarStyle Circle --because brand');
  delete fleet.env['SLACK_BOT_TOKEN'];
  expect(await refusalOf(fleet)).toMatchObject([{ field: 'SLACK_BOT_TOKEN', code: 'conflict' }]);
  expect(JSON.stringify(await reloadsOf(fleet.app))).not.toMatch(/hush|xoxb|secret-/);
});

test('SIGHUP makes serve read its configuration again, and a wrong one is said in the log', async () => {
  const { start, file, env, pbx, databaseUrl } = await openTerminal();
  const entry = (id: string): string =>
    `  - { id: ${id}, url: "${pbx.url}", clientId: plumbline, clientSecret: { env: FLEET_SECRET } }\n`;
  for (const name of Object.keys(env)) if (name.startsWith('THREECX')) env[name] = undefined;
  file('.env', 'FLEET_SECRET=secret-pbx\n');
  const path = file('plumbline.yml', `pbxs:\n${entry('hq')}`);
  const serving = start('serve');
  await serving.said('Slack is not configured');
  file('.env', 'FLEET_SECRET=other\n');
  writeFileSync(path, `pbxs:\n${entry('hq')}${entry('branch2')}`);
  serving.child.kill('SIGHUP');
  const log = await serving.said('the configuration was read again');
  writeFileSync(path, `pbxs:\n${entry('hq')}schedul: {}\n`);
  serving.child.kill('SIGHUP');
  const refused = await serving.said('the one before stays in force');
  serving.child.kill('SIGTERM');

  expect(log).toContain('["hq has another credential now.","branch2 was added."]');
  expect(refused).toContain('plumbline.yml: schedul is not known here.');
  expect(refused).toContain('Did you mean schedule?');
  expect((await serving.ended).code).toBe(0);
  await expectWholeAudit(databaseUrl);
});
