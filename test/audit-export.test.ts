import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { visible } from '../src/settings/text.js';
import { changeOnce, fillAuditLog, WORDS } from './helpers/audit-log.js';
import { openFor } from './helpers/databases.js';
import { entryOf } from './helpers/rows.js';
import { openTerminal } from './helpers/terminal.js';
import { linesOf, numbersIn, writeLog, writeLogAt } from './helpers/written-log.js';

/** A CSV text as RFC 4180 reads it. */
function cellsOf(csv: string): readonly (readonly string[])[] {
  expect(csv.endsWith('\r\n')).toBe(true);
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y;
  const rows: string[][] = [[]];
  while (cell.lastIndex < csv.length) {
    const at = cell.lastIndex;
    const match = cell.exec(csv);
    if (match === null) throw new Error(`no cell at ${at}: ${csv.slice(at, at + 40)}`);
    rows.at(-1)?.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    if (match[3] === '\r\n') rows.push([]);
  }
  return rows.slice(0, -1);
}

describe('as JSONL', () => {
  test('each row is one object with all that was recorded, and its hash can be computed from it by hand', async () => {
    const log = await fillAuditLog(changeOnce);
    const exported = await log.run(log.path, 'audit', 'export');
    const listed = JSON.parse((await log.run(log.path, 'audit', '--json')).stdout) as readonly object[];
    log.remove();
    const rows = linesOf(exported.stdout).map((line) => JSON.parse(line));

    expect(exported).toMatchObject({ code: 0, stderr: '' });
    expect(rows).toEqual(listed.toReversed().map((row) => expect.objectContaining(row)));
    expect(rows[0]).toMatchObject({
      seq: 1,
      actor: { kind: 'operator', id: 'jörg \uFFFD' },
      action: 'change.proposed',
      subject: { kind: 'change' },
      detail: { reason: WORDS },
      previousHash: '',
    });
    for (const [index, row] of rows.entries()) {
      const { seq, at, actor, action, subject, detail, previousHash, hash } = row;
      const texts = [JSON.stringify(actor), action, subject.kind, subject.id, JSON.stringify(detail)];
      const covered = JSON.stringify([seq, at, ...texts, previousHash]);
      expect(createHash('sha256').update(covered).digest('hex')).toBe(hash);
      expect(previousHash).toBe(rows[index - 1]?.hash ?? '');
    }
  });

  test('an empty log is an empty text', async () => {
    const { run } = await writeLog([]);
    expect(await run('audit', 'export')).toEqual({ code: 0, stdout: '', stderr: '' });
  });
});

describe('as CSV', () => {
  test('each row is a line of ten cells, quoted where that is needed, below a header', async () => {
    const detail = { reason: 'two\r\nlines, "so"', text: WORDS };
    const actor = { kind: 'operator', id: 'ann, "the\nfirst"' } as const;
    const { run } = await writeLog([{ detail, actor }, { subject: { kind: 'baseline', id: '3' } }]);
    const { code, stdout, stderr } = await run('audit', 'export', '--format', 'csv');
    const [head, first, second, ...others] = cellsOf(stdout);
    const [line] = linesOf((await run('audit', 'export')).stdout);
    const { previousHash, hash } = JSON.parse(line ?? '');

    expect({ code, stderr, others }).toEqual({ code: 0, stderr: '', others: [] });
    expect(head?.join()).toBe(
      'seq,at,actor_kind,actor_id,action,subject_kind,subject_id,detail,previous_hash,hash',
    );
    const { at, action } = entryOf('r1');
    const texts = ['operator', actor.id, action, 'change', 'r1', JSON.stringify(detail)].map(visible);
    expect(first).toEqual(['1', at, ...texts, previousHash, hash]);
    expect(second?.slice(5, 7)).toEqual(['baseline', '3']);
  });

  test.each([
    '=HYPERLINK("http://evil.example","x")',
    '+1',
    '-1',
    '@SUM(A1)',
    '\t=1',
    '\r=1',
    "=cmd|' /C calc'!A0",
  ])('what a spreadsheet would take for a formula begins with an apostrophe: %j', async (id) => {
    const { run } = await writeLog([{ actor: { kind: 'operator', id } }, { action: id }]);
    const { stdout } = await run('audit', 'export', '--format', 'csv');
    const [, byActor, byAction] = cellsOf(stdout);

    expect(byActor?.[3]).toBe(`'${visible(id)}`);
    expect(byAction?.[4]).toBe(`'${visible(id)}`);
    expect(
      cellsOf(stdout)
        .flat()
        .filter((cell) => /^[=+\-@\t\r]/.test(cell)),
    ).toEqual([]);
  });

  test('whatever is recorded comes back from it', async () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 });
    await fc.assert(
      fc.asyncProperty(text, text, async (id, reason) => {
        const { run } = await writeLog([{ actor: { kind: 'operator', id }, detail: { reason } }]);
        const [, row] = cellsOf((await run('audit', 'export', '--format', 'csv')).stdout);
        expect(row?.[3]?.replace(/^'(?=[=+\-@\t\r])/, '')).toBe(id);
        expect(JSON.parse(row?.[7] ?? '')).toEqual({ reason });
      }),
      { numRuns: 30 },
    );
  });
});

