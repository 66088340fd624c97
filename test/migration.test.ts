import { readFile } from 'node:fs/promises';
import { type Dialect, Kysely, type Migration, Migrator, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { verifyAudit } from '../src/audit/queries.js';
import { record } from '../src/audit/record.js';
import { releasedBaseline } from '../src/baseline/store.js';
import { defaultRules } from '../src/changes/approval-rule.js';
import { decideChange } from '../src/changes/decide.js';
import { executeChange } from '../src/changes/execute.js';
import { keepUp } from '../src/changes/keep-up.js';
import { getRequestByNumber, listRequests, unfinishedRequests } from '../src/changes/queries.js';
import { isRevertible } from '../src/changes/revert.js';
import type { Ctx } from '../src/ctx.js';
import { findSweepReport } from '../src/drift/queries.js';
import { advanceSweep } from '../src/drift/sweep.js';
import { type SimulatedPbx, startPbxSimulator } from '../src/simulators/pbx/server.js';
import { type Db, openSqliteFile } from '../src/storage/database.js';
import type { Schema } from '../src/storage/schema.js';
import { immediateSqliteDialect } from '../src/storage/sqlite-dialect.js';
import { openXapi } from '../src/xapi/client.js';
import { memoryRefusals } from '../src/xapi/breaker.js';
import { slackActor } from './helpers/deeds.js';
import { databasesOf, type Engine, inTx, openFor } from './helpers/databases.js';
import { postgresAbsence } from './helpers/postgres.js';
import { ANN, AT, ctxOf, entryOf } from './helpers/rows.js';
import { sweepNow } from './helpers/sweeping.js';

const LATER = '2026-03-02T10:05:00.000Z';
const FOLDER = new URL('../migrations/', import.meta.url);
const PEOPLE = { kind: 'people', needed: 1 };
const VOTE = { verdict: 'approve', reason: null, at: LATER };
const chatOff = (before: boolean | null = true) => ({
  kind: 'settings',
  items: [{ key: 'EnableChat', before, value: false }],
  hold: { kind: 'none' },
});
const OUTCOMES = [{ key: 'EnableChat', status: 'written', before: true, value: false, after: false }];
const RESULT = { GeneralSettingsForApps: { EnableChat: false } };

if (postgresAbsence !== null) console.warn(`PostgreSQL is not tested: ${postgresAbsence}`);

describe('on SQLite', () => suite('SQLite'));
describe.skipIf(postgresAbsence !== null)('on PostgreSQL', () => suite('PostgreSQL'));

/** A request as version 0.1 stored it. */
function rowOf(number: number, state: string, rest: Readonly<Record<string, unknown>> = {}) {
  return {
    id: `r${number}`,
    number,
    kind: 'settings',
    pbx_id: 'hq',
    state,
    revision: number + 1,
    requested_by: JSON.stringify(ANN),
    reason: 'quiet “here”',
    origin: `form ${number}`,
    risk: 'medium',
    content: JSON.stringify(chatOff()),
    approval: JSON.stringify(PEOPLE),
    baseline_version: 0,
    created_at: AT,
    decided_at: null,
    finished_at: null,
    outcomes: null,
    result: null,
    failure: null,
    ...rest,
  };
}

const RULES = [{ key: 'PlayBusy', value: true, mode: 'enforce', target: 'all' }];

const ROWS = [
  rowOf(1, 'applied', {
    decided_at: LATER,
    finished_at: LATER,
    outcomes: JSON.stringify(OUTCOMES),
    result: JSON.stringify(RESULT),
  }),
  rowOf(2, 'failed', { decided_at: LATER, finished_at: LATER, failure: 'The PBX hq is no longer there.' }),
  rowOf(3, 'denied', { decided_at: LATER, finished_at: LATER }),
  rowOf(4, 'applied', {
    kind: 'baseline',
    content: JSON.stringify({ kind: 'baseline', rules: RULES }),
    decided_at: LATER,
    finished_at: LATER,
  }),
  rowOf(5, 'pending'),
  rowOf(6, 'approved', {
    decided_at: LATER,
    content: JSON.stringify({
      ...chatOff(),
      items: [{ key: 'AvatarStyle', before: 'Square', value: 'Circle' }],
    }),
  }),
  rowOf(7, 'pending', {
    risk: 'high',
    content: JSON.stringify({
      ...chatOff(),
      items: [{ key: 'AllowFwdToExternal', before: true, value: false }],
    }),
  }),
  rowOf(8, 'failed', {
    requested_by: JSON.stringify({ kind: 'operator', id: 'root' }),
    approval: JSON.stringify({ kind: 'operator', because: 'no approvers are configured' }),
    decided_at: AT,
    finished_at: LATER,
    outcomes: JSON.stringify([{ ...OUTCOMES[0], status: 'refused' }]),
  }),
];

type Insert = (table: string, row: Readonly<Record<string, unknown>>) => Promise<unknown>;

/** A database that has some of the migrations, and rows of that time. */
async function oldDatabase(
  dialect: Dialect,
  names: readonly string[],
  fill: (insert: Insert) => Promise<void>,
): Promise<void> {
  const db = new Kysely<Schema>({ dialect });
  const entries = await Promise.all(names.map(async (name) => [name, await migrationOf(name)] as const));
  const provider = { getMigrations: async () => Object.fromEntries(entries) };
  const { error } = await new Migrator({ db, provider }).migrateToLatest();
  if (error !== undefined) throw error;
  await fill((table, row) =>
    sql`insert into ${sql.table(table)} (${sql.join(Object.keys(row).map((name) => sql.ref(name)))})
      values (${sql.join(Object.values(row))})`.execute(db),
  );
  for (const { id } of ROWS) await inTx(db, (tx) => record(tx, entryOf(id)));
  await db.destroy();
}

async function migrationOf(name: string): Promise<Migration> {
  const text = await readFile(new URL(`${name}.sql`, FOLDER), 'utf8');
  return {
    async up(on) {
      for (const statement of text.split(/;\s*$/m).filter((one) => one.trim() !== '')) {
        await sql.raw(statement).execute(on);
      }
    },
  };
}

/** What version 0.1 left. */
async function fillFirst(insert: Insert): Promise<void> {
  for (const row of ROWS) await insert('change_requests', row);
  await insert('votes', { request_id: 'r1', voter: 'U0BEN', ...VOTE });
  await insert('votes', { request_id: 'r6', voter: 'U0BEN', ...VOTE });
  await insert('votes', { request_id: 'r3', voter: 'U0BEN', verdict: 'deny', reason: 'no', at: LATER });
  await insert('baseline_versions', versionOf(RULES));
  const card = { subject_kind: 'change', subject_id: 'r1', audience: 'card', revision: 2 };
  await insert('messages', { ...card, channel: 'C1', ts: '1.2', begun_at: AT });
}

function versionOf(rules: readonly unknown[]) {
  const version = { version: 1, rules: JSON.stringify(rules), request_id: 'r4' };
  return { ...version, published_by: JSON.stringify(ANN), published_at: LATER };
}

const CHAT = { key: 'EnableChat', value: true, mode: 'enforce', target: 'all' };
const BUSY = { ...CHAT, key: 'PlayBusy' };
const CAUSE = JSON.stringify({ kind: 'person', actor: ANN });
const DRIFT = { status: 'drifted', rule: CHAT, live: false };

/** Before the fleet came: a sweep that ended, one that was about to correct, and an exception. */
async function fillSecond(insert: Insert): Promise<void> {
  await insert('baseline_versions', versionOf([CHAT, BUSY]));
  const sweep = { cause: CAUSE, slot: null, revision: 3, baseline_version: 1, started_at: AT };
  await insert('sweeps', {
    ...sweep,
    id: 's1',
    number: 1,
    open_key: null,
    state: 'finished',
    finished_at: AT,
  });
  await insert('sweeps', { ...sweep, id: 's2', number: 2, open_key: 'open', state: 'correcting' });
  const seen = [DRIFT, { status: 'in-sync', rule: BUSY }];
  const inspection = { pbx_id: 'hq', findings: JSON.stringify(seen), failure: null };
  const plan = JSON.stringify([{ key: 'EnableChat', expected: false, value: true }]);
  const outcomes = JSON.stringify([{ key: 'EnableChat', status: 'written', before: false, value: true }]);
  await insert('inspections', { ...inspection, sweep_id: 's1', state: 'done', plan, outcomes });
  await insert('inspections', { ...inspection, sweep_id: 's2', state: 'inspected', plan });
  await insert('exceptions', {
    id: 'e1',
    setting_key: 'PlayBusy',
    pbx_id: 'hq',
    owner: 'U0ANN',
    reason: 'the fair',
    until_at: '2026-03-03T00:00:00.000Z',
    request_id: 'r9',
    created_at: AT,
  });
}

function suite(engine: Engine): void {
  const newUrl = databasesOf(engine);

  async function migrated(names = ['0001-first'], fill = fillFirst): Promise<Db> {
    const url = await newUrl();
    const dialect =
      engine === 'SQLite'
        ? immediateSqliteDialect(openSqliteFile(url.slice('sqlite:'.length)))
        : new PostgresDialect({ pool: new pg.Pool({ connectionString: url }) });
    await oldDatabase(dialect, names, fill);
    return openFor(url);
  }

  /** What Plumbline needs to work on a database with one simulated PBX. */
  async function worldOn(db: Db): Promise<{ readonly ctx: Ctx; readonly hq: SimulatedPbx }> {
    const simulator = await startPbxSimulator({ pbxs: [{ id: 'hq' }] });
    onTestFinished(() => simulator.close());
    const hq = simulator.pbx('hq');
    const credential = { kind: 'client', clientId: 'plumbline', clientSecret: 'secret-hq' } as const;
    const connection = { id: 'hq', url: hq.url, credential };
    const xapi = openXapi(connection, { now: () => new Date(), refusals: memoryRefusals() });
    const roles = { admins: [], approvers: ['U0BEN', 'U0CAT'], requesters: [], breakGlass: [] };
    const pbxs: Ctx['pbxs'] = [{ id: 'hq', name: 'HQ', url: hq.url, tags: [], xapi }];
    return { ctx: ctxOf(db, { pbxs, roles, now: () => new Date(LATER) }), hq };
  }

  test('a database of version 0.1 keeps every request with its votes, outcomes and result', async () => {
    const db = await migrated();

    const requests = await listRequests(db, { limit: 100 });
    expect(requests.map(({ number, state }) => [number, state])).toEqual(
      ROWS.map(({ number, state }) => [number, state]).toReversed(),
    );
    for (const request of requests) {
      expect(request).toMatchObject({ round: 1, editors: [], again: [], blocked: null, askedAt: AT });
    }
    const [one, two, three, four] = requests.toReversed();
    expect(one).toMatchObject({
      target: 'hq',
      requestedBy: ANN,
      reason: 'quiet “here”',
      revision: 2,
      votes: [{ round: 1, voter: 'U0BEN', verdict: 'approve', at: LATER }],
      approval: { kind: 'people', rules: [{ approvals: 1 }] },
      content: { kind: 'settings', parts: [{ pbxId: 'hq', items: chatOff().items }], left: [] },
      results: [{ pbxId: 'hq', state: 'applied', outcomes: OUTCOMES, result: RESULT, finishedAt: LATER }],
    });
    expect(two).toMatchObject({
      failure: 'The PBX hq is no longer there.',
      results: [{ state: 'failed', outcomes: null }],
    });
    expect(three?.votes).toMatchObject([{ verdict: 'deny', reason: 'no' }]);
    expect(four).toMatchObject({ content: { kind: 'baseline', rules: RULES }, results: [] });
    expect(requests.filter(isRevertible).map(({ number }) => number)).toEqual([4, 1]);
    const again = await listRequests(db, { pbxId: 'hq', limit: 100 });
    expect(again.map(({ number }) => number)).toEqual(ROWS.map(({ number }) => number).toReversed());
    const messages = await db.selectFrom('messages').select(['audience', 'ts']).orderBy('audience').execute();
    expect(messages).toEqual([
      { audience: 'card', ts: '1.2' },
      { audience: 'shown', ts: '1.2' },
    ]);
  });

  test('its audit log stays whole and goes on', async () => {
    const db = await migrated();
    await inTx(db, (tx) => record(tx, entryOf('r1')));
    expect(await verifyAudit(db)).toEqual({ rows: ROWS.length + 1, fault: null });
  });

  test('what waited or was approved in it is carried out, and a high risk is asked for by the new rule', async () => {
    const db = await migrated();
    const { ctx, hq } = await worldOn(db);
    const approve = async (requestId: string, who: string): Promise<void> => {
      const standing = { isActive: true, ids: new Set([who]) };
      const decision = { requestId, round: 1, actor: slackActor(who), standing, reason: null };
      await decideChange(ctx, { ...decision, verdict: 'approve', confirmation: 'hq' });
    };
    const due = await unfinishedRequests(db, LATER);
    expect([...due].toSorted()).toEqual(['r5', 'r6', 'r7']);
    for (const id of due) await keepUp(ctx, id);

    await approve('r5', 'U0CAT');
    await approve('r7', 'U0CAT');
    for (const id of due) await executeChange(ctx, id);

    expect(await getRequestByNumber(db, 5)).toMatchObject({ state: 'applied', round: 1 });
    expect(await getRequestByNumber(db, 6)).toMatchObject({ state: 'applied', round: 1 });
    expect(await getRequestByNumber(db, 7)).toMatchObject({
      state: 'pending',
      round: 2,
      approval: { rules: [defaultRules[0]] },
      again: [{ because: 'The approval rule has changed since.' }],
    });
    expect(hq.writes().map(({ body }) => body)).toEqual([{ EnableChat: false }, { AvatarStyle: 'Circle' }]);
    expect((await verifyAudit(db)).fault).toBeNull();
  });

  test('sweeps, inspections, exceptions and the baseline of before the fleet go on as they were', async () => {
    const db = await migrated(['0001-first', '0002-approvals'], fillSecond);
    const { ctx, hq } = await worldOn(db);
    hq.change('GeneralSettingsForApps', { EnableChat: false });
    hq.change('GeneralSettingsForPbx', { PlayBusy: false });

    const old = await findSweepReport(db, 's1');
    expect(old).toMatchObject({ sweep: { state: 'finished', hold: null, totals: null } });
    expect(old?.report.entries).toMatchObject([
      { inSync: ['PlayBusy'], lines: [{ status: 'corrected', target: 'all', severity: 'warning' }] },
    ]);
    expect((await releasedBaseline(db)).version, 'what was in force needs no release').toBe(1);

    await advanceSweep(ctx, 's2');
    const resumed = await findSweepReport(db, 's2');
    expect(resumed?.sweep).toMatchObject({ state: 'finished', totals: { pbxs: 1 } });
    expect(resumed?.report.counts).toMatchObject({ corrected: 1, 'in-sync': 1 });
    expect(hq.writes().map(({ body }) => body)).toEqual([{ EnableChat: true }]);

    const during = await sweepNow(ctx);
    expect(during.sweep).toMatchObject({ number: 3, state: 'finished' });
    expect(during.report.counts).toMatchObject({ waived: 1, 'in-sync': 1 });
    const after = await sweepNow({ ...ctx, now: () => new Date('2026-03-03T00:00:00.000Z') });
    expect(after.report.counts).toMatchObject({ corrected: 1, 'in-sync': 1 });
    expect((await verifyAudit(db)).fault).toBeNull();
  });
}
