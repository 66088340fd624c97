import { breadth, type Desired, isSameDemand, type Rule } from '../baseline/rules.js';
import type { Guards } from '../ctx.js';
import { getSetting } from '../settings/catalogue.js';
import type { Finding } from './finding.js';
import type { Withheld } from './withheld.js';

/** Why a sweep's plans, or some of them, wait for a person. */
export interface HoldReason {
  readonly kind: 'settings' | 'share' | 'everywhere' | 'preview';
  /** A sentence. */
  readonly because: string;
}

/** One PBX as the guard sees it: what it is governed by, what would be written, and what is new to it. */
export interface PbxPlan {
  readonly pbxId: string;
  /** The rules that could be compared there. */
  readonly compared: readonly Pick<Rule, 'key' | 'target'>[];
  /** The keys that would be corrected now. */
  readonly writes: readonly Pick<Rule, 'key' | 'target'>[];
  /** Those that would be corrected once a window opens or a freeze ends. */
  readonly later: readonly Pick<Rule, 'key' | 'target'>[];
  /** Those of the writes that no released baseline version asked for. */
  readonly news: ReadonlySet<string>;
}

export interface Verdict {
  readonly reasons: readonly HoldReason[];
  /** What keeps back one of the writes, or null. */
  readonly withheld: (pbxId: string, key: string) => Withheld | null;
  /** Whether a write is shown to a person before it is made for the first time. */
  readonly isPreview: (pbxId: string, key: string) => boolean;
}

/**
 * Judges all plans of a sweep together, before the first write. Too many settings, too large a share of the PBXs, or a
 * rule that would change wherever it holds keeps back everything; a rule that is new keeps back its own writes only, but
 * how far they would go is said, also where a window is shut: a slice of the fleet is no preview of it.
 */
export function judgePlans(plans: readonly PbxPlan[], fleetSize: number, guards: Guards): Verdict {
  const news = new Map(guards.previews ? plans.map((plan) => [plan.pbxId, plan.news]) : []);
  const isNew = (pbxId: string, key: string): boolean => news.get(pbxId)?.has(key) ?? false;
  const split = plans.map((plan) => splitBy(plan, ({ key }) => isNew(plan.pbxId, key)));
  const known = split.map(({ old }) => old);
  const isStopped = blastOf(known, fleetSize, guards).length > 0;
  return {
    reasons: [
      ...blastOf(
        split.map(({ all }) => all),
        fleetSize,
        guards,
      ),
      ...previewsOf(split.flatMap(({ fresh }) => fresh)),
    ],
    isPreview: isNew,
    withheld(pbxId, key) {
      if (isStopped) return { key, why: 'guard', because: 'the whole sweep waits for a person’s release' };
      return isNew(pbxId, key)
        ? { key, why: 'preview', because: 'its rule is new, and waits for a person’s release' }
        : null;
    },
  };
}

interface SplitPlan {
  /** With everything that a person is to see. */
  readonly all: PbxPlan;
  /** Without what is new. */
  readonly old: PbxPlan;
  readonly fresh: readonly Pick<Rule, 'key' | 'target'>[];
}

function splitBy(plan: PbxPlan, isFresh: (rule: Pick<Rule, 'key' | 'target'>) => boolean): SplitPlan {
  const fresh = [...plan.writes, ...plan.later].filter(isFresh);
  const writes = plan.writes.filter((rule) => !isFresh(rule));
  const later = plan.later.filter((rule) => !isFresh(rule));
  return { fresh, old: { ...plan, writes, later }, all: { ...plan, writes: [...writes, ...fresh], later } };
}

function blastOf(plans: readonly PbxPlan[], fleetSize: number, guards: Guards): readonly HoldReason[] {
  return [...tooMany(plans, guards), ...tooWide(plans, fleetSize, guards), ...everywhere(plans, guards)];
}

/**
 * The keys for which a PBX is held to something that the released version did not hold it to. Of two rules that
 * contradicted each other it was held to neither.
 */
export function newTo(released: readonly Desired[], desired: readonly Desired[]): ReadonlySet<string> {
  const kept = released.filter(({ conflict }) => conflict === undefined);
  const before = new Map(kept.map(({ rule }) => [rule.key, rule]));
  const fresh = desired.filter(({ rule }) => {
    const known = before.get(rule.key);
    return known === undefined || !isSameDemand(known, rule);
  });
  return new Set(fresh.map(({ rule }) => rule.key));
}

/** The rules of a PBX that could be compared, from its findings. */
export function comparedOf(findings: readonly Finding[]): readonly Rule[] {
  return findings.flatMap(({ status, rule }) => (status === 'in-sync' || status === 'drifted' ? [rule] : []));
}

function tooMany(plans: readonly PbxPlan[], guards: Guards): readonly HoldReason[] {
  const count = plans.reduce((sum, { writes }) => sum + writes.length, 0);
  if (count <= guards.settings) return [];
  const because = `${count} settings would be corrected; the guard allows ${guards.settings} in one sweep.`;
  return [{ kind: 'settings', because }];
}

function tooWide(plans: readonly PbxPlan[], fleetSize: number, guards: Guards): readonly HoldReason[] {
  const count = plans.filter(({ writes }) => writes.length > 0).length;
  if (count < guards.fewest || count <= guards.share * fleetSize) return [];
  const share = Math.round(guards.share * 100);
  const because = `${count} of ${fleetSize} PBXs would be corrected; the guard allows ${share} % in one sweep.`;
  return [{ kind: 'share', because }];
}

/** What waits for a window counts too: a wrong rule is wrong also where it would go through the fleet in slices. */
function everywhere(plans: readonly PbxPlan[], { fewest }: Guards): readonly HoldReason[] {
  const tally = new Map<
    string,
    { readonly rule: Pick<Rule, 'key' | 'target'>; compared: number; written: number; changed: number }
  >();
  for (const { compared, writes, later } of plans) {
    const written = new Set(writes.map(({ key }) => key));
    const waiting = new Set(later.map(({ key }) => key));
    for (const rule of compared) {
      if (breadth(rule.target) === 0) continue;
      const id = `${rule.target} ${rule.key}`;
      const entry = tally.get(id) ?? { rule, compared: 0, written: 0, changed: 0 };
      entry.compared += 1;
      if (written.has(rule.key)) entry.written += 1;
      if (written.has(rule.key) || waiting.has(rule.key)) entry.changed += 1;
      tally.set(id, entry);
    }
  }
  return [...tally.values()]
    .filter(({ compared, written, changed }) => written > 0 && changed >= fewest && changed === compared)
    .map(({ rule, changed }) => ({
      kind: 'everywhere',
      because: `${getSetting(rule.key).label} would change on all ${changed} PBXs that the rule for ${rule.target} holds on, so the rule itself may be wrong.`,
    }));
}

function previewsOf(held: readonly Pick<Rule, 'key'>[]): readonly HoldReason[] {
  if (held.length === 0) return [];
  const labels = [...new Set(held.map(({ key }) => getSetting(key).label))];
  const rules =
    labels.length === 1 ? `The rule for ${labels[0]} is` : `The rules for ${labels.join(', ')} are`;
  return [
    { kind: 'preview', because: `${rules} new: the first corrections are shown before they are made.` },
  ];
}
