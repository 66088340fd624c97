import { never } from '../errors.js';
import type { Author } from '../fleet/author.js';
import type { Outcome } from '../fleet/outcome.js';
import { timeWords } from '../settings/time-words.js';
import type { Value } from '../settings/setting.js';
import type { Severity } from '../baseline/rules.js';
import type { Finding } from './finding.js';
import type { Restraint, Withheld } from './withheld.js';

/** What a sweep (or a check) knows about one PBX. */
export interface Inspected {
  readonly pbxId: string;
  /** The keys in sync that `findings` does not hold. */
  readonly inSync?: readonly string[];
  readonly findings: readonly Finding[];
  readonly outcomes: readonly Outcome[];
  readonly withheld?: readonly Withheld[];
  /** Why the PBX could not be inspected at all, or null. */
  readonly failure: string | null;
  /** Why it was not looked at on purpose, or null. */
  readonly skipped?: string | null;
  readonly gap?: string | null;
}

/** How one governed setting ended: its finding, refined by the correction where there was one. */
export type LineStatus =
  'in-sync' | 'drifted' | 'corrected' | 'not-converged' | 'unknown' | 'skipped' | 'waived' | 'not-applicable';

export const lineStatuses: readonly LineStatus[] = [
  'in-sync',
  'drifted',
  'corrected',
  'not-converged',
  'unknown',
  'skipped',
  'waived',
  'not-applicable',
];

/** The statuses as reports call them. */
export const statusWords: Readonly<Record<LineStatus, string>> = {
  'in-sync': 'in sync',
  drifted: 'drifted',
  corrected: 'corrected',
  'not-converged': 'did not converge',
  unknown: 'unknown',
  skipped: 'skipped',
  waived: 'waived',
  'not-applicable': 'not applicable',
};

export interface Line {
  readonly key: string;
  readonly status: LineStatus;
  readonly desired: Value;
  readonly mode: Finding['rule']['mode'];
  readonly severity: Severity;
  /** What the rule is for: a PBX, `tag:NAME` or `all`. */
  readonly target: string;
  /** What the PBX had; after a correction, before it. */
  readonly live?: Value;
  readonly because?: string;
  /** What kept the correction back. */
  readonly withheld?: Restraint;
  readonly author?: Author;
}

export interface PbxReport {
  readonly pbxId: string;
  readonly failure: string | null;
  readonly skipped: string | null;
  readonly gap: string | null;
  /** The keys of what is as it should be. */
  readonly inSync: readonly string[];
  /** All other settings. */
  readonly lines: readonly Line[];
}

/** Settings per status over all PBXs, and PBXs by how the look at them ended. */
export interface Totals {
  readonly counts: Readonly<Record<LineStatus, number>>;
  /** The sum of all counts. */
  readonly checked: number;
  readonly pbxs: number;
  /** PBXs of which something could not be read. */
  readonly unreadablePbxs: number;
  /** PBXs that could not be inspected at all. */
  readonly failedPbxs: number;
  readonly skippedPbxs: number;
}

export interface Report extends Totals {
  readonly entries: readonly PbxReport[];
}

/** Puts together what was found and corrected on every PBX. */
export function reportOf(inspected: readonly Inspected[]): Report {
  const tally = createTally();
  const entries = inspected.map((one) => tally.add(one));
  return { ...tally.totals(), entries };
}

