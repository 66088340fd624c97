import { isDeepStrictEqual } from 'node:util';
import { json, namesIn, odataError, unknownNames, unknownOption } from './odata.js';
import type { Stored } from './model.js';
import type { Answer, AuditRow } from './types.js';

const SHOWN_CHARACTERS = 64;
const COLUMNS = [
  'Id',
  'Timestamp',
  'Source',
  'Ip',
  'Action',
  'ObjectType',
  'UserName',
  'ObjectName',
  'PrevData',
  'NewData',
] as const;
const OPTIONS = ['$top', '$skip', '$search', '$filter', '$count', '$select', '$orderby', '$expand'];
const CLAUSE = /^(\w+) (eq|ne|gt|ge|lt|le) ('(?:[^']|'')*'|\S+)$/;
const ACTION_SYSTEM_SETTING = 52;

type Column = (typeof COLUMNS)[number];
type Order = readonly { readonly column: Column; readonly isDescending: boolean }[];

export interface Change {
  readonly id: number;
  readonly at: Date;
  readonly resource: string;
  readonly before: Stored;
  readonly after: Stored;
  readonly user: string;
  readonly ip: string;
  /** Whether it was made at the console and not over the API. */
  readonly isByHand: boolean;
}

/** The row of a change, or null where nothing became different. */
export function auditRow(change: Change): AuditRow | null {
  const changed = Object.keys(change.after).filter(
    (name) => !isDeepStrictEqual(change.before[name], change.after[name]),
  );
  if (changed.length === 0) return null;
  return {
    Id: change.id,
    Timestamp: change.at.toISOString(),
    Source: change.isByHand ? 1 : 0,
    Ip: change.ip,
    Action: ACTION_SYSTEM_SETTING,
    ObjectType: 0,
    UserName: change.user,
    ObjectName: change.resource,
    PrevData: dataOf(change.before, changed),
    NewData: dataOf(change.after, changed),
  };
}

/** Answers `GetAuditLogData()` with paging, ordering and filters of the form `Column op literal and …`. */
export function answerAuditLog(rows: readonly AuditRow[], base: string, query: URLSearchParams): Answer {
  const refused = unknownOption(query, OPTIONS) ?? unknownNames(query, '$select', 'AuditLog', COLUMNS);
  if (refused !== null) return refused;
  const filter = filterOf(query.get('$filter') ?? '');
  if (filter === null) return odataError(400, `Syntax error in '${query.get('$filter')}'.`);
  const order = orderOf(namesIn(query, '$orderby'));
  if (order === null) return odataError(400, `Syntax error in '${query.get('$orderby')}'.`);
  const [skip, top] = [countIn(query, '$skip', 0), countIn(query, '$top', Number.MAX_SAFE_INTEGER)];
  if (skip === null || top === null) return odataError(400, 'Invalid value for $top or $skip.');
  const found = rows.filter(filter).toSorted((left, right) => compareBy(order, left, right));
  const names = namesIn(query, '$select');
  const value = found.slice(skip, skip + top).map((row) => project(row, names));
  const context = `${base}/xapi/v1/$metadata#Collection(Pbx.AuditLog)`;
  const count = query.get('$count') === 'true' ? { '@odata.count': found.length } : {};
  return json(200, { '@odata.context': context, ...count, value });
}

function filterOf(text: string): ((row: AuditRow) => boolean) | null {
  if (text === '') return () => true;
  const clauses = text.split(/ and (?=\w+ (?:eq|ne|gt|ge|lt|le) )/).map((clause) => clauseOf(clause.trim()));
  if (clauses.includes(null)) return null;
  return (row) => clauses.every((clause) => clause?.(row) === true);
}

function clauseOf(text: string): ((row: AuditRow) => boolean) | null {
  const [, name, operator, literal = ''] = CLAUSE.exec(text) ?? [];
  const column = COLUMNS.find((candidate) => candidate === name);
  if (column === undefined || operator === undefined) return null;
  const isQuoted = literal.startsWith("'");
  const wanted = isQuoted ? literal.slice(1, -1).replaceAll("''", "'") : comparable(column, literal);
  if (wanted === null) return null;
  return (row) => {
    const actual = isQuoted ? row[column] : comparable(column, row[column]);
    return actual !== null && holds(operator, compare(actual, wanted));
  };
}

function comparable(column: Column, value: string | number): number | null {
  const number = column === 'Timestamp' ? Date.parse(String(value)) : Number(value);
  return Number.isNaN(number) ? null : number;
}

function holds(operator: string, difference: number): boolean {
  if (operator === 'eq') return difference === 0;
  if (operator === 'ne') return difference !== 0;
  if (operator === 'gt') return difference > 0;
  if (operator === 'ge') return difference >= 0;
  return operator === 'lt' ? difference < 0 : difference <= 0;
}

function orderOf(parts: readonly string[]): Order | null {
  const order = parts.map((part) => {
    const [, name, direction] = /^(\w+)(?: (asc|desc))?$/.exec(part) ?? [];
    const column = COLUMNS.find((candidate) => candidate === name);
    return column === undefined ? null : { column, isDescending: direction === 'desc' };
  });
  const known = order.filter((part) => part !== null);
  return known.length === order.length ? known : null;
}

function compareBy(order: Order, left: AuditRow, right: AuditRow): number {
  for (const { column, isDescending } of order) {
    const difference = compare(left[column], right[column]);
    if (difference !== 0) return isDescending ? -difference : difference;
  }
  return 0;
}

function compare(left: string | number, right: string | number): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function countIn(query: URLSearchParams, option: string, otherwise: number): number | null {
  const text = query.get(option);
  if (text === null) return otherwise;
  return /^\d+$/.test(text) ? Number(text) : null;
}

function project(row: AuditRow, names: readonly string[]): Partial<AuditRow> {
  if (names.length === 0 || names.includes('*')) return row;
  return Object.fromEntries(Object.entries(row).filter(([name]) => names.includes(name)));
}

function dataOf(values: Stored, names: readonly string[]): string {
  return JSON.stringify(Object.fromEntries(names.map((name) => [name, shorten(values[name])])));
}

function shorten(value: unknown): unknown {
  if (typeof value !== 'string' || value.length <= 4 * SHOWN_CHARACTERS) return value;
  return `${value.slice(0, SHOWN_CHARACTERS)}…`;
}
