import type { ChangeRequest } from '../../changes/request.js';
import { partOfReport, type ReportPart, type SweepReport } from '../../drift/queries.js';
import type { Report } from '../../drift/report.js';
import type { Sweep } from '../../drift/store.js';
import { type Block, context, header, listed, type Message, section, sections } from './kit.js';
import { time, who } from './people.js';
import { type Attention, attentionOf, byTrouble, goneLines, paged } from './report-attention.js';
import { type PlannedRule, holdBlocks, holdLines } from './report-held.js';
import { coverage, grouped, pbxCount, pbxLines } from './report-words.js';
import { chunks, code, counted, escape, spoken } from './text.js';

const THREAD_TEXT = 9000;
const ATTENTION_TEXT = 4500;
const BROKEN_TEXT = 1800;
const CHECK_TEXT = 11_000;
const LAST_TEXT = 4000;
const QUIET_A_LINE = 20;
const ALL_ELSEWHERE = 'All PBXs are reported in channels of their own.';
/** So many messages at most stand in a report's thread; the rest goes into a file. */
const MOST_DETAILS = 4;

/** Requests whose approval was skipped: those since the last report, and those whose review is open. */
interface BrokenGlass {
  readonly broken: readonly ChangeRequest[];
  readonly nameOfTarget: (target: string) => string;
}

/** What a report says besides what the sweep found. */
export interface ReportFacts {
  readonly nameOf: (pbxId: string) => string;
  readonly glass?: BrokenGlass;
  /** What a held sweep would write, over all channels; only where it can be released from this message. */
  readonly plan?: readonly PlannedRule[];
  /** Whether other PBXs are reported in other channels. */
  readonly isOneOfSeveral?: boolean;
  /** Lines about the sweeps before, the next one, and where else something is reported; marked up. */
  readonly footnotes?: readonly string[];
}

/** The one message of a sweep in a channel: the counts, what needs a person, and whose approval was skipped. */
export function sweepMessage(sweep: Sweep, part: ReportPart, facts: ReportFacts): Message {
  const title = `Drift report #${sweep.number}`;
  const attention = attentionOf(part, facts.nameOf);
  const broken = facts.glass === undefined ? [] : brokenLines(facts.glass);
  const held = sweep.hold === null ? null : { ...sweep, hold: sweep.hold };
  const need = `*${pbxCount(attention.pbxs)} ${attention.pbxs === 1 ? 'needs' : 'need'} a person*`;
  const nothing = nothingWords(sweep, facts);
  const covered = part.pbxs === 0 && facts.isOneOfSeveral === true ? ALL_ELSEWHERE : coverage(part);
  const people = attention.pbxs === 0 ? [nothing] : [need, ...attention.lines, ...attention.gone];
  const waiting = attention.waiting === '' ? [] : [attention.waiting];
  return {
    text: spoken([
      `${title}: ${covered}`,
      ...(held === null ? [] : holdLines(held)),
      ...people,
      ...waiting,
      ...(broken.length === 0 ? [] : ['Approval skipped:', ...broken]),
    ]),
    blocks: [
      header(title),
      section(covered),
      ...(held === null ? [] : heldBlocks(held, facts)),
      ...(attention.pbxs === 0 ? [section(nothing)] : [section(need)]),
      ...listed(attention.lines, ATTENTION_TEXT, (left) => `${counted(left, 'more line')}: see the thread.`),
      ...sections(attention.gone),
      ...nextSteps(attention),
      ...waiting.map((line) => section(line)),
      ...brokenBlocks(broken),
      context(...footOf(sweep)),
      ...(facts.footnotes ?? []).slice(0, 10).map((line) => context(line)),
    ],
  };
}

function nothingWords({ state, hold }: Sweep, { isOneOfSeveral = false }: ReportFacts): string {
  const what = state === 'held' && hold !== null ? 'Nothing else' : 'Nothing';
  return `${what}${isOneOfSeveral ? ' reported here' : ''} needs a person.`;
}

function nextSteps({ lines, gone }: Attention): Block[] {
  const steps = [
    ...(lines.length === 0
      ? []
      : ['`/pbx-drift show` and the id of a PBX shows its drift and what can be done about it.']),
    ...(gone.length === 0
      ? []
      : ['`/pbx check` and the id of a PBX says why it cannot be read and what to do about it.']),
  ];
  return steps.length === 0 ? [] : [context(...steps)];
}

