import type { Mode, Rule } from '../baseline/rules.js';
import type { Actor } from '../ctx.js';
import type { Outcome } from '../fleet/outcome.js';
import { getSetting } from '../settings/catalogue.js';
import type { ResourceName, Risk, Value } from '../settings/setting.js';
import type { State } from './transitions.js';

/** One setting of a request, with the value it had when the request was made. */
export interface Item {
  readonly key: string;
  readonly before: Value;
  readonly value: Value;
}

/** What is to become of the baseline where it governs a changed setting. */
export type Hold =
  | { readonly kind: 'none' }
  | { readonly kind: 'baseline' }
  | { readonly kind: 'exception'; readonly untilAt: string };

export interface SettingsContent {
  readonly kind: 'settings';
  readonly items: readonly Item[];
  readonly hold: Hold;
}

export interface BaselineContent {
  readonly kind: 'baseline';
  /** The rules that are added or replaced. */
  readonly rules: readonly Rule[];
}

export type Content = SettingsContent | BaselineContent;

/** Whose approval a request needs: so many other people, or the operator's own act on a terminal without approvers. */
export type Approval =
  | { readonly kind: 'people'; readonly needed: number }
  | { readonly kind: 'operator'; readonly because: string };

export interface Vote {
  readonly voter: string;
  readonly verdict: 'approve' | 'deny';
  readonly reason: string | null;
  readonly at: string;
}

/** What someone asks for, and all that became of it. */
export interface ChangeRequest {
  readonly id: string;
  readonly number: number;
  readonly pbxId: string;
  readonly state: State;
  /** Grows with every change of the row; a message that shows an older one is out of date. */
  readonly revision: number;
  readonly requestedBy: Actor;
  readonly reason: string;
  readonly risk: Risk;
  readonly content: Content;
  readonly approval: Approval;
  readonly baselineVersion: number;
  readonly createdAt: string;
  readonly decidedAt: string | null;
  readonly finishedAt: string | null;
  readonly outcomes: readonly Outcome[] | null;
  /** The whole resources as the PBX had them afterwards, images as type, size and hash. */
  readonly result: Readonly<Record<ResourceName, unknown>> | null;
  readonly failure: string | null;
  readonly votes: readonly Vote[];
}

const RISKS: readonly Risk[] = ['low', 'medium', 'high'];

/** The highest risk of a request's settings. */
export function riskOf(content: Content): Risk {
  const keys =
    content.kind === 'settings' ? content.items.map(({ key }) => key) : content.rules.map(({ key }) => key);
  const ranks = keys.map((key) => RISKS.indexOf(getSetting(key).risk));
  return RISKS[Math.max(0, ...ranks)] ?? 'high';
}

/** The rules that make a settings request part of the baseline: for its PBX, in the mode that governed it before. */
export function rulesOfItems(
  items: readonly Item[],
  pbxId: string,
  modeOf: (key: string) => Mode,
): readonly Rule[] {
  return items.map(({ key, value }) => ({ key, value, mode: modeOf(key), target: pbxId }));
}
