import type { Db, Tx } from '../storage/database.js';
import { writeTogether } from '../storage/together.js';
import { decodeJson, encodeJson } from '../storage/json.js';
import { findSetting } from '../settings/catalogue.js';
import { jsonValue } from '../settings/kind.js';
import type { Value } from '../settings/setting.js';
import type { Observation, Reading } from './observation.js';

/** The last observation of a PBX, kept for display: an image is there as its type, size and hash. */
export interface LastSeen {
  readonly at: string;
  readonly version: string | null;
  readonly readings: Readonly<Record<string, Reading>>;
}

/** Remembers an observation as the PBX's last one. What could not be read this time keeps what was seen before. */
export async function saveObservation(db: Db, observation: Observation): Promise<void> {
  if (Object.values(observation.readings).every(({ status }) => status === 'unknown')) return;
  await writeTogether(db, (tx) => merge(tx, observation));
}

async function merge(tx: Tx, observation: Observation): Promise<void> {
  const before = await findLastSeen(tx, observation.pbxId);
  const readings = Object.fromEntries(
    Object.entries(observation.readings).map(([key, reading]) => [
      key,
      reading.status === 'unknown' ? (before?.readings[key] ?? reading) : displayable(key, reading),
    ]),
  );
  const row = {
    pbx_id: observation.pbxId,
    at: observation.at,
    version: observation.version ?? before?.version ?? null,
    readings: encodeJson({ ...before?.readings, ...readings }),
  };
  await tx
    .insertInto('observations')
    .values(row)
    .onConflict((conflict) => conflict.column('pbx_id').doUpdateSet(row))
    .execute();
}

/** What was last read from a PBX, or undefined where nothing ever was. */
export async function findLastSeen(db: Db | Tx, pbxId: string): Promise<LastSeen | undefined> {
  const row = await db.selectFrom('observations').selectAll().where('pbx_id', '=', pbxId).executeTakeFirst();
  return row === undefined
    ? undefined
    : { at: row.at, version: row.version, readings: decodeJson(row.readings) };
}

/** The version that each PBX was last seen with, by PBX; those that never told theirs are left out. */
export async function lastVersions(db: Db): Promise<ReadonlyMap<string, string>> {
  const rows = await db
    .selectFrom('observations')
    .select(['pbx_id', 'version'])
    .where('version', 'is not', null)
    .execute();
  return new Map(
    rows.flatMap(({ pbx_id: id, version }) => (version === null ? [] : [[id, version] as const])),
  );
}

function displayable(key: string, reading: Reading): Reading {
  const setting = findSetting(key);
  if (reading.status !== 'read' || setting?.kind !== 'image') return reading;
  const shown = jsonValue(setting, reading.value);
  return {
    status: 'read',
    value: typeof shown === 'object' && shown !== null ? summary(shown) : reading.value,
  };
}

function summary(image: object): Value {
  const { type, bytes, sha256 } = image as { type: string; bytes: number; sha256: string };
  return `${type} ${bytes} bytes sha256:${sha256}`;
}
