import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Env, Environment } from './config-env.js';
import { fileFault, gatherFaults, variableFault } from './config-faults.js';
import { type ConfigFile, hasSection, listOfSection, type PbxConfig, readEntry } from './config-file.js';
import type { Credential } from './xapi/connection.js';

const REFERENCE =
  'must be a reference such as {env: HQ_SECRET} or {file: /run/secrets/hq}, never the secret itself';
const PBX_ID = /^[a-z0-9][a-z0-9-]*$/i;

const Secret = z.union(
  [z.strictObject({ env: z.string().min(1) }), z.strictObject({ file: z.string().min(1) })],
  { error: REFERENCE },
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

type Pbx = z.infer<typeof Pbx>;

const MENDS = {
  id: 'Choose a short name such as hq; it is what people type.',
  url: 'Write it with its port where that is not 443, for example https://pbx.example.com:5001.',
  tags: 'Write them as a list such as [emea, customer:acme].',
  ca: 'Write it as {file: /etc/ssl/private-ca.pem}.',
};

/**
 * The PBXs of the file, secrets resolved from their references, or the one of the environment where the file names none.
 * Throws `UserErrors` for everything that is wrong; one PBX with a fault means that all are refused.
 */
export function readPbxs(vars: Environment, file: ConfigFile, env: Env): readonly PbxConfig[] {
  return hasSection(file, 'pbxs') ? pbxsOfFile(file, env) : [pbxOfEnvironment(vars, file)];
}

function pbxsOfFile(file: ConfigFile, env: Env): readonly PbxConfig[] {
  const entries = listOfSection(file, 'pbxs', 'Begin every PBX with a hyphen.');
  const faults = gatherFaults();
  if (entries.length === 0) {
    const mend = 'Name one, or remove pbxs and set THREECX_URL.';
    faults.keep(fileFault(file.path, 'pbxs', 'must name at least one PBX', mend));
  }
  const read = entries.map((entry, index) =>
    faults.attempt(() => readEntry(file, `pbxs.${index}`, Pbx, entry, MENDS)),
  );
  for (const id of doubleIds(read.flatMap((pbx) => pbx?.id ?? []))) {
    faults.keep(fileFault(file.path, 'pbxs', `names ${id} twice`, 'Give every PBX an id of its own.'));
  }
  const pbxs = read.map((pbx, index) =>
    pbx === null ? null : faults.attempt(() => withSecrets(file, `pbxs.${index}`, pbx, env)),
  );
  faults.raise();
  return pbxs.filter((pbx) => pbx !== null);
}

function withSecrets(file: ConfigFile, at: string, pbx: Pbx, env: Env): PbxConfig {
  const { id, url, tags, ca, timeoutMs } = pbx;
  return {
    id,
    url,
    tags,
    name: pbx.name ?? id,
    credential: credentialOfFile(file, at, pbx, env),
    ...(ca === undefined ? {} : { ca: readReference(file, `${at}.ca`, ca, env) }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  };
}

function credentialOfFile(file: ConfigFile, at: string, pbx: Pbx, env: Env): Credential {
  if (pbx.accessToken !== undefined) {
    return { kind: 'token', accessToken: readReference(file, `${at}.accessToken`, pbx.accessToken, env) };
  }
  if (pbx.clientId === undefined || pbx.clientSecret === undefined) {
    const mend = 'Make an API client in 3CX under Integrations > API.';
    throw fileFault(file.path, at, 'needs clientId and clientSecret, or accessToken', mend);
  }
  const clientSecret = readReference(file, `${at}.clientSecret`, pbx.clientSecret, env);
  return { kind: 'client', clientId: pbx.clientId, clientSecret };
}

function readReference(file: ConfigFile, at: string, secret: z.infer<typeof Secret>, env: Env): string {
  if ('env' in secret) {
    const value = env[secret.env];
    if (value !== undefined && value !== '') return value;
    throw fileFault(file.path, at, `refers to ${secret.env}, which is not set`, `Set ${secret.env}.`);
  }
  try {
    return readFileSync(secret.file, 'utf8').trim();
  } catch {
    const mend = 'Check that it is there and that Plumbline may read it.';
    throw fileFault(file.path, at, `refers to ${secret.file}, which cannot be read`, mend);
  }
}

function doubleIds(ids: readonly string[]): readonly string[] {
  const lower = ids.map((id) => id.toLowerCase());
  return ids.filter((id, index) => lower.indexOf(id.toLowerCase()) < index);
}

function pbxOfEnvironment(vars: Environment, file: ConfigFile): PbxConfig {
  if (vars.THREECX_URL === undefined) {
    const mend = `Set it to the PBX’s address, for example https://pbx.example.com:5001, or name PBXs under pbxs in ${file.path}.`;
    throw variableFault('THREECX_URL', 'is missing', mend);
  }
  const url = new URL(vars.THREECX_URL);
  const id = url.hostname.split('.')[0] ?? 'pbx';
  return {
    id: /^[\d.[]/.test(url.hostname) ? 'pbx' : id,
    name: url.hostname,
    tags: [],
    url: vars.THREECX_URL,
    credential: credentialOfEnvironment(vars),
  };
}

function credentialOfEnvironment(vars: Environment): Credential {
  if (vars.THREECX_ACCESS_TOKEN !== undefined)
    return { kind: 'token', accessToken: vars.THREECX_ACCESS_TOKEN };
  const { THREECX_CLIENT_ID: clientId, THREECX_CLIENT_SECRET: clientSecret } = vars;
  if (clientId !== undefined && clientSecret !== undefined) return { kind: 'client', clientId, clientSecret };
  throw variableFault(
    clientId === undefined ? 'THREECX_CLIENT_ID' : 'THREECX_CLIENT_SECRET',
    'is missing',
    'Make an API client in 3CX under Integrations > API, or set THREECX_ACCESS_TOKEN.',
  );
}
