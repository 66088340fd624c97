import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';

type Json = Readonly<Record<string, unknown>>;

/** 3CX's own OpenAPI description of its Configuration API, ready to be asked. */
export interface Spec {
  /** Where a log-in goes. */
  readonly tokenPath: string;
  /** What is wrong with a request, in sentences; nothing where the description allows it. */
  faultsOfRequest(request: {
    readonly method: string;
    readonly path: string;
    readonly query: Readonly<Record<string, string>>;
    readonly body?: unknown;
  }): readonly string[];
  /** What is wrong with the body of a successful answer. */
  faultsOfAnswer(path: string, body: unknown): readonly string[];
  /** The properties of a schema, each with references resolved. */
  properties(schema: string): Readonly<Record<string, Json>>;
  /** A schema as it is written. */
  schema(name: string): unknown;
}

/** Reads a description. Its `nullable` is rewritten, and of an object no unknown property is accepted. */
export function readSpec(path: string): Spec {
  const document: unknown = parse(readFileSync(path, 'utf8'), { maxAliasCount: -1 });
  const ajv = new Ajv({ strict: false, allErrors: true, logger: false });
  addFormats.default(ajv);
  const { components, paths } = record(jsonSchemaOf(document));
  ajv.addSchema({ $id: 'xapi', paths, components: { ...record(components), schemas: closed(components) } });
  const faults = (pointer: readonly string[], value: unknown): readonly string[] => {
    const $ref = `xapi#/${pointer.map((part) => encodeURIComponent(part.replaceAll('/', '~1'))).join('/')}`;
    const validate = ajv.compile({ $ref });
    if (validate(value)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  };
  const flows = ['components', 'securitySchemes', 'Application', 'flows', 'clientCredentials', 'tokenUrl'];
  return {
    tokenPath: String(at(document, ...flows)),
    faultsOfRequest: (request) => faultsOfRequest(document, faults, request),
    faultsOfAnswer: (asked, body) =>
      faults(['paths', asked, 'get', 'responses', '200', 'content', 'application/json', 'schema'], body),
    properties: (name) => propertiesOf(document, name),
    schema: (name) => at(document, 'components', 'schemas', name),
  };
}

function faultsOfRequest(
  document: unknown,
  faults: (pointer: readonly string[], value: unknown) => readonly string[],
  { method, path, query, body }: Parameters<Spec['faultsOfRequest']>[0],
): readonly string[] {
  const verb = method.toLowerCase();
  const operation = at(document, 'paths', path, verb);
  if (operation === undefined) return [`${method} ${path} is not described`];
  const known = list(at(operation, 'parameters')).map((parameter) =>
    at(resolved(document, parameter), 'name'),
  );
  const strangers = Object.keys(query).filter((name) => !known.includes(name));
  const wrongQuery = strangers.map((name) => `${method} ${path} takes no ${name}`);
  const isBodyKnown = at(operation, 'requestBody') !== undefined;
  if (body === undefined) return isBodyKnown ? [...wrongQuery, `${method} ${path} needs a body`] : wrongQuery;
  if (!isBodyKnown) return [...wrongQuery, `${method} ${path} takes no body`];
  const pointer = ['paths', path, verb, 'requestBody', 'content', 'application/json', 'schema'];
  return [...wrongQuery, ...faults(pointer, body).map((fault) => `${method} ${path}: ${fault}`)];
}

function propertiesOf(document: unknown, name: string): Readonly<Record<string, Json>> {
  const properties = record(at(document, 'components', 'schemas', name, 'properties'));
  return Object.fromEntries(
    Object.entries(properties).map(([property, schema]) => {
      const [only] = list(at(schema, 'allOf'));
      return [property, { ...record(schema), ...record(resolved(document, only)) }];
    }),
  );
}

/** OpenAPI 3.0 in the words of JSON Schema. */
function jsonSchemaOf(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(jsonSchemaOf);
  if (typeof node !== 'object' || node === null) return node;
  const copy = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, jsonSchemaOf(value)]));
  const { nullable, ...schema } = copy;
  return nullable === true ? { anyOf: [schema, { type: 'null' }] } : schema;
}

/** The schemas, of which those of 3CX's own types take no unknown property. */
function closed(components: unknown): Json {
  const schemas = Object.entries(record(at(components, 'schemas'))).map(([name, schema]) => {
    const isOwn = name.startsWith('Pbx.') && at(schema, 'properties') !== undefined;
    const annotations = { '@odata\\.': true };
    const strict = { ...record(schema), patternProperties: annotations, additionalProperties: false };
    return [name, isOwn ? strict : schema] as const;
  });
  return Object.fromEntries(schemas);
}

function resolved(document: unknown, schema: unknown): unknown {
  const ref = at(schema, '$ref');
  return typeof ref === 'string' ? at(document, ...ref.replace('#/', '').split('/')) : schema;
}

/** What stands at a path of names; undefined where there is nothing. */
function at(value: unknown, ...path: readonly string[]): unknown {
  let found = value;
  for (const name of path) found = record(found)[name];
  return found;
}

function record(value: unknown): Json {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
