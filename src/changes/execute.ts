import { record } from '../audit/record.js';
import { newContradictions } from '../baseline/contradictions.js';
import { publishBaseline } from '../baseline/publish.js';
import { insertPause } from '../baseline/pause-store.js';
import { activeExceptions, deleteExceptions, insertExceptions } from '../baseline/exception-store.js';
import { currentBaseline } from '../baseline/store.js';
import { type Actor, type Ctx, timestamp } from '../ctx.js';
import { never, UserError } from '../errors.js';
import { withLease } from '../fleet/lease.js';
import { jsonOutcome } from '../fleet/outcome.js';
import type { Tx } from '../storage/database.js';
import { encodeJson } from '../storage/json.js';
import { factsOf, pbxsOf } from './approval.js';
import { rulesFor } from './approval-rule.js';
import { askAgain, type Renewal } from './ask-again.js';
import { heldBack, passedFreeze } from './held-back.js';
import { rulesAfter } from './impact.js';
import { judge } from './judge.js';
import { pendingBefore } from './queries.js';
import { applyParts, type Ending } from './roll-out.js';
import { impactOf } from './impact.js';
import type {
  BaselineContent,
  ChangeRequest,
  ExceptionContent,
  HeldBack,
  Impact,
  PauseContent,
} from './request.js';
import { renewForBaseline } from './stale.js';
import { amend, findRequest, transition } from './store.js';

const SYSTEM: Actor = { kind: 'system', id: 'plumbline' };

/**
 * Carries out an approved request, or goes on with one that was interrupted. Called any number of times it writes once:
 * the row is claimed by a conditional update and each PBX's write is journalled under the request's round. What is no
 * longer approved, or no longer the plan that was, is asked for again instead.
 */
export async function executeChange(ctx: Ctx, id: string): Promise<void> {
  if (!(await claim(ctx, id))) return;
  try {
    await withLease(ctx, `change:${id}`, () => carryOut(ctx, id));
    await wakeOutdated(ctx);
  } catch (error) {
    ctx.log.error({ err: error, request: id }, 'a change could not be carried out');
    throw error;
  }
}

/** One machine at a time works on a request, so that all of them see the same PBX fail first. */
async function carryOut(ctx: Ctx, id: string): Promise<void> {
  const request = await findRequest(ctx.db, id);
  if (request?.state !== 'applying') return;
  switch (request.content.kind) {
    case 'settings':
      return applyParts(ctx, request, request.content, { end, fail });
    case 'baseline':
      return publish(ctx, request);
    case 'exception':
    case 'pause':
      return grant(ctx, request, request.content);
    default:
      return never(request.content);
  }
}

/** Lets an exception or a pause begin. One that would have ended meanwhile comes to nothing. */
async function grant(
  ctx: Ctx,
  request: ChangeRequest,
  content: ExceptionContent | PauseContent,
): Promise<void> {
  const at = timestamp(ctx);
  const { target, owner, untilAt } = content;
  if (untilAt <= at) return fail(ctx, request, 'It would have ended before it was approved.');
  const { id, reason } = request;
  await ctx.db.transaction().execute(async (tx) => {
    const base = { target, owner, reason, untilAt };
    if (content.kind === 'pause') await insertPause(tx, id, { id: ctx.newId(), ...base }, at);
    else {
      const exceptions = content.keys.map((key) => ({ id: ctx.newId(), key, ...base }));
      await insertExceptions(tx, id, exceptions, at);
    }
    await end(ctx, tx, request, { isApplied: true, failure: null });
  });
}

/** Requests that build on a baseline version that this one superseded are looked at anew. */
async function wakeOutdated(ctx: Ctx): Promise<void> {
  const { version } = await currentBaseline(ctx.db);
  for (const id of await pendingBefore(ctx.db, version)) ctx.wake({ kind: 'change', id });
}

async function claim(ctx: Ctx, id: string): Promise<boolean> {
  const request = await findRequest(ctx.db, id);
  if (request?.state === 'applying') return true;
  if (request?.state !== 'approved') return false;
  const held = await heldBack(ctx, request);
  if (held !== null) {
    await noteHeld(ctx, request, held);
    return false;
  }
  const renewal = await renewalOf(ctx, request);
  if (renewal !== null) {
    await askAgain(ctx, request, renewal);
    return false;
  }
  const passed = passedFreeze(ctx, request);
  const held_back = passed === null ? null : encodeJson(passed);
  return ctx.db.transaction().execute(async (tx) => {
    if (!(await transition(tx, request, 'approved', 'claim', { held_back }))) return false;
    await record(tx, {
      at: timestamp(ctx),
      actor: SYSTEM,
      action: 'change.applying',
      subject: { kind: 'change', id },
      detail: {
        number: request.number,
        round: request.round,
        ...(passed === null ? {} : { passed: passed.because }),
      },
    });
    return true;
  });
}

/** Its messages say why it waits, and say it anew when the reason is another one. */
async function noteHeld(ctx: Ctx, request: ChangeRequest, held: HeldBack): Promise<void> {
  const held_back = encodeJson(held);
  if (request.heldBack !== null && encodeJson(request.heldBack) === held_back) return;
  await amend(ctx.db, request, { held_back }, true);
}

