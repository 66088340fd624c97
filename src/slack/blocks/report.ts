import type { Line, LineStatus, PbxReport, Report } from '../../drift/report.js';
import type { SweepReport } from '../../drift/queries.js';
import { getSetting } from '../../settings/catalogue.js';
import { formatValue } from '../../settings/kind.js';
import { type Block, chunks, code, context, escape, header, type Message, section } from './kit.js';
import { time, who } from './people.js';

const THREAD_TEXT = 9000;

const words: Readonly<Record<LineStatus, string>> = {
  'in-sync': 'in sync',
  drifted: 'drifted',
  corrected: 'corrected',
  'not-converged': 'did not converge',
  unknown: 'unknown',
  'not-applicable': 'not applicable',
  waived: 'waived',
};

/** The one message of a sweep: the counts, and which PBXs need a person. */
export function sweepMessage({ sweep, report }: SweepReport, nameOf: (pbxId: string) => string): Message {
  const cause = sweep.cause.kind === 'schedule' ? 'Scheduled' : `Started by ${who(sweep.cause.actor)}`;
  const attention = report.pbxs
    .filter(needsPerson)
    .map((pbx) => `• ${attentionLine(pbx, nameOf(pbx.pbxId))}`);
  const finished = sweep.finishedAt === null ? [] : [`finished ${time(sweep.finishedAt)}`];
  return {
    text: `Drift report #${sweep.number}: ${coverage(report)}`,
    blocks: [
      header(`Drift report #${sweep.number}`),
      section(coverage(report)),
      ...(attention.length === 0
        ? [section('Nothing needs a person.')]
        : chunks(attention, 3000).slice(0, 3).map(section)),
      context(`${cause}, baseline v${sweep.baselineVersion}, started ${time(sweep.startedAt)}`, ...finished),
    ],
  };
}

/** The details of a report for its thread, PBX by PBX, in as many messages as they need. */
export function detailMessages(report: Report, nameOf: (pbxId: string) => string): readonly Message[] {
  const lines = report.pbxs.flatMap((pbx) => pbxLines(pbx, nameOf(pbx.pbxId)));
  return chunks(lines, THREAD_TEXT).map((text) => ({
    text: text.slice(0, 200).replaceAll('*', ''),
    blocks: chunks(text.split('\n'), 3000).map(section),
  }));
}

/** The answer to a check by hand. */
export function checkMessage(report: Report, nameOf: (pbxId: string) => string): Message {
  const lines = report.pbxs.flatMap((pbx) => pbxLines(pbx, nameOf(pbx.pbxId)));
  const blocks: Block[] = [section(coverage(report)), ...chunks(lines, 3000).slice(0, 4).map(section)];
  return {
    text: `Checked, nothing written: ${coverage(report)}`,
    blocks: [...blocks, context('A check only reads; nothing was written.')],
  };
}

/** How much was looked at and how it ended, in one line. */
export function coverage(report: Report): string {
  const counts = report.counts;
  const always: readonly LineStatus[] = ['in-sync', 'drifted', 'corrected', 'unknown'];
  const sometimes: readonly LineStatus[] = ['not-converged', 'waived', 'not-applicable'];
  const shown = [...always, ...sometimes.filter((status) => counts[status] > 0)];
  const parts = shown.map((status) => `${counts[status]} ${words[status]}`);
  const failed = report.pbxs.filter(({ failure }) => failure !== null).length;
  const fleet = `${report.pbxs.length} ${report.pbxs.length === 1 ? 'PBX' : 'PBXs'}`;
  return `*${report.checked} checked* on ${fleet}: ${parts.join(', ')}${failed === 0 ? '' : `; ${failed} not inspected`}`;
}

function needsPerson({ failure, lines }: PbxReport): boolean {
  return (
    failure !== null || lines.some(({ status }) => ['drifted', 'not-converged', 'unknown'].includes(status))
  );
}

function attentionLine({ failure, lines }: PbxReport, name: string): string {
  if (failure !== null) return `*${escape(name)}* could not be inspected: ${escape(failure)}`;
  const count = (status: LineStatus): string[] => {
    const number = lines.filter((line) => line.status === status).length;
    return number === 0 ? [] : [`${number} ${words[status]}`];
  };
  const unknown = lines.find(({ status }) => status === 'unknown')?.because;
  const why = unknown === undefined ? '' : ` (${escape(unknown)})`;
  return `*${escape(name)}*: ${[...count('drifted'), ...count('not-converged'), ...count('unknown')].join(', ')}${why}`;
}

function pbxLines({ pbxId, failure, lines }: PbxReport, name: string): readonly string[] {
  const title = `*${escape(name)}* (${code(pbxId)})`;
  if (failure !== null) return [`${title}: not inspected, ${escape(failure)}`];
  if (lines.length === 0) return [`${title}: the baseline has no rule for it`];
  const reasons = new Set(
    lines.flatMap(({ status, because }) => (status === 'unknown' ? (because ?? []) : [])),
  );
  const isAllUnknown = lines.every(({ status }) => status === 'unknown') && reasons.size === 1;
  if (isAllUnknown)
    return [`${title}: ${lines.length} unknown, ${escape([...reasons][0] ?? '')}; nothing was written`];
  const inSync = lines.filter(({ status }) => status === 'in-sync').length;
  return [
    `${title}: ${inSync} in sync`,
    ...lines.filter(({ status }) => status !== 'in-sync').map(settingLine),
  ];
}

function settingLine(line: Line): string {
  const setting = getSetting(line.key);
  const desired = code(formatValue(setting, line.desired));
  const live = line.live === undefined ? '' : code(formatValue(setting, line.live));
  const because = line.because === undefined ? '' : `: ${escape(line.because)}`;
  const values =
    line.status === 'corrected'
      ? `${live} → ${desired}`
      : live === ''
        ? ''
        : `is ${live}, baseline says ${desired}`;
  return `    • *${escape(setting.label)}* ${words[line.status]} ${values}${because}`.trimEnd();
}
