import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { UserError, UserErrors } from './errors.js';
import type { PbxConnection } from './xapi/connection.js';

/** One PBX as configured, with its secret resolved. */
export interface PbxConfig extends PbxConnection {
  readonly name: string;
  readonly tags: readonly string[];
}

type Env = Readonly<Record<string, string | undefined>>;

const REFERENCE =
  'must be a reference such as {env: HQ_SECRET} or {file: /run/secrets/hq}, never the secret itself';
const PBX_ID = /^[a-z0-9][a-z0-9-]*$/i;

const Secret = z.union(
  [z.strictObject({ env: z.string().min(1) }), z.strictObject({ file: z.string().min(1) })],
  {
    error: REFERENCE,
  },
);

const Pbx = z.strictObject({
  id: z.string().regex(PBX_ID, 'must consist of letters, digits and hyphens'),
  name: z.string().min(1).optional(),
  url: z.url('is not an address'),
  tags: z.array(z.string().regex(/^[\w:.-]+$/, 'must not contain spaces')).default([]),
  clientId: z.string().min(1).optional(),
  clientSecret: Secret.optional(),
  accessToken: Secret.optional(),
  ca: z.strictObject({ file: z.string().min(1) }).optional(),
  timeoutMs: z.number().int().min(1000).max(120_000).optional(),
});

const FleetFile = z.strictObject({ pbxs: z.array(Pbx).min(1, 'must name at least one PBX') });

/**
 * The PBXs of a fleet file, secrets resolved from their references. Throws `UserErrors` that name file, path and mend for
 * everything that is wrong; a file with a fault is refused as a whole.
 */
export function fleetFromFile(path: string, text: string, env: Env): readonly PbxConfig[] {
  const document = parseDocument(text);
  const [fault] = document.errors;
  if (fault !== undefined) throw invalid(path, '', fault.message.split('\n')[0] ?? 'is not YAML');
  const parsed = FleetFile.safeParse(document.toJS());
  if (!parsed.success) {
    throw together(parsed.error.issues.map((issue) => invalid(path, issue.path.join('.'), issue.message)));
  }
  const doubles = doubleIds(parsed.data.pbxs.map(({ id }) => id));
  if (doubles.length > 0) throw together(doubles.map((id) => invalid(path, 'pbxs', `names ${id} twice`)));
  return parsed.data.pbxs.map((pbx, index) => pbxOf(path, `pbxs.${index}`, pbx, env));
}

function pbxOf(path: string, at: string, pbx: z.infer<typeof Pbx>, env: Env): PbxConfig {
  const { id, url, tags, ca, timeoutMs } = pbx;
  return {
    id,
    url,
    tags,
    name: pbx.name ?? id,
    credential: credentialOf(path, at, pbx, env),
    ...(ca === undefined ? {} : { ca: readReference(path, `${at}.ca`, ca, env) }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  };
}

function credentialOf(path: string, at: string, pbx: z.infer<typeof Pbx>, env: Env): PbxConfig['credential'] {
  if (pbx.accessToken !== undefined) {
    return { kind: 'token', accessToken: readReference(path, `${at}.accessToken`, pbx.accessToken, env) };
  }
  if (pbx.clientId === undefined || pbx.clientSecret === undefined) {
    throw invalid(path, at, 'needs clientId and clientSecret, or accessToken');
  }
  const clientSecret = readReference(path, `${at}.clientSecret`, pbx.clientSecret, env);
  return { kind: 'client', clientId: pbx.clientId, clientSecret };
}

function readReference(path: string, at: string, secret: z.infer<typeof Secret>, env: Env): string {
  if ('env' in secret) {
    const value = env[secret.env];
    if (value === undefined || value === '')
      throw invalid(path, at, `refers to ${secret.env}, which is not set`);
    return value;
  }
  try {
    return readFileSync(secret.file, 'utf8').trim();
  } catch {
    throw invalid(path, at, `refers to ${secret.file}, which cannot be read`);
  }
}

function doubleIds(ids: readonly string[]): readonly string[] {
  const lower = ids.map((id) => id.toLowerCase());
  return ids.filter((id, index) => lower.indexOf(id.toLowerCase()) < index);
}

function invalid(path: string, at: string, what: string): UserError {
  return new UserError('invalid', `${path}: ${at === '' ? '' : `${at} `}${what}.`, {
    field: at === '' ? path : at,
  });
}

function together(errors: readonly UserError[]): UserError {
  const [first, ...rest] = errors;
  if (first === undefined) throw new Error('no error to report');
  return rest.length === 0 ? first : new UserErrors([first, ...rest]);
}
