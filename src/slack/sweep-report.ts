import { brokenGlassSince, listRequests } from '../changes/queries.js';
import type { ChangeRequest } from '../changes/request.js';
import { type Ctx, timestamp } from '../ctx.js';
import { countDone, type StoredInspection } from '../drift/inspection-store.js';
import { driftHistory, findReportParts, previousSweepEnd, type ReportPart } from '../drift/queries.js';
import { findSweep, type Sweep } from '../drift/store.js';
import { nextDue } from '../jobs/due.js';
import { targetName } from './blocks/change-words.js';
import { mentions, time } from './blocks/people.js';
import { progressMessage, type ReportFacts, sweepMessage } from './blocks/report.js';
import { heldNote, heldPlan } from './blocks/report-held.js';
import { historyWords } from './blocks/report-history.js';
import { attentionOf } from './blocks/report-attention.js';
import { grouped, pbxCount } from './blocks/report-words.js';
import { findMessage, type MessageKey, saveShown } from './message-store.js';
import { audienceIn, reportChannel, type ReportDesk } from './report-channel.js';
import { postDetails } from './report-thread.js';

const MOST_REVIEWS = 50;
const HISTORY = 30;

/** Brings the messages of a sweep up to date: how far it is, or its report in every channel that it concerns. */
export async function announceSweep(desk: ReportDesk, id: string): Promise<void> {
  const { ctx, config } = desk;
  const sweep = await findSweep(ctx.db, id);
  if (sweep === undefined) return;
  if (sweep.state === 'inspecting' || sweep.state === 'correcting') return showProgress(desk, sweep);
  const shown: MessageKey = { kind: 'sweep', id, audience: 'report' };
  const known = await findMessage(ctx.db, shown);
  if (known?.ts != null && known.revision >= sweep.revision) return;
  const ts = await showReport(desk, sweep);
  if (sweep.state === 'releasing') return;
  const at = timestamp(ctx);
  await saveShown(ctx.db, shown, { channel: config.reportsChannel, at, ts, revision: sweep.revision });
}

async function showProgress({ ctx, config, outbox }: ReportDesk, sweep: Sweep): Promise<void> {
  const { id, revision } = sweep;
  const before: StoredInspection['state'] = sweep.state === 'inspecting' ? 'pending' : 'inspected';
  const message = progressMessage(sweep, await countDone(ctx.db, id, before));
  const key: MessageKey = { kind: 'sweep', id, audience: 'summary' };
  await outbox.publish({ key, revision, channel: config.reportsChannel, message });
}

