import { setTimeout as sleep } from 'node:timers/promises';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { verifyAudit } from '../src/audit/queries.js';
import { findLastReport, findSweepReport, unannouncedSweeps } from '../src/drift/queries.js';
import { type StoredInspection, saveCorrection, saveInspection } from '../src/drift/inspection-store.js';
import {
  findOpenSweep,
  findSweep,
  insertSweep,
  lastSlot,
  listSweeps,
  moveSweep,
  type SweepCause,
} from '../src/drift/store.js';
import type { Ctx } from '../src/ctx.js';
import { dismissSweep, getHeldSweep, releaseSweep } from '../src/drift/release.js';
import { startSweep } from '../src/drift/sweep.js';
import { withPbx } from '../src/fleet/lease.js';
import { startDueSweep } from '../src/jobs/schedule.js';
import type { Db } from '../src/storage/database.js';
import { databaseRefusals } from '../src/xapi/refusal-store.js';
import { atOnce, databasesOf, type Engine, inTx, openFor, otherProcess } from './helpers/databases.js';
import { postgresAbsence } from './helpers/postgres.js';
import { listInspections } from './helpers/inspections.js';
import { ANN, AT, ctxOf } from './helpers/rows.js';

const PERSON: SweepCause = { kind: 'person', actor: ANN };
const minutesAfter = (minutes: number): Date => new Date(Date.parse(AT) + minutes * 60_000);
const LATER = minutesAfter(1).toISOString();
const JUDGED = { from: 'inspecting', to: 'correcting' } as const;
const ENDED = { from: 'correcting', to: 'finished', finishedAt: LATER } as const;

if (postgresAbsence !== null) console.warn(`PostgreSQL is not tested: ${postgresAbsence}`);

describe('on SQLite', () => suite('SQLite'));
describe.skipIf(postgresAbsence !== null)('on PostgreSQL', () => suite('PostgreSQL'));

