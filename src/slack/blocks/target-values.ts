import type { LastSeen } from '../../fleet/store.js';
import type { Reading } from '../../fleet/observation.js';
import { formatValue, isSameValue } from '../../settings/kind.js';
import type { Setting, Value } from '../../settings/setting.js';
import type { Shown } from './form-inputs.js';
import { clip } from './text.js';

const GROUPS_SHOWN = 4;
const VALUE_SHOWN = 60;

interface Group {
  readonly value: Value;
  readonly count: number;
}

/**
 * What a form for several PBXs shows of a setting: the value all of them were last seen with, else an empty input with how
 * many have what. A picture is never put into the form: only its type, size and hash are kept.
 */
export function sharedValue(setting: Setting, seen: readonly (LastSeen | undefined)[]): Shown {
  const readings = seen.map((one) => one?.readings[setting.key]);
  const absent = readings.find((reading) => reading?.status === 'not-applicable');
  if (absent !== undefined && readings.every((reading) => reading?.status === 'not-applicable'))
    return absent;
  const groups = groupsOf(setting, readings);
  const [first] = groups;
  const isAlike = first?.count === readings.length;
  if (isAlike && setting.kind !== 'image') return { status: 'read', value: first.value };
  return {
    status: 'open',
    because: isAlike ? `alike: ${words(setting, first)}` : spread(setting, groups, readings),
  };
}

function groupsOf(setting: Setting, readings: readonly (Reading | undefined)[]): readonly Group[] {
  const groups: Group[] = [];
  for (const reading of readings) {
    if (reading?.status !== 'read') continue;
    const { value } = reading;
    const at = groups.findIndex((group) => isSameValue(setting, group.value, value));
    const known = groups[at];
    if (known === undefined) groups.push({ value, count: 1 });
    else groups[at] = { ...known, count: known.count + 1 };
  }
  return groups.toSorted((left, right) => right.count - left.count);
}

/** `differs: Square on 10, Circle on 2, not read yet on 1`. */
function spread(
  setting: Setting,
  groups: readonly Group[],
  readings: readonly (Reading | undefined)[],
): string {
  if (groups.length === 0) return 'not read yet';
  const shown = groups.slice(0, GROUPS_SHOWN);
  const others = groups.slice(GROUPS_SHOWN).reduce((sum, { count }) => sum + count, 0);
  const absent = readings.filter((reading) => reading?.status === 'not-applicable').length;
  const unread = readings.filter((reading) => reading === undefined || reading.status === 'unknown').length;
  const parts = [
    ...shown.map((group) => words(setting, group)),
    ...(others === 0 ? [] : [`other values on ${others}`]),
    ...(absent === 0 ? [] : [`not applicable on ${absent}`]),
    ...(unread === 0 ? [] : [`not read yet on ${unread}`]),
  ];
  return `differs: ${parts.join(', ')}`;
}

/** A picture's value is kept as the words for it already. */
function words(setting: Setting, { value, count }: Group): string {
  const text = setting.kind === 'image' ? String(value ?? '(not set)') : formatValue(setting, value);
  return `${clip(text, VALUE_SHOWN)} on ${count}`;
}
