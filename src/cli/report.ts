import { currentBaseline } from '../baseline/store.js';
import { type Line, type PbxReport, type Report, verdictOf } from '../drift/report.js';
import { never, UserError } from '../errors.js';
import { getSetting } from '../settings/catalogue.js';
import { formatValue, jsonValue } from '../settings/kind.js';
import { timeWords } from '../settings/time-words.js';
import type { Db } from '../storage/database.js';
import { plain } from './words.js';
import type { ExitCode } from './world.js';

/** A drift report for people: a line a PBX, and under it a diff of what drifted and why anything is unknown. */
export function reportLines(report: Report): readonly string[] {
  return report.entries.flatMap((pbx) => [
    headline(pbx),
    ...(pbx.skipped === null ? pbx.lines.flatMap(lineWords) : []),
    ...unknownWords(pbx.lines.filter(({ status }) => status === 'unknown')),
    ...(pbx.gap === null ? [] : [`  Nobody can tell who changed it: ${pbx.gap}`]),
  ]);
}

/** A drift report for programs, pictures as type, size and hash. */
export function reportJson(report: Report): Readonly<Record<string, unknown>> {
  const { counts, checked, unreadablePbxs } = report;
  const pbxs = report.entries.map(({ lines, ...pbx }) => ({ ...pbx, lines: lines.map(jsonLine) }));
  return { verdict: verdictOf(report), checked, counts, unreadablePbxs, pbxs };
}

/** 0 in sync, 2 drifted, 1 where it is not fully known; drift wins over the unknown. */
export function reportExitCode(report: Report): ExitCode {
  const verdict = verdictOf(report);
  switch (verdict) {
    case 'in-sync':
      return 0;
    case 'drifted':
      return 2;
    case 'unknown':
      return 1;
    default:
      return never(verdict);
  }
}

/** Throws `UserError` where there is nothing yet to compare with. */
export async function requireBaseline(db: Db): Promise<void> {
  const { version } = await currentBaseline(db);
  if (version === 0) throw noBaselineYet();
}

/** What to say, and to do, before the first baseline version. */
export function noBaselineYet(): UserError {
  return new UserError('not-found', 'There is no baseline yet.', {
    mend: 'Make one of a PBX that is as it should be: plumbline baseline capture',
  });
}

function headline({ pbxId, failure, skipped, lines, inSync }: PbxReport): string {
  if (failure !== null) return `${pbxId}: not inspected, ${failure}`;
  if (skipped !== null) return `${pbxId}: not looked at, ${skipped}`;
  const checked = lines.length + inSync.length;
  if (checked === 0) return `${pbxId}: the baseline holds nothing for it`;
  const count = (wanted: Line['status']): number => lines.filter(({ status }) => status === wanted).length;
  const parts = [
    [count('drifted'), 'drifted'],
    [count('not-converged'), 'did not converge'],
    [count('corrected'), 'corrected'],
    [count('unknown'), 'unknown'],
    [count('not-applicable'), 'not applicable'],
    [count('skipped'), 'skipped'],
    [count('waived'), 'waived'],
  ] as const;
  const said = parts.filter(([number]) => number > 0).map(([number, what]) => `${number} ${what}`);
  return `${pbxId}: ${checked} checked, ${said.length === 0 ? 'in sync' : said.join(', ')}`;
}

function lineWords(line: Line): readonly string[] {
  const setting = getSetting(line.key);
  const name = `  ${setting.label} (${setting.key})`;
  const because = line.because === undefined ? '' : `: ${line.because}`;
  switch (line.status) {
    case 'in-sync':
    case 'unknown':
      return [];
    case 'not-applicable':
    case 'waived':
    case 'skipped':
      return [`${name} is left out${because}`];
    case 'drifted':
      return [`${name} drifted${because}`, ...diff(line)];
    case 'corrected':
      return [`${name} was corrected`, ...diff(line)];
    case 'not-converged':
      return [`${name} could not be corrected${because}`, ...diff(line)];
    default:
      return never(line.status);
  }
}

/** A whole resource is unknown for one reason, which is said once. */
function unknownWords(lines: readonly Line[]): readonly string[] {
  const reasons = [...new Set(lines.map(({ because }) => because ?? 'no reason is known'))];
  return reasons.flatMap((reason) => {
    const keys = lines.filter(({ because }) => (because ?? 'no reason is known') === reason);
    return [`  Not known: ${reason}`, ...keys.map(({ key }) => `    ? ${key}`)];
  });
}

function diff({ key, live, desired, author }: Line): readonly string[] {
  const setting = getSetting(key);
  const was = live === undefined ? [] : [`    - ${formatValue(setting, live)}`];
  const by = author === undefined ? [] : [`    ${authorWords(author)}`];
  return [...was, `    + ${formatValue(setting, desired)}`, ...by];
}

/** The PBX's audit log tells who changed something, but not for certain. */
function authorWords({ name, ip, at, source }: NonNullable<Line['author']>): string {
  if (source === 'plumbline') return `written by Plumbline itself, ${timeWords(at)}`;
  return `probably by ${plain(name)}${ip === null ? '' : ` from ${plain(ip)}`}, ${timeWords(at)}`;
}

function jsonLine(line: Line): Readonly<Record<string, unknown>> {
  const setting = getSetting(line.key);
  const live = line.live === undefined ? {} : { live: jsonValue(setting, line.live) };
  return { ...line, desired: jsonValue(setting, line.desired), ...live };
}
