import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { hashOf } from '../src/audit/chain.js';
import type { AuditTable } from '../src/storage/schema.js';
import {
  type AuditLog,
  changeOnce,
  fillAuditLog,
  forge,
  type Forgery,
  useMuch,
} from './helpers/audit-log.js';
import { openTerminal } from './helpers/terminal.js';

vi.setConfig({ testTimeout: 180_000 });

const COLUMNS = [
  'at',
  'actor',
  'action',
  'subject_kind',
  'subject_id',
  'detail',
  'previous_hash',
  'hash',
] as const;
type Column = (typeof COLUMNS)[number];

let short: AuditLog;
let long: AuditLog;
let few: Forgery;
let many: Forgery;

beforeAll(async () => {
  short = await fillAuditLog(changeOnce);
  long = await fillAuditLog(useMuch);
  few = forge(short.copy());
  many = forge(long.copy());
});

afterAll(async () => {
  await few.close();
  await many.close();
  short.remove();
  long.remove();
});

/** Writes bytes into a column as they are, as text where they are none too. */
function setBytes({ sql }: Forgery, seq: number, column: Column, bytes: Uint8Array): void {
  sql.prepare(`update audit set ${column} = cast(? as text) where seq = ?`).run(bytes, seq);
}

function withByte(text: string, position: number, change: (byte: number) => number): Buffer {
  const bytes = Buffer.from(text);
  bytes[position] = change(bytes[position] ?? 0);
  return bytes;
}

function insert({ sql }: Forgery, row: AuditTable): void {
  const names = Object.keys(row);
  sql
    .prepare(`insert into audit (${names.join()}) values (${names.map((name) => `@${name}`).join()})`)
    .run(row);
}

/** Puts rows in the place of all that are there, numbered from 1. */
function replaceAll(forgery: Forgery, rows: readonly AuditTable[]): void {
  forgery.sql.exec('delete from audit');
  rows.forEach((row, index) => insert(forgery, { ...row, seq: index + 1 }));
}

/** The chain made anew over rows whatever they say. */
function rechained(rows: readonly AuditTable[]): readonly AuditTable[] {
  const chain: AuditTable[] = [];
  for (const row of rows) {
    const linked = { ...row, seq: chain.length + 1, previous_hash: chain.at(-1)?.hash ?? '' };
    chain.push({ ...linked, hash: hashOf(linked) });
  }
  return chain;
}

/** The tampers that went unnoticed. */
async function unnoticed(
  forgery: Forgery,
  tampers: readonly (readonly [name: string, tamper: () => void])[],
): Promise<readonly string[]> {
  const missed: string[] = [];
  for (const [name, tamper] of tampers) {
    if ((await forgery.attempt(tamper)).fault === null) missed.push(name);
  }
  expect(tampers.length).toBeGreaterThan(0);
  return missed;
}

test('logs that nobody touched are whole, and hold what is hard to keep', async () => {
  expect(await few.verify()).toEqual({ rows: few.rows.length, fault: null });
  expect(await many.verify()).toEqual({ rows: many.rows.length, fault: null });
  expect(few.rows.length).toBeGreaterThan(4);
  expect(many.rows.length).toBeGreaterThan(15);
  expect(JSON.stringify(few.rows)).toContain('\uFFFD');
  expect(Math.max(...many.rows.map(({ detail }) => detail.length))).toBeGreaterThan(3000);
});

