import { licence, systemStatus } from './system-status.js';

type Schema = Readonly<Record<string, unknown>>;

const TEXT = { type: 'string', nullable: true };
const FLAG = { type: 'boolean', nullable: true };
const INT32 = {
  maximum: 2_147_483_647,
  minimum: -2_147_483_648,
  type: 'integer',
  format: 'int32',
  nullable: true,
};
const INT64 = { type: 'integer', format: 'int64' };
const TIME = { type: 'string', format: 'date-time', nullable: true };
const COUNT = { type: 'integer', format: 'int64', minimum: 0 };

/** A reference to another part of the description. */
export function ref(section: string, name: string): Schema {
  return { $ref: `#/components/${section}/${name}` };
}

/** A GET that answers 200 or the common error. */
export function readOperation(
  tag: string,
  operationId: string,
  schema: Schema,
  options: readonly Schema[] = [],
): Schema {
  const ok = { description: 'Retrieved entity', content: { 'application/json': { schema } } };
  return {
    tags: [tag],
    summary: `Get ${tag}`,
    operationId,
    parameters: [
      ...options,
      listOption('$select', 'Select properties'),
      listOption('$expand', 'Expand entities'),
    ],
    responses: { '200': ok, default: ref('responses', 'error') },
  };
}

const ERROR_DETAILS: Schema = {
  required: ['code', 'message'],
  type: 'object',
  properties: { code: { type: 'string' }, message: { type: 'string' }, target: TEXT },
};

/** The schemas that no setting belongs to. */
export const READ_ONLY_SCHEMAS: Readonly<Record<string, Schema>> = {
  'Pbx.ODataErrors.ODataError': object('', { error: ref('schemas', 'Pbx.ODataErrors.MainError') }, ['error']),
  'Pbx.ODataErrors.ErrorDetails': ERROR_DETAILS,
  'Pbx.ODataErrors.MainError': object(
    '',
    {
      code: { type: 'string' },
      message: { type: 'string' },
      target: TEXT,
      details: { type: 'array', items: ref('schemas', 'Pbx.ODataErrors.ErrorDetails') },
      innerError: { type: 'object' },
    },
    ['code', 'message'],
  ),
  'Pbx.Defs': object('Defs', { Id: { ...INT32, nullable: false } }),
  'Pbx.License': object('License', schemasLike(licence())),
  'Pbx.SystemStatus': object(
    'SystemStatus',
    schemasLike({ Version: '', ...systemStatus('', true, new Date(0)) }),
  ),
  'Pbx.AuditLog': object('AuditLog', {
    Action: INT32,
    Id: INT64,
    Ip: TEXT,
    NewData: TEXT,
    ObjectName: TEXT,
    ObjectType: INT32,
    PrevData: TEXT,
    Source: INT32,
    Timestamp: TIME,
    UserName: TEXT,
  }),
};

/** The addresses that can only be read. */
export const READ_ONLY_PATHS: Readonly<Record<string, Schema>> = {
  '/Defs': { get: readOperation('Defs', 'GetDefs', ref('schemas', 'Pbx.Defs')) },
  '/Defs/Pbx.GetLicenseParameters()': {
    get: readOperation('Defs', 'GetLicenseParameters', ref('schemas', 'Pbx.License')),
  },
  '/SystemStatus': {
    get: readOperation('SystemStatus', 'GetSystemStatus', ref('schemas', 'Pbx.SystemStatus')),
  },
  '/ReportAuditLog/Pbx.GetAuditLogData()': {
    get: readOperation(
      'ReportAuditLog',
      'GetAuditLogData',
      object('Collection of AuditLog', {
        '@odata.count': { ...INT64, nullable: true },
        value: { type: 'array', items: ref('schemas', 'Pbx.AuditLog') },
      }),
      [
        ...['top', 'skip', 'filter', 'count'].map((name) => ref('parameters', name)),
        listOption('$orderby', 'Order'),
      ],
    ),
  },
};

/** Everything under `components` besides the schemas. */
export const COMPONENTS: Schema = {
  responses: {
    error: {
      description: 'error',
      content: { 'application/json': { schema: ref('schemas', 'Pbx.ODataErrors.ODataError') } },
    },
  },
  parameters: {
    top: option('$top', 'Show only the first n items', COUNT),
    skip: option('$skip', 'Skip the first n items', COUNT),
    filter: option('$filter', 'Filter items by property values', { type: 'string' }),
    count: option('$count', 'Include count of items', { type: 'boolean' }),
  },
  securitySchemes: {
    Application: {
      type: 'oauth2',
      flows: { clientCredentials: { tokenUrl: '/connect/token', scopes: {} } },
    },
  },
};

function object(title: string, properties: Schema, required: readonly string[] = []): Schema {
  return {
    ...(required.length === 0 ? {} : { required }),
    ...(title === '' ? {} : { title }),
    type: 'object',
    properties,
  };
}

function schemasLike(values: Schema): Schema {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, schemaLike(value)]));
}

function schemaLike(value: unknown): Schema {
  if (typeof value === 'boolean') return FLAG;
  return typeof value === 'number' ? { ...INT64, nullable: true } : TEXT;
}

function option(name: string, description: string, schema: Schema): Schema {
  return { name, in: 'query', description, explode: false, schema };
}

function listOption(name: string, description: string): Schema {
  return option(name, description, { uniqueItems: true, type: 'array', items: { type: 'string' } });
}
