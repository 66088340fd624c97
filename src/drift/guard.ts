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
  /** Those of the writes that no released baseline version asked for. */
  readonly news: ReadonlySet<string>;
}

export interface Verdict {
  readonly reasons: readonly HoldReason[];
  /** What keeps back one of the writes, or null. */
  readonly withheld: (pbxId: string, key: string) => Withheld | null;
}

/**
 * Judges all plans of a sweep together, before the first write. Too many settings, too large a share of the PBXs, or a
 * rule that would change wherever it holds keeps back everything; a rule that is new keeps back its own writes only, but
 * how far they would go is said.
 */
export function judgePlans(plans: readonly PbxPlan[], fleetSize: number, guards: Guards): Verdict {
  const previews = guards.previews ? previewsOf(plans) : [];
  const news = new Map(guards.previews ? plans.map((plan) => [plan.pbxId, plan.news]) : []);
  const isNew = (pbxId: string, key: string): boolean => news.get(pbxId)?.has(key) ?? false;
  const known = plans.map((plan) => ({
    ...plan,
    writes: plan.writes.filter(({ key }) => !isNew(plan.pbxId, key)),
  }));
  const isStopped = blastOf(known, fleetSize, guards).length > 0;
  return {
    reasons: [...blastOf(plans, fleetSize, guards), ...previews],
    withheld(pbxId, key) {
      if (isStopped) return { key, why: 'guard', because: 'the whole sweep waits for a person’s release' };
      return isNew(pbxId, key)
        ? { key, why: 'preview', because: 'its rule is new, and waits for a person’s release' }
        : null;
    },
  };
}

function blastOf(plans: readonly PbxPlan[], fleetSize: number, guards: Guards): readonly HoldReason[] {
  return [...tooMany(plans, guards), ...tooWide(plans, fleetSize, guards), ...everywhere(plans, guards)];
}

/** The keys for which a PBX is held to something that the released version did not hold it to. */
export function newTo(released: readonly Desired[], desired: readonly Desired[]): ReadonlySet<string> {
  const before = new Map(released.map(({ rule }) => [rule.key, rule]));
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

function everywhere(plans: readonly PbxPlan[], { fewest }: Guards): readonly HoldReason[] {
  const tally = new Map<
    string,
    { readonly rule: Pick<Rule, 'key' | 'target'>; compared: number; written: number }
  >();
  for (const { compared, writes } of plans) {
    const written = new Set(writes.map(({ key }) => key));
    for (const rule of compared) {
      if (breadth(rule.target) === 0) continue;
      const id = `${rule.target} ${rule.key}`;
      const entry = tally.get(id) ?? { rule, compared: 0, written: 0 };
      entry.compared += 1;
      if (written.has(rule.key)) entry.written += 1;
      tally.set(id, entry);
    }
  }
  return [...tally.values()]
    .filter(({ compared, written }) => written >= fewest && written === compared)
    .map(({ rule, written }) => ({
      kind: 'everywhere',
      because: `${getSetting(rule.key).label} would change on all ${written} PBXs that the rule for ${rule.target} holds on, so the rule itself may be wrong.`,
    }));
}

function previewsOf(plans: readonly PbxPlan[]): readonly HoldReason[] {
  const held = plans.flatMap(({ writes, news }) => writes.filter(({ key }) => news.has(key)));
  if (held.length === 0) return [];
  const labels = [...new Set(held.map(({ key }) => getSetting(key).label))];
  const rules =
    labels.length === 1 ? `The rule for ${labels[0]} is` : `The rules for ${labels.join(', ')} are`;
  return [
    { kind: 'preview', because: `${rules} new: the first corrections are shown before they are made.` },
  ];
}
