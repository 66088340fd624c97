import type { ChangeRequest } from '../../changes/request.js';
import type { Line, LineStatus, PbxReport, Report } from '../../drift/report.js';
import type { SweepReport } from '../../drift/queries.js';
import { context, header, listed, type Message, section, sections } from './kit.js';
import { time, who } from './people.js';
import { labelOf, valueOf } from './setting-words.js';
import { chunks, clipMarked, code, counted, escape, spoken } from './text.js';

const THREAD_TEXT = 9000;
const ATTENTION_TEXT = 8000;
const BROKEN_TEXT = 2500;
const CHECK_TEXT = 11_000;
const LAST_TEXT = 4000;
const BECAUSE = 400;

const words: Readonly<Record<LineStatus, string>> = {
  'in-sync': 'in sync',
  drifted: 'drifted',
  corrected: 'corrected',
  'not-converged': 'did not converge',
  unknown: 'unknown',
  'not-applicable': 'not applicable',
  waived: 'waived',
};

/** Requests whose approval was skipped: those since the last report, and those whose review is open. */
export interface BrokenGlass {
  readonly broken: readonly ChangeRequest[];
  readonly nameOfTarget: (target: string) => string;
}

/** The one message of a sweep: the counts, which PBXs need a person, and whose approval was skipped. */
export function sweepMessage(
  { sweep, report }: SweepReport,
  nameOf: (pbxId: string) => string,
  glass?: BrokenGlass,
): Message {
  const cause = sweep.cause.kind === 'schedule' ? 'Scheduled' : `Started by ${who(sweep.cause.actor)}`;
  const attention = report.pbxs
    .filter(needsPerson)
    .map((pbx) => `• ${attentionLine(pbx, nameOf(pbx.pbxId))}`);
  const finished = sweep.finishedAt === null ? [] : [`finished ${time(sweep.finishedAt)}`];
  const title = `Drift report #${sweep.number}`;
  const broken = glass === undefined ? [] : brokenLines(glass);
  return {
    text: spoken([
      `${title}: ${coverage(report)}`,
      ...(attention.length === 0 ? ['Nothing needs a person.'] : ['Need a person:', ...attention]),
      ...(broken.length === 0 ? [] : ['Approval skipped:', ...broken]),
    ]),
    blocks: [
      header(title),
      section(coverage(report)),
      ...(attention.length === 0
        ? [section('Nothing needs a person.')]
        : [
            section(
              `*${counted(attention.length, 'PBX')} ${attention.length === 1 ? 'needs' : 'need'} a person*`,
            ),
            ...listed(attention, ATTENTION_TEXT, (left) => `${counted(left, 'more PBX')}: see the thread.`),
          ]),
      ...(broken.length === 0
        ? []
        : [
            section(':rotating_light: *Approval skipped*'),
            ...listed(
              broken,
              BROKEN_TEXT,
              (left) => `${counted(left, 'more request')}: see \`/pbx requests\`.`,
            ),
          ]),
      context(`${cause}, baseline v${sweep.baselineVersion}, started ${time(sweep.startedAt)}`, ...finished),
    ],
  };
}

function brokenLines({ broken, nameOfTarget }: BrokenGlass): readonly string[] {
  return broken.flatMap(({ number, target, breakGlass, review }) => {
    if (breakGlass === null) return [];
    const looked =
      review?.state === 'closed' ? `the review was closed by ${who(review.by)}` : '*the review is open*';
    return `• *#${number}* ${escape(nameOfTarget(target))}, by ${who(breakGlass.by)} ${time(breakGlass.at)} because ${code(breakGlass.reason)}: ${looked}`;
  });
}

/** The details of a report for its thread, PBX by PBX, in as many messages as they need. */
export function detailMessages(report: Report, nameOf: (pbxId: string) => string): readonly Message[] {
  return chunks(allLines(report, nameOf), THREAD_TEXT).map((text) => {
    const lines = text.split('\n');
    return { text: spoken(lines), blocks: sections(lines) };
  });
}

