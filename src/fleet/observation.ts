import { resources } from '../settings/catalogue.js';
import { readValue } from '../settings/kind.js';
import type { Resource, ResourceName, Setting, Value } from '../settings/setting.js';
import { isAtLeast } from '../settings/version.js';

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

/** How the read of one resource ended. */
export type ResourceRead =
  | { readonly status: 'read'; readonly properties: Properties; readonly version: string | null }
  | { readonly status: 'failed'; readonly because: string };

/** Derives the readings of every setting of the resources that were asked for. */
export function observationOf(
  pbxId: string,
  at: string,
  reads: Readonly<Record<ResourceName, ResourceRead>>,
): Observation {
  const succeeded = Object.values(reads).flatMap((read) => (read.status === 'read' ? [read] : []));
  const version = succeeded.find((read) => read.version !== null)?.version ?? null;
  const asked = resources.filter((resource) => resource.name in reads);
  const readings = asked.flatMap((resource) => readingsOf(resource, reads[resource.name], version));
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

function readingsOf(
  resource: Resource,
  read: ResourceRead | undefined,
  version: string | null,
): readonly (readonly [string, Reading])[] {
  return resource.settings.map((setting) => {
    if (read === undefined || read.status === 'failed') {
      return [setting.key, { status: 'unknown', because: read?.because ?? 'it was not read' }] as const;
    }
    return [setting.key, readSetting(setting, read.properties, version)] as const;
  });
}

function readSetting(setting: Setting, properties: Properties, version: string | null): Reading {
  const wire = propertyAt(properties, setting.path);
  if (wire === undefined) return absent(setting, version);
  const value = readValue(setting, wire);
  if (value !== undefined) return { status: 'read', value };
  return { status: 'unknown', because: `the PBX sent something that is no ${setting.kind}` };
}

function absent(setting: Setting, version: string | null): Reading {
  if (version !== null && !isAtLeast(version, setting.since)) {
    return { status: 'not-applicable', because: `3CX ${version} does not have it (new in ${setting.since})` };
  }
  return { status: 'unknown', because: 'the PBX did not send it' };
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
