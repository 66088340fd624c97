import type { SettingFact } from '../../demo/playground/face.js';
import type { AuditRow } from '../../simulators/pbx/types.js';
import { valueIn } from './values.js';

/** What the audit log of a simulated PBX calls Plumbline. */
export const PLUMBLINE = 'plumbline';

/** One setting that a row of the audit log changed. */
export interface Change {
  readonly setting: SettingFact;
  readonly before: unknown;
  readonly after: unknown;
}

/** The settings that a row changed; of a nested object, which is logged whole, only the leaves that differ. */
export function changesIn(row: AuditRow, settings: readonly SettingFact[]): readonly Change[] {
  const [prev, next] = [parsed(row.PrevData), parsed(row.NewData)];
  return settings
    .filter(({ resource }) => resource === row.ObjectName)
    .map((setting) => ({
      setting,
      before: valueIn(prev, setting.key),
      after: valueIn(next, setting.key),
    }))
    .filter(
      ({ before, after }) =>
        (before !== undefined || after !== undefined) && JSON.stringify(before) !== JSON.stringify(after),
    );
}

/** The last row that changed each setting, by key. */
export function lastChanges(
  rows: readonly AuditRow[],
  settings: readonly SettingFact[],
): ReadonlyMap<string, AuditRow> {
  return new Map(
    rows.flatMap((row) => changesIn(row, settings).map(({ setting }) => [setting.key, row] as const)),
  );
}

/** Who made a row, for people. */
export function authorOf({ UserName, Ip }: AuditRow): string {
  return UserName === PLUMBLINE ? 'Plumbline' : `${UserName || 'somebody'} from ${Ip}`;
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}
