import { isRecord } from './body.js';
import type { Xapi } from './client.js';
import { XapiError } from './errors.js';

/** A single value in an audit row; a text that was cut short ends in `…`. */
export type AuditValue = boolean | number | string | null;

/** Values by property path in lower case (`autoschedulersettings.enabled`), however the row nests them. */
export type AuditData = ReadonlyMap<string, AuditValue>;

/** One row of the audit log of a PBX. */
export interface AuditEntry {
  /** ISO 8601 in UTC, by the clock of the PBX. */
  readonly at: string;
  readonly user: string | null;
  readonly ip: string | null;
  readonly before: AuditData;
  readonly after: AuditData;
}

export interface AuditSpan {
  /** ISO 8601, by the clock of the PBX. */
  readonly sinceAt: string;
  /** The most rows that are read; default 500. */
  readonly top?: number;
}

const PATH = '/ReportAuditLog/Pbx.GetAuditLogData()';
const COLUMNS = 'Timestamp,UserName,Ip,PrevData,NewData';
const MOST_ROWS = 500;
const PAGE_ROWS = 100;
const LARGEST_DATA = 4_194_304;
const LARGEST_VALUE = 4096;
const LARGEST_NAME = 200;
const MOST_VALUES = 500;
const DEEPEST = 6;
const HAS_ZONE = /(z|[+-]\d\d:?\d\d)$/i;

/**
 * Reads the audit log, newest first, page by page as the caller goes on asking. Each page is tried once. 3CX's description
 * enumerates none of the codes and makes every column nullable, so rows without a usable time are left out and data that
 * is no JSON is empty. Throws `XapiError`.
 */
export async function* readAuditLog(xapi: Xapi, span: AuditSpan): AsyncGenerator<AuditEntry, void> {
  const { top = MOST_ROWS } = span;
  const sinceAt = new Date(span.sinceAt).toISOString();
  for (let skip = 0; skip < top;) {
    const asked = Math.min(PAGE_ROWS, top - skip);
    const { rows, hasMore } = await readPage(xapi, sinceAt, asked, skip);
    for (const row of rows.slice(0, asked)) {
      const entry = entryOf(row);
      if (entry !== null && entry.at < sinceAt) return;
      if (entry !== null) yield entry;
    }
    if (rows.length === 0 || (rows.length < asked && !hasMore)) return;
    skip += rows.length;
  }
}

/** Whether a PBX keeps an audit log, or null where it does not say. Tried once. Throws `XapiError`. */
export async function isAuditLogOn(xapi: Xapi): Promise<boolean | null> {
  const { body } = await xapi.get('/SystemStatus', { $select: 'IsAuditLogEnabled' }, true);
  const isOn = isRecord(body) ? body['IsAuditLogEnabled'] : undefined;
  return typeof isOn === 'boolean' ? isOn : null;
}

async function readPage(
  xapi: Xapi,
  sinceAt: string,
  top: number,
  skip: number,
): Promise<{ readonly rows: readonly unknown[]; readonly hasMore: boolean }> {
  const query = {
    $filter: `Timestamp ge ${sinceAt}`,
    $orderby: 'Timestamp desc,Id desc',
    $top: String(top),
    ...(skip === 0 ? {} : { $skip: String(skip) }),
    $select: COLUMNS,
  };
  const { body, status } = await xapi.get(PATH, query, true);
  const rows = isRecord(body) ? body['value'] : undefined;
  if (isRecord(body) && Array.isArray(rows)) {
    return { rows, hasMore: typeof body['@odata.nextLink'] === 'string' };
  }
  throw new XapiError('unreadable', `The PBX answered with JSON that is no audit log (HTTP ${status}).`, {
    status,
  });
}

function entryOf(row: unknown): AuditEntry | null {
  if (!isRecord(row)) return null;
  const at = timeOf(row['Timestamp']);
  if (at === null) return null;
  const { UserName, Ip, PrevData, NewData } = row;
  return {
    at,
    user: nameOf(UserName),
    ip: nameOf(Ip),
    before: dataOf(PrevData),
    after: dataOf(NewData),
  };
}

/** A time without a zone is meant in UTC, in which 3CX stores its times. */
function timeOf(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const text = value.trim();
  const time = Date.parse(HAS_ZONE.test(text) ? text : `${text}Z`);
  return Number.isNaN(time) ? null : new Date(time).toISOString();
}

function nameOf(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const name = value.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
  return name === '' ? null : clip(name, LARGEST_NAME);
}

function dataOf(value: unknown): AuditData {
  const data = new Map<string, AuditValue>();
  collect(data, '', unfolded(value), 0);
  data.delete('');
  return data;
}

/** Takes apart what may be an object, dotted names, or an object written as a text inside. */
function collect(data: Map<string, AuditValue>, path: string, value: unknown, depth: number): void {
  if (data.size >= MOST_VALUES || depth > DEEPEST) return;
  if (isRecord(value)) {
    for (const [name, inside] of Object.entries(value)) {
      const part = name.trim().replaceAll('/', '.').toLowerCase();
      collect(data, path === '' ? part : `${path}.${part}`, inside, depth + 1);
    }
    return;
  }
  if (typeof value === 'string') {
    data.set(path, clip(value, LARGEST_VALUE));
    const object = unfolded(value);
    if (isRecord(object)) collect(data, path, object, depth + 1);
    return;
  }
  if (value === null || typeof value === 'boolean' || typeof value === 'number') data.set(path, value);
}

function unfolded(value: unknown): unknown {
  if (typeof value !== 'string' || value.length > LARGEST_DATA || !/^\s*["{]/.test(value)) return value;
  try {
    const inside: unknown = JSON.parse(value);
    return typeof inside === 'string' ? unfolded(inside) : inside;
  } catch {
    return undefined;
  }
}

function clip(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}