describe('a changed byte is found', () => {
  test('wherever it is in a small log', async () => {
    const tampers = few.rows.flatMap((row) =>
      COLUMNS.flatMap((column) =>
        [...Buffer.from(row[column])].map((_, position) => {
          const bytes = withByte(row[column], position, (byte) => byte ^ (1 << (position % 8)));
          const name = `row ${row.seq}, ${column}, byte ${position}`;
          return [name, () => setBytes(few, row.seq, column, bytes)] as const;
        }),
      ),
    );
    expect(await unnoticed(few, tampers)).toEqual([]);
    expect(tampers.length).toBeGreaterThan(2000);
  });

  test('whatever it becomes in a large log, and so is one that was added or taken away', async () => {
    const place = fc.record({
      row: fc.constantFrom(...many.rows),
      column: fc.constantFrom(...COLUMNS),
      at: fc.nat(),
      byte: fc.integer({ min: 1, max: 255 }),
      how: fc.constantFrom('change', 'insert', 'remove'),
    });
    await fc.assert(
      fc.asyncProperty(place, async ({ row, column, at, byte, how }) => {
        const bytes = Buffer.from(row[column]);
        const position = at % Math.max(1, bytes.length);
        const [head, tail] = [
          bytes.subarray(0, position),
          bytes.subarray(position + (how === 'insert' ? 0 : 1)),
        ];
        const between = how === 'remove' ? [] : [how === 'insert' ? byte : (bytes[position] ?? 0) ^ byte];
        const forged = Buffer.concat([head, Buffer.from(between), tail]);
        fc.pre(!forged.equals(bytes));
        const { fault } = await many.attempt(() => setBytes(many, row.seq, column, forged));
        expect(fault).not.toBeNull();
      }),
      { numRuns: 3000 },
    );
  });

  test('even where the database hands it out as the character it replaced', async () => {
    const marks = many.rows.flatMap((row) =>
      COLUMNS.filter((column) => row[column].includes('\uFFFD')).map((column) => ({ row, column })),
    );
    const tampers = marks.flatMap(({ row, column }) =>
      [0xf0, 0xf1, 0xf2, 0xf3].map((lead) => {
        const position = Buffer.from(row[column]).indexOf('\uFFFD');
        const bytes = withByte(row[column], position, () => lead);
        return [`row ${row.seq}, ${column}`, () => setBytes(many, row.seq, column, bytes)] as const;
      }),
    );
    expect(await unnoticed(many, tampers)).toEqual([]);
  });

  test('also where it only follows a zero byte', async () => {
    const tampers = COLUMNS.map((column) => {
      const bytes = Buffer.from(`${few.rows[1]?.[column]}\0x`);
      return [column, () => setBytes(few, 2, column, bytes)] as const;
    });
    expect(await unnoticed(few, tampers)).toEqual([]);
  });
});

describe('a changed shape is found', () => {
  test('of JSON that says the same with other blanks, escapes or order', async () => {
    const [detail, actor] = [few.rows[0]?.detail ?? '', few.rows[0]?.actor ?? ''];
    const forms: readonly (readonly [Column, string])[] = [
      ['detail', ` ${detail}`],
      ['detail', `${detail}\n`],
      ['detail', JSON.stringify(JSON.parse(detail), null, 1)],
      ['detail', detail.replace('ü', '\\u00fc')],
      ['detail', detail.replace('{', '{"number":1,')],
      ['actor', JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(actor)).toReversed()))],
    ];
    const tampers = forms.map(
      ([column, text]) => [text, () => setBytes(few, 1, column, Buffer.from(text))] as const,
    );
    expect(await unnoticed(few, tampers)).toEqual([]);
  });

  test('of a text that became bytes, a number or nothing', async () => {
    const tampers = COLUMNS.flatMap((column) => [
      [
        `${column} as bytes`,
        () => few.sql.exec(`update audit set ${column} = cast(${column} as blob) where seq = 2`),
      ] as const,
      [`${column} as a number`, () => few.sql.exec(`update audit set ${column} = 7 where seq = 2`)] as const,
      [`${column} empty`, () => few.sql.exec(`update audit set ${column} = '' where seq = 2`)] as const,
      [
        `${column} upper case`,
        () => setBytes(few, 2, column, Buffer.from(`${few.rows[1]?.[column].toUpperCase()} `)),
      ] as const,
    ]);
    expect(await unnoticed(few, tampers)).toEqual([]);
  });

  test('of a table that allows twice the same number, texts as numbers and no values', async () => {
    const loose = (rest: string) => () =>
      many.sql.exec(`create table loose (seq, ${COLUMNS.join()}); insert into loose select * from audit;
        drop table audit; alter table loose rename to audit; ${rest}`);
    const last = many.rows.length;
    const tampers = [
      ['the first row twice', loose('insert into audit select * from audit where seq = 1')],
      ['the last row twice', loose(`insert into audit select * from audit where seq = ${last}`)],
      ['a number as a text', loose("update audit set seq = '3' where seq = 3")],
      ['a number with a fraction', loose('update audit set seq = 3.5 where seq = 3')],
      ['no number', loose('update audit set seq = null where seq = 3')],
      ['another row without a number', loose('insert into audit (seq) values (null)')],
      ['another row with a word for a number', loose("insert into audit (seq) values ('x')")],
      ['no detail', loose('update audit set detail = null where seq = 3')],
    ] as const;
    expect(await unnoticed(many, tampers)).toEqual([]);
    expect((await many.attempt(loose(''))).fault).toBeNull();
  });
});

