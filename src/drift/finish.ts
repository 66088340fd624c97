import { record } from '../audit/record.js';
import { releaseVersion } from '../baseline/store.js';
import { type Actor, type Ctx, timestamp } from '../ctx.js';
import type { Tx } from '../storage/database.js';
import { askForRestores } from './ask-restore.js';
import { endEpisodes, type EpisodeChange, judgeEpisodes } from './episode.js';
import { openEpisodes, saveEpisodes } from './episode-store.js';
import { inspectionsOf } from './inspection-store.js';
import { createTally, type PbxReport, type Totals } from './report.js';
import { moveSweep, type Sweep } from './store.js';

const SYSTEM: Actor = { kind: 'system', id: 'sweep' };

/**
 * Closes a sweep whose writes are done, or leaves it to a person where some wait for release: counts what was found, opens
 * and closes the episodes of drift, and asks for what is only restored once someone approves.
 */
export async function finishSweep(ctx: Ctx, sweep: Sweep): Promise<void> {
  const { totals, episodes: found, hasWithheld } = await takeStock(ctx, sweep);
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
    if (!isHeld && !hasWithheld) await releaseQuietly(ctx, tx, sweep, totals);
    return episodes;
  });
  for (const { episode } of changed) ctx.wake({ kind: 'episode', id: episode.id });
}

interface Stock {
  readonly totals: Totals;
  readonly episodes: readonly EpisodeChange[];
  /** Whether anything that was to be corrected was held back, for whatever reason. */
  readonly hasWithheld: boolean;
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
  let hasWithheld = false;
  for await (const inspection of inspectionsOf(ctx.db, sweep.id)) {
    hasWithheld ||= inspection.withheld.length > 0;
    judge(tally.add(inspection));
  }
  for (const [pbxId, known] of open) {
    if (!fleet.has(pbxId)) episodes.push(...endEpisodes(known, timestamp(ctx)));
  }
  return { totals: tally.totals(), episodes, hasWithheld };
}

/**
 * A version whose first sweep saw every PBX and found nothing to correct by a new rule needs no release: its rules are
 * proven to fit.
 */
async function releaseQuietly(ctx: Ctx, tx: Tx, sweep: Sweep, totals: Totals): Promise<void> {
  const isProven =
    totals.unreadablePbxs === 0 && totals.skippedPbxs === 0 && totals.pbxs > 0 && sweep.hold === null;
  if (!isProven) return;
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
