import { z } from 'zod';
import { visible } from '../settings/text.js';
import { decodeJson, encodeJson } from '../storage/json.js';
import type { AuditTable } from '../storage/schema.js';

const COLUMNS = [
  'seq',
  'at',
  'actor_kind',
  'actor_id',
  'action',
  'subject_kind',
  'subject_id',
  'detail',
  'previous_hash',
  'hash',
];

/** The first line of a CSV export. */
export const csvHead = `${COLUMNS.join(',')}\r\n`;

/**
 * A row as a line of CSV (RFC 4180). A cell that a spreadsheet would take for a formula, because it begins with =, +, -, @,
 * a tab or a carriage return, gets an apostrophe in front; line breaks and control characters are visible marks.
 */
export function csvLine(row: AuditTable): string {
  const { kind, id } = actorOf(row.actor);
  const cells = [
    row.seq,
    row.at,
    kind,
    id,
    row.action,
    row.subject_kind,
    row.subject_id,
    row.detail,
    row.previous_hash,
    row.hash,
  ];
  return `${cells.map((cell) => csvCell(String(cell))).join(',')}\r\n`;
}

function csvCell(text: string): string {
  const shown = visible(text);
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${shown}` : shown;
  return /[",]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

function actorOf(text: string): { readonly kind: unknown; readonly id: unknown } {
  const actor = valueOf(text);
  const fields: Readonly<Record<string, unknown>> =
    typeof actor === 'object' && actor !== null ? { ...actor } : {};
  return { kind: fields['kind'] ?? '', id: fields['id'] ?? text };
}

/** A row as a line of a JSONL export, its actor and detail as objects. */
export function jsonLine(row: AuditTable): string {
  const line = {
    seq: row.seq,
    at: row.at,
    actor: valueOf(row.actor),
    action: row.action,
    subject: { kind: row.subject_kind, id: row.subject_id },
    detail: valueOf(row.detail),
    previousHash: row.previous_hash,
    hash: row.hash,
  };
  return `${JSON.stringify(line)}\n`;
}

/** Text that is no JSON any more, because somebody changed it, is exported as the text it is. */
function valueOf(text: string): unknown {
  try {
    return decodeJson(text);
  } catch {
    return text;
  }
}

const Line = z.strictObject({
  seq: z.int(),
  at: z.string(),
  actor: z.unknown(),
  action: z.string(),
  subject: z.strictObject({ kind: z.string(), id: z.string() }),
  detail: z.unknown(),
  previousHash: z.string(),
  hash: z.string(),
});

/** The row that a line of a JSONL export tells of, or null where it is not letter for letter what an export writes. */
export function rowOfLine(line: string): AuditTable | null {
  const parsed = Line.safeParse(valueOf(line));
  if (!parsed.success) return null;
  const { seq, at, actor, action, subject, detail, previousHash, hash } = parsed.data;
  const row: AuditTable = {
    seq,
    at,
    actor: encodeJson(actor),
    action,
    subject_kind: subject.kind,
    subject_id: subject.id,
    detail: encodeJson(detail),
    previous_hash: previousHash,
    hash,
  };
  return jsonLine(row) === `${line}\n` ? row : null;
}
