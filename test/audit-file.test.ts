import { readFileSync, writeFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hashOf } from '../src/audit/chain.js';
import { checkExport, type ExportVerdict } from '../src/audit/check-export.js';
import { jsonLine, rowOfLine } from '../src/audit/export-lines.js';
import { type AuditLog, fillAuditLog, useMuch } from './helpers/audit-log.js';
import { cliInProcess } from './helpers/cli-in-process.js';
import { linesOf, writeLogAt } from './helpers/written-log.js';

let log: AuditLog;
let jsonl: Buffer;
let lines: readonly string[];

/** An auditor's own machine: no database, no configuration. */
const elsewhere = cliInProcess({}, 'auditor');

beforeAll(async () => {
  log = await fillAuditLog(useMuch);
  jsonl = Buffer.from((await log.run(log.path, 'audit', 'export')).stdout);
  lines = linesOf(jsonl.toString());
});

afterAll(() => log.remove());

function check(...chunks: readonly Uint8Array[]): Promise<ExportVerdict> {
  return checkExport(
    (async function* () {
      yield* chunks;
    })(),
  );
}

function checkLines(changed: readonly string[]): Promise<ExportVerdict> {
  return check(Buffer.from(changed.map((line) => `${line}\n`).join('')));
}

test('an export is whole however its bytes arrive, and with or without its last line end', async () => {
  const last = JSON.parse(lines.at(-1) ?? '') as { readonly seq: number; readonly hash: string };
  const whole = { rows: lines.length, first: 1, last: { seq: last.seq, hash: last.hash }, fault: null };

  expect(await check(jsonl)).toEqual(whole);
  expect(await check(jsonl.subarray(0, -1))).toEqual(whole);
  expect(await check(...[...jsonl].map((byte) => Buffer.of(byte)))).toEqual(whole);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(jsonl.length), { maxLength: 20 }), async (cuts) => {
      const edges = [0, ...cuts.toSorted((a, b) => a - b), jsonl.length];
      const chunks = edges.slice(1).map((end, index) => jsonl.subarray(edges[index], end));
      expect(await check(...chunks)).toEqual(whole);
    }),
    { numRuns: 50 },
  );
});

test('any changed, added or lost byte is found', async () => {
  const edit = fc.record({
    at: fc.nat(jsonl.length - 2),
    byte: fc.integer({ min: 1, max: 255 }),
    how: fc.constantFrom('change', 'insert', 'remove'),
  });
  await fc.assert(
    fc.asyncProperty(edit, async ({ at, byte, how }) => {
      const between = { change: [(jsonl[at] ?? 0) ^ byte], insert: [byte], remove: [] }[how];
      const tail = jsonl.subarray(how === 'insert' ? at : at + 1);
      const { fault } = await check(jsonl.subarray(0, at), Buffer.from(between), tail);
      expect(fault).not.toBeNull();
    }),
    { numRuns: 5000 },
  );
});

test('every byte of a row is covered', async () => {
  const [first = ''] = lines;
  const bytes = Buffer.from(`${first}\n`);
  const missed: number[] = [];
  for (const [position, byte] of bytes.entries()) {
    const forged = Buffer.from(bytes).fill(byte ^ (1 << (position % 8)), position, position + 1);
    if ((await check(forged)).fault === null) missed.push(position);
  }
  expect(missed).toEqual([]);
});

