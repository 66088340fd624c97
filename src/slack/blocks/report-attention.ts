import type { ReportPart } from '../../drift/queries.js';
import type { Line, PbxReport } from '../../drift/report.js';
import type { Restraint } from '../../drift/withheld.js';
import { fewNames, grouped, pbxCount, reason, unreachedBecause } from './report-words.js';
import { labelOf } from './setting-words.js';
import { code, counted, escape } from './text.js';

const MOST_LABELS = 3;
const MOST_NAMES = 8;
const MOST_REASONS = 6;
const GONE_A_LINE = 20;

/** What makes a PBX need a person, the worst first. */
const TROUBLES = ['quarantined', 'not-converged', 'critical', 'drifted', 'unknown'] as const;
type Trouble = (typeof TROUBLES)[number];

const troubleWords: Readonly<Record<Trouble, string>> = {
  quarantined: 'left alone because it keeps coming back',
  'not-converged': 'did not converge',
  critical: 'drifted, critical',
  drifted: 'drifted',
  unknown: 'unknown',
};

/** What a correction waits for by itself, in words that follow “wait”. What waits for a release is told with the hold. */
const waits: Partial<Readonly<Record<Restraint, string>>> = {
  window: 'for a change window',
  freeze: 'for a freeze to end',
  stop: 'for the stop to end',
  canary: 'for the next sweep, because too many corrections failed',
};

/** What of a report needs a person, marked up. */
export interface Attention {
  /** How many PBXs do. */
  readonly pbxs: number;
  /** The worst PBXs first, those in the same trouble in one line. */
  readonly lines: readonly string[];
  /** All PBXs of which nothing could be read, in a few lines by reason. */
  readonly gone: readonly string[];
  /** What was not corrected yet and waits by itself; empty where there is nothing. */
  readonly waiting: string;
}

/** Finds what needs a person. What waits for a window or a release by itself does not need one for each PBX. */
export function attentionOf(part: ReportPart, nameOf: (pbxId: string) => string): Attention {
  const troubled = part.notable
    .map((pbx) => ({ pbx, troubles: troublesOf(pbx) }))
    .filter(({ troubles }) => troubles.size > 0)
    .toSorted((one, other) => rankOf(one.troubles) - rankOf(other.troubles));
  const alike = groupedBy(troubled, ({ troubles }) => troubleText(troubles));
  return {
    pbxs: troubled.length + part.notable.filter(isGone).length,
    lines: [...alike].map(([text, group]) =>
      troubleLine(
        text,
        group.map(({ pbx }) => nameOf(pbx.pbxId)),
      ),
    ),
    gone: [...failedLines(part, nameOf), ...unreachedLines(part, nameOf)],
    waiting: waitingWords(part),
  };
}

/** The PBXs of which something could be read, in the order in which the thread tells of them: the worst first. */
export function byTrouble(part: ReportPart): readonly PbxReport[] {
  return part.notable
    .filter((pbx) => !isGone(pbx))
    .map((pbx) => ({ pbx, troubles: troublesOf(pbx) }))
    .map(({ pbx, troubles }) => ({ pbx, rank: troubles.size === 0 ? TROUBLES.length : rankOf(troubles) }))
    .toSorted((one, other) => one.rank - other.rank)
    .map(({ pbx }) => pbx);
}

/** The PBXs of which nothing could be read, for the thread: all of them by name, each reason once for several. */
export function goneLines(part: ReportPart, nameOf: (pbxId: string) => string): readonly string[] {
  const gone = part.notable.filter(isGone).map((pbx) => {
    const what = pbx.failure === null ? 'Could not be read' : 'Could not be inspected';
    const name = `*${escape(nameOf(pbx.pbxId))}* (${code(pbx.pbxId)})`;
    return { name, what, because: pbx.failure ?? unreachedBecause(pbx) ?? '' };
  });
  const groups = groupedBy(gone, ({ what, because }) => `${what} ${sortOf(because)}`);
  return [...groups.values()].flatMap((group) =>
    paged(group, GONE_A_LINE).map((some) => {
      const [first] = some;
      const names = some.map(({ name }) => name).join(', ');
      return `${first?.what ?? ''}: ${names}. ${capital(reason(first?.because ?? ''))}`;
    }),
  );
}

/** A list in pieces of a length. */
export function paged<T>(items: readonly T[], length: number): readonly (readonly T[])[] {
  const pages: (readonly T[])[] = [];
  for (let from = 0; from < items.length; from += length) pages.push(items.slice(from, from + length));
  return pages;
}

