import { createHash } from 'node:crypto';
import type { AuditTable } from '../storage/schema.js';

/** A place in the chain: the number and the hash of a row. */
export interface Link {
  readonly seq: number;
  readonly hash: string;
}

/** What row 1 follows. */
export const ORIGIN: Link = { seq: 0, hash: '' };

/** What an audit row's hash covers: all of it, and the hash of the row before. */
export function hashOf(row: Omit<AuditTable, 'hash'>): string {
  const covered = [
    row.seq,
    row.at,
    row.actor,
    row.action,
    row.subject_kind,
    row.subject_id,
    row.detail,
    row.previous_hash,
  ];
  return createHash('sha256').update(JSON.stringify(covered)).digest('hex');
}

/** Why a row cannot follow the one before it, or null where it can. */
export function faultOf(row: AuditTable, previous: Link): string | null {
  if (row.seq <= previous.seq) return `row ${row.seq} was inserted`;
  if (row.seq !== previous.seq + 1) return `row ${previous.seq + 1} is missing`;
  if (row.previous_hash !== previous.hash) return `row ${row.seq} does not follow row ${previous.seq}`;
  if (row.hash !== hashOf(row)) return `row ${row.seq} was changed`;
  return null;
}

/** What a row says it follows, taken on trust: where a stretch of the chain begins in the middle. */
export function linkBefore(row: AuditTable): Link {
  return row.seq <= 1 ? ORIGIN : { seq: row.seq - 1, hash: row.previous_hash };
}
