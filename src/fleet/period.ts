import type { Pbx, Period } from '../ctx.js';
import { timeWords } from '../settings/time-words.js';
import { covers } from './covers.js';
import { lastDue, nextDueAfter } from './wall-clock.js';

/** The times that decide whether a PBX may be written now. */
export interface Calendar {
  readonly windows: readonly Period[];
  readonly freezes: readonly Period[];
}

/** What is true of a period from `from` until `before`: no run begins in between. Times in milliseconds. */
interface Span {
  readonly from: number;
  readonly before: number;
  /** When the run that began at `from` ends, those that follow it without a pause included. */
  readonly end: number;
}

/** So many runs that follow each other without a pause are counted as one. */
const MOST_RUNS = 100;
const spans = new WeakMap<Period, Span>();

/**
 * When a period that is on now ends, or null outside of one. A run begins at its cron time in its zone and lasts its
 * duration of real time: where clocks are put forward over the cron time it begins when the gap is over, where they are
 * put back it begins once. Runs that overlap, or follow each other at once, end when the last of them does.
 */
export function endOfRun(period: Period, now: Date): Date | null {
  const { end } = spanAt(period, now);
  return end > now.getTime() ? new Date(end) : null;
}

/** When a period begins next, or null for one that never does again. */
export function nextRun(period: Period, now: Date): Date | null {
  const { before } = spanAt(period, now);
  return Number.isFinite(before) ? new Date(before) : null;
}

/** A freeze that is on, and when that ends. */
export interface Frozen {
  readonly because: string;
  readonly end: Date;
}

/** Why nothing may be written to a PBX because of a freeze, or null. Of several the one that ends last is named. */
export function frozenNow(
  pbx: Pick<Pbx, 'id' | 'tags'>,
  { freezes }: Pick<Calendar, 'freezes'>,
  now: Date,
): Frozen | null {
  const on = freezes.flatMap((freeze) => {
    const end = covers(freeze.target, pbx) ? endOfRun(freeze, now) : null;
    return end === null ? [] : [{ name: freeze.name, end }];
  });
  const last = on.toSorted((one, other) => +other.end - +one.end)[0];
  if (last === undefined) return null;
  return { because: `the freeze “${last.name}” is on until ${timeWords(last.end)}`, end: last.end };
}

/** Why nothing is corrected on a PBX now: a freeze, or that all of its windows are shut. Null where it may be. */
export function shutBecause(
  pbx: Pick<Pbx, 'id' | 'tags'>,
  calendar: Calendar,
  now: Date,
): { readonly why: 'freeze' | 'window'; readonly because: string } | null {
  const frozen = frozenNow(pbx, calendar, now);
  if (frozen !== null) return { why: 'freeze', because: frozen.because };
  const own = calendar.windows.filter(({ target }) => covers(target, pbx));
  if (own.length === 0 || own.some((window) => endOfRun(window, now) !== null)) return null;
  const opens = own.flatMap((window) => nextRun(window, now) ?? []).toSorted((one, other) => +one - +other);
  const next = opens[0] === undefined ? '' : `; the next one opens ${timeWords(opens[0])}`;
  return { why: 'window', because: `it is outside of its change windows${next}` };
}

/** A period's runs are looked up once and not again before the next of them begins: a fleet asks for every PBX. */
function spanAt(period: Period, now: Date): Span {
  const known = spans.get(period);
  const at = now.getTime();
  if (known !== undefined && known.from <= at && at < known.before) return known;
  const begun = lastDue(period, now)?.getTime();
  const before = nextDueAfter(period, now)?.getTime() ?? Number.POSITIVE_INFINITY;
  const from = begun ?? Number.NEGATIVE_INFINITY;
  const span = { from, before, end: endAfter(period, from, now) };
  spans.set(period, span);
  return span;
}

function endAfter(period: Period, from: number, now: Date): number {
  let end = from + period.durationMs;
  if (end <= now.getTime()) return end;
  for (let runs = 1, at = from; runs < MOST_RUNS; runs += 1) {
    const next = nextDueAfter(period, new Date(at))?.getTime();
    if (next === undefined || next > end) break;
    at = next;
    end = at + period.durationMs;
  }
  return end;
}
