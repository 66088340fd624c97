import { isRecord } from './body.js';
import type { Xapi } from './client.js';
import { XapiError } from './errors.js';

export interface ResourceReading {
  /** The properties as the PBX sent them, without OData annotations. */
  readonly properties: Readonly<Record<string, unknown>>;
  readonly version: string | null;
}

const NAME = /^[A-Za-z][A-Za-z0-9]*$/;

/**
 * Reads one singleton (`GeneralSettingsForApps`), whole or only the selected properties. Throws `XapiError`; an
 * answer that does not look like a 3CX entity is `unreadable`, never an empty reading.
 */
export async function readResource(
  xapi: Xapi,
  name: string,
  select: readonly string[] = [],
): Promise<ResourceReading> {
  const query: Record<string, string> = select.length === 0 ? {} : { $select: select.join(',') };
  const { body, version, status } = await xapi.get(pathOf(name), query);
  const properties = isRecord(body) ? withoutAnnotations(body) : {};
  if (!isEntity(properties, select)) {
    const message = `The PBX answered with JSON that is not the settings of ${name} (HTTP ${status}). Check that the address is the one of the PBX itself and that no proxy answers for it.`;
    throw new XapiError('unreadable', message, { status });
  }
  return { properties, version };
}

/** Changes the given properties of a singleton; nested objects and lists are replaced whole. Throws `XapiError`. */
export async function patchResource(
  xapi: Xapi,
  name: string,
  properties: Readonly<Record<string, unknown>>,
): Promise<void> {
  await xapi.patch(pathOf(name), properties);
}

/** The 3CX version of a PBX, or null where it does not tell. `/Defs` opens to owners and admins alike. */
export async function readVersion(xapi: Xapi): Promise<string | null> {
  const { version } = await xapi.get('/Defs', { $select: 'Id' });
  return version;
}

function pathOf(name: string): string {
  if (!NAME.test(name)) throw new TypeError(`not the name of a resource: ${name}`);
  return `/${name}`;
}

/** A collection, an error and the JSON of other software fail here: names in 3CX's API begin with a capital. */
function isEntity(properties: Readonly<Record<string, unknown>>, select: readonly string[]): boolean {
  const names = Object.keys(properties);
  if (select.length > 0) return select.some((property) => names.includes(property));
  return names.some((property) => /^[A-Z]/.test(property)) && !names.includes('error');
}

function withoutAnnotations(entity: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const kept = Object.entries(entity).filter(([name]) => !name.includes('@odata.'));
  return Object.fromEntries(kept.map(([name, value]) => [name, cleaned(value)]));
}

function cleaned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(cleaned);
  return isRecord(value) ? withoutAnnotations(value) : value;
}
