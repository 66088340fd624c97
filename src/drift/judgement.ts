import type { Desired, Rule } from '../baseline/rules.js';
import type { Guards, Pbx } from '../ctx.js';
import { type Calendar, shutBecause } from '../fleet/period.js';
import type { WantedChange } from '../fleet/outcome.js';
import type { Finding } from './finding.js';
import { comparedOf, type PbxPlan, type Verdict } from './guard.js';
import { afterInSync, judgeDrift, type Memory } from './restraint.js';
import { isByCalendar, type Withheld } from './withheld.js';

/** What a look at a PBX found, as far as it is judged. */
export interface Looked {
  readonly inSync: readonly string[];
  readonly findings: readonly Finding[];
  readonly plan: readonly WantedChange[];
}

/** What is remembered of a PBX's corrections. */
export interface History {
  /** By key; few settings have a memory. */
  readonly memories: ReadonlyMap<string, Memory>;
  /** When each setting was corrected of late, in ISO 8601, by key. */
  readonly corrected: ReadonlyMap<string, readonly string[]>;
}

/** What is decided for one PBX before the fleet is looked at as a whole. */
export interface Judged {
  readonly pbxId: string;
  /** What would be written if nothing held it back. */
  readonly keys: readonly string[];
  readonly withheld: readonly Withheld[];
  /** What is remembered differently from now on. */
  readonly memories: ReadonlyMap<string, Memory>;
}

/** Judges the plan of one PBX by its own history and the calendar. `stop` is why everything is stopped, or null. */
export function judgePbx(
  pbx: Pick<Pbx, 'id' | 'tags'>,
  { plan, inSync }: Pick<Looked, 'plan' | 'inSync'>,
  { memories, corrected }: History,
  policy: Calendar & { readonly guards: Guards; readonly stop: string | null },
  now: Date,
): Judged {
  const shut = shutBecause(pbx, policy, now);
  const withheld: Withheld[] = [];
  const changed = new Map<string, Memory>();
  for (const { key } of plan) {
    const memory = memories.get(key);
    const judged = judgeDrift(key, memory, corrected.get(key) ?? [], policy.guards, now);
    if (judged.memory !== memory) changed.set(key, judged.memory);
    if (policy.stop !== null) withheld.push({ key, why: 'stop', because: policy.stop });
    else if (judged.withheld !== null) withheld.push(judged.withheld);
    else if (shut !== null) withheld.push({ key, ...shut });
  }
  for (const key of inSync) {
    const memory = memories.get(key);
    const after = memory === undefined ? undefined : afterInSync(memory, policy.guards, now);
    if (after !== undefined && after !== memory) changed.set(key, after);
  }
  return { pbxId: pbx.id, keys: plan.map(({ key }) => key), withheld, memories: changed };
}

/** A PBX as the guard sees it. `news` are the keys whose demand on it no released baseline version made. */
export function pbxPlanOf(
  { findings, inSync }: Looked,
  { pbxId, keys, withheld }: Judged,
  { desired, news }: { readonly desired: readonly Desired[]; readonly news: ReadonlySet<string> },
): PbxPlan {
  const kept = new Set(inSync);
  const held = new Set(withheld.map(({ key }) => key));
  const wanted = new Set(keys.filter((key) => !held.has(key)));
  const shut = new Set(withheld.filter(isByCalendar).map(({ key }) => key));
  const rules: readonly Rule[] = desired.map(({ rule }) => rule);
  return {
    pbxId,
    compared: [...rules.filter(({ key }) => kept.has(key)), ...comparedOf(findings)],
    writes: findings.flatMap(({ rule }) => (wanted.has(rule.key) ? [rule] : [])),
    later: findings.flatMap(({ rule }) => (shut.has(rule.key) ? [rule] : [])),
    news,
  };
}

/**
 * Everything that keeps back a PBX's writes, once the fleet was looked at as a whole. What is to be shown first is shown
 * also where a window is shut; released, it waits for the window.
 */
export function withVerdict({ pbxId, keys, withheld }: Judged, verdict: Verdict): readonly Withheld[] {
  const own = withheld.filter((one) => !(isByCalendar(one) && verdict.isPreview(pbxId, one.key)));
  const held = new Set(own.map(({ key }) => key));
  const more = keys.flatMap((key) => (held.has(key) ? [] : (verdict.withheld(pbxId, key) ?? [])));
  return [...own, ...more];
}
