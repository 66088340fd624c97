import type { Command } from 'commander';
import type { AuditFilter } from '../audit/queries.js';
import { type Subject, subjectKinds } from '../audit/record.js';
import { UserError } from '../errors.js';

export interface FilterOptions {
  readonly since?: string;
  readonly until?: string;
  readonly subject?: string;
}

const TIME = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}))?$/;
const DAY_MS = 86_400_000;
/** The years that sort as text. */
const EARLIEST = Date.parse('0000-01-01T00:00:00.000Z');
const LATEST = Date.parse('9999-12-31T23:59:59.999Z');

/** Gives a command that reads the audit log its options for what is meant. */
export function addFilterOptions(command: Command): Command {
  return command
    .option('--since <time>', 'from a date on (its start, in UTC), or an ISO time with its zone')
    .option('--until <time>', 'up to a date (with all of it, in UTC), or before an ISO time with its zone')
    .option('--subject <kind:id>', 'only about this, as the list names it, for example baseline:3');
}

/**
 * What a person means. A date is a day in UTC, of which `--since` means the start and `--until` the end. Throws
 * `UserError` for what is no time or no subject, and for a time that ends before it begins or at once.
 */
export function filterOf({ since, until, subject }: FilterOptions): AuditFilter {
  const from = since === undefined ? undefined : timeOf('--since', since, 'start');
  const to = until === undefined ? undefined : timeOf('--until', until, 'end');
  if (from !== undefined && to !== undefined && from >= to) {
    throw new UserError('invalid', `There is no time between --since ${since} and --until ${until}.`, {
      field: '--since',
      mend: 'Name the earlier one with --since and the later one with --until.',
    });
  }
  return {
    ...(from === undefined ? {} : { since: from }),
    ...(to === undefined ? {} : { until: to }),
    ...(subject === undefined ? {} : { subject: subjectOf(subject) }),
  };
}

function timeOf(field: '--since' | '--until', text: string, edge: 'start' | 'end'): string {
  const [, day = '', clock] = TIME.exec(text) ?? [];
  const at = Date.parse(clock === undefined ? `${day}T00:00:00Z` : text);
  if (!isCalendarDay(day) || Number.isNaN(at)) {
    throw new UserError('invalid', `${field}: “${text}” is neither a date nor a time with its zone.`, {
      field,
      mend: 'Write a date such as 2026-11-01 or a time such as 2026-11-01T08:00:00Z or 2026-11-01T08:00+01:00.',
    });
  }
  const moment = clock === undefined && edge === 'end' ? at + DAY_MS : at;
  return new Date(Math.min(Math.max(moment, EARLIEST), LATEST)).toISOString();
}

/** Whether a day exists: `Date` turns 30 February into 2 March. */
function isCalendarDay(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}

function subjectOf(text: string): Subject {
  const [, name, id] = /^([^:]*):(.+)$/s.exec(text) ?? [];
  const kind = subjectKinds.find((known) => known === name);
  if (kind !== undefined && id !== undefined) return { kind, id };
  throw new UserError('invalid', `--subject: “${text}” is not a subject.`, {
    field: '--subject',
    mend: `Write kind:id, for example baseline:3; the kinds are ${subjectKinds.join(', ')}.`,
  });
}
