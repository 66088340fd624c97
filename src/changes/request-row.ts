import type { Actor } from '../ctx.js';
import { decodeJson, decodeOptionalJson } from '../storage/json.js';
import type { ChangePartTable, ChangeRequestTable, VoteTable } from '../storage/schema.js';
import { defaultRules } from './approval-rule.js';
import type {
  Approval,
  BreakGlass,
  ChangeRequest,
  Content,
  HeldBack,
  Hold,
  Item,
  PartResult,
  Review,
} from './request.js';
import type { State } from './transitions.js';

/** What 0.1 stored: one PBX per request, and a number of approvals instead of rules. */
type StoredContent =
  Content | { readonly kind: 'settings'; readonly items: readonly Item[]; readonly hold: Hold };
type StoredApproval = Approval | { readonly kind: 'people'; readonly needed: number };

/** A row with its votes and parts as a request. */
export function fromRow(
  row: ChangeRequestTable,
  votes: readonly VoteTable[],
  parts: readonly ChangePartTable[],
): ChangeRequest {
  const review = row.review === null ? null : decodeJson<Review>(row.review);
  return {
    id: row.id,
    number: row.number,
    target: row.target,
    state: row.state as State,
    round: row.round,
    revision: row.revision,
    requestedBy: decodeJson(row.requested_by),
    editors: decodeJson<Actor[]>(row.editors),
    reason: row.reason,
    risk: row.risk as ChangeRequest['risk'],
    content: contentOf(decodeJson(row.content), row.target),
    approval: approvalOf(decodeJson(row.approval)),
    baselineVersion: row.baseline_version,
    createdAt: row.created_at,
    askedAt: row.asked_at,
    decidedAt: row.decided_at,
    finishedAt: row.finished_at,
    failure: row.failure,
    again: decodeJson(row.again),
    blocked: row.blocked,
    heldBack: row.held_back === null ? null : decodeJson<HeldBack>(row.held_back),
    reminders: row.reminders,
    lookAt: row.look_at,
    breakGlass: row.break_glass === null ? null : decodeJson<BreakGlass>(row.break_glass),
    review,
    votes: votes.map((vote) => ({
      round: vote.round,
      voter: vote.voter,
      verdict: vote.verdict === 'approve' ? 'approve' : 'deny',
      reason: vote.reason,
      at: vote.at,
    })),
    results: parts.map(resultOf),
  };
}

function resultOf(part: ChangePartTable): PartResult {
  return {
    pbxId: part.pbx_id,
    state: part.state as PartResult['state'],
    outcomes: decodeOptionalJson(part.outcomes),
    result: decodeOptionalJson(part.result),
    failure: part.failure,
    finishedAt: part.finished_at,
  };
}

function contentOf(stored: StoredContent, target: string): Content {
  if (!('items' in stored)) return stored;
  const { items, hold } = stored;
  return { kind: 'settings', parts: [{ pbxId: target, url: '', items }], left: [], hold };
}

function approvalOf(stored: StoredApproval): Approval {
  if (!('needed' in stored)) return stored;
  const rules = defaultRules.slice(-1).map((rule) => ({ ...rule, approvals: stored.needed }));
  return { kind: 'people', rules };
}