describe('of a time', () => {
  const TIMES = [
    '2026-10-31T23:59:59.999Z',
    '2026-11-01T00:00:00.000Z',
    '2026-11-15T08:00:00.000Z',
    '2026-11-30T23:59:59.999Z',
    '2026-12-01T00:00:00.000Z',
  ];

  test.each([
    [
      ['--since', '2026-11-01'],
      [2, 3, 4, 5],
    ],
    [
      ['--since', '2026-11-01T00:00:00.001Z'],
      [3, 4, 5],
    ],
    [
      ['--until', '2026-11-30'],
      [1, 2, 3, 4],
    ],
    [['--until', '2026-11-01T00:00:00Z'], [1]],
    [
      ['--since', '2026-11-01', '--until', '2026-11-30'],
      [2, 3, 4],
    ],
    [['--since', '2026-11-15', '--until', '2026-11-15'], [3]],
    [['--since', '2026-11-15T09:00+01:00', '--until', '2026-11-30T23:59:59.999Z'], [3]],
    [
      ['--since', '2026-11-15T09:00:00.5+01:00'],
      [4, 5],
    ],
    [['--since', '2026-11-15T03:00:00-05:00', '--until', '2026-11-15T03:00:00.001-05:00'], [3]],
    [['--since', '2027-01-01'], []],
    [
      ['--since', '0000-01-01', '--until', '9999-12-31'],
      [1, 2, 3, 4, 5],
    ],
  ])(
    'the first moment counts and the last does not, and a last day counts whole: %j',
    async (range, numbers) => {
      const { run } = await writeLogAt(...TIMES);
      const exported = await run('audit', 'export', ...range);
      const listed = JSON.parse((await run('audit', ...range, '--json')).stdout) as readonly {
        seq: number;
      }[];

      expect(exported).toMatchObject({ code: 0, stderr: '' });
      expect(numbersIn(exported.stdout)).toEqual(numbers);
      expect(listed.map(({ seq }) => seq)).toEqual(numbers.toReversed());
    },
  );

  test.each([
    'yesterday',
    '2026-02-30',
    '2026-11-01T08:00',
    '2026-11-01 08:00Z',
    '2026-11-01T25:00Z',
    '1.11.2026',
    '',
  ])('what is no time is refused with the option and the mend: %j', async (text) => {
    const { run } = await writeLogAt(...TIMES);
    for (const option of ['--since', '--until']) {
      for (const command of [['audit'], ['audit', 'export']]) {
        const answer = await run(...command, option, text);
        expect(answer).toMatchObject({ code: 1, stdout: '' });
        expect(answer.stderr).toContain(`${option}: “${text}” is neither a date nor a time with its zone.\n`);
        expect(answer.stderr).toContain('Write a date such as 2026-11-01');
      }
    }
  });

  test.each([
    ['2026-12-01', '2026-11-30'],
    ['2026-11-01T10:00:00Z', '2026-11-01T11:00:00+02:00'],
    ['2026-11-01T10:00:00Z', '2026-11-01T10:00:00Z'],
  ])('that ends before it begins or at once, it is refused: %s to %s', async (since, until) => {
    const { run, at } = await writeLogAt(...TIMES);
    const answer = await run(
      'audit',
      'export',
      '--since',
      since,
      '--until',
      until,
      '--output',
      at('x.jsonl'),
    );

    expect(answer).toMatchObject({ code: 1, stdout: '' });
    expect(answer.stderr).toContain(`There is no time between --since ${since} and --until ${until}.`);
    expect(existsSync(at('x.jsonl'))).toBe(false);
  });

  test('rows in between that carry another time are kept and counted, so that the export stays whole', async () => {
    const { run, at } = await writeLogAt(
      '2026-11-29T23:59:59.998Z',
      '2026-12-01T00:00:00.002Z',
      '2026-11-30T23:59:59.999Z',
      '2026-12-01T00:00:00.003Z',
    );
    const november = await run('audit', 'export', '--until', '2026-11-30', '--output', at('november.jsonl'));
    const december = await run('audit', 'export', '--since', '2026-12-01');
    const verified = await run('audit', 'verify', '--file', at('november.jsonl'));

    expect(numbersIn(readFileSync(at('november.jsonl'), 'utf8'))).toEqual([1, 2, 3]);
    expect(november.stderr).toContain('1 row lies between the others but carries another time');
    expect(numbersIn(december.stdout)).toEqual([2, 3, 4]);
    expect(december.stderr).toContain('1 row lies between the others but carries another time');
    expect(verified).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('of a subject', () => {
  test('only its rows are listed and exported', async () => {
    const { run } = await writeLog([
      {},
      { subject: { kind: 'baseline', id: '3' } },
      { subject: { kind: 'pbx', id: 'a:b' }, at: '2026-11-01T00:00:00.000Z' },
      { subject: { kind: 'baseline', id: '3' }, at: '2026-11-01T00:00:00.000Z' },
    ]);
    const baseline = await run('audit', 'export', '--subject', 'baseline:3');
    expect(baseline).toMatchObject({ code: 0, stderr: '' });
    expect(numbersIn(baseline.stdout)).toEqual([2, 4]);
    expect(numbersIn((await run('audit', 'export', '--subject', 'pbx:a:b')).stdout)).toEqual([3]);
    expect((await run('audit', 'export', '--subject', 'baseline:4')).stdout).toBe('');
    const later = ['--subject', 'baseline:3', '--since', '2026-10-01'];
    expect(numbersIn((await run('audit', 'export', ...later)).stdout)).toEqual([4]);
    expect((await run('audit', ...later)).stdout).toMatch(/^4 .*baseline 3.*\n$/);
  });

  test.each(['3', 'baseline', 'baseline:', ':3', 'baselines:3'])('“%s” is refused', async (text) => {
    const { run } = await writeLog([{}]);
    for (const command of [['audit'], ['audit', 'export']]) {
      const answer = await run(...command, '--subject', text);
      expect(answer).toMatchObject({ code: 1, stdout: '' });
      expect(answer.stderr).toContain(`--subject: “${text}” is not a subject.\n  Write kind:id`);
      expect(answer.stderr).toContain('change, baseline, sweep');
    }
  });
});

describe('to a file', () => {
  test('it says how many rows of which time it wrote and with which hash they end', async () => {
    const { run, at } = await writeLogAt('2026-11-01T08:00:00.000Z', '2026-11-02T08:00:00.000Z');
    const whole = await run('audit', 'export', '--output', at('all.jsonl'));
    const day = await run(
      'audit',
      'export',
      '--since',
      '2026-11-02',
      '--output',
      at('day.csv'),
      '--format',
      'csv',
    );
    const none = await run('audit', 'export', '--until', '2026-10-31', '--output', at('none.jsonl'));
    const { stdout } = await run('audit', 'export');
    const { hash } = JSON.parse(linesOf(stdout)[1] ?? '') as { readonly hash: string };

    expect(readFileSync(at('all.jsonl'), 'utf8')).toBe(stdout);
    expect(whole).toEqual({
      code: 0,
      stdout: '',
      stderr: `Wrote 2 rows to ${at('all.jsonl')} (the whole log): 1 of 2026-11-01T08:00:00.000Z to 2 of 2026-11-02T08:00:00.000Z.
The hash of the last one is ${hash}.
`,
    });
    expect(day.stderr).toContain(`Wrote 1 row to ${at('day.csv')} (from 2026-11-02T00:00:00.000Z on): 2 of `);
    expect(none.stderr).toBe(`Wrote no rows to ${at('none.jsonl')} (before 2026-11-01T00:00:00.000Z).\n`);
  });

  test('one that is already there is left alone, unless it is to be replaced', async () => {
    const { run, at } = await writeLog([{}]);
    writeFileSync(at('audit.jsonl'), 'something else that is longer than it was before'.repeat(100));
    const refused = await run('audit', 'export', '--output', at('audit.jsonl'));
    const kept = readFileSync(at('audit.jsonl'), 'utf8');
    const forced = await run('audit', 'export', '--output', at('audit.jsonl'), '--force');
    const astray = await run('audit', 'export', '--output', at('no-such-folder/audit.jsonl'));

    expect(refused).toEqual({
      code: 1,
      stdout: '',
      stderr: `plumbline: The file “${at('audit.jsonl')}” is already there.\n  Name another one, or replace it with --force.\n`,
    });
    expect(kept).toMatch(/^something else/);
    expect(forced.code).toBe(0);
    expect(numbersIn(readFileSync(at('audit.jsonl'), 'utf8'))).toEqual([1]);
    expect(astray.code).toBe(1);
    expect(astray.stderr).toContain('cannot be written.\n  Name a file in a folder that is there');
  });

  test('the built command writes the same to a file as to standard output, and checks it elsewhere', async () => {
    const { run, env, folder } = await openTerminal();
    await run('set', 'AvatarStyle', 'Circle', '--reason', WORDS);
    const shown = await run('audit', 'export');
    const written = await run('audit', 'export', '--output', 'audit.jsonl');
    for (const name of Object.keys(env).filter((key) => key !== 'PATH')) env[name] = undefined;
    const verified = await run('audit', 'verify', '--file', 'audit.jsonl');

    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(written).toMatchObject({ code: 0, stdout: '' });
    expect(readFileSync(`${folder}/audit.jsonl`, 'utf8')).toBe(shown.stdout);
    expect(verified).toMatchObject({ code: 0, stderr: '' });
    expect(verified.stdout).toMatch(/^The export is whole: 5 rows, 1 to 5\.\nThe hash of the last one is /);
  }, 60_000);
});

describe('of a log that was tampered with', () => {
  test('all rows are written as they are, but the command says so and ends with 1', async () => {
    const log = await writeLog([{}, {}, {}]);
    const db = await openFor(log.url);
    await db.updateTable('audit').set({ detail: 'no JSON, =1+1' }).where('seq', '=', 2).execute();
    await db.destroy();
    const jsonl = await log.run('audit', 'export', '--output', log.at('x.jsonl'));
    const csv = await log.run('audit', 'export', '--format', 'csv');
    const listed = await log.run('audit');
    const checked = await log.run('audit', 'verify', '--file', log.at('x.jsonl'));

    expect(jsonl.code).toBe(1);
    expect(jsonl.stderr).toContain('Wrote 3 rows');
    expect(jsonl.stderr).toContain('the audit log is not whole: row 2 was changed.\n');
    expect(csv.code).toBe(1);
    expect(cellsOf(csv.stdout).map((row) => row[7])[2]).toBe('no JSON, =1+1');
    expect(checked.stderr).toContain('row 2 was changed');
    expect(listed).toMatchObject({ code: 1, stdout: '' });
    expect(listed.stderr).toContain('Row 2 of the audit log is not readable: it was changed.');
  });

  test('a missing row is told where the rows should follow each other, and not of one subject', async () => {
    const log = await writeLog([{}, {}, {}]);
    const db = await openFor(log.url);
    await db.deleteFrom('audit').where('seq', '=', 2).execute();
    await db.destroy();
    const all = await log.run('audit', 'export');
    const one = await log.run('audit', 'export', '--subject', 'change:r3');

    expect(all.code).toBe(1);
    expect(all.stderr).toContain('the audit log is not whole: row 2 is missing.\n');
    expect(numbersIn(all.stdout)).toEqual([1, 3]);
    expect(one).toMatchObject({ code: 0, stderr: '' });
  });
});
