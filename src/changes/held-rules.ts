import {
  type Baseline,
  type Desired,
  desiredFor,
  type Mode,
  type Rule,
  withRules,
} from '../baseline/rules.js';
import type { Pbx } from '../ctx.js';
import { getSetting } from '../settings/catalogue.js';
import { isSameValue } from '../settings/kind.js';
import type { Item, Part } from './request.js';

/** What was applied, and the target whose PBXs all have it now; null where some of them do not. */
export interface Applied {
  readonly target: string | null;
  readonly parts: readonly Part[];
}

type Place = Pick<Pbx, 'id' | 'tags'>;

/**
 * The baseline's rules with the applied values held: by one rule for the target where all of its PBXs have the value, and
 * by a rule of its own for each PBX that a nearer rule would still hold at another value, or two would contradict each other.
 */
export function heldRules(
  baseline: Baseline,
  { target, parts }: Applied,
  pbxs: readonly Place[],
  now: Date,
): readonly Rule[] {
  const modeOf = (key: string, pbxId: string): Mode =>
    desiredOn(baseline, pbxId, pbxs, now).find(({ rule }) => rule.key === key)?.rule.mode ?? 'enforce';
  const shared = target === null ? [] : sharedItems(parts);
  const wide = shared.map(({ key, value }): Rule => {
    const mode = modeOf(key, parts[0]?.pbxId ?? '');
    return { key, value, mode, target: target ?? 'all' };
  });
  const held = { ...baseline, rules: withRules(baseline.rules, wide) };
  const single = parts.flatMap(({ pbxId, items }) => {
    const desired = desiredOn(held, pbxId, pbxs, now);
    return items
      .filter(({ key, value }) => !isHeldAt(desired, key, value))
      .map(({ key, value }): Rule => ({ key, value, mode: modeOf(key, pbxId), target: pbxId }));
  });
  const next = { ...baseline, rules: withRules(held.rules, single) };
  return withRules(next.rules, keptRules(baseline, next, pbxs, now));
}

/** What PBXs were held to before, where the new rule would contradict the one of another of their tags. */
function keptRules(before: Baseline, next: Baseline, pbxs: readonly Place[], now: Date): readonly Rule[] {
  return pbxs.flatMap((pbx) => {
    const known = desiredFor(before, [], pbx, now);
    return desiredFor(next, [], pbx, now).flatMap(({ rule: { key }, conflict }) => {
      const held = conflict === undefined ? undefined : known.find(({ rule }) => rule.key === key);
      return held === undefined || held.conflict !== undefined ? [] : [{ ...held.rule, target: pbx.id }];
    });
  });
}

function desiredOn(baseline: Baseline, pbxId: string, pbxs: readonly Place[], now: Date): readonly Desired[] {
  const pbx = pbxs.find(({ id }) => id === pbxId);
  return pbx === undefined ? [] : desiredFor(baseline, [], pbx, now);
}

function isHeldAt(desired: readonly Desired[], key: string, value: Item['value']): boolean {
  const held = desired.find((one) => one.rule.key === key);
  const rule = held?.conflict === undefined ? held?.rule : undefined;
  return rule !== undefined && isSameValue(getSetting(key), rule.value, value);
}

/** The settings that every part brings to the same value. */
function sharedItems(parts: readonly Part[]): readonly Item[] {
  const [first] = parts;
  return (first?.items ?? []).filter(({ key, value }) =>
    parts.every(({ items }) =>
      items.some((item) => item.key === key && isSameValue(getSetting(key), item.value, value)),
    ),
  );
}
