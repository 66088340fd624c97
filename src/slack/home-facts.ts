import { currentBaseline } from '../baseline/store.js';
import { factsOf } from '../changes/approval.js';
import { checkMayReview } from '../changes/break-glass.js';
import { type Facts, mayPropose } from '../changes/judge.js';
import { waitsFor } from '../changes/lists.js';
import { listDecided, listRequests } from '../changes/queries.js';
import type { ChangeRequest } from '../changes/request.js';
import { isRevertible } from '../changes/revert.js';
import { listRuleFaults } from '../changes/rule-fault-store.js';
import { openStates } from '../changes/transitions.js';
import type { Ctx } from '../ctx.js';
import { listQuarantines } from '../drift/memory-store.js';
import { countOpen } from '../drift/now-queries.js';
import { findSweepReport } from '../drift/queries.js';
import { findHeldSweep, listSweeps } from '../drift/store.js';
import { UserError } from '../errors.js';
import { nextDue } from '../jobs/due.js';
import type { HomeFacts, HomeLine, LastSweep } from './blocks/home-view.js';
import type { DriftShort } from './blocks/report-status.js';
import { coverage } from './blocks/report-words.js';
import { pbxNames } from './listeners/scope.js';
import type { Person } from './people.js';
import { findPreference } from './preference-store.js';

const SHOWN = 5;
/** Waiting requests are looked for among so many; the list behind the button goes further. */
const MOST_JUDGED = 200;

/** What the Home tabs need of the world: they only read. */
export type HomeCtx = Omit<Ctx, 'announce' | 'wake'>;

/** What the Home tabs of all people have in common, read once for many of them. */
export interface HomeNews {
  readonly fleet: Pick<HomeFacts, 'baselineVersion' | 'last' | 'nextAt' | 'drift' | 'ruleFaults'>;
  readonly pending: readonly { readonly request: ChangeRequest; readonly facts: Facts }[];
  readonly recent: readonly ChangeRequest[];
  readonly reviews: readonly ChangeRequest[];
}

/** Reads the news; of a sweep that is known already the report is not put together again. */
export async function readNews(ctx: HomeCtx, known: HomeNews | null): Promise<HomeNews> {
  const [baseline, faults] = [await currentBaseline(ctx.db), await listRuleFaults(ctx.db)];
  const pending = await listRequests(ctx.db, { states: ['pending'], limit: MOST_JUDGED });
  const judged: { request: ChangeRequest; facts: Facts }[] = [];
  for (const request of pending) judged.push({ request, facts: await factsOf(ctx, request) });
  return {
    fleet: {
      baselineVersion: baseline.version,
      last: await lastSweep(ctx, known?.fleet.last ?? null),
      nextAt: nextDue(ctx.schedule, ctx.now())?.toISOString() ?? null,
      drift: await readDrift(ctx),
      ruleFaults: faults.map(({ because }) => because),
    },
    pending: judged,
    recent: await listDecided(ctx.db, { states: ['applied', 'failed'], limit: SHOWN }),
    reviews: await listRequests(ctx.db, { isReviewOpen: true, limit: SHOWN + 1 }),
  };
}

/** What one person's Home tab says. */
export async function homeFacts(ctx: HomeCtx, person: Person, news: HomeNews): Promise<HomeFacts> {
  const { actor, roles } = person;
  const asked = await listRequests(ctx.db, { requestedBy: actor, states: openStates, limit: SHOWN + 1 });
  const waiting = news.pending.filter(({ request, facts }) =>
    waitsFor(request, actor.id, withPerson(facts, person)),
  );
  const isProposer = mayPropose(actor, roles, ctx.roles.requesters);
  return {
    ...news.fleet,
    pbxs: ctx.pbxs,
    nameOf: pbxNames(ctx),
    isProposer,
    waiting: waiting.slice(0, SHOWN).map(({ request }) => lineOf(request, person, ['decide', 'break-glass'])),
    hasMoreWaiting: waiting.length > SHOWN || news.pending.length === MOST_JUDGED,
    asked: asked.slice(0, SHOWN).map((request) => lineOf(request, person, ['withdraw', 'break-glass'])),
    hasMoreAsked: asked.length > SHOWN,
    recent: news.recent.map((request) => lineOf(request, person, isProposer ? ['revert'] : [])),
    reviews: news.reviews.slice(0, SHOWN).map((request) => lineOf(request, person, ['review'])),
    hasMoreReviews: news.reviews.length > SHOWN,
    preference: await findPreference(ctx.db, actor.id),
  };
}

function withPerson(facts: Facts, { actor, standing }: Person): Facts {
  return { ...facts, standings: new Map([...facts.standings, [actor.id, standing]]) };
}

/** A request with those of the wished acts that this person may carry out on it. */
function lineOf(
  request: ChangeRequest,
  person: Person,
  wished: readonly HomeLine['acts'][number][],
): HomeLine {
  return { request, acts: wished.filter((act) => mayDo(request, person, act)) };
}

function mayDo(request: ChangeRequest, person: Person, act: HomeLine['acts'][number]): boolean {
  switch (act) {
    case 'decide':
      return true;
    case 'break-glass':
      return request.state === 'pending' && request.blocked === null && person.roles.has('break-glass');
    case 'withdraw':
      return request.state === 'pending' || request.state === 'approved';
    case 'revert':
      return isRevertible(request);
    case 'review':
      return mayReview(request, person);
  }
}

function mayReview(request: ChangeRequest, person: Person): boolean {
  try {
    checkMayReview(request, person);
    return true;
  } catch (error) {
    if (error instanceof UserError) return false;
    throw error;
  }
}

async function lastSweep(ctx: HomeCtx, known: LastSweep | null): Promise<LastSweep | null> {
  const [sweep] = await listSweeps(ctx.db, 1);
  if (sweep === undefined) return null;
  const revision = `${sweep.id}.${sweep.revision}`;
  if (known?.revision === revision) return known;
  const totals = sweep.totals ?? (await findSweepReport(ctx.db, sweep.id))?.report;
  if (totals === undefined) return null;
  const { number, finishedAt, startedAt } = sweep;
  return { revision, number, at: finishedAt ?? startedAt, coverage: coverage(totals) };
}

async function readDrift({ db }: HomeCtx): Promise<DriftShort> {
  const bySeverity = await countOpen(db);
  return {
    bySeverity,
    open: Object.values(bySeverity).reduce((sum, count) => sum + count, 0),
    quarantined: (await listQuarantines(db)).length,
    held: (await findHeldSweep(db)) ?? null,
  };
}
