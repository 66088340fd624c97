const MINUTE_MS = 60_000;

/** A cron time as the oracle reads it: minutes and hours, on every day or on one day of the month. */
export interface WallTimes {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly day?: number;
}

/** The same as a cron expression. */
export function expressionOf({ minutes, hours, day }: WallTimes): string {
  return `${minutes.join(',')} ${hours.join(',')} ${day ?? '*'} * *`;
}

/**
 * The times at which runs begin between two instants, found by looking at a clock on the wall minute by minute. Where the
 * clock jumps over a wanted time, it is when it jumps. Where it jumps back over one, it is the first time the clock shows
 * it; both where several times a day are wanted.
 */
export function beginsBetween(
  wanted: WallTimes,
  timezone: string,
  from: Date,
  until: Date,
): readonly number[] {
  const wall = wallOf(timezone);
  const begins: number[] = [];
  let highest = wall(from.getTime() - 180 * MINUTE_MS);
  for (let at = from.getTime() - 179 * MINUTE_MS; at <= until.getTime(); at += MINUTE_MS) {
    const shown = wall(at);
    const isNew = shown > highest;
    const first = isNew ? highest + MINUTE_MS : shown;
    const isMany = wanted.minutes.length > 1 || wanted.hours.length > 1;
    let isMeant = false;
    for (let time = first; time <= shown; time += MINUTE_MS) isMeant ||= isWanted(wanted, time);
    if (isMeant && (isNew || isMany) && at >= from.getTime()) begins.push(at);
    highest = Math.max(highest, shown);
  }
  return begins;
}

function isWanted({ minutes, hours, day }: WallTimes, shown: number): boolean {
  const time = new Date(shown);
  const isDay = day === undefined || day === time.getUTCDate();
  return isDay && minutes.includes(time.getUTCMinutes()) && hours.includes(time.getUTCHours());
}

/** What a clock shows, as the milliseconds that UTC would have then. */
function wallOf(timezone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone: timezone,
    dateStyle: 'short',
    timeStyle: 'short',
  });
  return (at) => Date.parse(`${format.format(at).replace(' ', 'T')}:00Z`);
}
