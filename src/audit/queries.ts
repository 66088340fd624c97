import type { Actor } from '../ctx.js';
import type { Db } from '../storage/database.js';
import { decodeJson } from '../storage/json.js';
import { faultOf } from './chain.js';
import type { Subject } from './record.js';

export interface AuditRow {
  readonly seq: number;
  readonly at: string;
  readonly actor: Actor;
  readonly action: string;
  readonly subject: { readonly kind: string; readonly id: string };
  readonly detail: Readonly<Record<string, unknown>>;
}

const PAGE = 1000;

/** The newest audit rows, newest first, of one subject or of all. */
export async function listAudit(
  db: Db,
  options: { readonly limit: number; readonly subject?: Subject },
): Promise<readonly AuditRow[]> {
  let query = db.selectFrom('audit').selectAll().orderBy('seq', 'desc').limit(options.limit);
  if (options.subject !== undefined) {
    query = query
      .where('subject_kind', '=', options.subject.kind)
      .where('subject_id', '=', options.subject.id);
  }
  const rows = await query.execute();
  return rows.map((row) => ({
    seq: row.seq,
    at: row.at,
    actor: decodeJson<Actor>(row.actor),
    action: row.action,
    subject: { kind: row.subject_kind, id: row.subject_id },
    detail: decodeJson<Record<string, unknown>>(row.detail),
  }));
}

export interface AuditVerdict {
  readonly rows: number;
  /** What is wrong with the first row that does not hold, or null. */
  readonly fault: string | null;
}

/** Walks the whole chain and says whether any row was changed, removed or inserted. */
export async function verifyAudit(db: Db): Promise<AuditVerdict> {
  let previous = { seq: 0, hash: '' };
  for (;;) {
    const rows = await db
      .selectFrom('audit')
      .selectAll()
      .where('seq', '>', previous.seq)
      .orderBy('seq')
      .limit(PAGE)
      .execute();
    for (const row of rows) {
      const fault = faultOf(row, previous);
      if (fault !== null) return { rows: previous.seq, fault };
      previous = row;
    }
    if (rows.length < PAGE) break;
  }
  const head = await db.selectFrom('audit_head').selectAll().where('id', '=', 1).executeTakeFirstOrThrow();
  const isWhole = head.seq === previous.seq && head.hash === previous.hash;
  return { rows: previous.seq, fault: isWhole ? null : `rows after ${previous.seq} are missing` };
}
