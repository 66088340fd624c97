import type { Judgement } from '../../changes/judge.js';

/** What a card needs to know beside the request itself. */
export interface CardFacts {
  /** The target as people call it, not escaped. */
  readonly name: string;
  readonly nameOf: (pbxId: string) => string;
  /** What the votes come to: the same function's word that decides on a click. */
  readonly judgement: Judgement;
  /** Who can still approve: Slack user ids; the ids of the rules where Slack could not say. */
  readonly waitingFor: readonly string[];
  /** The Slack user and user group ids of the approvers. */
  readonly approvers: readonly string[];
  /** Whether anybody may apply a request at once. */
  readonly hasBreakGlass: boolean;
}
