import { describe, expect, test } from 'vitest';
import { exportAudit } from '../src/audit/export.js';
import { listAudit, verifyAudit } from '../src/audit/queries.js';
import { record } from '../src/audit/record.js';
import type { Db } from '../src/storage/database.js';
import { WORDS } from './helpers/audit-log.js';
import { databasesOf, type Engine, inTx, openFor } from './helpers/databases.js';
import { postgresAbsence } from './helpers/postgres.js';
import { entryOf } from './helpers/rows.js';
import { linesOf, numbersIn } from './helpers/written-log.js';

describe('on SQLite', () => large('SQLite'));
describe.skipIf(postgresAbsence !== null)('on PostgreSQL', () => large('PostgreSQL'));

function large(engine: Engine): void {
  const newUrl = databasesOf(engine);
  const append = (db: Db, rows: number, from = 1): Promise<void> =>
    inTx(db, async (tx) => {
      for (let row = from; row < from + rows; row += 1)
        await record(tx, { ...entryOf(`r${row}`), detail: { WORDS } });
    });

  test.each([999, 1000, 1001, 2500])(
    '%i rows are read and written a page at a time, each once',
    async (rows) => {
      const db = await openFor(await newUrl());
      await append(db, rows);
      const written: string[] = [];
      let isWriting = false;
      const exported = await exportAudit(db, {}, 'jsonl', async (text) => {
        expect(isWriting).toBe(false);
        isWriting = true;
        await listAudit(db, { limit: 1 });
        isWriting = false;
        written.push(text);
      });

      expect(exported).toMatchObject({ rows, strays: 0, fault: null });
      expect(numbersIn(written.join(''))).toEqual(Array.from({ length: rows }, (_, index) => index + 1));
      expect(Math.max(...written.map((text) => linesOf(text).length))).toBeLessThanOrEqual(1000);
    },
  );

  test('rows that are recorded meanwhile are left for the next export, which goes on from there', async () => {
    const db = await openFor(await newUrl());
    await append(db, 1500);
    let grown = false;
    const texts: string[] = [];
    const exported = await exportAudit(db, {}, 'jsonl', async (text) => {
      texts.push(text);
      if (!grown) await append(db, 10, 1501);
      grown = true;
    });

    expect(exported).toMatchObject({ rows: 1500, fault: null });
    expect(numbersIn(texts.join('')).at(-1)).toBe(1500);
  });

  test('a row in front of the first, a lost head and one too many are found', async () => {
    const db = await openFor(await newUrl());
    await append(db, 3);
    const first = await db.selectFrom('audit').selectAll().where('seq', '=', 1).executeTakeFirstOrThrow();
    await db
      .insertInto('audit')
      .values({ ...first, seq: 0, hash: 'x' })
      .execute();
    expect(await verifyAudit(db)).toEqual({ rows: 0, fault: 'row 0 was inserted' });
    await db.deleteFrom('audit').where('seq', '=', 0).execute();
    await db.insertInto('audit_head').values({ id: 2, seq: 3, hash: 'x' }).execute();
    expect((await verifyAudit(db)).fault).toBe('the head of the chain was changed');
    await db.deleteFrom('audit_head').execute();
    expect((await verifyAudit(db)).fault).toBe('the head of the chain was changed');
  });

  test('a time and a subject mean the same', async () => {
    const db = await openFor(await newUrl());
    await inTx(db, async (tx) => {
      for (const day of [1, 2, 3, 4]) {
        await record(tx, { ...entryOf(day % 2 === 0 ? 'even' : 'odd'), at: `2026-11-0${day}T00:00:00.000Z` });
      }
    });
    const numbersOf = async (filter: Parameters<typeof exportAudit>[1]): Promise<readonly unknown[]> => {
      let all = '';
      await exportAudit(db, filter, 'jsonl', async (text) => void (all += text));
      return numbersIn(all);
    };
    const even = { subject: { kind: 'change', id: 'even' } } as const;

    expect(await numbersOf({ since: '2026-11-02T00:00:00.000Z', until: '2026-11-04T00:00:00.000Z' })).toEqual(
      [2, 3],
    );
    expect(await numbersOf(even)).toEqual([2, 4]);
    expect(await numbersOf({ ...even, until: '2026-11-04T00:00:00.000Z' })).toEqual([2]);
  });
}