/** Judges a request once more, just before anything is written. */
async function renewalOf(ctx: Ctx, request: ChangeRequest): Promise<Renewal | null> {
  const again = await notApproved(ctx, request);
  if (again !== null) {
    const { content, baselineVersion } = request;
    return { because: again, moved: [], content, baselineVersion, blocked: null };
  }
  return request.approval.kind === 'operator' ? null : renewForBaseline(ctx, request);
}

/** Why the approvals a request has do not suffice any more, or null where they do. Throws where nobody can tell. */
async function notApproved(ctx: Ctx, request: ChangeRequest): Promise<string | null> {
  const { approval, content, risk } = request;
  if (approval.kind !== 'people') return null;
  const current = rulesFor(ctx.approvalRules, risk, pbxsOf(ctx, content));
  if (JSON.stringify(current) !== JSON.stringify(approval.rules))
    return 'The approval rule has changed since.';
  const facts = await factsOf(ctx, request);
  const judgement = judge(request, facts);
  if (judgement.verdict === 'approved') return null;
  if (
    judgement.votes.some(({ judgement: voter }) => voter.verdict === 'refused' && voter.refusal === 'unknown')
  ) {
    throw new UserError(
      'conflict',
      'Slack could not say whether the approvers still are approvers; nothing was written.',
    );
  }
  const isLapsed = judgement.votes.some(
    ({ judgement: voter }) => voter.verdict === 'refused' && voter.refusal === 'lapsed',
  );
  return isLapsed
    ? 'An approval has grown too old.'
    : 'Somebody who approved it may not approve it any more.';
}

async function publish(ctx: Ctx, request: ChangeRequest): Promise<void> {
  const { content } = request;
  if (content.kind !== 'baseline') return;
  const contradictions = await contradictionsNow(ctx, request, content);
  if (contradictions !== null) return fail(ctx, request, contradictions);
  const isApplied = await isKept(ctx, content);
  const isStale = await ctx.db.transaction().execute(async (tx) => {
    const version = await publishBaseline(ctx, tx, {
      requestId: request.id,
      actor: request.requestedBy,
      ...(isApplied ? { isApplied } : {}),
      build: (current) =>
        current.version === request.baselineVersion ? rulesAfter(current.rules, content) : null,
    });
    if (version !== null) await end(ctx, tx, request, { isApplied: true, failure: null });
    return version === null;
  });
  if (!isStale) return;
  const renewal = await renewForBaseline(ctx, request);
  if (renewal === null) return;
  if (request.approval.kind === 'operator') await fail(ctx, request, renewal.because);
  else await askAgain(ctx, request, renewal);
}

/** Tags may be given, and other versions published, after the rules were judged. */
async function contradictionsNow(
  ctx: Ctx,
  request: ChangeRequest,
  content: BaselineContent,
): Promise<string | null> {
  const current = await currentBaseline(ctx.db);
  if (current.version !== request.baselineVersion) return null;
  const next = { version: current.version + 1, rules: rulesAfter(current.rules, content) };
  const faults = newContradictions(current, next, ctx.pbxs, ctx.now());
  return faults.length === 0 ? null : faults.map(({ message }) => message).join(' ');
}

/**
 * Whether every PBX had all of the rules' values when approval was asked for, and still has: approval may take days. What an
 * exception hides was not looked at.
 */
async function isKept(ctx: Ctx, content: BaselineContent): Promise<boolean> {
  if (!changesNothing(content.impact)) return false;
  const touched = [...content.rules, ...(content.removed ?? [])];
  const exceptions = await activeExceptions(ctx.db, timestamp(ctx));
  if (exceptions.some(({ key }) => touched.some((rule) => rule.key === key))) return false;
  return changesNothing(await impactOf(ctx, content));
}

function changesNothing(impact: Impact | undefined): boolean {
  return impact !== undefined && impact.changes.length === 0 && impact.unread.length === 0;
}

async function fail(ctx: Ctx, request: ChangeRequest, failure: string): Promise<void> {
  await ctx.db.transaction().execute(async (tx) => {
    await deleteExceptions(tx, request.id);
    await end(ctx, tx, request, { failure, isApplied: false });
  });
}

async function end(ctx: Ctx, tx: Tx, request: ChangeRequest, { isApplied, failure }: Ending): Promise<void> {
  const at = timestamp(ctx);
  const moved = await transition(tx, request, 'applying', isApplied ? 'succeed' : 'fail', {
    finished_at: at,
    failure,
  });
  if (!moved) return;
  const results = (await findRequest(tx, request.id))?.results ?? [];
  await record(tx, {
    at,
    actor: SYSTEM,
    action: isApplied ? 'change.applied' : 'change.failed',
    subject: { kind: 'change', id: request.id },
    detail: {
      number: request.number,
      round: request.round,
      failure,
      results: results.map(({ pbxId, state, outcomes, failure: why }) => ({
        pbx: pbxId,
        state,
        failure: why,
        outcomes: outcomes?.map(jsonOutcome) ?? null,
      })),
    },
  });
}
