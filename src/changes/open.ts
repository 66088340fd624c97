import { record } from '../audit/record.js';
import { type Actor, type Ctx, type Role, timestamp } from '../ctx.js';
import type { Tx } from '../storage/database.js';
import { takeTurn } from '../storage/turn.js';
import { approvalFor, checkSatisfiable } from './approval.js';
import { firstLook } from './due.js';
import { type ChangeRequest, type Content, riskOf } from './request.js';
import { jsonContent } from './request-json.js';
import { findByOrigin, insertRequest, nextNumber } from './store.js';

/** Who asks, and why. */
export interface Petition {
  readonly actor: Actor;
  readonly roles: ReadonlySet<Role>;
  readonly reason: string;
  /** Identifies the form or command this came from, so that a second delivery of it asks for nothing new. */
  readonly origin?: string;
  /** Whether it will be applied without approval, and so need not be one that somebody could approve. */
  readonly isEmergency?: true;
  /** The Slack message or command it came from, for the audit log. */
  readonly source?: string;
}

/** What is asked for. */
export interface Asked {
  readonly target: string;
  readonly content: Content;
  readonly baselineVersion: number;
}

type Draft = Omit<ChangeRequest, 'number'>;

/**
 * Stores a request with its audit row and wakes its work. The same origin a second time returns the first request. Throws
 * `UserError` where nobody could approve it.
 */
export async function openRequest(ctx: Ctx, petition: Petition, asked: Asked): Promise<ChangeRequest> {
  const draft = draftOf(ctx, petition, asked);
  if (petition.isEmergency !== true) await checkSatisfiable(ctx, draft);
  const request = await ctx.db.transaction().execute((tx) => insert(tx, draft, petition));
  ctx.wake({ kind: 'change', id: request.id });
  return request;
}

async function insert(tx: Tx, draft: Draft, { origin, source }: Petition): Promise<ChangeRequest> {
  await takeTurn(tx);
  const earlier = origin === undefined ? undefined : await findByOrigin(tx, origin);
  if (earlier !== undefined) return earlier;
  const request = { ...draft, number: await nextNumber(tx) };
  await insertRequest(tx, request, origin ?? null);
  const { id, number, target, reason, risk, approval, content } = request;
  await record(tx, {
    at: request.createdAt,
    actor: request.requestedBy,
    action: 'change.proposed',
    subject: { kind: 'change', id },
    detail: { number, target, reason, risk, approval, content: jsonContent(content), source: source ?? null },
  });
  return request;
}

function draftOf(ctx: Ctx, petition: Petition, { target, content, baselineVersion }: Asked): Draft {
  const at = timestamp(ctx);
  const risk = riskOf(content);
  const approval = approvalFor(ctx, petition.actor, risk, content);
  const isApproved = approval.kind === 'operator';
  return {
    id: ctx.newId(),
    target,
    state: isApproved ? 'approved' : 'pending',
    round: 1,
    revision: 1,
    requestedBy: petition.actor,
    editors: [],
    reason: petition.reason.trim(),
    risk,
    content,
    approval,
    baselineVersion,
    createdAt: at,
    askedAt: at,
    decidedAt: isApproved ? at : null,
    finishedAt: null,
    failure: null,
    again: [],
    blocked: null,
    heldBack: null,
    reminders: 0,
    lookAt: firstLook(approval, at),
    breakGlass: null,
    review: null,
    votes: [],
    results:
      content.kind === 'settings'
        ? content.parts.map(({ pbxId }) => ({
            pbxId,
            state: 'waiting',
            outcomes: null,
            result: null,
            failure: null,
            finishedAt: null,
          }))
        : [],
  };
}