describe('of a file', () => {
  test('a row that was removed, doubled, moved or put in is found at any place', async () => {
    for (const [index, line] of lines.entries()) {
      const { fault } = await checkLines(lines.toSpliced(index, 1));
      const isEnd = index === 0 || index === lines.length - 1;
      expect(fault).toBe(isEnd ? null : `row ${index + 1} is missing`);
      expect((await checkLines(lines.toSpliced(index, 0, line))).fault).toBe(`row ${index + 1} was inserted`);
      const other = (index + 2) % lines.length;
      const swapped = lines.with(index, lines[other] ?? '').with(other, line);
      expect((await checkLines(swapped)).fault).not.toBeNull();
    }
  });

  test('what was cut off at its ends shows in the numbers that are printed', async () => {
    writeFileSync(
      `${log.folder}/cut.jsonl`,
      lines
        .slice(2, 7)
        .map((line) => `${line}\n`)
        .join(''),
    );
    const answer = await elsewhere('audit', 'verify', '--file', `${log.folder}/cut.jsonl`);
    const { hash } = JSON.parse(lines[6] ?? '') as { readonly hash: string };

    expect(answer).toEqual({
      code: 0,
      stdout: `The export is whole: 5 rows, 3 to 7.\nThe hash of the last one is ${hash}.\n`,
      stderr: '',
    });
  });

  test.each([
    ['other blanks', (line: string) => line.replace('{"seq":3,', '{"seq": 3,')],
    ['another order', (line: string) => line.replace(/^{("seq":3),("at":"[^"]+"),/, '{$2,$1,')],
    ['other escapes', (line: string) => line.replace('"action"', '"\\u0061ction"')],
    ['a name twice', (line: string) => line.replace('{"seq":3,', '{"seq":3,"action":"nothing",')],
    ['a name too many', (line: string) => line.replace('{"seq":3,', '{"seq":3,"note":"",')],
    ['a name too few', (line: string) => line.replace(/"at":"[^"]+",/, '')],
    ['a carriage return', (line: string) => `${line}\r`],
    ['an empty line', (line: string) => `\n${line}`],
    ['half a line', (line: string) => line.slice(0, 80)],
    ['a byte order mark', (line: string) => `\uFEFF${line}`],
    ['no object', () => '[]'],
  ])('a line with %s is not as it was exported', async (_, change) => {
    const forged = lines.with(2, change(lines[2] ?? ''));
    expect(forged[2]).not.toBe(lines[2]);
    expect(await checkLines(forged)).toMatchObject({
      rows: 2,
      last: { seq: 2 },
      fault: 'line 3 is not as an export writes it',
    });
  });

  test('row 1 follows nothing, even where it and its hash were made anew', async () => {
    const row = rowOfLine(lines[0] ?? '');
    if (row === null) throw new Error('there is no row 1');
    const forged = { ...row, previous_hash: 'f'.repeat(64) };
    const line = jsonLine({ ...forged, hash: hashOf(forged) });
    expect((await check(Buffer.from(line))).fault).toBe('row 1 does not follow row 0');
  });

  test('a changed row is named, and the command ends with 1', async () => {
    const path = `${log.folder}/forged.jsonl`;
    writeFileSync(path, jsonl.toString().replace('"system"', '"slack"'));
    const answer = await elsewhere('audit', 'verify', '--file', path);
    const asJson = await elsewhere('audit', 'verify', '--file', path, '--json');

    expect(answer).toMatchObject({ code: 1, stdout: '' });
    expect(answer.stderr).toBe('plumbline: The export is not whole: row 2 was changed.\n');
    expect(asJson.code).toBe(1);
    expect(JSON.parse(asJson.stdout)).toMatchObject({
      rows: 1,
      first: 1,
      last: 1,
      fault: 'row 2 was changed',
    });
  });

  test('what an export with a time writes is whole too, and one of a subject says what is missing', async () => {
    const { run, at } = await writeLogAt('2026-10-01T00:00:00.000Z', '2026-11-01T00:00:00.000Z');
    await run('audit', 'export', '--since', '2026-11-01', '--output', at('november.jsonl'));
    const november = await elsewhere('audit', 'verify', '--file', at('november.jsonl'));
    const { id } = (JSON.parse(lines[0] ?? '') as { readonly subject: { readonly id: string } }).subject;
    await log.run(log.path, 'audit', 'export', '--subject', `change:${id}`, '--output', at('change.jsonl'));
    const change = await elsewhere('audit', 'verify', '--file', at('change.jsonl'));
    await log.run(log.path, 'audit', 'export', '--until', '2020-01-01', '--output', at('none.jsonl'));
    const none = await elsewhere('audit', 'verify', '--file', at('none.jsonl'));

    expect(november.stdout).toContain('The export is whole: 1 row, 2 to 2.\n');
    expect(change).toMatchObject({
      code: 1,
      stderr: 'plumbline: The export is not whole: row 3 is missing.\n',
    });
    expect(none).toEqual({ code: 0, stdout: 'The export holds no rows.\n', stderr: '' });
  });

  test('CSV and files that cannot be read are refused with a sentence', async () => {
    const csv = `${log.folder}/audit.csv`;
    await log.run(log.path, 'audit', 'export', '--format', 'csv', '--output', csv);
    const answers = [
      await elsewhere('audit', 'verify', '--file', csv),
      await elsewhere('audit', 'verify', '--file', `${log.folder}/no-such-file`),
      await elsewhere('audit', 'verify', '--file', log.folder),
      await elsewhere('audit', 'verify', '--file', log.path),
    ];
    writeFileSync(csv, `\uFEFF${readFileSync(csv, 'utf8')}`);
    const marked = await elsewhere('audit', 'verify', '--file', csv);

    for (const answer of [...answers, marked]) expect(answer).toMatchObject({ code: 1, stdout: '' });
    for (const { stderr } of [answers[0], marked].filter((answer) => answer !== undefined)) {
      expect(stderr).toContain('CSV cannot be checked');
      expect(stderr).toContain('--format jsonl');
    }
    expect(answers[1]?.stderr).toContain('no-such-file” cannot be read.');
    expect(answers[2]?.stderr).toContain('cannot be read.');
    expect(answers[3]?.stderr).toContain('line 1 is not as an export writes it');
  });
});
