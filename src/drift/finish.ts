import { record } from '../audit/record.js';
import { currentBaseline, releaseVersion } from '../baseline/store.js';
import { type Actor, type Ctx, timestamp } from '../ctx.js';
import { findPbx } from '../fleet/pbx.js';
import type { Tx } from '../storage/database.js';
import { askForRestores } from './ask-restore.js';
import { endEpisodes, type EpisodeChange, judgeEpisodes } from './episode.js';
import { openEpisodes, saveEpisodes } from './episode-store.js';
import { inspectionsOf, type StoredInspection } from './inspection-store.js';
import { createTally, type PbxReport, type Totals } from './report.js';
import { moveSweep, type Sweep } from './store.js';
import { newsOf } from './sweep-guard.js';

const SYSTEM: Actor = { kind: 'system', id: 'sweep' };

/**
 * Closes a sweep whose writes are done, or leaves it to a person where some wait for release: counts what was found, opens
 * and closes the episodes of drift, and asks for what is only restored once someone approves.
 */
export async function finishSweep(ctx: Ctx, sweep: Sweep): Promise<void> {
  const { totals, episodes: found, isProven } = await takeStock(ctx, sweep);
  const episodes = await askForRestores(ctx, sweep, found);
  const at = timestamp(ctx);
  const isHeld = sweep.state === 'correcting' && (sweep.hold?.writes ?? 0) > 0;
  const changed = await ctx.db.transaction().execute(async (tx) => {
    const to = isHeld ? 'held' : 'finished';
    if (!(await moveSweep(tx, sweep.id, { from: sweep.state, to, finishedAt: at, totals }))) return [];
    const subject = { kind: 'sweep', id: sweep.id } as const;
    await record(tx, {
      at,
      actor: SYSTEM,
      action: `sweep.${to}`,
      subject,
      detail: { counts: totals.counts },
    });
    await saveEpisodes(tx, episodes);
    if (!isHeld && isProven) await releaseQuietly(ctx, tx, sweep);
    return episodes;
  });
  for (const { episode } of changed) ctx.wake({ kind: 'episode', id: episode.id });
}

interface Stock {
  readonly totals: Totals;
  readonly episodes: readonly EpisodeChange[];
  /** Whether every PBX was read, nothing was held back for whatever reason, and no exception hid a new rule. */
  readonly isProven: boolean;
}

/** Goes through the fleet a page at a time. */
async function takeStock(ctx: Ctx, sweep: Sweep): Promise<Stock> {
  const open = await openEpisodes(ctx.db);
  const tally = createTally();
  const episodes: EpisodeChange[] = [];
  const fleet = new Set(ctx.pbxs.map(({ id }) => id));
  const judge = (report: PbxReport): void => {
    if (!fleet.has(report.pbxId)) return;
    const known = open.get(report.pbxId) ?? [];
    if (known.length === 0 && report.lines.length === 0) return;
    const seen = { sweepId: sweep.id, at: timestamp(ctx), newId: ctx.newId };
    episodes.push(...judgeEpisodes(known, report, seen));
  };
  const newsOn = await newsOf(ctx);
  const isHidden = ({ pbxId, findings, withheld }: StoredInspection): boolean => {
    const pbx = findPbx(ctx, pbxId);
    const waived = findings.filter(({ status }) => status === 'waived');
    return withheld.length > 0 || (pbx !== undefined && waived.some(({ rule }) => newsOn(pbx).has(rule.key)));
  };
  let hasHidden = false;
  for await (const inspection of inspectionsOf(ctx.db, sweep.id)) {
    hasHidden ||= isHidden(inspection);
    judge(tally.add(inspection));
  }
  for (const [pbxId, known] of open) {
    if (!fleet.has(pbxId)) episodes.push(...endEpisodes(known, timestamp(ctx)));
  }
  const totals = tally.totals();
  const isWhole = totals.unreadablePbxs === 0 && totals.skippedPbxs === 0 && totals.pbxs > 0;
  return { totals, episodes, isProven: isWhole && !hasHidden };
}

/**
 * A version whose first sweep saw every PBX and found nothing to correct by a new rule needs no release: its rules are
 * proven to fit. A version that came while the sweep ran is proven by the next one, and this one's was not looked at.
 */
async function releaseQuietly(ctx: Ctx, tx: Tx, sweep: Sweep): Promise<void> {
  const { version } = await currentBaseline(tx);
  if (sweep.hold !== null || version !== sweep.baselineVersion) return;
  const at = timestamp(ctx);
  if (!(await releaseVersion(tx, sweep.baselineVersion, SYSTEM, at))) return;
  const subject = { kind: 'baseline', id: String(sweep.baselineVersion) } as const;
  await record(tx, {
    at,
    actor: SYSTEM,
    action: 'baseline.released',
    subject,
    detail: { sweep: sweep.number },
  });
}
