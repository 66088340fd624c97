import { record } from '../audit/record.js';
import { deleteExceptions } from '../baseline/exception-store.js';
import { type Actor, type Ctx, timestamp } from '../ctx.js';
import { encodeJson } from '../storage/json.js';
import type { Tx } from '../storage/database.js';
import { getSetting } from '../settings/catalogue.js';
import { jsonValue } from '../settings/kind.js';
import { approvalFor } from './approval.js';
import { firstLook } from './due.js';
import { type ChangeRequest, type Content, type Moved, riskOf } from './request.js';
import { jsonContent } from './request-json.js';
import { replaceParts, transition } from './store.js';

const SYSTEM: Actor = { kind: 'system', id: 'plumbline' };

/** Why the approvals of a round are void, and what is asked for instead. */
export interface Renewal {
  readonly because: string;
  readonly moved: readonly Moved[];
  readonly content: Content;
  readonly baselineVersion: number;
  /** Why the new round cannot be approved before somebody edits it. */
  readonly blocked: string | null;
}

/**
 * Takes back what approvals a request has and asks for it anew: the plan they were given for no longer holds. Returns
 * false where the request is no longer in the state it was read in.
 */
export async function askAgain(ctx: Ctx, request: ChangeRequest, renewal: Renewal): Promise<boolean> {
  const isDone = await ctx.db.transaction().execute(async (tx) => {
    const again = {
      round: request.round,
      at: timestamp(ctx),
      because: renewal.because,
      moved: renewal.moved,
    };
    const isMoved = await beginRound(ctx, tx, request, 'void', {
      ...renewal,
      again: [...request.again, again],
    });
    if (!isMoved) return false;
    await deleteExceptions(tx, request.id);
    await record(tx, {
      at: timestamp(ctx),
      actor: SYSTEM,
      action: 'change.voided',
      subject: { kind: 'change', id: request.id },
      detail: {
        number: request.number,
        round: request.round,
        because: renewal.because,
        moved: renewal.moved.map(jsonMoved),
        content: jsonContent(renewal.content),
      },
    });
    return true;
  });
  if (isDone) ctx.wake({ kind: 'change', id: request.id });
  return isDone;
}

/** What a new round of a request has that the last one had not. */
export interface Round {
  readonly content: Content;
  readonly baselineVersion: number;
  readonly blocked: string | null;
  readonly again?: ChangeRequest['again'];
  readonly editors?: readonly Actor[];
  readonly reason?: string;
}

/** Begins the next round of a request, whose votes start from none. Returns false where it moved on meanwhile. */
export async function beginRound(
  ctx: Pick<Ctx, 'now' | 'roles' | 'approvalRules' | 'pbxs'>,
  tx: Tx,
  request: ChangeRequest,
  event: 'void' | 'revise',
  round: Round,
): Promise<boolean> {
  const at = timestamp(ctx);
  const { content, baselineVersion, blocked, again, editors, reason } = round;
  const risk = riskOf(content);
  const approval = approvalFor(ctx, request.requestedBy, risk, content);
  const isMoved = await transition(tx, request, request.state, event, {
    round: request.round + 1,
    content: encodeJson(content),
    risk,
    approval: encodeJson(approval),
    baseline_version: baselineVersion,
    asked_at: at,
    decided_at: null,
    blocked,
    reminders: 0,
    look_at: firstLook(approval, at),
    ...(again === undefined ? {} : { again: encodeJson(again) }),
    ...(editors === undefined ? {} : { editors: encodeJson(editors) }),
    ...(reason === undefined ? {} : { reason }),
  });
  if (isMoved) await replaceParts(tx, request.id, content);
  return isMoved;
}

function jsonMoved({ pbxId, key, before, after }: Moved): Readonly<Record<string, unknown>> {
  const setting = getSetting(key);
  return { pbx: pbxId, key, before: jsonValue(setting, before), after: jsonValue(setting, after) };
}
