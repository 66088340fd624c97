import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type AuditEntry, record } from '../../src/audit/record.js';
import { openDatabase } from '../../src/storage/database.js';
import { cliInProcess } from './cli-in-process.js';
import { inTx } from './databases.js';
import { entryOf } from './rows.js';
import type { Answer } from './terminal.js';

/** A closed database whose audit log holds chosen rows, for the length of a test. */
export interface WrittenLog {
  readonly url: string;
  /** A path in the log's folder. */
  at(name: string): string;
  run(...args: readonly string[]): Promise<Answer>;
}

/** Records rows that differ from the usual one as told. */
export async function writeLog(entries: readonly Partial<AuditEntry>[]): Promise<WrittenLog> {
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-audit-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const url = `sqlite:${join(folder, 'plumbline.db')}`;
  const db = await openDatabase(url);
  await inTx(db, async (tx) => {
    for (const [index, entry] of entries.entries())
      await record(tx, { ...entryOf(`r${index + 1}`), ...entry });
  });
  await db.destroy();
  const variables = { DATABASE_URL: url, THREECX_URL: 'http://127.0.0.1:1', THREECX_ACCESS_TOKEN: 'unused' };
  return { url, at: (name) => join(folder, name), run: cliInProcess(variables, 'auditor') };
}

/** Rows at these times. */
export function writeLogAt(...times: readonly string[]): Promise<WrittenLog> {
  return writeLog(times.map((at) => ({ at })));
}

/** The lines of a text that ends with a line end. */
export function linesOf(text: string): readonly string[] {
  return text.split('\n').slice(0, -1);
}

/** The numbers of the rows in a JSONL export. */
export function numbersIn(jsonl: string): readonly unknown[] {
  return linesOf(jsonl).map((line) => (JSON.parse(line) as { readonly seq: unknown }).seq);
}
