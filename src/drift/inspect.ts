import { currentDesired } from '../baseline/desired.js';
import type { Ctx, Pbx } from '../ctx.js';
import { observe } from '../fleet/observe.js';
import type { WantedChange } from '../fleet/outcome.js';
import { getSetting } from '../settings/catalogue.js';
import { type Finding, findingsOf, planOf } from './finding.js';

/** What one look at a PBX found, and what correcting it would write. Looking never writes to a PBX. */
export interface Inspection {
  readonly findings: readonly Finding[];
  readonly plan: readonly WantedChange[];
}

/** Reads the governed resources of a PBX and compares them with what it is held to now. */
export async function inspectPbx(ctx: Ctx, pbx: Pbx): Promise<Inspection> {
  const { desired } = await currentDesired(ctx, pbx);
  const judged = desired.filter(({ exception }) => exception === undefined);
  const resources = [...new Set(judged.map(({ rule }) => getSetting(rule.key).resource))];
  const findings = findingsOf(desired, await observe(ctx, pbx, resources));
  return { findings, plan: planOf(findings) };
}
