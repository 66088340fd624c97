import { getSetting } from '../settings/catalogue.js';
import { isSameValue, readValue } from '../settings/kind.js';
import type { Setting, Value } from '../settings/setting.js';
import type { AuditData, AuditEntry, AuditValue } from '../xapi/audit-log.js';

/** Who probably changed a setting, as the PBX's audit log or Plumbline's own journal says. */
export interface Author {
  readonly name: string;
  readonly ip: string | null;
  readonly at: string;
  readonly source: 'pbx-audit-log' | 'plumbline';
  readonly requestId?: string;
}

/** A setting that is not as it should be. */
export interface Drift {
  readonly key: string;
  readonly live: Value;
}

/** One value that Plumbline wrote to a PBX, or meant to. */
export interface OwnWrite {
  readonly key: string;
  readonly value: Value;
  /** When it was begun and ended, in ISO 8601; the same where the end is not known. */
  readonly fromAt: string;
  readonly untilAt: string;
  /** Whether it was read back. */
  readonly isProven: boolean;
  readonly requestId?: string;
}

/** How Plumbline may show in an audit log. */
export interface Self {
  readonly clientId: string | undefined;
  /** Newest first. */
  readonly writes: readonly OwnWrite[];
}

/** Who made one drift: nobody may be known, and older rows may still tell. */
export interface Verdict {
  readonly author: Author | null;
  readonly isFinal: boolean;
}

/** How far the clock of a PBX may be off. */
export const CLOCK_SKEW_MS = 10 * 60_000;

const OPEN: Verdict = { author: null, isFinal: false };
const NOBODY: Verdict = { author: null, isFinal: true };
const PLUMBLINE = 'Plumbline';
const UNNAMED = 'somebody the PBX does not name';
const CUT_SHORT = /(…|\.\.\.)$/;
const SHORTEST_BEGINNING = 16;
const TIME_SPAN = /^(?:(\d+)\.)?(\d\d):(\d\d):(\d\d)$/;
const DATA_URL = /^data:[\w.+/-]+;base64,/;

/**
 * Who made a drift, by the rows read so far, newest first. Only the last change of the property counts: where it set another
 * value than the live one, whoever set that earlier is not to blame for it. A row of Plumbline is never taken for anybody
 * else's, and is Plumbline's only where its own journal says that it wrote this value.
 */
export function authorOf(drift: Drift, entries: readonly AuditEntry[], self: Self): Verdict {
  const setting = getSetting(drift.key);
  const writes = self.writes.filter(({ key, value }) => isDriftedTo(drift, setting, key, value));
  const isNamed = entries.some(({ user }) => isOwnName(user, self.clientId));
  const matching = entries.filter((entry) => changesTo(setting, entry, drift.live) === true);
  for (const entry of entries) {
    const isMatch = changesTo(setting, entry, drift.live);
    if (isMatch === undefined) continue;
    if (!isMatch) return NOBODY;
    if (isOwnName(entry.user, self.clientId)) {
      const write = nearestWrite(writes, entry);
      if (write !== undefined) return { author: ownAuthor(write, entry), isFinal: true };
      continue;
    }
    const write = isNamed ? undefined : writes.find((own) => isRowOf(own, entry, matching));
    if (write !== undefined) return { author: ownAuthor(write, entry), isFinal: false };
    if (!isNamed && isRowMissing(drift, self.writes, matching)) return NOBODY;
    return { author: otherAuthor(entry), isFinal: true };
  }
  return OPEN;
}

/** Where no row tells: Plumbline itself, if what it wrote there last is the live value. */
export function ownAuthorOf(drift: Drift, writes: readonly OwnWrite[]): Author | null {
  const last = writes.find(({ key }) => key === drift.key);
  if (last === undefined || !last.isProven) return null;
  return isSameValue(getSetting(drift.key), last.value, drift.live) ? ownAuthor(last) : null;
}

function isDriftedTo(drift: Drift, setting: Setting, key: string, value: Value): boolean {
  return key === drift.key && isSameValue(setting, value, drift.live);
}

/** Whether a row set a setting to the live value, or to anything else; undefined where it did not change it. */
function changesTo(setting: Setting, { before, after }: AuditEntry, live: Value): boolean | undefined {
  const value = valueIn(after, setting);
  if (value === undefined) return undefined;
  if (value === valueIn(before, setting) && !isCutShort(value)) return undefined;
  return isShown(setting, value, live);
}