/** Counts PBX by PBX, for fleets that are too large to hold. */
export function createTally(): { add(inspected: Inspected): PbxReport; totals(): Totals } {
  const counts = new Map<LineStatus, number>(lineStatuses.map((status) => [status, 0]));
  const bump = (status: LineStatus, by: number): void =>
    void counts.set(status, (counts.get(status) ?? 0) + by);
  const pbxs = { all: 0, unreadable: 0, failed: 0, skipped: 0 };
  return {
    add(inspected) {
      const entry = pbxReportOf(inspected);
      bump('in-sync', entry.inSync.length);
      for (const { status } of entry.lines) bump(status, 1);
      pbxs.all += 1;
      if (entry.failure !== null) pbxs.failed += 1;
      if (entry.skipped !== null) pbxs.skipped += 1;
      if (entry.failure !== null || entry.lines.some(({ status }) => status === 'unknown'))
        pbxs.unreadable += 1;
      return entry;
    },
    totals: () => ({
      counts: Object.fromEntries(counts) as Record<LineStatus, number>,
      checked: [...counts.values()].reduce((sum, count) => sum + count, 0),
      pbxs: pbxs.all,
      unreadablePbxs: pbxs.unreadable,
      failedPbxs: pbxs.failed,
      skippedPbxs: pbxs.skipped,
    }),
  };
}

/** What is known of one PBX, setting by setting. */
export function pbxReportOf(inspected: Inspected): PbxReport {
  const { pbxId, findings, failure, skipped = null, gap = null } = inspected;
  const isKept = ({ status, rule }: Finding): boolean =>
    status === 'in-sync' || isMended(rule.key, inspected);
  return {
    pbxId,
    failure,
    skipped,
    gap,
    inSync: [...(inspected.inSync ?? []), ...findings.filter(isKept).map(({ rule }) => rule.key)],
    lines: findings.flatMap((finding) =>
      finding.status === 'in-sync' || isKept(finding) ? [] : [lineOf(finding, inspected)],
    ),
  };
}

/** Whether somebody else put a drift right before the write: nothing was sent, so nothing was corrected. */
function isMended(key: string, { outcomes }: Pick<Inspected, 'outcomes'>): boolean {
  return outcomes.some((one) => one.key === key && one.status === 'unchanged');
}

/** Whether a report says that every governed setting is as it should be, drifted somewhere, or not fully known. */
export function verdictOf({ counts, failedPbxs }: Totals): 'in-sync' | 'drifted' | 'unknown' {
  if (counts.drifted + counts['not-converged'] > 0) return 'drifted';
  return counts.unknown > 0 || failedPbxs > 0 ? 'unknown' : 'in-sync';
}

function lineOf(
  finding: Exclude<Finding, { readonly status: 'in-sync' }>,
  { outcomes, withheld = [] }: Pick<Inspected, 'outcomes' | 'withheld'>,
): Line {
  const { key, value: desired, mode, target, severity = 'warning' } = finding.rule;
  const base = { key, desired, mode, target, severity };
  switch (finding.status) {
    case 'unknown':
    case 'not-applicable':
    case 'skipped':
      return { ...base, status: finding.status, because: finding.because };
    case 'waived':
      return { ...base, status: 'waived', because: `an exception until ${timeWords(finding.untilAt)}` };
    case 'drifted': {
      const author = finding.author === undefined ? {} : { author: finding.author };
      const drift = { ...base, live: finding.live, ...author };
      const held = withheld.find((one) => one.key === key);
      const outcome = outcomes.find((one) => one.key === key);
      if (outcome !== undefined) return correctedLine(drift, outcome);
      const why = held === undefined ? {} : { withheld: held.why, because: `not corrected: ${held.because}` };
      return { ...drift, status: 'drifted', ...why };
    }
    default:
      return never(finding);
  }
}

function correctedLine(drift: Omit<Line, 'status'>, outcome: Outcome): Line {
  const because = outcome.because === undefined ? {} : { because: outcome.because };
  switch (outcome.status) {
    case 'written':
    case 'unchanged':
      return { ...drift, status: 'corrected' };
    case 'unknown':
      return { ...drift, status: 'unknown', ...because };
    case 'unsent':
      return { ...drift, status: 'drifted', ...because };
    case 'moved':
      return {
        ...drift,
        status: 'drifted',
        ...because,
        ...(outcome.after === undefined ? {} : { live: outcome.after }),
      };
    case 'ignored':
    case 'refused':
      return { ...drift, status: 'not-converged', ...because };
    default:
      return never(outcome.status);
  }
}
