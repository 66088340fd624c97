import { createHash } from 'node:crypto';
import type { AuditTable } from '../storage/schema.js';

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
export function faultOf(
  row: AuditTable,
  previous: { readonly seq: number; readonly hash: string },
): string | null {
  if (row.seq !== previous.seq + 1) return `row ${previous.seq + 1} is missing`;
  if (row.previous_hash !== previous.hash) return `row ${row.seq} does not follow row ${previous.seq}`;
  if (row.hash !== hashOf(row)) return `row ${row.seq} was changed`;
  return null;
}
