import pLimit from 'p-limit';
import { type BaselineDiff, diffRules, type RuleName } from '../baseline/diff.js';
import {
  type Desired,
  desiredFor,
  isSameDemand,
  type Mode,
  type Rule,
  withoutRules,
  withRules,
} from '../baseline/rules.js';
import { activeExceptions } from '../baseline/exception-store.js';
import { currentBaseline } from '../baseline/store.js';
import { type Ctx, type Pbx, timestamp } from '../ctx.js';
import { type Observation, readingOf } from '../fleet/observation.js';
import { observe } from '../fleet/observe.js';
import { getSetting } from '../settings/catalogue.js';
import { isSameValue } from '../settings/kind.js';
import type { BaselineContent, Impact, ImpactItem } from './request.js';

type ImpactCtx = Pick<Ctx, 'db' | 'now' | 'pbxs' | 'sweepPolicy'>;

/** What is to become of the rules. */
export type RuleChange = Pick<BaselineContent, 'rules' | 'removed'>;

/** The rules that a version would have once a request's are added and removed. */
export function rulesAfter(
  rules: readonly Rule[],
  { rules: added, removed = [] }: RuleChange,
): readonly Rule[] {
  return withRules(withoutRules(rules, removed), added);
}

/**
 * The content of a request for rules: with what they replace, and what they would change where. What was just read of a
 * PBX (`known`) is not read again.
 */
export async function baselineContent(
  ctx: ImpactCtx,
  { rules, removed = [] }: RuleChange,
  known: readonly Observation[] = [],
): Promise<BaselineContent> {
  const current = await currentBaseline(ctx.db);
  const names: readonly RuleName[] = [...rules, ...removed];
  const before = current.rules.filter((rule) =>
    names.some(({ key, target }) => key === rule.key && target === rule.target),
  );
  const impact = await impactOf(ctx, { rules, removed }, known);
  return { kind: 'baseline', rules, ...(removed.length === 0 ? {} : { removed }), before, impact };
}

/**
 * What the next baseline version would change where, from what the PBXs have right now. Only PBXs that a changed rule
 * holds on are asked, and only for those settings; nothing is written.
 */
export async function impactOf(
  ctx: ImpactCtx,
  content: RuleChange,
  known: readonly Observation[] = [],
): Promise<Impact> {
  const current = await currentBaseline(ctx.db);
  const exceptions = await activeExceptions(ctx.db, timestamp(ctx));
  const next = { version: current.version + 1, rules: rulesAfter(current.rules, content) };
  const now = ctx.now();
  const touched = ctx.pbxs.flatMap((pbx) => {
    const before = desiredFor(current, exceptions, pbx, now);
    const fresh = desiredFor(next, exceptions, pbx, now).filter((desired) => isFresh(desired, before));
    return fresh.length === 0 ? [] : [{ pbx, rules: fresh.map(({ rule }) => rule) }];
  });
  const limit = pLimit(ctx.sweepPolicy.concurrency);
  const looks = await Promise.all(touched.map(({ pbx, rules }) => limit(() => look(ctx, pbx, rules, known))));
  const absent = looks.flatMap(({ pbxId, keys }) => (keys.length === 0 ? [] : [{ pbxId, keys }]));
  return {
    pbxs: touched.length,
    changes: looks.flatMap(({ pbxId, items }) => (items.length === 0 ? [] : [{ pbxId, items }])),
    unread: looks.flatMap(({ pbxId, because }) => (because === null ? [] : [{ pbxId, because }])),
    ...(absent.length === 0 ? {} : { absent }),
  };
}

/**
 * What a request for rules is to do to the baseline that it was made against. A request of version 0.1 does not say what its
 * rules replaced: all of them count as added.
 */
export function diffOf({
  rules,
  removed = [],
  before = [],
}: Pick<BaselineContent, 'rules' | 'removed' | 'before'>): BaselineDiff {
  const names = removed.filter(
    ({ key, target }) => !before.some((rule) => rule.key === key && rule.target === target),
  );
  const gone = names.map((name) => ({ ...name, value: null, mode: 'report' as const }));
  return diffRules([...before, ...gone], rules);
}

/** How many settings a version would change by itself, ask to change, and only report. */
export function impactCounts({ changes }: Impact): Readonly<Record<Mode, number>> {
  const items = changes.flatMap((one) => one.items);
  const count = (mode: Mode): number => items.filter((item) => item.mode === mode).length;
  return { enforce: count('enforce'), ask: count('ask'), report: count('report') };
}

function isFresh({ rule, exception }: Desired, before: readonly Desired[]): boolean {
  if (exception !== undefined) return false;
  const known = before.find((desired) => desired.rule.key === rule.key)?.rule;
  return known === undefined || !isSameDemand(known, rule);
}

interface Look {
  readonly pbxId: string;
  readonly items: readonly ImpactItem[];
  /** The settings that the PBX does not have. */
  readonly keys: readonly string[];
  readonly because: string | null;
}

async function look(
  ctx: ImpactCtx,
  pbx: Pbx,
  rules: readonly Rule[],
  known: readonly Observation[],
): Promise<Look> {
  const keys = rules.map(({ key }) => key);
  const seen = known.find(({ pbxId, readings }) => pbxId === pbx.id && keys.every((key) => key in readings));
  const resources = new Set(keys.map((key) => getSetting(key).resource));
  const observation = seen ?? (await observe(ctx, pbx, [...resources]));
  const readings = rules.map((rule) => ({ rule, reading: readingOf(observation, rule.key) }));
  return {
    pbxId: pbx.id,
    items: readings.flatMap(({ rule: { key, value, mode }, reading }) =>
      reading.status !== 'read' || isSameValue(getSetting(key), reading.value, value)
        ? []
        : [{ key, live: reading.value, value, mode }],
    ),
    keys: readings.flatMap(({ rule, reading }) => (reading.status === 'not-applicable' ? [rule.key] : [])),
    because:
      readings.flatMap(({ reading }) => (reading.status === 'unknown' ? [reading.because] : []))[0] ?? null,
  };
}
