import { readdirSync } from 'node:fs';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { hashOf } from '../src/audit/chain.js';
import { listAudit, verifyAudit } from '../src/audit/queries.js';
import { record } from '../src/audit/record.js';
import type { Exception, Rule } from '../src/baseline/rules.js';
import { activeExceptions, deleteExceptions, insertExceptions } from '../src/baseline/exception-store.js';
import { currentBaseline, findBaseline, insertVersion, versionOfRequest } from '../src/baseline/store.js';
import { proposeBaseline } from '../src/changes/propose-baseline.js';
import { getRequest, listRequests, unfinishedRequests } from '../src/changes/queries.js';
import type { ChangeRequest, PartResult } from '../src/changes/request.js';
import {
  amend,
  findRequest,
  holdApplying,
  insertRequest,
  savePart,
  saveVote,
  transition,
} from '../src/changes/store.js';
import type { Observation } from '../src/fleet/observation.js';
import { findLastSeen, saveObservation } from '../src/fleet/store.js';
import { findWrite, insertIntent, settleWrite } from '../src/fleet/write-journal.js';
import type { Db } from '../src/storage/database.js';
import { openXapi } from '../src/xapi/client.js';
import { memoryRefusals } from '../src/xapi/breaker.js';
import { atOnce, databasesOf, type Engine, inTx, openFor, otherProcess } from './helpers/databases.js';
import { postgresAbsence } from './helpers/postgres.js';
import { ANN, AT, ctxOf, entryOf, requestOf } from './helpers/rows.js';
import { png } from './helpers/values.js';

const LATER = '2026-03-02T10:00:01.000Z';
const DAY_MS = 86_400_000;
const contentOn = (pbxId: string): ChangeRequest['content'] => ({
  kind: 'settings',
  parts: [{ pbxId, url: '', items: [{ key: 'EnableChat', before: true, value: false }] }],
  left: [],
  hold: { kind: 'none' },
});
const daysAfter = (days: number): string => new Date(Date.parse(AT) + days * DAY_MS).toISOString();

if (postgresAbsence !== null) console.warn(`PostgreSQL is not tested: ${postgresAbsence}`);

describe('on SQLite', () => suite('SQLite'));
describe.skipIf(postgresAbsence !== null)('on PostgreSQL', () => suite('PostgreSQL'));