function heldBlocks(sweep: Sweep & Parameters<typeof holdBlocks>[0], facts: ReportFacts): Block[] {
  if (facts.plan !== undefined) return holdBlocks(sweep, facts.plan, facts.nameOf);
  return sections(holdLines(sweep));
}

function footOf({ cause, baselineVersion, startedAt, finishedAt }: Sweep): readonly string[] {
  const by = cause.kind === 'schedule' ? 'Scheduled' : `Started by ${who(cause.actor)}`;
  const finished = finishedAt === null ? [] : [`finished ${time(finishedAt)}`];
  return [`${by}, baseline v${baselineVersion}, started ${time(startedAt)}`, ...finished];
}

/** How far a sweep is that takes a while; its report will take this message's place. */
export function progressMessage(
  sweep: Sweep,
  progress: { readonly done: number; readonly all: number },
): Message {
  const of = `${grouped(progress.done)} of ${pbxCount(progress.all)}`;
  const done = sweep.state === 'inspecting' ? `${of} looked at` : `all looked at, corrections done on ${of}`;
  const line = `Sweep #${sweep.number} is under way: ${done}`;
  const foot = context(...footOf(sweep), 'The report will take the place of this message.');
  return { text: spoken([line]), blocks: [section(line), foot] };
}

function brokenBlocks(broken: readonly string[]): Block[] {
  if (broken.length === 0) return [];
  const more = (left: number): string => `${counted(left, 'more request')}: see \`/pbx requests\`.`;
  return [section(':rotating_light: *Approval skipped*'), ...listed(broken, BROKEN_TEXT, more)];
}

function brokenLines({ broken, nameOfTarget }: BrokenGlass): readonly string[] {
  return broken.flatMap(({ number, target, breakGlass, review }) => {
    if (breakGlass === null) return [];
    const looked =
      review?.state === 'closed' ? `the review was closed by ${who(review.by)}` : '*the review is open*';
    return `• *#${number}* ${escape(nameOfTarget(target))}, by ${who(breakGlass.by)} ${time(breakGlass.at)} because ${code(breakGlass.reason)}: ${looked}`;
  });
}

/** A report's details for its thread. */
export interface Details {
  readonly messages: readonly Message[];
  /** Whether more is known than fits, so that a file must tell it. */
  readonly isCut: boolean;
}

/** The details of a report for its thread, PBX by PBX, in a few messages at most. */
export function detailMessages(part: ReportPart, nameOf: (pbxId: string) => string): Details {
  const texts = chunks(allLines(part, nameOf), THREAD_TEXT);
  const messages = texts.slice(0, MOST_DETAILS).map((text) => {
    const lines = text.split('\n');
    return { text: spoken(lines), blocks: sections(lines) };
  });
  return { messages, isCut: texts.length > messages.length };
}

/** The answer to a check by hand. */
export function checkMessage(report: Report, nameOf: (pbxId: string) => string): Message {
  const lines = allLines(partOfReport(report), nameOf);
  return {
    text: spoken([`Checked, nothing written: ${coverage(report)}`, ...lines]),
    blocks: [
      section(coverage(report)),
      ...listed(lines, CHECK_TEXT, (left) => `${counted(left, 'more line')}: check fewer PBXs to see all.`),
      context('A check only reads; nothing was written.'),
    ],
  };
}

/** A sweep's report for one person who asks for it, with as much detail as fits. */
export function lastReportMessage(
  { sweep, report }: SweepReport,
  nameOf: (pbxId: string) => string,
): Message {
  const part = partOfReport(report);
  const { text, blocks } = sweepMessage(sweep, part, { nameOf });
  const hint = (left: number): string => `${counted(left, 'more line')}: see the thread of the report.`;
  const room = blocks.length > 4 ? LAST_TEXT : CHECK_TEXT;
  return { text, blocks: [...blocks, ...listed(allLines(part, nameOf), room, hint)] };
}

function allLines(part: ReportPart, nameOf: (pbxId: string) => string): readonly string[] {
  const told = byTrouble(part).flatMap((pbx) => pbxLines(pbx, nameOf(pbx.pbxId)));
  const quiet = part.quiet.map(({ pbxId }) => `*${escape(nameOf(pbxId))}* (${code(pbxId)})`);
  const lines = paged(quiet, QUIET_A_LINE).map((some) => `In sync throughout: ${some.join(', ')}`);
  return [...told, ...goneLines(part, nameOf), ...lines];
}
