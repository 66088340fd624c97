import type { Actor } from '../ctx.js';
import { UserError } from '../errors.js';
import type { Db } from '../storage/database.js';
import { decodeJson } from '../storage/json.js';
import type { AuditTable } from '../storage/schema.js';
import { faultOf, type Link, ORIGIN } from './chain.js';
import type { Subject } from './record.js';

export interface AuditRow {
  readonly seq: number;
  readonly at: string;
  readonly actor: Actor;
  readonly action: string;
  readonly subject: { readonly kind: string; readonly id: string };
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Which rows are meant; without anything all of them. Times are ISO 8601 in UTC with milliseconds. */
export interface AuditFilter {
  /** The first moment that counts. */
  readonly since?: string;
  /** The first moment that no longer counts. */
  readonly until?: string;
  readonly subject?: Subject;
}

const PAGE = 1000;

/** The newest audit rows that are meant, newest first. Throws `UserError` where one of them is not readable any more. */
export async function listAudit(
  db: Db,
  { limit, ...filter }: AuditFilter & { readonly limit: number },
): Promise<readonly AuditRow[]> {
  const rows = await meant(db, filter).selectAll().orderBy('seq', 'desc').limit(limit).execute();
  return rows.map(rowOf);
}

function rowOf(row: AuditTable): AuditRow {
  try {
    return {
      seq: row.seq,
      at: row.at,
      actor: decodeJson<Actor>(row.actor),
      action: row.action,
      subject: { kind: row.subject_kind, id: row.subject_id },
      detail: decodeJson<Record<string, unknown>>(row.detail),
    };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UserError('conflict', `Row ${row.seq} of the audit log is not readable: it was changed.`, {
      mend: 'plumbline audit verify checks all of it, plumbline audit export writes the rows as they are.',
    });
  }
}

/** The numbers of the first and the last row that are meant, or null where there is none. */
export async function findStretch(
  db: Db,
  filter: AuditFilter,
): Promise<{ readonly first: number; readonly last: number } | null> {
  const { first, last } = await meant(db, filter)
    .select(({ fn }) => [fn.min('seq').as('first'), fn.max('seq').as('last')])
    .executeTakeFirstOrThrow();
  return first === null || last === null ? null : { first, last };
}

/** The rows that are meant, up to a last one, oldest first and a page at a time, however many there are. */
export async function* auditPages(
  db: Db,
  { first, last, ...filter }: AuditFilter & { readonly first?: number; readonly last: number },
): AsyncGenerator<readonly AuditTable[]> {
  let query = meant(db, filter).selectAll().where('seq', '<=', last).orderBy('seq').limit(PAGE);
  if (first !== undefined) query = query.where('seq', '>=', first);
  for (let rows = await query.execute(); rows.length > 0;) {
    yield rows;
    const end = rows.at(-1)?.seq ?? last;
    rows = rows.length < PAGE ? [] : await query.where('seq', '>', end).execute();
  }
}

/** Why a row cannot follow the one before it, or null where it can and the database holds just what was read. */
export async function findFault(db: Db, row: AuditTable, previous: Link): Promise<string | null> {
  const fault = faultOf(row, previous);
  if (fault !== null || (await isStoredAsRead(db, row))) return fault;
  return `row ${row.seq} was changed`;
}

export interface AuditVerdict {
  readonly rows: number;
  /** What is wrong with the first row that does not hold, or null. */
  readonly fault: string | null;
}

/** Walks the whole chain, as it is when it begins, and says whether any row was changed, removed or added. */
export async function verifyAudit(db: Db): Promise<AuditVerdict> {
  const head = await findHead(db);
  if (head === null) return { rows: 0, fault: 'the head of the chain was changed' };
  let previous = ORIGIN;
  for await (const rows of auditPages(db, { last: head.seq })) {
    for (const row of rows) {
      const fault = await findFault(db, row, previous);
      if (fault !== null) return { rows: previous.seq, fault };
      previous = row;
    }
  }
  return { rows: previous.seq, fault: faultOfEnd(previous, head) };
}

interface Head extends Link {
  /** The number of the newest row. */
  readonly newest: number;
  /** How many rows there are. */
  readonly rows: number;
}

function faultOfEnd(end: Link, head: Head): string | null {
  if (end.seq < head.seq) return `rows after ${end.seq} are missing`;
  if (end.hash !== head.hash) return `row ${end.seq} is not the one that the head of the chain names`;
  if (head.newest > head.seq) return `row ${head.seq + 1} was added`;
  return head.rows > head.seq ? 'a row stands twice' : null;
}

/**
 * The head of the chain, the newest row and the number of rows, in one statement so that all are of one moment; null
 * where the head is not as it is written.
 */
async function findHead(db: Db): Promise<Head | null> {
  const [head, ...others] = await db
    .selectFrom('audit_head')
    .select(({ selectFrom, fn }) => [
      'id',
      'seq',
      'hash',
      selectFrom('audit').select(fn.max('seq').as('newest')).as('newest'),
      selectFrom('audit').select(fn.countAll().as('rows')).as('rows'),
    ])
    .execute();
  if (head === undefined || others.length > 0 || head.id !== 1) return null;
  if (!Number.isSafeInteger(head.seq) || head.seq < 0 || typeof head.hash !== 'string') return null;
  return { seq: head.seq, hash: head.hash, newest: head.newest ?? 0, rows: Number(head.rows) };
}

/**
 * Bytes that are no UTF-8 are read as U+FFFD, just as a U+FFFD that was written; where there is one, only the database
 * can tell them apart.
 */
async function isStoredAsRead(db: Db, row: AuditTable): Promise<boolean> {
  if (!Object.values(row).some((value) => typeof value === 'string' && value.includes('\uFFFD'))) return true;
  const same = db.selectFrom('audit').select('seq');
  return (await same.where((eb) => eb.and({ ...row })).executeTakeFirst()) !== undefined;
}

function meant(db: Db, { since, until, subject }: AuditFilter) {
  let query = db.selectFrom('audit');
  if (since !== undefined) query = query.where('at', '>=', since);
  if (until !== undefined) query = query.where('at', '<', until);
  if (subject === undefined) return query;
  return query.where('subject_kind', '=', subject.kind).where('subject_id', '=', subject.id);
}