function suite(engine: Engine): void {
  const newUrl = databasesOf(engine);
  const open = async (): Promise<Db> => openFor(await newUrl());

  test('a database is made once, however often it is opened', async () => {
    const url = await newUrl();
    await openFor(url);
    const db = await openFor(url);
    const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(db);
    expect(rows.map(({ name }) => `${name}.sql`)).toEqual(readdirSync('migrations').toSorted());
    expect(await verifyAudit(db)).toEqual({ rows: 0, fault: null });
    expect(await db.selectFrom('audit_head').selectAll().execute()).toEqual([{ id: 1, seq: 0, hash: '' }]);
  });

  test('two processes that make the same database at once both find it whole', async () => {
    const url = await newUrl();
    await Promise.all([otherProcess(url, 1), otherProcess(url, 1)]);
    expect(await verifyAudit(await openFor(url))).toEqual({ rows: 2, fault: null });
  }, 30_000);

  test('two processes that write 200 audit rows each at once never fail and leave one whole chain', async () => {
    const url = await newUrl();
    const db = await openFor(url);
    await Promise.all([otherProcess(url, 200), otherProcess(url, 200)]);
    expect(await verifyAudit(db)).toEqual({ rows: 400, fault: null });
  }, 60_000);

  describe('the audit log', () => {
    const filled = async (rows = 5): Promise<Db> => {
      const db = await open();
      await inTx(db, async (tx) => {
        for (let row = 1; row <= rows; row += 1) await record(tx, entryOf(`r${row}`));
      });
      return db;
    };

    test('keeps what was noted, newest first, of all or of one subject', async () => {
      const db = await filled();
      const rows = await listAudit(db, { limit: 2 });
      expect(rows.map(({ seq }) => seq)).toEqual([5, 4]);
      expect(rows[0]).toEqual({ seq: 5, ...entryOf('r5') });
      const own = await listAudit(db, { limit: 9, subject: { kind: 'change', id: 'r2' } });
      expect(own.map(({ seq }) => seq)).toEqual([2]);
      expect(await listAudit(db, { limit: 9, subject: { kind: 'sweep', id: 'r2' } })).toEqual([]);
    });

    test('holds nothing of a transaction that failed', async () => {
      const db = await filled();
      const failed = inTx(db, async (tx) => {
        await record(tx, entryOf('lost'));
        throw new Error('changed my mind');
      });
      await expect(failed).rejects.toThrow('changed my mind');
      expect(await verifyAudit(db)).toEqual({ rows: 5, fault: null });
    });

    test.each([999, 1000, 1001])('of %i rows is verified whole', async (rows) => {
      expect(await verifyAudit(await filled(rows))).toEqual({ rows, fault: null });
    });

    test('raises no false alarm while others write', async () => {
      const db = await filled();
      const writing = atOnce(30, (row) => inTx(db, (tx) => record(tx, entryOf(`w${row}`))));
      const verdicts = await atOnce(30, () => verifyAudit(db));
      await writing;
      expect(verdicts.map(({ fault }) => fault)).toEqual(Array(30).fill(null));
    });

    test.each([
      'at',
      'actor',
      'action',
      'subject_kind',
      'subject_id',
      'detail',
      'hash',
      'previous_hash',
    ] as const)('tells that the column %s of a row was edited', async (column) => {
      const db = await filled();
      await db
        .updateTable('audit')
        .set({ [column]: 'forged' })
        .where('seq', '=', 3)
        .execute();
      const { rows, fault } = await verifyAudit(db);
      expect(rows).toBe(2);
      expect(fault).toMatch(/row 3/);
    });

    test.each([1, 3, 5])('tells that row %i of 5 was removed', async (seq) => {
      const db = await filled();
      await db.deleteFrom('audit').where('seq', '=', seq).execute();
      const { rows, fault } = await verifyAudit(db);
      expect(rows).toBe(seq - 1);
      expect(fault).toMatch(/missing/);
    });

    test('tells that a row was removed and its neighbour took its number', async () => {
      const db = await filled();
      await db.deleteFrom('audit').where('seq', '=', 3).execute();
      await db.updateTable('audit').set({ seq: 3 }).where('seq', '=', 4).execute();
      expect((await verifyAudit(db)).fault).toMatch(/row 3/);
    });

    test('tells that a row was added behind its back, however well it was forged', async () => {
      const db = await filled();
      const last = await db.selectFrom('audit').selectAll().where('seq', '=', 5).executeTakeFirstOrThrow();
      const forged = { ...last, seq: 6, subject_id: 'forged', previous_hash: last.hash };
      await db
        .insertInto('audit')
        .values({ ...forged, hash: hashOf(forged) })
        .execute();
      const { fault } = await verifyAudit(db);
      expect(fault).toMatch(/row 6 was (added|inserted)/);
    });
  });

  describe('a change request', () => {
    test('comes back as it was stored, with its votes in the order they were cast', async () => {
      const db = await open();
      const request = requestOf(1, { baselineVersion: 3 });
      await inTx(db, (tx) => insertRequest(tx, request, null));
      expect(await findRequest(db, request.id)).toEqual(request);
      const votes = [
        { round: 1, voter: 'U0BEN', verdict: 'approve', reason: null, at: LATER },
        { round: 1, voter: 'U0EVE', verdict: 'approve', reason: 'fine', at: AT },
      ] as const;
      for (const vote of votes) await inTx(db, (tx) => saveVote(tx, request.id, vote, null));
      await inTx(db, (tx) =>
        saveVote(tx, request.id, { ...votes[1], verdict: 'deny', reason: 'no' }, 'C1.2'),
      );
      await inTx(db, (tx) => saveVote(tx, request.id, { ...votes[0], round: 2 }, null));
      expect((await getRequest(db, request.id)).votes).toEqual([
        { round: 1, voter: 'U0EVE', verdict: 'deny', reason: 'no', at: AT },
        votes[0],
        { ...votes[0], round: 2 },
      ]);
      await expect(getRequest(db, 'nobody')).rejects.toMatchObject({ code: 'not-found' });
      expect(await findRequest(db, 'nobody')).toBeUndefined();
    });

    test('is decided by exactly one of 20 people who press at once', async () => {
      const db = await open();
      const request = requestOf(1);
      await inTx(db, (tx) => insertRequest(tx, request, null));
      const moved = await atOnce(20, (n) =>
        inTx(db, (tx) =>
          transition(tx, request, 'pending', n % 2 === 0 ? 'approve' : 'deny', { decided_at: LATER }),
        ),
      );
      expect(moved.filter(Boolean)).toHaveLength(1);
      const after = await getRequest(db, request.id);
      expect(after).toMatchObject({ revision: 2, decidedAt: LATER });
      expect(after.state).toBe(moved.indexOf(true) % 2 === 0 ? 'approved' : 'denied');
    });

    test('refuses an event that does not belong to its state', async () => {
      const db = await open();
      const denied = requestOf(1, { state: 'denied' });
      const approving = inTx(db, (tx) => transition(tx, denied, 'denied', 'approve'));
      await expect(approving).rejects.toThrow(/no approve/);
    });

    test('of a later round is moved on by nobody who still thinks of an earlier one', async () => {
      const db = await open();
      const request = requestOf(1, { round: 2, state: 'applying' });
      await inTx(db, (tx) => insertRequest(tx, request, null));
      const late = { ...request, round: 1 };
      expect(await inTx(db, (tx) => transition(tx, late, 'applying', 'succeed'))).toBe(false);
      expect(await inTx(db, (tx) => holdApplying(tx, late))).toBe(false);
      expect(await inTx(db, (tx) => holdApplying(tx, request))).toBe(true);
      expect(await findRequest(db, request.id)).toEqual(request);
      const amended = await atOnce(5, () => amend(db, request, { reminders: 1 }, true));
      expect(amended.filter(Boolean)).toHaveLength(1);
    });

    test('keeps what became of it on each PBX', async () => {
      const db = await open();
      const request = requestOf(1);
      await inTx(db, (tx) => insertRequest(tx, request, null));
      const part: PartResult = {
        pbxId: 'hq',
        state: 'failed',
        outcomes: [{ key: 'EnableChat', status: 'moved', before: true, value: false, after: null }],
        result: null,
        failure: 'so it goes',
        finishedAt: LATER,
      };
      await inTx(db, (tx) => savePart(tx, request.id, part));
      await inTx(db, (tx) => savePart(tx, request.id, { ...part, pbxId: 'stranger' }));
      expect((await getRequest(db, request.id)).results).toEqual([part]);
    });

    test('is listed by state and PBX, and found again while it is unfinished', async () => {
      const db = await open();
      const requests = (['pending', 'approved', 'applying', 'applied'] as const).map((state, index) =>
        requestOf(index + 1, {
          state,
          target: index < 2 ? 'hq' : 'lab',
          content: contentOn(index < 2 ? 'hq' : 'lab'),
        }),
      );
      for (const request of requests) await inTx(db, (tx) => insertRequest(tx, request, null));
      const numbers = async (filter: Omit<Parameters<typeof listRequests>[1], 'limit'>) =>
        (await listRequests(db, { ...filter, limit: 3 })).map(({ number }) => number);
      expect(await numbers({})).toEqual([4, 3, 2]);
      expect(await numbers({ states: ['pending', 'applied'] })).toEqual([4, 1]);
      expect(await numbers({ pbxId: 'hq' })).toEqual([2, 1]);
      expect(new Set(await unfinishedRequests(db, AT))).toEqual(
        new Set([requests[0]?.id, requests[1]?.id, requests[2]?.id]),
      );
    });

    test('of 20 people who ask at once gets a number of its own, and one form sent twice is one request', async () => {
      const db = await open();
      const connection = {
        id: 'hq',
        url: 'http://127.0.0.1:1',
        credential: { kind: 'token', accessToken: 'x' },
      } as const;
      const xapi = openXapi(connection, { now: () => new Date(AT), refusals: memoryRefusals() });
      const pbx = { id: 'hq', name: 'HQ', url: connection.url, tags: [], xapi };
      const ctx = { ...ctxOf(db), pbxs: [pbx] };
      const rules: readonly Rule[] = [{ key: 'EnableChat', value: false, mode: 'report', target: 'hq' }];
      const ask = (origin: string) =>
        proposeBaseline(ctx, { actor: ANN, roles: new Set(), reason: 'so', target: 'hq', rules, origin });
      const asked = await atOnce(20, (n) => ask(`form ${n}`));
      expect(asked.map(({ number }) => number).toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: 20 }, (_, n) => n + 1),
      );
      const again = await atOnce(5, () => ask('one form'));
      expect(new Set(again.map(({ id }) => id)).size).toBe(1);
      expect(await verifyAudit(db)).toEqual({ rows: 21, fault: null });
    });
  });

  describe('the baseline', () => {
    const rules: readonly Rule[] = [{ key: 'EnableChat', value: false, mode: 'enforce', target: 'all' }];
    const exception: Exception & { readonly id: string } = {
      id: 'e1',
      key: 'EnableChat',
      target: 'hq',
      untilAt: daysAfter(2),
      owner: ANN.id,
      reason: 'fair',
    };

    test('is empty at first, then the newest version, and the older ones stay', async () => {
      const db = await open();
      expect(await currentBaseline(db)).toEqual({ version: 0, rules: [] });
      const one = { version: 1, rules: [], requestId: 'r1', publishedBy: ANN, publishedAt: AT };
      await inTx(db, (tx) => insertVersion(tx, one));
      await inTx(db, (tx) => insertVersion(tx, { ...one, version: 2, rules, requestId: 'r2' }));
      expect(await currentBaseline(db)).toEqual({ version: 2, rules });
      expect(await findBaseline(db, 1)).toEqual({ version: 1, rules: [], publishedBy: ANN, publishedAt: AT });
      expect(await findBaseline(db, 3)).toBeUndefined();
      expect([await versionOfRequest(db, 'r2'), await versionOfRequest(db, 'r9')]).toEqual([2, undefined]);
      const twice = inTx(db, (tx) => insertVersion(tx, { ...one, version: 3, requestId: 'r2' }));
      await expect(twice).rejects.toThrow();
    });

    test('is suspended by an exception until its last moment, however often that is stored', async () => {
      const db = await open();
      for (const id of ['e1', 'e2']) {
        await inTx(db, (tx) => insertExceptions(tx, 'r1', [{ ...exception, id }], AT));
      }
      const { id: _, ...active } = exception;
      expect(await activeExceptions(db, AT)).toMatchObject([active]);
      expect(await activeExceptions(db, exception.untilAt)).toEqual([]);
      await inTx(db, (tx) => deleteExceptions(tx, 'r2'));
      expect(await activeExceptions(db, AT)).toHaveLength(1);
      await inTx(db, (tx) => deleteExceptions(tx, 'r1'));
      expect(await activeExceptions(db, AT)).toEqual([]);
    });
  });

  test('an observation keeps what was seen before of what cannot be read now, and no picture', async () => {
    const db = await open();
    const first: Observation = {
      pbxId: 'hq',
      at: AT,
      version: '20.0.9',
      readings: {
        EnableChat: { status: 'read', value: true },
        BrandLogoImage: { status: 'read', value: png(300).toString('base64') },
        EnableSelectorCallerId: { status: 'not-applicable', because: 'too old' },
      },
      properties: {},
    };
    expect(await findLastSeen(db, 'hq')).toBeUndefined();
    await saveObservation(db, first);
    const unknown = { status: 'unknown', because: 'no answer' } as const;
    const readings = {
      EnableChat: unknown,
      PlayBusy: unknown,
      LimitCallPickup: first.readings['EnableChat']!,
    };
    await saveObservation(db, { ...first, at: LATER, version: null, readings: { PlayBusy: unknown } });
    expect(await findLastSeen(db, 'hq')).toMatchObject({ at: AT });
    await saveObservation(db, { ...first, at: LATER, version: null, readings });
    expect(await findLastSeen(db, 'hq')).toMatchObject({
      at: LATER,
      version: '20.0.9',
      readings: {
        EnableChat: { status: 'read', value: true },
        BrandLogoImage: {
          status: 'read',
          value: expect.stringMatching(/^png 300 bytes sha256:[0-9a-f]{64}$/) as string,
        },
        EnableSelectorCallerId: { status: 'not-applicable' },
        PlayBusy: unknown,
      },
    });
  });

  test('a write is intended once a cause and PBX, and settled once', async () => {
    const db = await open();
    const cause = { kind: 'change', id: 'r1' } as const;
    const changes = [{ key: 'EnableChat', expected: true, value: false }];
    const intent = { id: 'w1', cause, pbxId: 'hq', changes, at: AT };
    expect(await findWrite(db, cause, 'hq')).toBeUndefined();
    await inTx(db, (tx) => insertIntent(tx, intent));
    expect(await findWrite(db, cause, 'hq')).toEqual({
      id: 'w1',
      state: 'intended',
      changes,
      outcomes: null,
    });
    await expect(inTx(db, (tx) => insertIntent(tx, { ...intent, id: 'w2' }))).rejects.toThrow();
    await inTx(db, (tx) => insertIntent(tx, { ...intent, id: 'w3', pbxId: 'lab' }));
    const outcomes = [
      { key: 'EnableChat', status: 'written', before: true, value: false, after: false },
    ] as const;
    const settled = await atOnce(5, () => inTx(db, (tx) => settleWrite(tx, 'w1', outcomes, LATER)));
    expect(settled.filter(Boolean)).toHaveLength(1);
    expect(await findWrite(db, cause, 'hq')).toMatchObject({ state: 'settled', outcomes });
  });
}