function suite(engine: Engine): void {
  const newUrl = databasesOf(engine);
  const open = async (): Promise<Db> => openFor(await newUrl());

  describe('a sweep', () => {
    const begin = (db: Db, id: string, cause: SweepCause = PERSON): Promise<boolean> =>
      inTx(db, (tx) => insertSweep(tx, { id, cause, baselineVersion: 4, startedAt: AT }, ['lab', 'hq']));
    const end = async (db: Db, id: string): Promise<void> => {
      await inTx(db, (tx) => moveSweep(tx, id, JUDGED));
      await inTx(db, (tx) => moveSweep(tx, id, ENDED));
    };

    test('is begun by exactly one of 20 machines, and the next one has the next number', async () => {
      const db = await open();
      const begun = await atOnce(20, (n) => begin(db, `s${n}`, { kind: 'schedule', slot: AT }));
      expect(begun.filter(Boolean)).toHaveLength(1);
      const id = `s${begun.indexOf(true)}`;
      expect(await findOpenSweep(db)).toEqual({
        id,
        number: 1,
        cause: { kind: 'schedule', slot: AT },
        state: 'inspecting',
        revision: 1,
        baselineVersion: 4,
        startedAt: AT,
        finishedAt: null,
        hold: null,
        totals: null,
      });
      await end(db, id);
      expect(await begin(db, 'next')).toBe(true);
      expect(await findSweep(db, 'next')).toMatchObject({ number: 2, cause: PERSON });
    });

    test('is the only one under way, and a slot is never used twice', async () => {
      const db = await open();
      expect(await lastSlot(db, LATER)).toBeNull();
      expect(await begin(db, 's1', { kind: 'schedule', slot: AT })).toBe(true);
      expect(await begin(db, 's2')).toBe(false);
      await end(db, 's1');
      expect(await begin(db, 's3', { kind: 'schedule', slot: AT })).toBe(false);
      expect(await begin(db, 's4', { kind: 'schedule', slot: LATER })).toBe(true);
      expect(await lastSlot(db, LATER)).toBe(LATER);
      expect(await lastSlot(db, AT), 'a clock that was ahead does not count').toBe(AT);
      expect(await findSweep(db, 's3')).toBeUndefined();
    });

    test('moves on once a state, whoever asks', async () => {
      const db = await open();
      await begin(db, 's1');
      const moved = await atOnce(20, () => inTx(db, (tx) => moveSweep(tx, 's1', JUDGED)));
      expect(moved.filter(Boolean)).toHaveLength(1);
      expect(await inTx(db, (tx) => moveSweep(tx, 's1', JUDGED))).toBe(false);
      expect(await listSweeps(db, 1)).toEqual([]);
      expect(await findLastReport(db)).toBeUndefined();
      expect(await inTx(db, (tx) => moveSweep(tx, 's1', ENDED))).toBe(true);
      expect(await listSweeps(db, 1)).toMatchObject([{ state: 'finished', revision: 3, finishedAt: LATER }]);
      expect(await findOpenSweep(db)).toBeUndefined();
      expect(await unannouncedSweeps(db, 'report', AT)).toEqual(['s1']);
      expect(await unannouncedSweeps(db, 'report', LATER)).toEqual([]);
    });

    test('notes what it found and corrected on a PBX once, and reports it', async () => {
      const db = await open();
      await begin(db, 's1');
      const rule = { key: 'EnableChat', value: false, mode: 'enforce', target: 'all' } as const;
      const found = {
        findings: [{ status: 'drifted', rule, live: true }],
        plan: [{ key: 'EnableChat', expected: true, value: false }],
        failure: null,
      } as const;
      const outcomes = [{ key: 'EnableChat', status: 'written', before: true, value: false }] as const;
      const ended = {
        from: 'inspected',
        inSync: [],
        findings: found.findings,
        outcomes,
        withheld: [],
      } as const;
      const correct = (correction: Parameters<typeof saveCorrection>[3]): Promise<boolean> =>
        inTx(db, (tx) => saveCorrection(tx, 's1', 'hq', correction));
      expect(await correct(ended)).toBe(false);
      await saveInspection(db, 's1', 'hq', found);
      await saveInspection(db, 's1', 'hq', { findings: [], plan: [], failure: 'too late' });
      const nothing = { inSync: [], withheld: [], outcomes: [], skipped: null, gap: null, url: null };
      const empty: Partial<StoredInspection> = { ...nothing, findings: [], plan: [], failure: null };
      expect(await listInspections(db, 's1')).toEqual([
        { pbxId: 'hq', state: 'inspected', ...nothing, ...found },
        { pbxId: 'lab', state: 'pending', ...empty },
      ]);
      expect(await correct(ended)).toBe(true);
      expect(await correct({ ...ended, outcomes: [] })).toBe(false);
      const [hq] = await listInspections(db, 's1');
      expect(hq).toEqual({ pbxId: 'hq', state: 'done', ...nothing, ...found, outcomes });
      const report = await findSweepReport(db, 's1');
      expect(report?.report).toMatchObject({ checked: 1, counts: { corrected: 1 } });
      expect(await findSweepReport(db, 'nobody')).toBeUndefined();
    });
  });

  test('a held sweep is released, dismissed or replaced by exactly one of those who decide at the same moment', async () => {
    const db = await open();
    const ctx = ctxOf(db);
    const decider = { actor: ANN, roles: new Set(['admin'] as const) };
    const hold = { reasons: [], writes: 1, pbxs: 1 };
    for (let round = 1; round <= 8; round += 1) {
      const id = `held${round}`;
      const sweep = { id, cause: PERSON, baselineVersion: 4, startedAt: AT };
      await inTx(db, (tx) => insertSweep(tx, sweep, ['hq']));
      await inTx(db, (tx) => moveSweep(tx, id, JUDGED));
      await inTx(db, (tx) => moveSweep(tx, id, { from: 'correcting', to: 'held', hold }));
      const held = await getHeldSweep(ctx);
      const deeds = [releaseSweep, dismissSweep].map((deed) => () => deed(ctx, held, decider));
      const all = [...deeds, () => startSweep(ctx, PERSON), ...deeds];
      const ended = await Promise.allSettled(all.map((deed) => deed()));

      const refused = ended.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
      for (const reason of refused) expect(reason).toMatchObject({ code: 'conflict' });
      const isDismissed = (await findSweep(db, id))?.hold?.ended?.how === 'dismissed';
      expect(refused.length).toBe(isDismissed ? 3 : 4);
      const under = await findOpenSweep(db);
      const { from } = under?.state === 'releasing' ? { from: 'releasing' as const } : JUDGED;
      await inTx(db, (tx) => moveSweep(tx, under?.id ?? '', { from, to: 'finished' }));
    }
    expect((await verifyAudit(db)).fault).toBeNull();
  });

  describe('a lock', () => {
    const elsewhere = { owner: 'other', host: 'elsewhere', pid: 1 };
    const goneProcess = async (): Promise<number> => {
      const child = spawn(process.execPath, ['--version']);
      await once(child, 'exit');
      return child.pid ?? 0;
    };
    const leave = (db: Db, holder: typeof elsewhere, expiresAt: string): Promise<unknown> =>
      db
        .insertInto('leases')
        .values({ name: 'pbx:hq', ...holder, expires_at: expiresAt })
        .execute();
    const leases = (db: Db): Promise<readonly { readonly owner: string }[]> =>
      db.selectFrom('leases').select('owner').execute();

    test('lets one of two machines work at a time', async () => {
      const url = await newUrl();
      const machines: Ctx[] = [];
      for (const host of ['here', 'there']) {
        machines.push(ctxOf(await openFor(url), { holder: { owner: host, host, pid: process.pid } }));
      }
      let working = 0;
      const most: number[] = [];
      await atOnce(6, async (n) => {
        const ctx = machines[n % 2];
        if (ctx === undefined) return;
        await withPbx(ctx, 'hq', async () => {
          most.push((working += 1));
          expect(await leases(ctx.db)).toEqual([{ owner: ctx.holder.owner }]);
          working -= 1;
        });
      });
      expect(most).toEqual(Array(6).fill(1));
    });

    test('of one PBX does not hold up another', async () => {
      const ctx = ctxOf(await open());
      const inner = withPbx(ctx, 'hq', () => withPbx(ctx, 'lab', async () => 'both'));
      expect(await inner).toBe('both');
    });

    test('is given back when the work fails', async () => {
      const ctx = ctxOf(await open());
      const failing = withPbx(ctx, 'hq', () => Promise.reject(new Error('no answer')));
      await expect(failing).rejects.toThrow('no answer');
      expect(await withPbx(ctx, 'hq', async () => 'again')).toBe('again');
    });

    test('that another machine holds is waited for', async () => {
      const db = await open();
      await leave(db, elsewhere, LATER);
      const events: string[] = [];
      const working = withPbx(ctxOf(db), 'hq', async () => void events.push('worked'));
      await Promise.race([working, sleep(250)]);
      events.push('released');
      await db.deleteFrom('leases').execute();
      await working;
      expect(events).toEqual(['released', 'worked']);
    });

    test('is taken over when it ran out', async () => {
      const db = await open();
      await leave(db, elsewhere, LATER);
      const ctx = ctxOf(db, { now: () => minutesAfter(2) });
      expect(await withPbx(ctx, 'hq', async () => leases(db))).toEqual([{ owner: ctx.holder.owner }]);
    });

    test('is taken over at once when its holder was a process of this machine that is gone', async () => {
      const db = await open();
      await leave(db, { owner: 'other', host: 'here', pid: await goneProcess() }, LATER);
      expect(await withPbx(ctxOf(db), 'hq', async () => 'mine')).toBe('mine');
    });

    test('is taken over at once from an earlier process that had the same id', async () => {
      const db = await open();
      await leave(db, { owner: 'earlier', host: 'here', pid: process.pid }, LATER);
      expect(await withPbx(ctxOf(db), 'hq', async () => 'mine')).toBe('mine');
    });

    test('that a living process of this machine holds is not taken over', async () => {
      const db = await open();
      await leave(db, { owner: 'other', host: 'here', pid: process.ppid }, LATER);
      const working = withPbx(ctxOf(db), 'hq', async () => leases(db));
      expect(await Promise.race([working, sleep(250, 'waiting')])).toBe('waiting');
      await db.deleteFrom('leases').execute();
      await working;
    });

    test('that was lost is noticed before anything is written', async () => {
      const db = await open();
      const holder = withPbx(ctxOf(db), 'hq', async (lease) => {
        await lease.renew();
        await db.updateTable('leases').set({ owner: 'thief' }).execute();
        await lease.renew();
      });
      await expect(holder).rejects.toThrow(/was lost/);
      expect(await leases(db)).toEqual([{ owner: 'thief' }]);
    });
  });

  describe('the schedule', () => {
    const at = (time: string) => () => new Date(time);
    const slots = async (db: Db): Promise<readonly (string | null)[]> =>
      (await db.selectFrom('sweeps').select('slot').orderBy('number').execute()).map(({ slot }) => slot);

    test('does not catch up what was due before it was known, and runs what is due after', async () => {
      const db = await open();
      await startDueSweep(ctxOf(db, { now: at('2026-03-02T10:00:00.000Z') }));
      expect(await slots(db)).toEqual([]);
      await startDueSweep(ctxOf(db, { now: at('2026-03-03T01:59:59.999Z') }));
      expect(await slots(db)).toEqual([]);
      await atOnce(5, () => startDueSweep(ctxOf(db, { now: at('2026-03-03T02:00:30.000Z') })));
      expect(await slots(db)).toEqual(['2026-03-03T02:00:00.000Z']);
    });

    test('catches up once after days of silence, even where another sweep stood in the way', async () => {
      const db = await open();
      await startDueSweep(ctxOf(db));
      await inTx(db, (tx) =>
        insertSweep(tx, { id: 'p', cause: PERSON, baselineVersion: 0, startedAt: AT }, []),
      );
      await startDueSweep(ctxOf(db, { now: at('2026-03-09T12:00:00.000Z') }));
      expect(await slots(db)).toEqual([null]);
      await db.updateTable('sweeps').set({ state: 'finished', open_key: null }).execute();
      await startDueSweep(ctxOf(db, { now: at('2026-03-09T12:01:00.000Z') }));
      await db.updateTable('sweeps').set({ state: 'finished', open_key: null }).execute();
      await startDueSweep(ctxOf(db, { now: at('2026-03-09T12:02:00.000Z') }));
      expect(await slots(db)).toEqual([null, '2026-03-09T02:00:00.000Z']);
    });

    test('starts anew when its expression or zone changes', async () => {
      const db = await open();
      await startDueSweep(ctxOf(db));
      const schedule = { expression: '0 8 * * *', timezone: 'UTC' };
      await startDueSweep(ctxOf(db, { schedule, now: at('2026-03-03T09:00:00.000Z') }));
      expect(await slots(db)).toEqual([]);
      await startDueSweep(ctxOf(db, { schedule, now: at('2026-03-04T08:00:00.000Z') }));
      expect(await slots(db)).toEqual(['2026-03-04T08:00:00.000Z']);
    });
  });

  test('a refused credential is remembered, replaced and forgotten', async () => {
    const refusals = databaseRefusals(await open());
    const refusal = { pbxId: 'hq', fingerprint: 'abc', refusedAt: AT, because: 'no such client' };
    expect(await refusals.find('hq')).toBeUndefined();
    await refusals.save(refusal);
    await refusals.save({ ...refusal, refusedAt: LATER });
    expect(await refusals.find('hq')).toEqual({ ...refusal, refusedAt: LATER });
    await refusals.clear('lab');
    expect(await refusals.find('hq')).toBeDefined();
    await refusals.clear('hq');
    expect(await refusals.find('hq')).toBeUndefined();
  });

  test.runIf(engine === 'PostgreSQL')(
    'a server that drops its connections does not take Plumbline down',
    async () => {
      const url = await newUrl();
      await otherProcess(url, 1, 'dropped');
      expect(await verifyAudit(await openFor(url))).toEqual({ rows: 2, fault: null });
    },
    30_000,
  );
}
