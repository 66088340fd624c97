import { stringify } from 'yaml';
import { never } from '../../errors.js';
import { maxLengthFor, type Setting } from '../../settings/setting.js';
import { DURATION, type Model, type Properties } from './model.js';
import { COMPONENTS, READ_ONLY_PATHS, READ_ONLY_SCHEMAS, readOperation, ref } from './swagger-base.js';

type Schema = Readonly<Record<string, unknown>>;

/** Gives the description a PBX serves of itself, made once for each version. */
export function createDescriber(model: Model): (version: string) => string {
  const texts = new Map<string, string>();
  return (version) => {
    const text =
      texts.get(version) ?? stringify(description(model, version), { aliasDuplicateObjects: false });
    texts.set(version, text);
    return text;
  };
}

/** OpenAPI 3.0.4 in the form of 3CX's own; its `info.version` is always 1.0.0 and tells nothing. */
function description(model: Model, version: string): Schema {
  const paths: Record<string, Schema> = { ...READ_ONLY_PATHS };
  const schemas: Record<string, Schema> = { ...READ_ONLY_SCHEMAS };
  for (const { name } of model.resources) {
    const properties = model.find(name, version);
    if (properties === undefined) continue;
    paths[`/${name}`] = pathOf(name);
    describeObject(schemas, name, properties, version);
  }
  return {
    openapi: '3.0.4',
    info: { title: 'XAPI', description: 'This OData service is located at /xapi/v1', version: '1.0.0' },
    servers: [{ url: '/xapi/v1' }],
    paths: sorted(paths),
    components: { schemas: sorted(schemas), ...COMPONENTS },
    security: [{ Application: [] }],
  };
}

function pathOf(name: string): Schema {
  const content = { 'application/json': { schema: ref('schemas', `Pbx.${name}`) } };
  return {
    description: `Provides operations to manage the ${name} singleton.`,
    get: readOperation(name, `Get${name}`, ref('schemas', `Pbx.${name}`)),
    patch: {
      tags: [name],
      summary: `Update ${name}`,
      operationId: `Update${name}`,
      requestBody: { description: 'New property values', content },
      responses: { '204': { description: 'Success' }, default: ref('responses', 'error') },
    },
  };
}

function describeObject(
  schemas: Record<string, Schema>,
  name: string,
  properties: Properties,
  version: string,
): void {
  const described: Record<string, Schema> = {};
  for (const [property, content] of properties) {
    if ('setting' in content) {
      described[property] = schemaOf(schemas, property, content.setting, version);
    } else if ('other' in content) {
      described[property] = content.other.schema;
    } else {
      describeObject(schemas, property, content.properties, version);
      described[property] = nullableRef(property);
    }
  }
  schemas[`Pbx.${name}`] = { title: name, type: 'object', properties: sorted(described) };
}

function schemaOf(schemas: Record<string, Schema>, name: string, setting: Setting, version: string): Schema {
  switch (setting.kind) {
    case 'flag':
      return { type: 'boolean', nullable: true };
    case 'choice':
      schemas[`Pbx.${name}`] = { title: name, enum: setting.options, type: 'string' };
      return nullableRef(name);
    case 'number':
      return {
        maximum: 2_147_483_647,
        minimum: -2_147_483_648,
        type: 'integer',
        format: 'int32',
        nullable: true,
      };
    case 'duration':
      return { pattern: DURATION.source, type: 'string', format: 'duration', nullable: true };
    case 'list':
      return { type: 'array', items: { type: 'string' } };
    case 'text':
    case 'image': {
      const maxLength = maxLengthFor(setting, version);
      return { ...(maxLength === null ? {} : { maxLength }), type: 'string', nullable: true };
    }
    default:
      return never(setting);
  }
}

function nullableRef(name: string): Schema {
  return { allOf: [ref('schemas', `Pbx.${name}`)], nullable: true };
}

function sorted(schemas: Readonly<Record<string, Schema>>): Schema {
  return Object.fromEntries(Object.entries(schemas).toSorted(([left], [right]) => (left < right ? -1 : 1)));
}
