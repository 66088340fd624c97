import { findSetting } from '../settings/catalogue.js';
import { formatValue, jsonValue } from '../settings/kind.js';
import type { Value } from '../settings/setting.js';
import { visible, visibleValue } from '../settings/text.js';
import type { SweepReport } from './queries.js';
import { type Line, lineStatuses, type PbxReport } from './report.js';

/** What an export says of a PBX besides what the report knows. */
export interface ExportFleet {
  readonly nameOf: (pbxId: string) => string;
}

const COLUMNS = [
  'sweep',
  'pbx',
  'pbx_name',
  'setting',
  'label',
  'status',
  'live',
  'baseline',
  'rule_target',
  'mode',
  'severity',
  'because',
  'withheld',
  'author',
  'author_address',
  'author_at',
] as const;

type Row = Partial<Readonly<Record<(typeof COLUMNS)[number], string>>>;

/** What a spreadsheet would take for a formula, whatever stands before it. */
const FORMULA = /^\s*[=+\-@\t\r]/;
const LINE_END = '\r\n';

/**
 * A sweep's report as CSV (RFC 4180), one row a setting of a PBX, pictures as type, size and hash. A cell that a spreadsheet
 * would take for a formula begins with an apostrophe; line breaks and control characters are visible marks.
 */
export function reportCsv({ sweep, report }: SweepReport, fleet: ExportFleet): string {
  const rows = report.entries.flatMap((pbx) => {
    const common = { sweep: String(sweep.number), pbx: pbx.pbxId, pbx_name: fleet.nameOf(pbx.pbxId) };
    return rowsOf(pbx).map((row) => ({ ...common, ...row }));
  });
  const lines = rows.map((row: Row) => COLUMNS.map((column) => cell(row[column] ?? '')).join(','));
  return [COLUMNS.join(','), ...lines, ''].join(LINE_END);
}

/** A sweep's report for programs, pictures as type, size and hash. */
export function reportExport(
  { sweep, report }: SweepReport,
  fleet: ExportFleet,
): Readonly<Record<string, unknown>> {
  const { entries, ...totals } = report;
  const { id, number, cause, state, baselineVersion, startedAt, finishedAt, hold } = sweep;
  return {
    sweep: { id, number, cause, state, baselineVersion, startedAt, finishedAt, hold },
    totals,
    statuses: lineStatuses,
    pbxs: entries.map(({ lines, ...pbx }) => ({
      ...pbx,
      name: fleet.nameOf(pbx.pbxId),
      lines: lines.map(jsonLine),
    })),
  };
}

/** What a PBX of which nothing is known setting by setting has instead is one row. */
function rowsOf({ failure, skipped, inSync, lines }: PbxReport): readonly Row[] {
  const settings = [
    ...lines.map(rowOf),
    ...inSync.map((key) => ({ setting: key, label: labelOf(key), status: 'in-sync' })),
  ];
  if (failure !== null) return [{ status: 'not-inspected', because: failure }, ...settings];
  if (settings.length > 0) return settings;
  return [
    skipped === null
      ? { status: 'no-rule', because: 'the baseline has no rule for this PBX' }
      : { status: 'skipped', because: skipped },
  ];
}

function rowOf(line: Line): Row {
  const { key, status, desired, mode, severity, target, live, because, withheld, author } = line;
  return {
    setting: key,
    label: labelOf(key),
    status,
    live: live === undefined ? '' : textOf(key, live),
    baseline: textOf(key, desired),
    rule_target: target,
    mode,
    severity,
    because: because ?? '',
    withheld: withheld ?? '',
    author: author?.name ?? '',
    author_address: author?.ip ?? '',
    author_at: author?.at ?? '',
  };
}

function jsonLine(line: Line): Readonly<Record<string, unknown>> {
  const { live, desired, key } = line;
  return {
    ...line,
    desired: programValue(key, desired),
    ...(live === undefined ? {} : { live: programValue(key, live) }),
  };
}

function programValue(key: string, value: Value): unknown {
  const setting = findSetting(key);
  return setting === undefined ? value : jsonValue(setting, value);
}

/** As messages show it, but texts as they are and lists whole: nothing is cut here. */
function textOf(key: string, value: Value): string {
  const setting = findSetting(key);
  if (setting?.kind === 'text' && typeof value === 'string' && value !== '') return visibleValue(value);
  if (setting?.kind === 'list' && Array.isArray(value) && value.length > 0) return value.join(', ');
  return setting === undefined ? String(value) : formatValue(setting, value);
}

function labelOf(key: string): string {
  return findSetting(key)?.label ?? key;
}

/** A number is no formula, and a minus sign before one is not worth an apostrophe. */
function cell(text: string): string {
  const isFormula = FORMULA.test(text) && !/^-?\d+(\.\d+)?$/.test(text);
  const shown = visible(text);
  const safe = isFormula ? `'${shown}` : shown;
  return /[",]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
