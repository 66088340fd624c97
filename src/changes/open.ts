import { record } from '../audit/record.js';
import { type Actor, type Ctx, type Pbx, type Role, timestamp } from '../ctx.js';
import type { Tx } from '../storage/database.js';
import { takeTurn } from '../storage/turn.js';
import { type Approval, type ChangeRequest, type Content, riskOf } from './request.js';
import { jsonContent } from './request-json.js';
import { findByOrigin, insertRequest, nextNumber } from './store.js';

/** Who asks, and why. */
export interface Petition {
  readonly actor: Actor;
  readonly roles: ReadonlySet<Role>;
  readonly reason: string;
  /** Identifies the form or command this came from, so that a second delivery of it asks for nothing new. */
  readonly origin?: string;
}

type Draft = Omit<ChangeRequest, 'number'>;

/** Stores a request with its audit row and wakes its work. The same origin a second time returns the first request. */
export async function openRequest(
  ctx: Ctx,
  petition: Petition,
  pbx: Pbx,
  content: Content,
  baselineVersion: number,
): Promise<ChangeRequest> {
  const draft = draftOf(ctx, petition, pbx, content, baselineVersion);
  const request = await ctx.db.transaction().execute((tx) => insert(tx, draft, petition.origin ?? null));
  ctx.wake({ kind: 'change', id: request.id });
  return request;
}

async function insert(tx: Tx, draft: Draft, origin: string | null): Promise<ChangeRequest> {
  await takeTurn(tx);
  const earlier = origin === null ? undefined : await findByOrigin(tx, origin);
  if (earlier !== undefined) return earlier;
  const request = { ...draft, number: await nextNumber(tx) };
  await insertRequest(tx, request, origin);
  const { id, number, pbxId, reason, approval, content } = request;
  await record(tx, {
    at: request.createdAt,
    actor: request.requestedBy,
    action: 'change.proposed',
    subject: { kind: 'change', id },
    detail: { number, pbx: pbxId, reason, approval, content: jsonContent(content) },
  });
  return request;
}

function draftOf(ctx: Ctx, petition: Petition, pbx: Pbx, content: Content, baselineVersion: number): Draft {
  const at = timestamp(ctx);
  const approval = approvalFor(ctx, petition.actor);
  const isApproved = approval.kind === 'operator';
  return {
    id: ctx.newId(),
    pbxId: pbx.id,
    state: isApproved ? 'approved' : 'pending',
    revision: 1,
    requestedBy: petition.actor,
    reason: petition.reason.trim(),
    risk: riskOf(content),
    content,
    approval,
    baselineVersion,
    createdAt: at,
    decidedAt: isApproved ? at : null,
    finishedAt: null,
    outcomes: null,
    result: null,
    failure: null,
    votes: [],
  };
}

function approvalFor(ctx: Ctx, actor: Actor): Approval {
  if (actor.kind === 'operator' && ctx.roles.approvers.length === 0) {
    return { kind: 'operator', because: 'no approvers are configured' };
  }
  return { kind: 'people', needed: 1 };
}