function isGone(pbx: PbxReport): boolean {
  return pbx.failure !== null || unreachedBecause(pbx) !== null;
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

function troublesOf(pbx: PbxReport): ReadonlyMap<Trouble, readonly Line[]> {
  const found = new Map<Trouble, Line[]>();
  if (isGone(pbx)) return found;
  for (const line of pbx.lines) {
    const trouble = troubleOf(line);
    if (trouble !== null) found.set(trouble, [...(found.get(trouble) ?? []), line]);
  }
  return found;
}

function troubleOf({ status, withheld, severity }: Line): Trouble | null {
  if (status === 'unknown') return 'unknown';
  if (status === 'not-converged' || withheld === 'back-off') return 'not-converged';
  if (status !== 'drifted') return null;
  if (withheld === 'quarantine') return 'quarantined';
  if (withheld !== undefined) return null;
  return severity === 'critical' ? 'critical' : 'drifted';
}

function rankOf(troubles: ReadonlyMap<Trouble, unknown>): number {
  return TROUBLES.findIndex((trouble) => troubles.has(trouble));
}

function troubleText(troubles: ReadonlyMap<Trouble, readonly Line[]>): string {
  const parts = TROUBLES.flatMap((trouble) => {
    const lines = troubles.get(trouble);
    if (lines === undefined) return [];
    const because = trouble === 'unknown' ? lines[0]?.because : undefined;
    const detail = because === undefined ? labelsOf(lines) : reason(because);
    return [`${lines.length} ${troubleWords[trouble]} (${detail})`];
  });
  return parts.join('; ');
}

function troubleLine(text: string, names: readonly string[]): string {
  const [first = '', ...others] = names;
  if (others.length === 0) return `• *${escape(first)}*: ${text}`;
  return `• *${pbxCount(names.length)}* (${fewNames(names, MOST_NAMES)}): ${text} on each`;
}

function labelsOf(lines: readonly Line[]): string {
  const labels = lines.slice(0, MOST_LABELS).map(({ key }) => labelOf(key));
  const left = lines.length - labels.length;
  return left === 0 ? labels.join(', ') : `${labels.join(', ')} and ${left} more`;
}

function failedLines({ notable }: ReportPart, nameOf: (pbxId: string) => string): readonly string[] {
  const failed = notable.flatMap(({ pbxId, failure }) =>
    failure === null ? [] : [{ name: nameOf(pbxId), because: failure }],
  );
  return groupLine(failed, 'could not be inspected');
}

function unreachedLines({ notable }: ReportPart, nameOf: (pbxId: string) => string): readonly string[] {
  const unreached = notable.flatMap((pbx) => {
    const because = unreachedBecause(pbx);
    return because === null ? [] : [{ name: nameOf(pbx.pbxId), because }];
  });
  return groupLine(unreached, 'could not be read');
}

interface Gone {
  readonly name: string;
  readonly because: string;
}

/** One line for any number of PBXs, and one for each of their reasons; of many reasons the most frequent ones. */
function groupLine(gone: readonly Gone[], what: string): readonly string[] {
  const [first] = gone;
  if (first === undefined) return [];
  if (gone.length === 1) return [`• *${escape(first.name)}* ${what}: ${reason(first.because)}`];
  const byReason = groupedBy(gone, ({ because }) => sortOf(because));
  const groups = [...byReason.values()].toSorted((one, other) => other.length - one.length);
  const names = fewNames(gone.map(({ name }) => name));
  const title = `• *${pbxCount(gone.length)}* ${what}`;
  const [only, ...others] = groups;
  if (only !== undefined && others.length === 0) return [`${title}: ${names}. ${reason(first.because)}`];
  const shown = groups.slice(0, MOST_REASONS).map((group) => {
    const some = fewNames(group.map(({ name }) => name));
    return `    • ${grouped(group.length)} (${some}): ${reason(group[0]?.because ?? '')}`;
  });
  const left = groups.length - shown.length;
  const rest = left === 0 ? [] : [`    • and ${counted(left, 'more reason')}`];
  return [`${title}, for ${groups.length} reasons:`, ...shown, ...rest];
}

function groupedBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

/** The same trouble with another address, path, time or number is the same trouble. */
function sortOf(because: string): string {
  return because.replace(/https?:\/\/\S+|\/[A-Za-z]\w+|[\d.:]*\d/g, '…');
}

function waitingWords({ notable }: ReportPart): string {
  const counts = new Map<string, number>();
  for (const { withheld } of notable.flatMap(({ lines }) => lines)) {
    const words = withheld === undefined ? undefined : waits[withheld];
    if (words !== undefined) counts.set(words, (counts.get(words) ?? 0) + 1);
  }
  if (counts.size === 0) return '';
  const parts = [...counts].map(([words, count], index) => {
    const wait = count === 1 ? 'setting waits' : 'settings wait';
    return index === 0 ? `${grouped(count)} ${wait} ${words}` : `${grouped(count)} ${words}`;
  });
  return `Not corrected yet: ${parts.join('; ')}.`;
}