/** A channel that cannot be written to keeps back none of the others. Returns the `ts` of the main message. */
async function showReport(desk: ReportDesk, sweep: Sweep): Promise<string> {
  const { ctx, config } = desk;
  const parts = await findReportParts(ctx.db, sweep.id, (pbxId) => reportChannel(ctx, config, pbxId));
  const all = new Map([[config.reportsChannel, parts.get(config.reportsChannel) ?? EMPTY], ...parts]);
  const failures: unknown[] = [];
  let main = '';
  for (const [channel, part] of all) {
    try {
      const ts = await showIn(desk, { sweep, channel, part, all });
      if (channel === config.reportsChannel) main = ts;
    } catch (error) {
      ctx.log.warn({ err: error, sweep: sweep.id, channel }, 'a report could not be shown yet');
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  return main;
}

interface Showing {
  readonly sweep: Sweep;
  readonly channel: string;
  readonly part: ReportPart;
  readonly all: ReadonlyMap<string, ReportPart>;
}

/** The details are posted before the report counts as shown, so that an interruption in between is repaired. */
async function showIn(desk: ReportDesk, showing: Showing): Promise<string> {
  const { ctx, config, outbox } = desk;
  const { sweep, channel, part } = showing;
  const { id, revision } = sweep;
  const facts = await factsFor(desk, showing);
  const message = sweepMessage(sweep, part, facts);
  const key: MessageKey = { kind: 'sweep', id, audience: audienceIn(config, channel, 'summary') };
  const threadTs = await outbox.publish({ key, revision, channel, message });
  if (sweep.state === 'releasing') return threadTs;
  await postDetails(desk, { ...showing, threadTs, nameOf: facts.nameOf });
  if (channel === config.reportsChannel && sweep.state === 'held' && sweep.hold !== null) {
    const note = heldNote({ ...sweep, hold: sweep.hold }, mentions(approversOf(ctx)));
    const noteKey: MessageKey = { kind: 'sweep', id, audience: 'held' };
    await outbox.publish({ key: noteKey, revision: 0, channel, message: note, threadTs });
  }
  return threadTs;
}

async function factsFor({ ctx, config }: ReportDesk, { sweep, channel, all }: Showing): Promise<ReportFacts> {
  const nameOf = (pbxId: string): string => ctx.pbxs.find((pbx) => pbx.id === pbxId)?.name ?? pbxId;
  if (channel !== config.reportsChannel) {
    const main = `<#${config.reportsChannel}>`;
    const where = `Only the PBXs whose reports come to this channel; all others are reported in ${main}.`;
    const release = sweep.state === 'held' ? [`The sweep is released or dismissed in ${main}.`] : [];
    return { nameOf, footnotes: [...release, where, heartbeat(ctx)] };
  }
  const history = historyWords(await driftHistory(ctx.db, sweep.number, HISTORY));
  const elsewhere = [...all].filter(([other]) => other !== channel);
  return {
    nameOf,
    glass: {
      broken: await brokenGlass(ctx, sweep),
      nameOfTarget: (target) => targetName(target, nameOf),
    },
    isOneOfSeveral: elsewhere.length > 0,
    plan: heldPlan([...all.values()].flatMap(({ notable }) => notable)),
    footnotes: [
      ...elsewhere.map(([other, part]) => elsewhereWords(other, part, nameOf)),
      ...(history === '' ? [] : [history]),
      heartbeat(ctx),
    ].slice(-10),
  };
}

/** What is told in another channel must not look like nothing. */
function elsewhereWords(channel: string, part: ReportPart, nameOf: (pbxId: string) => string): string {
  const { pbxs } = attentionOf(part, nameOf);
  const need = pbxs === 0 ? '' : `, ${grouped(pbxs)} of which ${pbxs === 1 ? 'needs' : 'need'} a person`;
  return `${pbxCount(part.pbxs)} more${need}: reported in <#${channel}>`;
}

/** Silence must not be mistaken for health. */
function heartbeat({ schedule, now }: Pick<Ctx, 'schedule' | 'now'>): string {
  const next = nextDue(schedule, now());
  return next === null
    ? 'No sweep is planned.'
    : `Next sweep due ${time(next.toISOString())}; no report by then means that Plumbline does not run.`;
}

function approversOf({ roles }: Pick<Ctx, 'roles'>): readonly string[] {
  return roles.approvers.length > 0 ? roles.approvers : roles.admins;
}

/** What was applied without approval since the report before, and all whose review is open, newest first. */
async function brokenGlass({ db }: Pick<Ctx, 'db'>, sweep: Sweep): Promise<readonly ChangeRequest[]> {
  const recent = await brokenGlassSince(db, await previousSweepEnd(db, sweep.number));
  const open = await listRequests(db, { isReviewOpen: true, limit: MOST_REVIEWS });
  const known = new Set(recent.map(({ id }) => id));
  return [...recent, ...open.filter(({ id }) => !known.has(id))].toSorted(
    (one, other) => other.number - one.number,
  );
}

const EMPTY: ReportPart = {
  counts: {
    'in-sync': 0,
    drifted: 0,
    corrected: 0,
    'not-converged': 0,
    unknown: 0,
    skipped: 0,
    waived: 0,
    'not-applicable': 0,
  },
  checked: 0,
  pbxs: 0,
  unreadablePbxs: 0,
  failedPbxs: 0,
  skippedPbxs: 0,
  notable: [],
  quiet: [],
};
