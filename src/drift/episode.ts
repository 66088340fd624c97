import type { Severity } from '../baseline/rules.js';
import type { Mode } from '../baseline/rules.js';
import type { Author } from '../fleet/author.js';
import { getSetting } from '../settings/catalogue.js';
import { isSameValue, jsonValue } from '../settings/kind.js';
import type { Value } from '../settings/setting.js';
import type { Line, PbxReport } from './report.js';

/**
 * How a drift stands: `waiting` for a window, a release or the end of a stop; `drifted` where a person may want to act;
 * `not-converged` where the PBX does not keep the correction; `quarantined` where somebody keeps putting the value back.
 */
export type EpisodeStatus = 'waiting' | 'drifted' | 'not-converged' | 'quarantined';

const BADNESS: readonly EpisodeStatus[] = ['waiting', 'drifted', 'not-converged', 'quarantined'];
const SEVERITIES: readonly Severity[] = ['info', 'warning', 'critical'];

/** What a rule asked for when the drift was last seen. */
export interface EpisodeRule {
  readonly value: Value;
  readonly mode: Mode;
  readonly target: string;
  readonly severity: Severity;
}

/** One drift of one setting on one PBX, from the sweep that first saw it to the one that no longer does. */
export interface Episode {
  readonly id: string;
  readonly pbxId: string;
  readonly key: string;
  readonly status: EpisodeStatus;
  readonly rule: EpisodeRule;
  readonly live: Value;
  readonly because: string | null;
  readonly author: Author | null;
  readonly openedAt: string;
  readonly openedSweep: string;
  readonly seenAt: string;
  /** When it last was new or got worse, which is when people are told anew. */
  readonly worsenedAt: string;
  /** The request that would restore the rule's value, if one was made. */
  readonly requestId: string | null;
  readonly closedAt: string | null;
  readonly closedBecause: string | null;
  readonly revision: number;
}

/** An episode as it is now; `before` is null for a new one. */
export interface EpisodeChange {
  readonly before: Episode | null;
  readonly episode: Episode;
}

/** The sweep that looked. */
export interface Seen {
  readonly sweepId: string;
  readonly at: string;
  readonly newId: () => string;
}

/**
 * What a sweep's report of one PBX makes of its open episodes. What was not read this time leaves an episode as it is:
 * not knowing ends nothing.
 */
export function judgeEpisodes(
  open: readonly Episode[],
  { pbxId, lines, inSync, failure, skipped }: PbxReport,
  seen: Seen,
): readonly EpisodeChange[] {
  const drifting = lines.flatMap((line) => judgeLine(open, pbxId, line, seen));
  if (failure !== null || skipped !== null) return drifting;
  const known = new Map(lines.map((line) => [line.key, line]));
  const kept = new Set(inSync);
  const closed = open.flatMap((episode) => {
    const because = endOf(episode, known.get(episode.key), kept);
    return because === null ? [] : [{ before: episode, episode: close(episode, because, seen.at) }];
  });
  return [...drifting, ...closed];
}

/** Whether an episode is worth a message: new or worse, and something a person may act on. */
function isWorse(before: Episode | null, { status, rule }: Pick<Episode, 'status' | 'rule'>): boolean {
  if (before === null) return true;
  return (
    BADNESS.indexOf(status) > BADNESS.indexOf(before.status) ||
    SEVERITIES.indexOf(rule.severity) > SEVERITIES.indexOf(before.rule.severity)
  );
}

function judgeLine(
  open: readonly Episode[],
  pbxId: string,
  line: Line,
  seen: Seen,
): readonly EpisodeChange[] {
  const status = statusOf(line);
  if (status === null || line.live === undefined) return [];
  const before = open.find(({ key }) => key === line.key) ?? null;
  const { key, desired: value, mode, target, severity, live } = line;
  const now = {
    status,
    rule: { value, mode, target, severity },
    live,
    because: line.because ?? null,
    author: line.author ?? (before === null ? null : authorStill(before, live)),
    seenAt: seen.at,
  };
  const worsenedAt = isWorse(before, now) ? seen.at : (before?.worsenedAt ?? seen.at);
  if (before === null) {
    const fresh = {
      id: seen.newId(),
      pbxId,
      key,
      openedAt: seen.at,
      openedSweep: seen.sweepId,
      requestId: null,
      closedAt: null,
      closedBecause: null,
      revision: 1,
    };
    return [{ before, episode: { ...fresh, ...now, worsenedAt } }];
  }
  const episode = { ...before, ...now, worsenedAt };
  return [
    {
      before,
      episode: isShownAlike(before, episode) ? episode : { ...episode, revision: before.revision + 1 },
    },
  ];
}

function statusOf({ status, withheld }: Line): EpisodeStatus | null {
  if (status === 'not-converged') return 'not-converged';
  if (status !== 'drifted') return null;
  if (withheld === 'quarantine') return 'quarantined';
  if (withheld === 'back-off') return 'not-converged';
  return withheld === undefined ? 'drifted' : 'waiting';
}

/** Who made the drift, as far as that was known, where the PBX still has the value it had then. */
export function authorStill({ key, live, author }: Episode, now: Value): Author | null {
  return isSameValue(getSetting(key), live, now) ? author : null;
}

/** Ends the episodes of a PBX that no sweep comes to any more. */
export function endEpisodes(open: readonly Episode[], at: string): readonly EpisodeChange[] {
  return open.map((before) => ({ before, episode: close(before, 'the PBX left the fleet', at) }));
}

/** Why an episode is over, or null where it goes on or nobody can tell. */
function endOf({ key }: Episode, line: Line | undefined, inSync: ReadonlySet<string>): string | null {
  if (inSync.has(key)) return 'it is as the baseline says again';
  switch (line?.status) {
    case undefined:
      return 'the baseline does not govern it any more';
    case 'corrected':
      return 'the sweep corrected it';
    case 'waived':
      return line.because ?? 'an exception';
    case 'not-applicable':
      return 'the PBX does not have the setting any more';
    default:
      return null;
  }
}

function close(episode: Episode, because: string, at: string): Episode {
  return { ...episode, closedAt: at, closedBecause: because, revision: episode.revision + 1 };
}

function isShownAlike(one: Episode, other: Episode): boolean {
  const setting = getSetting(one.key);
  return (
    one.status === other.status &&
    one.because === other.because &&
    one.author?.name === other.author?.name &&
    one.rule.mode === other.rule.mode &&
    one.rule.severity === other.rule.severity &&
    isSameValue(setting, one.rule.value, other.rule.value) &&
    isSameValue(setting, one.live, other.live)
  );
}

/** An episode for the audit log and JSON output, images as type, size and hash. */
export function jsonEpisode(episode: Episode): Readonly<Record<string, unknown>> {
  const setting = getSetting(episode.key);
  const { value } = episode.rule;
  return {
    ...episode,
    rule: { ...episode.rule, value: jsonValue(setting, value) },
    live: jsonValue(setting, episode.live),
  };
}
