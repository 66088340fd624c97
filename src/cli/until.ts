import { UserError } from '../errors.js';

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;

/** The time an exception ends, ISO 8601 in UTC: `2030-12-31` means the end of that day. Throws `UserError` for anything else. */
export function untilOf(text: string): string {
  if (DAY.test(text)) {
    const end = new Date(`${text}T23:59:59.999Z`);
    if (!Number.isNaN(end.getTime()) && end.toISOString().startsWith(text)) return end.toISOString();
  }
  const time = TIME.test(text) ? new Date(text) : null;
  if (time !== null && !Number.isNaN(time.getTime())) return time.toISOString();
  throw new UserError('invalid', `“${text}” is not a date.`, {
    field: '--until',
    mend: 'Write 2030-12-31 or 2030-12-31T18:00:00Z.',
  });
}
