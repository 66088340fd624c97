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

/** Walks the whole chain, as it is when it begins, and says whether any row was changed, removed or added. */
export async function verifyAudit(db: Db): Promise<AuditVerdict> {
  const head = await headOf(db);
  let previous = { seq: 0, hash: '' };
  for (;;) {
    const rows = await db
      .selectFrom('audit')
      .selectAll()
      .where('seq', '>', previous.seq)
      .where('seq', '<=', head.seq)
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
  if (previous.seq < head.seq) return { rows: previous.seq, fault: `rows after ${previous.seq} are missing` };
  if (previous.hash !== head.hash) return { rows: previous.seq, fault: `row ${previous.seq} was replaced` };
  if (head.newest > head.seq) return { rows: previous.seq, fault: `row ${head.seq + 1} was added` };
  return { rows: previous.seq, fault: null };
}

/** The head of the chain and the newest row, in one statement so that both are of one moment. */
async function headOf(
  db: Db,
): Promise<{ readonly seq: number; readonly hash: string; readonly newest: number }> {
  const head = await db
    .selectFrom('audit_head')
    .select([
      'seq',
      'hash',
      (eb) => eb.selectFrom('audit').select(eb.fn.max('seq').as('newest')).as('newest'),
    ])
    .where('id', '=', 1)
    .executeTakeFirstOrThrow();
  return { ...head, newest: head.newest ?? 0 };
}
