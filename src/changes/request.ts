import type { RuleName } from '../baseline/diff.js';
import type { Mode, Rule } from '../baseline/rules.js';
import type { Actor } from '../ctx.js';
import { never } from '../errors.js';
import type { Outcome } from '../fleet/outcome.js';
import { getSetting } from '../settings/catalogue.js';
import type { ResourceName, Risk, Value } from '../settings/setting.js';
import type { ApprovalRule } from './approval-rule.js';
import type { State } from './transitions.js';

/** One setting of a request, with the value it had when approval was asked for. */
export interface Item {
  readonly key: string;
  readonly before: Value;
  readonly value: Value;
}

/** What a request wants of one PBX, and the address the PBX had when approval was asked for. */
export interface Part {
  readonly pbxId: string;
  readonly url: string;
  readonly items: readonly Item[];
}

/** A PBX of the target that a request leaves alone, and why. */
export interface LeftOut {
  readonly pbxId: string;
  readonly kind: 'same' | 'unreadable' | 'unfit';
  readonly because: string;
}

/** What is to become of the baseline where it governs a changed setting. */
export type Hold =
  | { readonly kind: 'none' }
  | { readonly kind: 'baseline' }
  | { readonly kind: 'exception'; readonly untilAt: string };

export interface SettingsContent {
  readonly kind: 'settings';
  /** One part per PBX, in the order in which they are applied; the first one is the canary. */
  readonly parts: readonly Part[];
  readonly left: readonly LeftOut[];
  readonly hold: Hold;
  /** The request whose change this one takes back. */
  readonly reverts?: { readonly id: string; readonly number: number };
}

export interface BaselineContent {
  readonly kind: 'baseline';
  /** The rules that are added or replaced. */
  readonly rules: readonly Rule[];
  /** The rules that go. */
  readonly removed?: readonly RuleName[];
  /** The rules that are replaced or go, as they were when approval was asked for; missing in requests of version 0.1. */
  readonly before?: readonly Rule[];
  /** Whether the rules that result are to be all there are, as those of a file or of an older version. */
  readonly isWhole?: true;
  readonly reverts?: { readonly id: string; readonly number: number };
  /** What the new version would change where; missing in requests of version 0.1. */
  readonly impact?: Impact;
}

/** What a baseline version would change on one PBX, or only report there. */
export interface ImpactItem {
  readonly key: string;
  readonly live: Value;
  readonly value: Value;
  readonly mode: Mode;
}

/** What a baseline version would change on the PBXs as they were when approval was asked for. */
export interface Impact {
  /** How many PBXs the changed rules are for. */
  readonly pbxs: number;
  /** The PBXs that have another value now. */
  readonly changes: readonly { readonly pbxId: string; readonly items: readonly ImpactItem[] }[];
  /** The PBXs of which that could not be told, and why. */
  readonly unread: readonly { readonly pbxId: string; readonly because: string }[];
  /** The PBXs whose 3CX does not have some of the settings, so that their rules do not apply there. */
  readonly absent?: readonly { readonly pbxId: string; readonly keys: readonly string[] }[];
}

/** The rules of some settings are suspended on the PBXs of the request's target until a time. */
export interface ExceptionContent {
  readonly kind: 'exception';
  readonly keys: readonly string[];
  readonly target: string;
  readonly owner: string;
  readonly untilAt: string;
}

/** Sweeps leave the PBXs of the request's target alone until a time. */
export interface PauseContent {
  readonly kind: 'pause';
  readonly target: string;
  readonly owner: string;
  readonly untilAt: string;
}

export type Content = SettingsContent | BaselineContent | ExceptionContent | PauseContent;

/** Whose approval a request needs: so many other people, the operator's own act on a terminal without approvers, or nobody's. */
export type Approval =
  | { readonly kind: 'people'; readonly rules: readonly ApprovalRule[] }
  | { readonly kind: 'operator'; readonly because: string }
  | { readonly kind: 'break-glass' };

/** A person's word on one round of a request. */
export interface Vote {
  readonly round: number;
  readonly voter: string;
  readonly verdict: 'approve' | 'deny';
  readonly reason: string | null;
  readonly at: string;
}

/** A value that is not what a request was made against. */
export interface Moved {
  readonly pbxId: string;
  readonly key: string;
  readonly before: Value;
  readonly after: Value;
}

/** Why approval was asked for once more. `round` is the one that ended. */
export interface Again {
  readonly round: number;
  readonly at: string;
  readonly because: string;
  readonly moved: readonly Moved[];
}

/** Who applied a request without approval, and why. It stays with the request for ever. */
export interface BreakGlass {
  readonly by: Actor;
  readonly reason: string;
  readonly at: string;
}

