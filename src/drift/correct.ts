import { currentDesired } from '../baseline/desired.js';
import type { Rule } from '../baseline/rules.js';
import type { Ctx, Pbx } from '../ctx.js';
import { withPbx } from '../fleet/lease.js';
import type { Outcome, WantedChange } from '../fleet/outcome.js';
import { findPbx } from '../fleet/pbx.js';
import { shutBecause } from '../fleet/period.js';
import { writeSettings } from '../fleet/write.js';
import { getSetting } from '../settings/catalogue.js';
import { isSameValue } from '../settings/kind.js';
import type { Finding } from './finding.js';
import { inspectPbx } from './inspect.js';
import { pausedBecause } from './sweep-inspect.js';

/** How a PBX stands after its plan was carried out. */
export interface Correction {
  readonly findings: readonly Finding[];
  readonly outcomes: readonly Outcome[];
}

/** The part of a stored plan that is carried out now. `cause` names it in the write journal, once for ever. */
export interface CorrectionOrder {
  readonly cause: string;
  readonly findings: readonly Finding[];
  readonly plan: readonly WantedChange[];
  /** Where the PBX was when the plan was made, or null where nobody knows. */
  readonly url: string | null;
}

const ELSEWHERE = 'not corrected: the PBX has another address in plumbline.yml than when it was looked at';
const UNWANTED = 'the baseline no longer wants it written';

/**
 * Carries out a stored plan on one PBX. What the baseline no longer wants by then is left alone and judged anew: a change
 * that was approved since the inspection is no drift.
 */
export async function correctPbx(ctx: Ctx, pbx: Pbx, order: CorrectionOrder): Promise<Correction> {
  const { findings, plan } = order;
  const outcomes = plan.length === 0 ? [] : await carryOut(ctx, pbx, order);
  const open = findings.filter((finding) => isUnsettled(finding, outcomes));
  const fresh = open.length === 0 ? [] : await judgeAnew(ctx, pbx, open);
  const isFresh = (key: string): boolean => fresh.some(({ rule }) => rule.key === key);
  return {
    findings: [...findings.filter(({ rule }) => !isFresh(rule.key)), ...fresh],
    outcomes: outcomes.filter(({ key }) => !isFresh(key)),
  };
}

async function carryOut(
  ctx: Ctx,
  pbx: Pbx,
  { cause, plan, url }: CorrectionOrder,
): Promise<readonly Outcome[]> {
  const report = await writeSettings(ctx, pbx, {
    cause: { kind: 'sweep', id: cause },
    actor: { kind: 'system', id: 'sweep' },
    unit: 'each',
    changes: plan,
    unwanted: () => unwantedNow(ctx, pbx, plan, url),
  });
  return report.outcomes;
}

/**
 * A window may have shut, a pause or an exception begun, a version been published, the PBX got other tags, another address
 * or left the fleet since the plan was made.
 */
async function unwantedNow(
  ctx: Ctx,
  { id, url: askedAt }: Pbx,
  plan: readonly WantedChange[],
  plannedAt: string | null,
): Promise<ReadonlyMap<string, string>> {
  const pbx = findPbx(ctx, id);
  const isElsewhere = pbx?.url !== askedAt || (plannedAt !== null && plannedAt !== askedAt);
  if (pbx === undefined || isElsewhere) return new Map(plan.map(({ key }) => [key, ELSEWHERE]));
  const shut = shutBecause(pbx, ctx, ctx.now())?.because ?? (await pausedBecause(ctx, pbx));
  if (shut !== null) return new Map(plan.map(({ key }) => [key, `not corrected: ${shut}`]));
  const inForce = await rulesInForce(ctx, pbx);
  const isWanted = (change: WantedChange): boolean =>
    inForce.some((rule) => rule.mode === 'enforce' && isSameRule(rule, change));
  return new Map(plan.filter((change) => !isWanted(change)).map(({ key }) => [key, UNWANTED]));
}

/** Drift that the correction neither mended nor tried to in vain. */
function isUnsettled({ status, rule }: Finding, outcomes: readonly Outcome[]): boolean {
  const outcome = outcomes.find(({ key }) => key === rule.key);
  return (
    status === 'drifted' &&
    (outcome === undefined || outcome.status === 'unsent' || outcome.status === 'moved')
  );
}

/** Looks again at drift whose rule is no longer in force. Under the lock, so that no change is half made. */
async function judgeAnew(ctx: Ctx, pbx: Pbx, open: readonly Finding[]): Promise<readonly Finding[]> {
  return withPbx(ctx, pbx.id, async () => {
    const inForce = await rulesInForce(ctx, pbx);
    const outdated = open.filter(({ rule }) => !inForce.some((other) => isSameRule(other, rule)));
    if (outdated.length === 0) return [];
    const { findings } = await inspectPbx(ctx, pbx);
    return findings.filter(({ rule }) => outdated.some((finding) => finding.rule.key === rule.key));
  });
}

async function rulesInForce(ctx: Ctx, pbx: Pbx): Promise<readonly Rule[]> {
  const { desired } = await currentDesired(ctx, pbx);
  return desired.flatMap(({ rule, exception, conflict }) =>
    exception === undefined && conflict === undefined ? [rule] : [],
  );
}

function isSameRule(rule: Rule, other: Pick<Rule, 'key' | 'value'>): boolean {
  return rule.key === other.key && isSameValue(getSetting(rule.key), rule.value, other.value);
}
