import { resources } from '../settings/catalogue.js';
import { readValue } from '../settings/kind.js';
import type { Resource, ResourceName, Setting, Value } from '../settings/setting.js';
import { isAtLeast } from '../settings/version.js';
import type { Description } from '../xapi/description.js';

export type { Description };

/**
 * What is known of one setting on one PBX. Only `read` carries a value: nothing that could not be read can be compared,
 * planned or written.
 */
export type Reading =
  | { readonly status: 'read'; readonly value: Value }
  | { readonly status: 'unknown'; readonly because: string }
  | { readonly status: 'not-applicable'; readonly because: string };

/** The properties of one resource as the PBX sent them. */
export type Properties = Readonly<Record<string, unknown>>;

/** What was read from one PBX at one time. */
export interface Observation {
  readonly pbxId: string;
  readonly at: string;
  readonly version: string | null;
  readonly readings: Readonly<Record<string, Reading>>;
  /** The resources that could be read, whole. */
  readonly properties: Readonly<Record<ResourceName, Properties>>;
}

/**
 * How the read of one resource ended: `missing` where the PBX answers that there is no such resource, `failed` with
 * whether whatever else is asked of the PBX would fail likewise.
 */
export type ResourceRead =
  | { readonly status: 'read'; readonly properties: Properties; readonly version: string | null }
  | { readonly status: 'missing'; readonly because: string; readonly version: string | null }
  | { readonly status: 'failed'; readonly because: string; readonly isOfAll: boolean };

/** What one PBX answered: its version and how the read of each resource ended. */
export interface Answers {
  readonly version: string | null;
  readonly reads: Readonly<Record<ResourceName, ResourceRead>>;
}

/** The answers of a PBX to reads of some resources. */
export function answersOf(reads: Answers['reads']): Answers {
  const versions = Object.values(reads).map((read) => (read.status === 'failed' ? null : read.version));
  return { version: versions.find((version) => version !== null) ?? null, reads };
}

/** Whether something is not there, so that only the PBX's own description tells whether it should be. */
export function hasGaps({ reads }: Answers): boolean {
  return resources.some(({ name, settings }) => {
    const read = reads[name];
    if (read?.status === 'missing') return true;
    return (
      read?.status === 'read' && settings.some(({ path }) => propertyAt(read.properties, path) === undefined)
    );
  });
}

/**
 * Derives the readings of every setting of the resources that were asked for. What is not there is not applicable where
 * the PBX's own description does not name it either; without a description its version decides.
 */
export function observationOf(
  pbxId: string,
  at: string,
  { version, reads }: Answers,
  description: Description | null,
): Observation {
  const asked = resources.filter((resource) => resource.name in reads);
  const judge: Judge = { version, description };
  const readings = asked.flatMap((resource) => readingsOf(resource, reads[resource.name], judge));
  const properties = Object.entries(reads).flatMap(([name, read]) =>
    read.status === 'read' ? [[name, read.properties] as const] : [],
  );
  return {
    pbxId,
    at,
    version,
    readings: Object.fromEntries(readings),
    properties: Object.fromEntries(properties),
  };
}

/** The reading of a setting, `unknown` for one that was not asked for. */
export function readingOf(observation: Pick<Observation, 'readings'>, key: string): Reading {
  return observation.readings[key] ?? { status: 'unknown', because: 'it was not read' };
}

/** What tells whether a PBX has a setting. */
type Judge = { readonly version: string | null; readonly description: Description | null };

function readingsOf(
  resource: Resource,
  read: ResourceRead | undefined,
  judge: Judge,
): readonly (readonly [string, Reading])[] {
  return resource.settings.map((setting) => [setting.key, readingFor(setting, read, judge)] as const);
}

function readingFor(setting: Setting, read: ResourceRead | undefined, judge: Judge): Reading {
  switch (read?.status) {
    case 'read':
      return readSetting(setting, read.properties, judge);
    case 'missing':
      return absent(setting, judge, read.because);
    default:
      return { status: 'unknown', because: read?.because ?? 'it was not read' };
  }
}

function readSetting(setting: Setting, properties: Properties, judge: Judge): Reading {
  const wire = propertyAt(properties, setting.path);
  if (wire === undefined) return absent(setting, judge, 'the PBX did not send it');
  const value = readValue(setting, wire);
  if (value !== undefined) return { status: 'read', value };
  return { status: 'unknown', because: `the PBX sent something that is no ${setting.kind}` };
}

function absent(setting: Setting, { version, description }: Judge, because: string): Reading {
  const isOlder = version !== null && !isAtLeast(version, setting.since);
  const isDescribed = description?.[setting.resource]?.[setting.path.join('.')] !== undefined;
  if (description === null ? !isOlder : isDescribed) return { status: 'unknown', because };
  const how = isOlder ? `(new in ${setting.since})` : 'by its own description';
  return { status: 'not-applicable', because: `3CX ${version ?? ''} does not have it ${how}` };
}

/** A leaf of an object that is null is null itself: 3CX declares nested objects nullable. */
function propertyAt(properties: Properties, path: readonly string[]): unknown {
  let current: unknown = properties;
  for (const name of path) {
    if (current === null) return null;
    if (typeof current !== 'object' || !(name in current)) return undefined;
    current = (current as Properties)[name];
  }
  return current;
}
