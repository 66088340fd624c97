import { covers } from '../fleet/covers.js';
import type { Pbx } from '../ctx.js';
import type { Outcome } from '../fleet/outcome.js';
import type { Db } from '../storage/database.js';
import { isBeyond, mergePage, type Page, type Place, type Span } from './history-merge.js';
import {
  causesWritten,
  listCandidates,
  listWrites,
  requestsOf,
  type SettledWrite,
  sweepNumbers,
} from './history-queries.js';
import { type ChangeRequest, keysOf } from './request.js';
import { causeOf } from './roll-out.js';

/** Why something was written: what a person asked for, or a sweep's correction. */
export type WrittenBy =
  | { readonly kind: 'request'; readonly request: ChangeRequest }
  | { readonly kind: 'sweep'; readonly id: string; readonly number: number | null };

/** A write on the PBX that came to its end, with how it ended for the settings in question. */
export interface WriteEntry extends Place {
  readonly kind: 'write';
  readonly by: WrittenBy;
  readonly outcomes: readonly Outcome[];
}

/** A request that wrote nothing on the PBX in its last round: one that waits or came to nothing, or one about the baseline. */
export interface RequestEntry extends Place {
  readonly kind: 'request';
  readonly request: ChangeRequest;
}

export type HistoryEntry = WriteEntry | RequestEntry;

export interface HistoryQuery {
  readonly pbx: Pick<Pbx, 'id' | 'tags'>;
  /** The keys of the settings in question; none for all that happened on the PBX. */
  readonly keys: readonly string[];
  /** The last entry of the page before: what is older follows. */
  readonly before?: Place;
  /** The first entry of the page after: what is newer comes before it. */
  readonly after?: Place;
  readonly limit: number;
}

/** How many requests are looked at per step where some of them turn out to be about another PBX. */
const STEP = 50;

/**
 * The life of settings on one PBX, newest first: every write that came to its end, by a request or by a sweep, and the
 * requests that wrote nothing. A page at a time: go on with the last entry as `before`, or the first as `after`.
 */
export async function settingHistory(db: Db, query: HistoryQuery): Promise<Page<HistoryEntry>> {
  const { before, after, limit } = query;
  const span: Span = { from: before ?? after ?? null, isOlder: after === undefined, limit };
  const writes = await writeEntries(db, query, { ...span, limit: limit + 1 });
  // Once the writes fill the page, requests beyond the last of them are not on it.
  const until = writes.length > limit ? (writes.at(-1) ?? null) : null;
  const requests = await requestEntries(db, query, { ...span, limit: limit + 1 }, until);
  return mergePage<HistoryEntry>([writes, requests], span);
}

async function writeEntries(db: Db, { pbx, keys }: HistoryQuery, span: Span): Promise<readonly WriteEntry[]> {
  const writes = await listWrites(db, pbx.id, keys, span);
  const byChange = writes
    .filter(({ cause }) => cause.kind === 'change')
    .map(({ cause }) => requestIdOf(cause.id));
  const bySweep = writes.filter(({ cause }) => cause.kind === 'sweep').map(({ cause }) => cause.id);
  const requests = await requestsOf(db, byChange);
  const numbers = await sweepNumbers(db, bySweep);
  return writes.flatMap(({ id, at, cause, outcomes }) => {
    const by = writtenBy(cause, requests, numbers);
    const about = outcomes.filter(({ key }) => keys.length === 0 || keys.includes(key));
    return by === null ? [] : [{ kind: 'write', id, at, by, outcomes: about }];
  });
}

function writtenBy(
  cause: SettledWrite['cause'],
  requests: ReadonlyMap<string, ChangeRequest>,
  numbers: ReadonlyMap<string, number>,
): WrittenBy | null {
  if (cause.kind === 'sweep') return { kind: 'sweep', id: cause.id, number: numbers.get(cause.id) ?? null };
  const request = requests.get(requestIdOf(cause.id));
  return request === undefined ? null : { kind: 'request', request };
}

async function requestEntries(
  db: Db,
  query: HistoryQuery,
  span: Span,
  until: Place | null,
): Promise<readonly RequestEntry[]> {
  const found: RequestEntry[] = [];
  for (let from = span.from; found.length < span.limit;) {
    const candidates = await listCandidates(db, query.pbx.id, query.keys, { ...span, from, limit: STEP });
    const causes = candidates.map((request) => causeOf(request).id);
    const written = await causesWritten(db, query.pbx.id, causes);
    const entries = candidates
      .filter((request) => !written.has(causeOf(request).id) && isAbout(request, query))
      .map((request) => ({ kind: 'request' as const, ...placeOf(request), request }));
    found.push(...entries);
    const last = candidates.at(-1);
    if (last === undefined || candidates.length < STEP) break;
    from = placeOf(last);
    if (until !== null && isBeyond(from, until, span)) break;
  }
  return found.slice(0, span.limit);
}

function isAbout({ content }: ChangeRequest, { pbx, keys }: HistoryQuery): boolean {
  if (content.kind === 'settings')
    return keys.length === 0 || keysOf(content).some((key) => keys.includes(key));
  if (content.kind === 'pause') return keys.length === 0 && covers(content.target, pbx);
  if (content.kind === 'exception') {
    return (
      covers(content.target, pbx) && (keys.length === 0 || content.keys.some((key) => keys.includes(key)))
    );
  }
  return [...content.rules, ...(content.removed ?? [])].some(
    ({ key, target }) => covers(target, pbx) && (keys.length === 0 || keys.includes(key)),
  );
}

function placeOf({ id, finishedAt, askedAt }: ChangeRequest): Place {
  return { at: finishedAt ?? askedAt, id };
}

/** A cause of a later round is the request's id with the round behind it. */
function requestIdOf(causeId: string): string {
  return causeId.split('.')[0] ?? causeId;
}