/** The answer to a check by hand. */
export function checkMessage(report: Report, nameOf: (pbxId: string) => string): Message {
  const lines = allLines(report, nameOf);
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
export function lastReportMessage(found: SweepReport, nameOf: (pbxId: string) => string): Message {
  const { text, blocks } = sweepMessage(found, nameOf);
  const hint = (left: number): string => `${counted(left, 'more line')}: see the thread of the report.`;
  const room = blocks.length > 4 ? LAST_TEXT : CHECK_TEXT;
  return { text, blocks: [...blocks, ...listed(allLines(found.report, nameOf), room, hint)] };
}

/** How much was looked at and how it ended, in one line. */
export function coverage(report: Report): string {
  const counts = report.counts;
  const always: readonly LineStatus[] = ['in-sync', 'drifted', 'corrected', 'unknown'];
  const sometimes: readonly LineStatus[] = ['not-converged', 'waived', 'not-applicable'];
  const shown = [...always, ...sometimes.filter((status) => counts[status] > 0)];
  const parts = shown.map((status) => `${counts[status]} ${words[status]}`);
  const failed = report.pbxs.filter(({ failure }) => failure !== null).length;
  const rest = failed === 0 ? '' : `; ${counted(failed, 'PBX')} not inspected`;
  return `*${report.checked} checked* on ${counted(report.pbxs.length, 'PBX')}: ${parts.join(', ')}${rest}`;
}

function allLines(report: Report, nameOf: (pbxId: string) => string): readonly string[] {
  return report.pbxs.flatMap((pbx) => pbxLines(pbx, nameOf(pbx.pbxId)));
}

function needsPerson({ failure, lines }: PbxReport): boolean {
  return (
    failure !== null || lines.some(({ status }) => ['drifted', 'not-converged', 'unknown'].includes(status))
  );
}

function attentionLine({ failure, lines }: PbxReport, name: string): string {
  if (failure !== null) return `*${escape(name)}* could not be inspected: ${reason(failure)}`;
  const count = (status: LineStatus): string[] => {
    const number = lines.filter((line) => line.status === status).length;
    return number === 0 ? [] : [`${number} ${words[status]}`];
  };
  const unknown = lines.find(({ status }) => status === 'unknown')?.because;
  const why = unknown === undefined ? '' : ` (${reason(unknown)})`;
  return `*${escape(name)}*: ${[...count('drifted'), ...count('not-converged'), ...count('unknown')].join(', ')}${why}`;
}

function pbxLines({ pbxId, failure, lines }: PbxReport, name: string): readonly string[] {
  const title = `*${escape(name)}* (${code(pbxId)})`;
  if (failure !== null) return [`${title}: not inspected, ${reason(failure)}`];
  if (lines.length === 0) return [`${title}: the baseline has no rule for it`];
  const reasons = new Set(
    lines.flatMap(({ status, because }) => (status === 'unknown' ? (because ?? []) : [])),
  );
  const isAllUnknown = lines.every(({ status }) => status === 'unknown') && reasons.size === 1;
  if (isAllUnknown)
    return [`${title}: ${lines.length} unknown, nothing was written. ${reason([...reasons][0] ?? '')}`];
  const inSync = lines.filter(({ status }) => status === 'in-sync').length;
  return [
    `${title}: ${inSync} in sync`,
    ...lines.filter(({ status }) => status !== 'in-sync').map(settingLine),
  ];
}

function settingLine(line: Line): string {
  const desired = valueOf(line.key, line.desired);
  const live = line.live === undefined ? '' : valueOf(line.key, line.live);
  const because = line.because === undefined ? '' : `: ${reason(line.because)}`;
  const values =
    line.status === 'corrected'
      ? `${live} → ${desired}`
      : live === ''
        ? ''
        : `is ${live}, baseline says ${desired}`;
  const colon = values.startsWith('is ') ? ':' : '';
  return `    • *${labelOf(line.key)}* ${words[line.status]}${colon} ${values}`.trimEnd() + because;
}

function reason(text: string): string {
  return clipMarked(escape(text), BECAUSE);
}
