import { never, UserError } from '../../errors.js';
import { isoOfSeconds, secondsOfIso } from '../../settings/duration.js';
import { maxLengthFor, type Resource, type Setting } from '../../settings/setting.js';
import { isAtLeast } from '../../settings/version.js';
import { type OtherProperty, otherProperties } from './other-properties.js';

const INT32_MAX = 2_147_483_647;
const INT32_MIN = -2_147_483_648;

/** The pattern 3CX's description gives for every duration. */
export const DURATION = /^-?P([0-9]+D)?(T([0-9]+H)?([0-9]+M)?([0-9]+([.][0-9]+)?S)?)?$/;

/** A property of a resource: a value with its setting, one without, or an object with properties of its own. */
export type Property =
  { readonly setting: Setting } | { readonly other: OtherProperty } | { readonly properties: Properties };
export type Properties = ReadonlyMap<string, Property>;
export type Stored = Readonly<Record<string, unknown>>;

/** Why a PBX refuses a property: the code 3CX sends and the property's name. */
export interface Complaint {
  readonly target: string;
  readonly code: string;
}

/** What each version of 3CX can hold, as the catalogue tells. */
export interface Model {
  readonly resources: readonly Resource[];
  /** The properties a version has, or undefined where it lacks the resource. */
  find(resource: string, version: string): Properties | undefined;
  /** The properties of all versions together. Throws `UserError` for an unknown resource. */
  get(resource: string): Properties;
}

/** Reads the catalogue once for all PBXs of a simulator. */
export function createModel(resources: readonly Resource[]): Model {
  const all = new Map(
    resources.map(({ name, settings }) => [name, withOthers(name, propertiesOf(settings))]),
  );
  const byVersion = new Map<string, Properties>();
  return {
    resources,
    find(name, version) {
      const known = byVersion.get(`${name} ${version}`);
      if (known !== undefined) return known;
      const settings = resources.find((resource) => resource.name === name)?.settings ?? [];
      const present = propertiesOf(settings.filter(({ since }) => isAtLeast(version, since)));
      if (present.size === 0) return undefined;
      const properties = withOthers(name, present);
      byVersion.set(`${name} ${version}`, properties);
      return properties;
    },
    get(name) {
      const properties = all.get(name);
      if (properties !== undefined) return properties;
      throw new UserError('invalid', `A PBX has no resource “${name}”.`, { field: 'resource' });
    },
  };
}

/** What is wrong with the body of a PATCH; nothing where the whole body can be stored. */
export function complaintsOf(properties: Properties, patch: Stored, version: string): readonly Complaint[] {
  return Object.entries(patch).flatMap(([name, value]) => {
    if (name.startsWith('@odata.')) return [];
    const property = properties.get(name);
    if (property === undefined) return [{ target: name, code: 'WARNINGS.XAPI.NOT_SUPPORTED' }];
    if ('setting' in property) {
      const code = complaintOf(property.setting, value, version);
      return code === null ? [] : [{ target: name, code }];
    }
    if ('other' in property) return complaintsOfOther(property.other, name, value);
    if (value === null) return [];
    if (!isRecord(value)) return [{ target: name, code: 'WARNINGS.INVALID' }];
    const inside = complaintsOf(property.properties, value, version);
    return inside.map(({ target, code }) => ({ target: `${name}.${target}`, code }));
  });
}

/** A valid PATCH in the form in which it is kept: durations as 3CX writes them, leaves left out of an object as null. */
export function storedForm(properties: Properties, patch: Stored): Stored {
  const stored: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(patch)) {
    const property = properties.get(name);
    if (property !== undefined) stored[name] = storedValue(property, value);
  }
  return stored;
}

/** Whether a value is an object with properties, and not null or a list. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function complaintsOfOther(other: OtherProperty, target: string, value: unknown): readonly Complaint[] {
  if (other.accepts(value)) return [];
  return [{ target, code: other.isReadOnly ? 'WARNINGS.XAPI.FORBIDDEN_CHANGE' : 'WARNINGS.INVALID' }];
}

function storedValue(property: Property, value: unknown): unknown {
  if ('properties' in property) {
    if (!isRecord(value)) return value;
    const leaves = storedForm(property.properties, value);
    return Object.fromEntries([...property.properties.keys()].map((name) => [name, leaves[name] ?? null]));
  }
  if ('other' in property) return value;
  if (property.setting.kind !== 'duration' || typeof value !== 'string') return value;
  const seconds = secondsOfIso(value);
  return seconds === null ? value : isoOfSeconds(seconds);
}

function complaintOf(setting: Setting, value: unknown, version: string): string | null {
  if (value === null) return setting.kind === 'list' ? 'WARNINGS.INVALID' : null;
  switch (setting.kind) {
    case 'flag':
      return typeof value === 'boolean' ? null : 'WARNINGS.INVALID';
    case 'choice':
      return typeof value === 'string' && setting.options.includes(value) ? null : 'WARNINGS.INVALID';
    case 'number':
      if (typeof value !== 'number' || !Number.isInteger(value)) return 'WARNINGS.INVALID';
      return value >= INT32_MIN && value <= INT32_MAX ? null : 'WARNINGS.XAPI.OUT_OF_THE_RANGE';
    case 'duration':
      return typeof value === 'string' && DURATION.test(value) ? null : 'WARNINGS.INVALID';
    case 'list':
      return Array.isArray(value) && value.every((item) => typeof item === 'string')
        ? null
        : 'WARNINGS.INVALID';
    case 'text':
    case 'image': {
      if (typeof value !== 'string') return 'WARNINGS.INVALID';
      const maxLength = maxLengthFor(setting, version);
      return maxLength === null || value.length <= maxLength ? null : 'WARNINGS.STRING_TOO_LONG';
    }
    default:
      return never(setting);
  }
}

function withOthers(resource: string, properties: Properties): Properties {
  const others = otherProperties(resource).map(([name, other]) => [name, { other }] as const);
  return new Map([...properties, ...others]);
}

function propertiesOf(settings: readonly Setting[], depth = 0): Properties {
  const properties = new Map<string, Property>();
  for (const setting of settings) {
    const name = setting.path[depth];
    if (name === undefined || properties.has(name)) continue;
    const isLeaf = setting.path.length === depth + 1;
    const inside = settings.filter(({ path }) => path[depth] === name);
    properties.set(name, isLeaf ? { setting } : { properties: propertiesOf(inside, depth + 1) });
  }
  return properties;
}
