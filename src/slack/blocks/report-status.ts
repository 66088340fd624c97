import type { DriftNow, PeriodNow } from '../../drift/now-queries.js';
import type { Sweep } from '../../drift/store.js';
import { stopWords } from '../../fleet/stop.js';
import { targetName } from './change-words.js';
import { actions, type Button, button, context, listed, type Message } from './kit.js';
import { time } from './people.js';
import { coverage, fewNames, grouped, pbxCount, reason, settingsOn } from './report-words.js';
import { labelOf } from './setting-words.js';
import { counted, escape, spoken } from './text.js';

const LINES_TEXT = 9000;
const MOST_SHOWN = 5;

/** What the answer says besides how the drift stands. */
export interface StatusFacts {
  readonly nameOf: (pbxId: string) => string;
  /** When the next sweep is due, in ISO 8601, or null. */
  readonly nextAt: string | null;
}

/** How drift stands: the last sweep and the next, what is open, what waits, and what keeps corrections back. */
export function statusMessage(now: DriftNow, facts: StatusFacts): Message {
  const lines = [
    ...stopLines(now),
    ...sweepLines(now, facts),
    ...driftLines(now, facts),
    ...restLines(now, facts),
  ];
  const { held } = now;
  const buttons: readonly Button[] = [
    ...(held === null ? [] : [button('sweep.release', 'Release…', held.id, { style: 'primary' })]),
    ...(held === null ? [] : [button('sweep.dismiss', 'Dismiss', held.id)]),
    button('drift.report', 'Last drift report', 'last'),
  ];
  return {
    text: spoken(lines),
    blocks: [
      ...listed(lines, LINES_TEXT, (left) => `${counted(left, 'more line')}.`),
      actions(...buttons),
      context('`/pbx-drift show` and the id of a PBX shows its drift and what can be done about it.'),
    ],
  };
}

/** One line on drift and what waits, for the Home tab; empty where there is nothing. */
export function driftLine({ open, bySeverity, quarantined, held }: DriftShort): string {
  const parts = [
    ...(open === 0 ? [] : [`${grouped(open)} open${criticalWords(bySeverity.critical)}`]),
    ...(quarantined === 0 ? [] : [`${grouped(quarantined)} left alone because they keep coming back`]),
  ];
  const drift = parts.length === 0 ? [] : [`Drift: ${parts.join(', ')}`];
  return [...drift, ...(held === null ? [] : [heldWords(held)])].join('\n');
}

/** What the Home tab knows of drift. */
export interface DriftShort {
  readonly open: number;
  readonly bySeverity: DriftNow['bySeverity'];
  readonly quarantined: number;
  readonly held: Sweep | null;
}

function stopLines({ stop }: DriftNow): readonly string[] {
  return stop === null
    ? []
    : [`:octagonal_sign: *Nothing is written to any PBX*: ${reason(stopWords(stop))}.`];
}

function sweepLines({ last, underWay, held }: DriftNow, { nextAt }: StatusFacts): readonly string[] {
  const next = nextAt === null ? 'No sweep is planned.' : `*Next sweep* due ${time(nextAt)}.`;
  return [
    last === null ? 'No sweep has ended yet.' : lastWords(last),
    ...(underWay === null
      ? []
      : [
          `*Under way*: sweep #${underWay.sweep.number}, ${underWay.sweep.state}, ${grouped(underWay.done)} of ${pbxCount(underWay.all)} done.`,
        ]),
    ...(held === null ? [] : [heldWords(held)]),
    next,
  ];
}

function lastWords({ number, finishedAt, startedAt, totals }: Sweep): string {
  const what = totals === null ? '' : `: ${coverage(totals)}`;
  return `*Last sweep* #${number}, ${time(finishedAt ?? startedAt)}${what}`;
}

function heldWords({ number, hold }: Sweep): string {
  const what = hold === null ? '' : `: ${settingsOn(hold.writes, hold.pbxs)}`;
  return `:raised_hand: *Sweep #${number} waits for release*${what}`;
}

function driftLines({ open, bySeverity, quarantines }: DriftNow, { nameOf }: StatusFacts): readonly string[] {
  const { critical, warning, info } = bySeverity;
  const drift =
    open === 0
      ? '*Open drift*: none.'
      : `*Open drift*: ${grouped(open)} (${grouped(critical)} critical, ${grouped(warning)} warning, ${grouped(info)} info).`;
  const names = quarantines.map(({ pbxId, key }) => `${nameOf(pbxId)} (${labelOf(key)})`);
  const left = names.length === 0 ? 'none' : fewNames(names, MOST_SHOWN);
  return [drift, `*Left alone because they keep coming back*: ${left}.`];
}

function restLines(
  { pauses, exceptions, freezes, windows }: DriftNow,
  { nameOf }: StatusFacts,
): readonly string[] {
  const named = ({ period, untilAt }: PeriodNow, on: string, off: string): string =>
    `“${escape(period.name)}” for ${escape(targetName(period.target, nameOf))} is ${untilAt === null ? off : `${on} until ${time(untilAt)}`}`;
  const frozen = freezes.filter(({ untilAt }) => untilAt !== null);
  return [
    pauses.length === 0
      ? '*Pauses*: none.'
      : `*Pauses*: ${pauses
          .slice(0, MOST_SHOWN)
          .map(({ target, untilAt }) => `${escape(targetName(target, nameOf))} until ${time(untilAt)}`)
          .join(', ')}${pauses.length > MOST_SHOWN ? ` and ${pauses.length - MOST_SHOWN} more` : ''}.`,
    `*Exceptions*: ${exceptions === 0 ? 'none' : grouped(exceptions)}.`,
    ...(freezes.length === 0
      ? []
      : [
          `*Freezes*: ${frozen.length === 0 ? 'none is on' : frozen.map((one) => named(one, 'on', 'off')).join(', ')}.`,
        ]),
    ...(windows.length === 0
      ? []
      : [
          `*Change windows*: ${windows
            .slice(0, MOST_SHOWN)
            .map((one) => named(one, 'open', 'shut'))
            .join(', ')}.`,
        ]),
  ];
}

function criticalWords(critical: number): string {
  return critical === 0 ? '' : ` (${grouped(critical)} critical)`;
}
