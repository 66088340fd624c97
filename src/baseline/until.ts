import { UserError } from '../errors.js';

/** The time an exception ends: a date (its end, in UTC) or an ISO time with its zone. Throws `UserError` for anything else. */
export function parseUntil(text: string): string {
  const match = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/.exec(
    text,
  );
  const day = match?.[1];
  const at = new Date(match?.[2] === undefined ? `${day}T23:59:59.999Z` : text);
  if (day !== undefined && isCalendarDay(day) && !Number.isNaN(at.getTime())) return at.toISOString();
  throw new UserError('invalid', `“${text}” is not a date.`, {
    field: 'until',
    mend: 'Write it as 2026-12-31 or 2026-12-31T18:00:00Z.',
  });
}

/** Whether a day exists: `new Date` turns 31 February into 3 March. */
function isCalendarDay(day: string): boolean {
  const date = new Date(`${day}T00:00:00.000Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}
