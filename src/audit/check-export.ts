import { UserError } from '../errors.js';
import { faultOf, type Link, linkBefore } from './chain.js';
import { rowOfLine } from './export-lines.js';

export interface ExportVerdict {
  /** How many rows hold, from the first one on. */
  readonly rows: number;
  readonly first: number | null;
  readonly last: Link | null;
  /** What is wrong with the first row that does not hold, or null. */
  readonly fault: string | null;
}

/**
 * Checks that the rows of a JSONL export are unchanged and follow each other; what the first one follows is taken on
 * trust. Throws `UserError` for CSV, which does not hold all that the hashes cover.
 */
export async function checkExport(content: AsyncIterable<Uint8Array>): Promise<ExportVerdict> {
  let verdict: ExportVerdict = { rows: 0, first: null, last: null, fault: null };
  let number = 0;
  for await (const line of linesOf(content)) {
    number += 1;
    if (number === 1) refuseCsv(line);
    const row = line === null ? null : rowOfLine(line);
    if (row === null) return { ...verdict, fault: `line ${number} is not as an export writes it` };
    const fault = faultOf(row, verdict.last ?? linkBefore(row));
    if (fault !== null) return { ...verdict, fault };
    const { seq, hash } = row;
    verdict = { rows: number, first: verdict.first ?? seq, last: { seq, hash }, fault: null };
  }
  return verdict;
}

function refuseCsv(line: string | null): void {
  if (line === null || !/^\uFEFF?"?seq"?[,;\t]/.test(line)) return;
  throw new UserError('invalid', 'CSV cannot be checked: it does not hold all that the hashes cover.', {
    field: '--file',
    mend: 'Check an export that was written with --format jsonl.',
  });
}

const LINE_END = 10;

/** Lines without their ends; null for one whose bytes are no UTF-8. */
async function* linesOf(content: AsyncIterable<Uint8Array>): AsyncGenerator<string | null> {
  let rest: Uint8Array = Buffer.alloc(0);
  for await (const bytes of content) {
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    for (let end = rest.indexOf(LINE_END); end >= 0; end = rest.indexOf(LINE_END)) {
      yield textOf(rest.subarray(0, end));
      rest = rest.subarray(end + 1);
    }
  }
  if (rest.length > 0) yield textOf(rest);
}

function textOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}
