import type { Author } from '../../fleet/author.js';
import { type Line, lineStatuses, type PbxReport, statusWords, type Totals } from '../../drift/report.js';
import { time } from './people.js';
import { labelOf, valueOf } from './setting-words.js';
import { clipMarked, code, counted, escape } from './text.js';

const BECAUSE = 400;
const MOST_LABELS = 10;

/** How much was looked at and how it ended, in one line. Every count is there, also where it is 0: none is to be missed. */
export function coverage({ counts, checked, pbxs, failedPbxs, skippedPbxs }: Totals): string {
  const parts = lineStatuses.map((status) => `${grouped(counts[status])} ${statusWords[status]}`);
  const rest = [
    ...(failedPbxs === 0 ? [] : [`${pbxCount(failedPbxs)} could not be inspected`]),
    ...(skippedPbxs === 0 ? [] : [`${pbxCount(skippedPbxs)} skipped`]),
  ];
  const looked = `*${grouped(checked)} checked* on ${pbxCount(pbxs)}: ${parts.join(', ')}`;
  return rest.length === 0 ? looked : `${looked}; ${rest.join(', ')}`;
}

/** `1 PBX`, `1,000 PBXs`. */
export function pbxCount(count: number): string {
  return `${grouped(count)} ${count === 1 ? 'PBX' : 'PBXs'}`;
}

/** `1,000`. */
export function grouped(count: number): string {
  return count.toLocaleString('en');
}

/** Who probably did it, in words that follow a comma; empty where nobody knows. */
export function authorWords(author: Author | null | undefined): string {
  if (author == null) return '';
  if (author.source === 'plumbline') return `probably Plumbline itself, ${time(author.at)}`;
  const from = author.ip === null ? '' : ` from ${escape(author.ip)}`;
  return `probably ${code(author.name)}${from}, ${time(author.at)}`;
}

/** Everything a report says of one PBX, line by line. */
export function pbxLines(
  { pbxId, failure, skipped, gap, lines, inSync: same }: PbxReport,
  name: string,
): readonly string[] {
  const title = `*${escape(name)}* (${code(pbxId)})`;
  const note = gap === null ? [] : [`    • Nobody can tell who changes things there: ${reason(gap)}`];
  if (failure !== null) return [`${title}: not inspected, ${reason(failure)}`, ...note];
  if (skipped !== null) return [`${title}: skipped, ${reason(skipped)}`, ...note];
  if (lines.length + same.length === 0) return [`${title}: the baseline has no rule for it`, ...note];
  const unknown = unreachedBecause({ failure, lines, inSync: same });
  if (unknown !== null)
    return [`${title}: ${lines.length} unknown, nothing was written. ${reason(unknown)}`, ...note];
  const told = lines.filter(({ status }) => status !== 'unknown').map(settingLine);
  return [`${title}: ${same.length} in sync`, ...told, ...unknownLines(lines), ...note];
}

/** What could not be read fails for one reason after another, which is said once for all its settings. */
function unknownLines(lines: readonly Line[]): readonly string[] {
  const reasons = new Map<string, string[]>();
  for (const { status, key, because = 'no reason is known' } of lines) {
    if (status === 'unknown') reasons.set(because, [...(reasons.get(because) ?? []), labelOf(key)]);
  }
  return [...reasons].map(([because, labels]) => {
    const shown = labels.slice(0, MOST_LABELS).join(', ');
    const left = labels.length - MOST_LABELS;
    const names = left > 0 ? `${shown} and ${left} more` : shown;
    return `    • *${names}* unknown: ${reason(because)}`;
  });
}

/** Why nothing at all could be read of a PBX, the first of several reasons; null where something could. */
export function unreachedBecause({
  failure,
  lines,
  inSync,
}: Pick<PbxReport, 'failure' | 'lines' | 'inSync'>): string | null {
  if (failure !== null || inSync.length > 0 || lines.length === 0) return null;
  if (lines.some(({ status }) => status !== 'unknown')) return null;
  return lines[0]?.because ?? 'no reason is known';
}

/** Names of PBXs, the first few of many: `a, b, c and 34 more`. Escaped. */
export function fewNames(names: readonly string[], most = 3): string {
  const shown = names.slice(0, most).map(escape);
  const left = names.length - shown.length;
  return left === 0 ? shown.join(', ') : `${shown.join(', ')} and ${grouped(left)} more`;
}

/** A reason from outside, escaped and clipped. */
export function reason(text: string): string {
  return clipMarked(escape(text), BECAUSE);
}

/** `3 settings on 2 PBXs`. */
export function settingsOn(settings: number, pbxs: number): string {
  const what = settings === 1 ? counted(1, 'setting') : `${grouped(settings)} settings`;
  return `${what} on ${pbxCount(pbxs)}`;
}

function settingLine(line: Line): string {
  const desired = valueOf(line.key, line.desired);
  const live = line.live === undefined ? '' : valueOf(line.key, line.live);
  const author = authorWords(line.author);
  const severity = line.severity === 'critical' && line.status === 'drifted' ? ' (critical)' : '';
  const values =
    line.status === 'corrected'
      ? `${live} → ${desired}`
      : live === ''
        ? ''
        : `is ${live}, baseline says ${desired}`;
  const colon = values === '' ? '' : ':';
  const because = line.because === undefined ? '' : `${values === '' ? ':' : ';'} ${reason(line.because)}`;
  const what = `    • *${labelOf(line.key)}* ${statusWords[line.status]}${severity}${colon} ${values}`;
  return `${what.trimEnd()}${author === '' ? '' : `, ${author}`}${because}`;
}
