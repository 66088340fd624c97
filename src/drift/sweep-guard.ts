import { record } from '../audit/record.js';
import { desiredFor } from '../baseline/rules.js';
import { activeExceptions } from '../baseline/exception-store.js';
import { currentBaseline, releasedBaseline } from '../baseline/store.js';
import { type Actor, type Ctx, type Pbx, timestamp } from '../ctx.js';
import { findPbx } from '../fleet/pbx.js';
import { findStop, stopWords } from '../fleet/stop.js';
import { judgePlans, newTo, type PbxPlan, type Verdict } from './guard.js';
import { inspectionsOf, saveWithheld, type StoredInspection } from './inspection-store.js';
import { type Judged, judgePbx, pbxPlanOf, withVerdict } from './judgement.js';
import { allMemories, correctedAt, saveMemory } from './memory-store.js';
import { type Hold, moveSweep, type Sweep } from './store.js';
import type { Withheld } from './withheld.js';

const GONE = 'it was not in the fleet when the plans were judged';
const SYSTEM: Actor = { kind: 'system', id: 'sweep' };

/**
 * Judges all plans of a sweep together, stores what keeps back which write, and lets the rest begin. Nothing is written to
 * any PBX here.
 */
export async function guardSweep(ctx: Ctx, sweep: Sweep): Promise<void> {
  const { version } = await currentBaseline(ctx.db);
  const standard = await standardOf(ctx);
  const memories = await allMemories(ctx.db);
  const stop = await findStop(ctx);
  const { windows, freezes, guards } = ctx;
  const policy = { windows, freezes, guards, stop: stop === null ? null : stopWords(stop) };
  const judged: Judged[] = [];
  const plans: PbxPlan[] = [];
  for await (const inspection of inspectionsOf(ctx.db, sweep.id)) {
    const pbx = findPbx(ctx, inspection.pbxId);
    if (pbx === undefined) {
      judged.push(unjudged(inspection));
      continue;
    }
    const corrected = await correctedOf(ctx, pbx, inspection);
    const history = { memories: memories.get(pbx.id) ?? new Map(), corrected };
    const one = judgePbx(pbx, inspection, history, policy, ctx.now());
    if (one.keys.length > 0 || one.memories.size > 0) judged.push(one);
    plans.push(pbxPlanOf(inspection, one, standard(pbx)));
  }
  const verdict = judgePlans(plans, plans.length, ctx.guards);
  await store(ctx, sweep, judged, { verdict, version });
}

/** A PBX that left the fleet after it was looked at is left alone in this sweep, also where it comes back. */
function unjudged({ pbxId, plan }: StoredInspection): Judged {
  const keys = plan.map(({ key }) => key);
  const withheld = keys.map((key): Withheld => ({ key, why: 'guard', because: GONE }));
  return { pbxId, keys, withheld, memories: new Map() };
}

/** What the fleet is held to, and what of that is new since the last released version. */
async function standardOf(ctx: Ctx): Promise<(pbx: Pbx) => Parameters<typeof pbxPlanOf>[2]> {
  const current = await currentBaseline(ctx.db);
  const exceptions = await activeExceptions(ctx.db, timestamp(ctx));
  const newsOn = await newsOf(ctx);
  const now = ctx.now();
  return (pbx) => ({ desired: desiredFor(current, exceptions, pbx, now), news: newsOn(pbx) });
}

/** The keys of a PBX for which the baseline asks what no released version asked of it, exceptions or not. */
export async function newsOf(
  ctx: Pick<Ctx, 'db' | 'now'>,
): Promise<(pbx: Pick<Pbx, 'id' | 'tags'>) => ReadonlySet<string>> {
  const current = await currentBaseline(ctx.db);
  const released = await releasedBaseline(ctx.db);
  const now = ctx.now();
  const none: ReadonlySet<string> = new Set();
  if (released.version === current.version) return () => none;
  return (pbx) => newTo(desiredFor(released, [], pbx, now), desiredFor(current, [], pbx, now));
}

/** When the settings of a plan were corrected, as far back as it counts. */
async function correctedOf(
  ctx: Ctx,
  pbx: Pbx,
  { plan }: StoredInspection,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const since = new Date(ctx.now().getTime() - ctx.guards.flaps.withinMs).toISOString();
  const times = new Map<string, readonly string[]>();
  for (const { key } of plan) times.set(key, await correctedAt(ctx.db, pbx.id, key, since));
  return times;
}

async function store(
  ctx: Ctx,
  sweep: Sweep,
  judged: readonly Judged[],
  { verdict, version }: { readonly verdict: Verdict; readonly version: number },
): Promise<void> {
  const at = timestamp(ctx);
  const all = judged.map((one) => ({ ...one, withheld: withVerdict(one, verdict) }));
  const waiting = all.map(({ withheld }) =>
    withheld.filter(({ why }) => why === 'guard' || why === 'preview'),
  );
  const hold: Hold = {
    reasons: verdict.reasons,
    writes: waiting.reduce((sum, { length }) => sum + length, 0),
    pbxs: waiting.filter(({ length }) => length > 0).length,
    ...(version === sweep.baselineVersion ? { version } : {}),
  };
  await ctx.db.transaction().execute(async (tx) => {
    const isHeld = hold.reasons.length > 0;
    const move = { from: 'inspecting', to: 'correcting', ...(isHeld ? { hold } : {}) } as const;
    if (!(await moveSweep(tx, sweep.id, move))) return;
    for (const { pbxId, keys, withheld, memories } of all) {
      if (keys.length > 0) await saveWithheld(tx, sweep.id, pbxId, withheld);
      for (const [key, memory] of memories) await saveMemory(tx, pbxId, key, memory);
    }
    const subject = { kind: 'sweep', id: sweep.id } as const;
    const detail = {
      planned: all.reduce((sum, { keys }) => sum + keys.length, 0),
      withheld: countsOf(all.flatMap(({ withheld }) => withheld)),
      hold: isHeld ? hold : null,
    };
    await record(tx, { at, actor: SYSTEM, action: 'sweep.judged', subject, detail });
  });
}

function countsOf(withheld: readonly Withheld[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { why } of withheld) counts[why] = (counts[why] ?? 0) + 1;
  return counts;
}
