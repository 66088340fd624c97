import type { Outcome } from '../fleet/outcome.js';
import { never } from '../errors.js';
import type { Value } from '../settings/setting.js';
import type { Finding } from './finding.js';

/** What a sweep (or a check) knows about one PBX. */
export interface Inspected {
  readonly pbxId: string;
  readonly findings: readonly Finding[];
  readonly outcomes: readonly Outcome[];
  /** Why the PBX could not be inspected at all, or null. */
  readonly failure: string | null;
}

/** How one governed setting ended: its finding, refined by the correction where there was one. */
export type LineStatus =
  'in-sync' | 'drifted' | 'corrected' | 'not-converged' | 'unknown' | 'not-applicable' | 'waived';

export interface Line {
  readonly key: string;
  readonly status: LineStatus;
  readonly desired: Value;
  readonly live?: Value;
  readonly because?: string;
}

export interface PbxReport {
  readonly pbxId: string;
  readonly failure: string | null;
  readonly lines: readonly Line[];
}

export interface Report {
  readonly pbxs: readonly PbxReport[];
  /** Settings per status, over all PBXs; their sum is `checked`. */
  readonly counts: Readonly<Record<LineStatus, number>>;
  readonly checked: number;
  /** PBXs of which something could not be read. */
  readonly unreadablePbxs: number;
}

/** Puts together what was found and corrected on every PBX. */
export function reportOf(inspected: readonly Inspected[]): Report {
  const pbxs = inspected.map(({ pbxId, findings, outcomes, failure }) => ({
    pbxId,
    failure,
    lines: findings.map((finding) => lineOf(finding, outcomes)),
  }));
  const lines = pbxs.flatMap((pbx) => pbx.lines);
  const count = (status: LineStatus): number => lines.filter((line) => line.status === status).length;
  return {
    pbxs,
    counts: {
      'in-sync': count('in-sync'),
      drifted: count('drifted'),
      corrected: count('corrected'),
      'not-converged': count('not-converged'),
      unknown: count('unknown'),
      'not-applicable': count('not-applicable'),
      waived: count('waived'),
    },
    checked: lines.length,
    unreadablePbxs: pbxs.filter(
      (pbx) => pbx.failure !== null || pbx.lines.some(({ status }) => status === 'unknown'),
    ).length,
  };
}

/** Whether a report says that every governed setting is as it should be, drifted somewhere, or not fully known. */
export function verdictOf(report: Report): 'in-sync' | 'drifted' | 'unknown' {
  const { counts, pbxs } = report;
  if (counts.drifted + counts['not-converged'] > 0) return 'drifted';
  return counts.unknown > 0 || pbxs.some(({ failure }) => failure !== null) ? 'unknown' : 'in-sync';
}

function lineOf(finding: Finding, outcomes: readonly Outcome[]): Line {
  const base = { key: finding.rule.key, desired: finding.rule.value };
  switch (finding.status) {
    case 'in-sync':
      return { ...base, status: 'in-sync' };
    case 'unknown':
    case 'not-applicable':
      return { ...base, status: finding.status, because: finding.because };
    case 'waived':
      return { ...base, status: 'waived', because: `an exception until ${finding.untilAt}` };
    case 'drifted':
      return driftLine(
        finding.live,
        base,
        outcomes.find(({ key }) => key === finding.rule.key),
      );
    default:
      return never(finding);
  }
}

function driftLine(live: Value, base: Pick<Line, 'key' | 'desired'>, outcome: Outcome | undefined): Line {
  if (outcome === undefined) return { ...base, status: 'drifted', live };
  const because = outcome.because === undefined ? {} : { because: outcome.because };
  switch (outcome.status) {
    case 'written':
    case 'unchanged':
      return { ...base, status: 'corrected', live };
    case 'unknown':
      return { ...base, status: 'unknown', live, ...because };
    case 'unsent':
    case 'moved':
      return { ...base, status: 'drifted', live, ...because };
    case 'ignored':
    case 'refused':
      return { ...base, status: 'not-converged', live, ...because };
    default:
      return never(outcome.status);
  }
}
