/** A time of the playground as the page shows it, in UTC: `13:02:05`. */
export function clockTime(iso: string): string {
  return iso.slice(11, 19);
}

/** A day as the page shows it: `Sat 28 Nov`. */
export function dayOf(iso: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    timeZone: 'UTC',
  })
    .format(new Date(iso))
    .replace(',', '');
}

/** How long until a time: `in 12 h 58 min`, `in 3 min`, `now`. */
export function untilWords(from: string, to: string): string {
  const minutes = Math.ceil((Date.parse(to) - Date.parse(from)) / 60_000);
  if (minutes <= 0) return 'now';
  const hours = Math.floor(minutes / 60);
  return hours === 0 ? `in ${minutes} min` : `in ${hours} h ${minutes % 60} min`;
}
