import { type Baseline, desiredFor } from '../baseline/rules.js';
import { activeExceptions } from '../baseline/exception-store.js';
import { type Ctx, type Pbx, timestamp } from '../ctx.js';
import { observe } from '../fleet/observe.js';
import { getSetting } from '../settings/catalogue.js';
import { type Finding, findingsOf } from './finding.js';

/** What of a baseline version one PBX does not keep right now, or cannot tell; what is in sync is left out. Only reads. */
export async function compareWithPbx(
  ctx: Pick<Ctx, 'db' | 'now'>,
  baseline: Baseline,
  pbx: Pbx,
): Promise<readonly Finding[]> {
  const exceptions = await activeExceptions(ctx.db, timestamp(ctx));
  const desired = desiredFor(baseline, exceptions, pbx, ctx.now());
  const resources = new Set(desired.map(({ rule }) => getSetting(rule.key).resource));
  const findings = findingsOf(desired, await observe(ctx, pbx, [...resources]));
  return findings.filter(({ status }) => status !== 'in-sync');
}