/** The value of a setting in a row, alone or below the name of its resource; of a missing object every part is null. */
function valueIn(data: AuditData, { resource, path }: Setting): AuditValue | undefined {
  const key = path.join('.').toLowerCase();
  for (const name of [key, `${resource.toLowerCase()}.${key}`]) {
    const value = data.get(name);
    if (value !== undefined) return value;
    const parent = name.slice(0, name.lastIndexOf('.'));
    if (path.length > 1 && data.get(parent) === null) return null;
  }
  return undefined;
}

/** Whether what a row shows is the live value. What the setting cannot hold, such as a code, is never it. */
function isShown(setting: Setting, shown: AuditValue, live: Value): boolean {
  if (isCutShort(shown) && typeof live === 'string' && live !== shown) {
    return beginsWith(live, shown.replace(CUT_SHORT, ''));
  }
  const value = readValue(setting, shown) ?? readValue(setting, plainForm(setting, shown));
  return value !== undefined && isSameValue(setting, value, live);
}

function isCutShort(value: AuditValue): value is string {
  return typeof value === 'string' && CUT_SHORT.test(value);
}

function beginsWith(live: string, beginning: string): boolean {
  const [whole, part] = [live.replace(DATA_URL, ''), beginning.replace(DATA_URL, '')];
  return part.length >= SHORTEST_BEGINNING && whole.startsWith(part);
}

/** A flag or a number that was written as a text, a duration that was written as a time. */
function plainForm({ kind }: Setting, shown: AuditValue): unknown {
  if (typeof shown !== 'string') return shown;
  const text = shown.trim().toLowerCase();
  if (kind === 'flag' && (text === 'true' || text === 'false')) return text === 'true';
  if (kind === 'number' && /^-?\d+$/.test(text)) return Number(text);
  const [, days = '0', hours, minutes, seconds] = TIME_SPAN.exec(text) ?? [];
  if (kind !== 'duration' || hours === undefined) return shown;
  return `P${days}DT${hours}H${minutes}M${seconds}S`;
}

/** The client id as a word of its own: the client `10` is not the person `100 Console Admin`. */
function isOwnName(user: string | null, clientId: string | undefined): boolean {
  if (user === null || clientId === undefined || clientId === '') return false;
  const [name, id] = [user.toLowerCase(), clientId.toLowerCase()];
  const isPartOfWord = (character: string | undefined): boolean => /[\p{L}\p{N}]/u.test(character ?? '');
  for (let at = name.indexOf(id); at !== -1; at = name.indexOf(id, at + 1)) {
    if (!isPartOfWord(name[at - 1]) && !isPartOfWord(name[at + id.length])) return true;
  }
  return false;
}

function nearestWrite(writes: readonly OwnWrite[], entry: AuditEntry): OwnWrite | undefined {
  return writes.toSorted((one, other) => distanceMs(one, entry) - distanceMs(other, entry))[0];
}

/**
 * Where a PBX does not log Plumbline under its client id, the row of a write is the one closest to it in time, and of two
 * the older one. Another row that is nearly as close belongs to somebody else.
 */
function isRowOf(write: OwnWrite, entry: AuditEntry, matching: readonly AuditEntry[]): boolean {
  if (distanceMs(write, entry) > CLOCK_SKEW_MS) return false;
  const distances = matching.map((one) => distanceMs(write, one));
  return matching[distances.lastIndexOf(Math.min(...distances))] === entry;
}

/**
 * Whether Plumbline wrote the live value last and no row is near that in time: then any of them may be its own, by a clock
 * that is far off, and nobody is named.
 */
function isRowMissing(
  { key, live }: Drift,
  writes: readonly OwnWrite[],
  matching: readonly AuditEntry[],
): boolean {
  const last = writes.find((own) => own.key === key);
  if (last === undefined || !last.isProven || !isSameValue(getSetting(key), last.value, live)) return false;
  return matching.every((entry) => distanceMs(last, entry) > CLOCK_SKEW_MS);
}

function distanceMs({ fromAt, untilAt }: OwnWrite, { at }: AuditEntry): number {
  const time = Date.parse(at);
  return Math.max(0, Date.parse(fromAt) - time, time - Date.parse(untilAt));
}

function ownAuthor({ untilAt, requestId }: OwnWrite, entry?: AuditEntry): Author {
  const request = requestId === undefined ? {} : { requestId };
  return {
    name: PLUMBLINE,
    ip: entry?.ip ?? null,
    at: entry?.at ?? untilAt,
    source: 'plumbline',
    ...request,
  };
}

function otherAuthor({ user, ip, at }: AuditEntry): Author {
  return { name: user ?? UNNAMED, ip, at, source: 'pbx-audit-log' };
}