describe('a changed order is found', () => {
  test('when any row is removed, with and without new numbers for the others', async () => {
    const tampers = many.rows.flatMap(({ seq }) => [
      [`row ${seq}`, () => many.sql.exec(`delete from audit where seq = ${seq}`)] as const,
      [
        `row ${seq}, renumbered`,
        () =>
          replaceAll(
            many,
            many.rows.filter((row) => row.seq !== seq),
          ),
      ] as const,
    ]);
    expect(await unnoticed(many, tampers)).toEqual([]);
  });

  test('when the tail is cut off, even where the head has the number of what is left', async () => {
    const tampers = many.rows.flatMap(({ seq }) => [
      [`from row ${seq}`, () => many.sql.exec(`delete from audit where seq >= ${seq}`)] as const,
      [
        `from row ${seq}, head too`,
        () => many.sql.exec(`delete from audit where seq >= ${seq}; update audit_head set seq = ${seq - 1}`),
      ] as const,
    ]);
    expect(await unnoticed(many, tampers)).toEqual([]);
  });

  test('when a row is inserted at any place, however well it was forged', async () => {
    const forged = { ...many.rows[4], subject_id: 'forged' } as AuditTable;
    const tampers = Array.from({ length: many.rows.length + 1 }, (_, place) => {
      const rows = many.rows.toSpliced(place, 0, forged);
      const linked = { ...forged, seq: place + 1, previous_hash: many.rows[place - 1]?.hash ?? '' };
      const fitting = many.rows.toSpliced(place, 0, { ...linked, hash: hashOf(linked) });
      const unique = rows.map((row) => (row === forged ? { ...row, hash: 'f'.repeat(64) } : row));
      return [
        [`a copy at ${place}`, () => replaceAll(many, unique)] as const,
        [`a fitting row at ${place}`, () => replaceAll(many, fitting)] as const,
        [`a chain made anew at ${place}`, () => replaceAll(many, rechained(rows))] as const,
      ];
    }).flat();
    expect(await unnoticed(many, tampers)).toEqual([]);
  });

  test('when a row has a number before the first or far behind the last', async () => {
    const [first] = many.rows;
    if (first === undefined) throw new Error('there are no rows');
    const numbers = [0, -1, -(2 ** 40), many.rows.length + 1, many.rows.length + 2, 2 ** 53];
    const tampers = numbers.map((seq) => {
      const linked = { ...first, seq, previous_hash: many.rows.at(-1)?.hash ?? '' };
      return [`row ${seq}`, () => insert(many, { ...linked, hash: hashOf(linked) })] as const;
    });
    expect(await unnoticed(many, tampers)).toEqual([]);
  });

  test('when any two rows are exchanged, or all have other numbers', async () => {
    const swaps = many.rows.flatMap((left, i) =>
      many.rows.slice(i + 1).map((right, distance) => {
        const rows = many.rows.with(i, right).with(i + 1 + distance, left);
        return [`${left.seq} and ${right.seq}`, () => replaceAll(many, rows)] as const;
      }),
    );
    const shifts = ['seq + 1000', '-seq', 'seq - 1000000', 'seq * 2 + 100'].map((seq) => {
      const tamper = `update audit set seq = 1000000 + seq; update audit set seq = seq - 1000000 where false;
        update audit set seq = ${seq.replaceAll('seq', '(seq - 1000000)')}`;
      return [seq, () => many.sql.exec(tamper)] as const;
    });
    expect(await unnoticed(many, [...swaps, ...shifts])).toEqual([]);
  });

  test('when a row is changed and its hash, or all hashes after it, are made anew', async () => {
    const tampers = many.rows.flatMap((row, index) => {
      const forged = { ...row, subject_id: 'forged' };
      const own = many.rows.with(index, { ...forged, hash: hashOf(forged) });
      return [
        [`row ${row.seq}`, () => replaceAll(many, own)] as const,
        [
          `row ${row.seq} and all after it`,
          () => replaceAll(many, rechained(many.rows.with(index, forged))),
        ] as const,
      ];
    });
    expect(await unnoticed(many, tampers)).toEqual([]);
  });
});

