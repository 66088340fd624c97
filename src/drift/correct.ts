import { currentDesired } from '../baseline/desired.js';
import type { Ctx, Pbx } from '../ctx.js';
import type { Outcome, WantedChange } from '../fleet/outcome.js';
import { writeSettings } from '../fleet/write.js';
import { getSetting } from '../settings/catalogue.js';
import { isSameValue } from '../settings/kind.js';

/** Carries out a stored plan on one PBX. What the baseline no longer wants by then is left alone. */
export async function correctPbx(
  ctx: Ctx,
  pbx: Pbx,
  sweepId: string,
  plan: readonly WantedChange[],
): Promise<readonly Outcome[]> {
  if (plan.length === 0) return [];
  const report = await writeSettings(ctx, pbx, {
    cause: { kind: 'sweep', id: sweepId },
    actor: { kind: 'system', id: 'sweep' },
    unit: 'each',
    changes: plan,
    stillWanted: () => stillWanted(ctx, pbx, plan),
  });
  return report.outcomes;
}

async function stillWanted(ctx: Ctx, pbx: Pbx, plan: readonly WantedChange[]): Promise<ReadonlySet<string>> {
  const { desired } = await currentDesired(ctx, pbx);
  const wanted = plan.filter((change) =>
    desired.some(
      ({ rule, exception }) =>
        exception === undefined &&
        rule.mode === 'enforce' &&
        rule.key === change.key &&
        isSameValue(getSetting(rule.key), rule.value, change.value),
    ),
  );
  return new Set(wanted.map(({ key }) => key));
}
