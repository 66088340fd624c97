import { parse } from 'yaml';
import { isRecord } from './body.js';
import type { Xapi } from './client.js';
import { XapiError } from './errors.js';

/** What a PBX says of one property: the longest text it takes, or null where it names no limit. */
export interface DescribedProperty {
  readonly maxLength: number | null;
}

/**
 * The properties of each resource that was asked for, a leaf of a nested object as `AutoSchedulerSettings.Enabled`; null
 * for a resource that the PBX does not describe.
 */
export type Description = Readonly<Record<string, Readonly<Record<string, DescribedProperty>> | null>>;

type Schema = Readonly<Record<string, unknown>>;
type SchemaOf = (name: string) => Schema | null;

const PATH = '/swagger.yaml';
const REFERENCE = '#/components/schemas/';

/**
 * What a PBX says of itself at `/xapi/v1/swagger.yaml` (facts: each PBX serves its own) about the resources named. Throws
 * `XapiError`; a text that describes none of them, or breaks off, is `unreadable` and never a PBX without settings.
 */
export async function readDescription(xapi: Xapi, resources: readonly string[]): Promise<Description> {
  const schemaOf = schemaFinder(await xapi.getText(PATH));
  const described = resources.map((name) => [name, propertiesOf(schemaOf, schemaOf(`Pbx.${name}`))] as const);
  if (described.every(([, properties]) => properties === null)) {
    throw unreadable('describes none of the settings that Plumbline knows');
  }
  return Object.fromEntries(described);
}

/** The whole is more than a megabyte of YAML, which takes seconds to parse: only the wanted schemas are. */
function schemaFinder(text: string): SchemaOf {
  const lines = text.split(/\r?\n/);
  const start = lines.indexOf('  schemas:');
  const length = start === -1 ? -1 : lines.slice(start + 1).findIndex((line) => /^ {0,2}\S/.test(line));
  if (length === -1) throw unreadable('is not complete');
  const schemas = lines.slice(start + 1, start + 1 + length);
  return (name) => {
    const begin = schemas.indexOf(`    ${name}:`);
    if (begin === -1) return null;
    const size = schemas.slice(begin + 1).findIndex((line) => /^ {0,4}\S/.test(line));
    return parsed(schemas.slice(begin + 1, size === -1 ? undefined : begin + 1 + size));
  };
}

function parsed(lines: readonly string[]): Schema {
  try {
    const schema: unknown = parse(lines.join('\n'));
    if (isRecord(schema)) return schema;
  } catch {
    throw unreadable('holds YAML that cannot be read');
  }
  throw unreadable('holds a schema that is none');
}

function propertiesOf(
  schemaOf: SchemaOf,
  schema: Schema | null,
): Readonly<Record<string, DescribedProperty>> | null {
  if (schema === null) return null;
  const entries = Object.entries(propertyMap(schema)).flatMap(([name, property]) => {
    const leaves = Object.entries(propertyMap(referred(schemaOf, property)));
    return [
      [name, describedProperty(property)] as const,
      ...leaves.map(([leaf, inner]) => [`${name}.${leaf}`, describedProperty(inner)] as const),
    ];
  });
  return Object.fromEntries(entries);
}

function propertyMap(schema: unknown): Schema {
  if (!isRecord(schema)) return {};
  return isRecord(schema['properties']) ? schema['properties'] : {};
}

/** The schema a property points to, by `$ref` or by the one member of `allOf`; the property itself otherwise. */
function referred(schemaOf: SchemaOf, property: unknown): unknown {
  if (!isRecord(property)) return property;
  const all: unknown = property['allOf'];
  const pointer: unknown = Array.isArray(all) ? all[0] : property;
  const target: unknown = isRecord(pointer) ? pointer['$ref'] : undefined;
  if (typeof target !== 'string' || !target.startsWith(REFERENCE)) return property;
  return schemaOf(target.slice(REFERENCE.length)) ?? property;
}

function describedProperty(property: unknown): DescribedProperty {
  const maxLength: unknown = isRecord(property) ? property['maxLength'] : undefined;
  return { maxLength: typeof maxLength === 'number' ? maxLength : null };
}

function unreadable(what: string): XapiError {
  return new XapiError('unreadable', `The description that the PBX serves of itself at ${PATH} ${what}.`);
}