test('a changed, lost or doubled head of the chain is found, whatever its shape', async () => {
  const count = many.rows.length;
  const edits = [
    'delete from audit_head',
    "insert into audit_head (id, seq, hash) values (2, 0, '')",
    'update audit_head set id = 2',
    ...[0, -1, 1, count - 1, count + 1, 2 ** 53, `${count}.5`, `'${count}x'`, "'x'", "''"].map(
      (seq) => `update audit_head set seq = ${seq}`,
    ),
    'update audit_head set seq = cast(cast(seq as text) as blob)',
    'update audit_head set hash = cast(hash as blob)',
    "update audit_head set hash = ''",
    'update audit_head set hash = upper(hash)',
    "update audit_head set hash = hash || ' '",
    'update audit_head set hash = (select previous_hash from audit order by seq desc limit 1)',
    'delete from audit',
    'delete from audit; update audit_head set seq = 0',
    "delete from audit; update audit_head set hash = ''",
  ];
  const hash = many.rows.at(-1)?.hash ?? '';
  const bytes = Array.from(hash, (_, position) => withByte(hash, position, (byte) => byte ^ 1).toString());
  const tampers = [...edits, ...bytes.map((forged) => `update audit_head set hash = '${forged}'`)].map(
    (edit) => [edit, () => many.sql.exec(edit)] as const,
  );
  expect(await unnoticed(many, tampers)).toEqual([]);
});

describe('the command', () => {
  test.each([
    ['nothing', 'select 1', 0, 'The audit log is whole'],
    [
      'a reason',
      "update audit set detail = replace(detail, 'für', 'fur') where seq = 1",
      1,
      'row 1 was changed',
    ],
    [
      'who it was',
      "update audit set actor = replace(actor, 'jörg', 'anna') where seq = 3",
      1,
      'row 3 was changed',
    ],
    ['when it was', "update audit set at = '2020-01-01T00:00:00.000Z' where seq = 2", 1, 'row 2 was changed'],
    ['one row less', 'delete from audit where seq = 4', 1, 'row 4 is missing'],
    ['no first row', 'delete from audit where seq = 1', 1, 'row 1 is missing'],
    ['no last rows', 'delete from audit where seq > 6', 1, 'rows after 6 are missing'],
    [
      'a row too many',
      "insert into audit select 0, at, actor, action, subject_kind, subject_id, detail, '', 'x' from audit where seq = 1",
      1,
      'row 0 was inserted',
    ],
    ['a lost head', 'delete from audit_head', 1, 'the head of the chain was changed'],
    [
      'another head',
      "update audit_head set hash = 'x'",
      1,
      'is not the one that the head of the chain names',
    ],
  ])('tells a log with %s by its exit code and a sentence', async (_, edit, code, words) => {
    const path = long.copy();
    const forgery = forge(path);
    forgery.sql.exec(edit);
    await forgery.close();
    const answer = await long.run(path, 'audit', 'verify');
    const asJson = await long.run(path, 'audit', 'verify', '--json');

    expect(answer.code).toBe(code);
    expect(answer.stdout + answer.stderr).toContain(words);
    expect(answer.stdout === '').toBe(code === 1);
    expect(asJson.code).toBe(code);
    expect(JSON.parse(asJson.stdout)).toMatchObject({
      fault: code === 0 ? null : expect.stringContaining(words),
    });
  });

  test('as a process of its own ends with 1 where a row was changed, and else with 0', async () => {
    const { run, env } = await openTerminal();
    const path = short.copy();
    env['DATABASE_URL'] = `sqlite:${path}`;
    const whole = await run('audit', 'verify');
    const forgery = forge(path);
    forgery.sql.exec("update audit set at = '2020-01-01T00:00:00.000Z' where seq = 2");
    await forgery.close();

    expect(whole).toMatchObject({ code: 0, stderr: '' });
    expect(await run('audit', 'verify')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'plumbline: The audit log is not whole: row 2 was changed.\n',
    });
  });
});
