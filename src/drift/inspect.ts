import { currentDesired } from '../baseline/desired.js';
import type { Ctx, Pbx } from '../ctx.js';
import { findAuthors } from '../fleet/author.js';
import { observe } from '../fleet/observe.js';
import type { WantedChange } from '../fleet/outcome.js';
import { getSetting } from '../settings/catalogue.js';
import { lastInspectedAt } from './inspection-store.js';
import { type Drifted, type Finding, findingsOf, planOf } from './finding.js';

/** What one look at a PBX found, and what correcting it would write. Looking never writes to a PBX. */
export interface Inspection {
  readonly findings: readonly Finding[];
  readonly plan: readonly WantedChange[];
  /** Why nobody can tell who changed things there, said once, or null. */
  readonly gap: string | null;
}

/**
 * Reads the governed resources of a PBX and compares them with what it is held to now. Where something drifted its audit
 * log is asked who did it; what cannot be told there changes no finding.
 */
export async function inspectPbx(ctx: Ctx, pbx: Pbx): Promise<Inspection> {
  const { desired } = await currentDesired(ctx, pbx);
  const judged = desired.filter(
    ({ exception, conflict }) => exception === undefined && conflict === undefined,
  );
  const resources = [...new Set(judged.map(({ rule }) => getSetting(rule.key).resource))];
  const findings = findingsOf(desired, await observe(ctx, pbx, resources));
  const drifted = findings.filter((finding) => finding.status === 'drifted');
  if (drifted.length === 0) return { findings, plan: [], gap: null };
  const sinceAt = await lastInspectedAt(ctx.db, pbx.id);
  const { authors, gap } = await findAuthors(ctx, pbx, drifted.map(driftOf), sinceAt);
  const signed = findings.map((finding): Finding => {
    const author = finding.status === 'drifted' ? authors[finding.rule.key] : undefined;
    return finding.status === 'drifted' && author !== undefined ? { ...finding, author } : finding;
  });
  return { findings: signed, plan: planOf(signed), gap };
}

function driftOf({ rule, live }: Drifted) {
  return { key: rule.key, live, desired: rule.value };
}
