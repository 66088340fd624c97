import { isCovered, parseIpAddress } from './ip-address.js';
import { formatValue, isSameValue } from './kind.js';
import type { Interlock, Setting, Value } from './setting.js';

const SHOWN_ENTRIES = 5;
const SHOWN_CHARACTERS = 60;
const LINE_BREAKS = /[\r\n\u2028\u2029]+/g;

type Properties = Readonly<Record<string, unknown>>;

/**
 * Why a value must not be written to a PBX whose resource has these properties as it sent them, in sentences for people;
 * null where nothing speaks against it. What the PBX did not tell, or not intelligibly, speaks against it: not knowing
 * must not shut anybody out.
 */
export function interlockFault(setting: Setting, value: Value, properties: Properties): string | null {
  for (const interlock of setting.interlocks ?? []) {
    const fault = faultOf(setting, value, interlock, properties);
    if (fault !== null) return fault;
  }
  return null;
}

/** What an interlock asks for, as a sentence for the reference page. */
export function interlockWords(setting: Setting, interlock: Interlock): string {
  const { own } = interlock;
  if (interlock.kind === 'own-address-in-value') {
    return `Refused unless it covers Plumbline’s own address (\`${own}\`).`;
  }
  const { unless, list } = interlock;
  return `Any value but “${formatValue(setting, unless)}” is refused unless \`${list}\` covers Plumbline’s own address (\`${own}\`).`;
}

function faultOf(
  setting: Setting,
  value: Value,
  interlock: Interlock,
  properties: Properties,
): string | null {
  if (interlock.kind === 'own-address-in-value') {
    return addressFault(interlock, setting.key, { ...properties, [setting.key]: value });
  }
  return isSameValue(setting, value, interlock.unless)
    ? null
    : addressFault(interlock, interlock.list, properties);
}

function addressFault(
  { own, because, mend }: Interlock,
  list: string,
  properties: Properties,
): string | null {
  const text = properties[own];
  if (typeof text !== 'string' || text === '') {
    return `${because}, and the PBX does not tell at which address it sees Plumbline (${own}).`;
  }
  const address = parseIpAddress(text);
  if (address === null) {
    return `${because}, and “${clip(text)}”, at which the PBX sees Plumbline (${own}), is no IP address.`;
  }
  const entries = entriesOf(properties[list]);
  if (entries === null) return `${because}, and the PBX does not tell which ones those are (${list}).`;
  if (entries.some((entry) => isCovered(address, entry))) return null;
  const listed = entries.length === 0 ? `${list} is empty` : `${list}: ${shown(entries)}`;
  return `${because}, and Plumbline’s own, ${text}, is not among them (${listed}). ${mend}`;
}

function entriesOf(list: unknown): readonly string[] | null {
  if (!Array.isArray(list)) return null;
  const entries = list.filter((entry): entry is string => typeof entry === 'string');
  return entries.length === list.length ? entries : null;
}

function shown(entries: readonly string[]): string {
  const left = entries.length - SHOWN_ENTRIES;
  return `${entries.slice(0, SHOWN_ENTRIES).map(clip).join(', ')}${left > 0 ? ` and ${left} more` : ''}`;
}

function clip(text: string): string {
  const line = text.replace(LINE_BREAKS, ' ');
  return line.length > SHOWN_CHARACTERS ? `${line.slice(0, SHOWN_CHARACTERS - 1)}…` : line;
}