/**
 * What an approved request waits for, and until when where that is known; or the freeze that an emergency passed. Stored so
 * that every message tells the same, and changes when the reason does.
 */
export type HeldBack =
  | { readonly kind: 'waits'; readonly because: string; readonly untilAt: string | null }
  | { readonly kind: 'passed'; readonly because: string };

/** The after-the-fact review of a request that was applied without approval. */
export type Review =
  | { readonly state: 'open' }
  | { readonly state: 'closed'; readonly by: Actor; readonly note: string; readonly at: string };

/** What became of a request on one PBX. */
export interface PartResult {
  readonly pbxId: string;
  readonly state: 'waiting' | 'applied' | 'failed';
  readonly outcomes: readonly Outcome[] | null;
  /** The whole resources as the PBX had them afterwards, images as type, size and hash. */
  readonly result: Readonly<Record<ResourceName, unknown>> | null;
  readonly failure: string | null;
  readonly finishedAt: string | null;
}

/** What someone asks for, and all that became of it. */
export interface ChangeRequest {
  readonly id: string;
  readonly number: number;
  /** A PBX id, `tag:NAME` or `all`; of a baseline request the PBX it was captured from, or `baseline`. */
  readonly target: string;
  readonly state: State;
  /** Counts how often approval was asked for; votes belong to one round. */
  readonly round: number;
  /** Grows with every change of the row; a message that shows an older one is out of date. */
  readonly revision: number;
  readonly requestedBy: Actor;
  /** Who changed the request since. */
  readonly editors: readonly Actor[];
  readonly reason: string;
  readonly risk: Risk;
  readonly content: Content;
  readonly approval: Approval;
  readonly baselineVersion: number;
  readonly createdAt: string;
  /** When this round began. */
  readonly askedAt: string;
  readonly decidedAt: string | null;
  readonly finishedAt: string | null;
  readonly failure: string | null;
  /** Why approval was asked for again, oldest first. */
  readonly again: readonly Again[];
  /** Why this round cannot be approved before somebody edits the request, or null. */
  readonly blocked: string | null;
  readonly heldBack: HeldBack | null;
  /** How many reminders of this round, or of the open review, were due. */
  readonly reminders: number;
  /** When something comes due: a reminder, the expiry, an approval that lapses. Null: look now. */
  readonly lookAt: string | null;
  readonly breakGlass: BreakGlass | null;
  readonly review: Review | null;
  /** Of all rounds, oldest first. */
  readonly votes: readonly Vote[];
  /** Per PBX in the order of the parts; none for a baseline request. */
  readonly results: readonly PartResult[];
}

const RISKS: readonly Risk[] = ['low', 'medium', 'high'];

/** The keys of the settings a request is about, each once. */
export function keysOf(content: Content): readonly string[] {
  switch (content.kind) {
    case 'settings':
      return [...new Set(content.parts.flatMap(({ items }) => items.map(({ key }) => key)))];
    case 'baseline':
      return [...new Set([...content.rules, ...(content.removed ?? [])].map(({ key }) => key))];
    case 'exception':
      return content.keys;
    case 'pause':
      return [];
    default:
      return never(content);
  }
}

/** The highest risk of a request's settings; a pause, during which all drift stays, counts as medium. */
export function riskOf(content: Content): Risk {
  if (content.kind === 'pause') return 'medium';
  const ranks = keysOf(content).map((key) => RISKS.indexOf(getSetting(key).risk));
  return RISKS[Math.max(0, ...ranks)] ?? 'high';
}

/** What an approver must type before the approval counts, or null where a click is enough. */
export function confirmationOf(request: Pick<ChangeRequest, 'risk' | 'target' | 'content'>): string | null {
  if (request.risk !== 'high') return null;
  return request.content.kind === 'baseline' ? 'baseline' : request.target;
}

/** The votes of the round that is under way. */
export function votesNow({ votes, round }: Pick<ChangeRequest, 'votes' | 'round'>): readonly Vote[] {
  return votes.filter((vote) => vote.round === round);
}

/** The rules whose approval a request needs or would have needed; none for an operator's own act. */
export function approvalRulesOf({ approval }: Pick<ChangeRequest, 'approval'>): readonly ApprovalRule[] {
  return approval.kind === 'people' ? approval.rules : [];
}

/** Why an approved request is not written yet, or null. */
export function waitsFor({
  state,
  heldBack,
}: Pick<ChangeRequest, 'state' | 'heldBack'>): Extract<HeldBack, { kind: 'waits' }> | null {
  return state === 'approved' && heldBack?.kind === 'waits' ? heldBack : null;
}

/** The request that this one takes back, if it is a revert. */
export function revertOf(content: Content): { readonly id: string; readonly number: number } | undefined {
  return 'reverts' in content ? content.reverts : undefined;
}
