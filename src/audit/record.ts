import type { Actor } from '../ctx.js';
import type { Tx } from '../storage/database.js';
import { encodeJson } from '../storage/json.js';
import { hashOf } from './chain.js';

export const subjectKinds = [
  'change',
  'baseline',
  'sweep',
  'write',
  'pbx',
  'rule',
  'stop',
  'config',
  'episode',
  'exception',
  'pause',
] as const;

/** What an audit row is about. */
export interface Subject {
  readonly kind: (typeof subjectKinds)[number];
  readonly id: string;
}

export interface AuditEntry {
  readonly at: string;
  readonly actor: Actor;
  readonly action: string;
  readonly subject: Subject;
  /** Structured facts; never a secret and never an image's content. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** Appends a row to the hash chain inside the caller's transaction, so that the deed and its record stand or fall together. */
export async function record(tx: Tx, entry: AuditEntry): Promise<void> {
  const head = await tx
    .updateTable('audit_head')
    .set((eb) => ({ seq: eb('seq', '+', 1) }))
    .where('id', '=', 1)
    .returning(['seq', 'hash'])
    .executeTakeFirstOrThrow();
  const row = {
    seq: head.seq,
    at: entry.at,
    actor: encodeJson(entry.actor),
    action: entry.action,
    subject_kind: entry.subject.kind,
    subject_id: entry.subject.id,
    detail: encodeJson(entry.detail ?? {}),
    previous_hash: head.hash,
  };
  const hash = hashOf(row);
  await tx
    .insertInto('audit')
    .values({ ...row, hash })
    .execute();
  await tx.updateTable('audit_head').set({ hash }).where('id', '=', 1).execute();
}
