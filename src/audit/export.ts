import type { Db } from '../storage/database.js';
import type { AuditTable } from '../storage/schema.js';
import { type Link, linkBefore } from './chain.js';
import { csvHead, csvLine, jsonLine } from './export-lines.js';
import { type AuditFilter, auditPages, findFault, findStretch } from './queries.js';

export const exportFormats = ['jsonl', 'csv'] as const;

export type ExportFormat = (typeof exportFormats)[number];

interface Place extends Link {
  readonly at: string;
}

/** What was written. */
export interface Exported {
  readonly rows: number;
  readonly first: Place | null;
  readonly last: Place | null;
  /** How many rows lie between others of the wanted time, but carry another time themselves. */
  readonly strays: number;
  /** What is wrong with the first row that does not hold, or null. */
  readonly fault: string | null;
}

/**
 * Writes the rows that are meant, oldest first, a page at a time. Of a time it takes the whole stretch from its first to
 * its last row, since clocks differ and a gap would look like a removal; of one subject just its rows.
 */
export async function exportAudit(
  db: Db,
  filter: AuditFilter,
  format: ExportFormat,
  write: (text: string) => Promise<void>,
): Promise<Exported> {
  if (format === 'csv') await write(csvHead);
  let exported: Exported = { rows: 0, first: null, last: null, strays: 0, fault: null };
  const stretch = await findStretch(db, filter);
  if (stretch === null) return exported;
  const isChain = filter.subject === undefined;
  for await (const rows of auditPages(db, { ...stretch, ...(isChain ? {} : filter) })) {
    await write(rows.map(format === 'csv' ? csvLine : jsonLine).join(''));
    for (const row of rows) {
      const previous = isChain && exported.last !== null ? exported.last : linkBefore(row);
      const fault = exported.fault ?? (await findFault(db, row, previous));
      exported = withRow(exported, row, fault, isWithin(row, filter));
    }
  }
  return exported;
}

function withRow(exported: Exported, row: AuditTable, fault: string | null, isWanted: boolean): Exported {
  const { seq, hash, at } = row;
  return {
    rows: exported.rows + 1,
    first: exported.first ?? { seq, hash, at },
    last: { seq, hash, at },
    strays: exported.strays + (isWanted ? 0 : 1),
    fault,
  };
}

function isWithin({ at }: AuditTable, { since, until }: AuditFilter): boolean {
  return (since === undefined || at >= since) && (until === undefined || at < until);
}
