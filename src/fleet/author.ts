import { type Ctx, type Pbx, timestamp } from '../ctx.js';
import type { Value } from '../settings/setting.js';
import { type AuditEntry, isAuditLogOn, readAuditLog } from '../xapi/audit-log.js';
import { XapiError, type XapiFailure } from '../xapi/errors.js';
import {
  type Author,
  authorOf,
  CLOCK_SKEW_MS,
  ownAuthorOf,
  type Self,
  type Verdict,
} from './author-match.js';
import { deleteGap, listOwnWrites, saveGap } from './author-store.js';

export type { Author } from './author-match.js';

export interface Authors {
  /** By the key of the setting; one of whom nothing is known is missing. */
  readonly authors: Readonly<Record<string, Author>>;
  /** Why the PBX does not tell, where that is news, or null. */
  readonly gap: string | null;
}

interface DriftOf {
  readonly key: string;
  readonly live: Value;
  readonly desired: Value;
}

type AuthorCtx = Pick<Ctx, 'db' | 'now' | 'log'>;

interface Look {
  readonly verdicts: ReadonlyMap<string, Verdict>;
  /** Why the audit log could not be read, or null. */
  readonly failure: XapiFailure | null;
}

const DAY_MS = 24 * 60 * 60_000;
const LOOK_BACK_MS = 7 * DAY_MS;
const ROWS_PER_LOOK = 100;
const OFF = 'its audit log is off; once it is on, reports name who changed a setting';

/** Failures that come from the audit log itself. All others concern the whole PBX and are told elsewhere. */
const GAPS: Partial<Readonly<Record<XapiFailure, string>>> = {
  forbidden:
    'the API client may not read its audit log; give it the role System Owner under Admin > Integrations > API',
  missing: 'it has no audit log that can be read',
  rejected: 'it refuses to be asked for its audit log',
  unreadable: 'its audit log answers with something that cannot be read',
  server: 'its audit log fails to answer',
  timeout: 'its audit log does not answer in time',
};

/** How often it is said why nobody can tell: to a channel once until that changes, to a person who asks always. */
export type Telling = 'once' | 'always';

/**
 * Who probably made each drift since a time (null: a week ago). Nothing that a PBX does is thrown: where its audit log does
 * not tell, `gap` says why, as often as `telling` has it. Every page of the log is asked for once.
 */
export async function findAuthors(
  ctx: AuthorCtx,
  pbx: Pbx,
  drifts: readonly DriftOf[],
  sinceAt: string | null,
  telling: Telling = 'once',
): Promise<Authors> {
  if (drifts.length === 0) return { authors: {}, gap: null };
  const writes = await listOwnWrites(ctx.db, pbx.id);
  const look = await lookUp(ctx, pbx, drifts, { clientId: pbx.clientId, writes }, startOf(ctx, sinceAt));
  const found = drifts.flatMap((drift) => {
    const verdict = look.verdicts.get(drift.key);
    const author = verdict?.author ?? (verdict?.isFinal === true ? null : ownAuthorOf(drift, writes));
    return author === null ? [] : [[drift.key, author] as const];
  });
  const because = await gapOf(ctx, pbx, look);
  const gap = telling === 'once' ? await news(ctx, pbx, because) : (because ?? null);
  return { authors: Object.fromEntries(found), gap };
}

function startOf(ctx: AuthorCtx, sinceAt: string | null): string {
  const time = sinceAt === null ? ctx.now().getTime() - LOOK_BACK_MS : Date.parse(sinceAt);
  return new Date(time - CLOCK_SKEW_MS).toISOString();
}

async function lookUp(
  ctx: AuthorCtx,
  pbx: Pbx,
  drifts: readonly DriftOf[],
  self: Self,
  sinceAt: string,
): Promise<Look> {
  let verdicts: Look['verdicts'] = new Map();
  const entries: AuditEntry[] = [];
  const judge = (): boolean => {
    verdicts = new Map(drifts.map((drift) => [drift.key, authorOf(drift, entries, self)]));
    return [...verdicts.values()].every(({ isFinal }) => isFinal);
  };
  try {
    for await (const entry of readAuditLog(pbx.xapi, { sinceAt })) {
      entries.push(entry);
      if (entries.length % ROWS_PER_LOOK === 0 && judge()) break;
    }
    judge();
    return { verdicts, failure: null };
  } catch (error) {
    judge();
    return { verdicts, failure: failureOf(ctx, pbx, error) };
  }
}

/**
 * Why the PBX does not tell: null where it does, undefined where that is not known. An audit log that is off answers as one
 * in which nothing happened, so it is only asked about where something is missing.
 */
async function gapOf(
  ctx: AuthorCtx,
  pbx: Pbx,
  { verdicts, failure }: Look,
): Promise<string | null | undefined> {
  if (failure !== null) return GAPS[failure];
  const isExplained = [...verdicts.values()].every(({ author }) => author !== null);
  const isOn = isExplained || (await askWhetherOn(ctx, pbx));
  if (isOn === null) return undefined;
  return isOn ? null : OFF;
}

/** What is not known leaves what was said as it is. */
async function news(ctx: AuthorCtx, pbx: Pbx, because: string | null | undefined): Promise<string | null> {
  if (because === null) await deleteGap(ctx.db, pbx.id);
  if (because === null || because === undefined) return null;
  return (await saveGap(ctx.db, pbx.id, because, timestamp(ctx))) ? because : null;
}

async function askWhetherOn(ctx: AuthorCtx, pbx: Pbx): Promise<boolean | null> {
  try {
    return await isAuditLogOn(pbx.xapi);
  } catch (error) {
    failureOf(ctx, pbx, error);
    return null;
  }
}

function failureOf(ctx: AuthorCtx, pbx: Pbx, error: unknown): XapiFailure {
  if (!(error instanceof XapiError)) throw error;
  ctx.log.info({ pbx: pbx.id, failure: error.failure, status: error.status }, 'audit log not read');
  return error.failure;
}
