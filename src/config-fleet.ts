import { X509Certificate } from 'node:crypto';
import { z } from 'zod';
import type { Env, Environment } from './config-env.js';
import { fileFault, gatherFaults } from './config-faults.js';
import {
  type ConfigFile,
  hasSection,
  listOfSection,
  type PbxConfig,
  readEntry,
  readSection,
} from './config-file.js';
import { type Inherited, pbxOfEnvironment } from './config-one-pbx.js';
import { API_CLIENT_MEND } from './config-places.js';
import { readReference, readSecret } from './config-reference.js';
import type { Credential } from './xapi/connection.js';

const REFERENCE =
  'must be a reference such as {env: HQ_SECRET} or {file: /run/secrets/hq}, never the secret itself';
/** Slack takes 150 characters as the value of an option, and a tag stands there behind `tag:`. */
const LONGEST_NAME = 146;
const TOO_LONG = `must have at most ${LONGEST_NAME} characters, or no menu of Slack could offer it`;
const PBX_ID = /^[A-Za-z0-9][A-Za-z0-9-]*$/;

const Secret = z.union(
  [
    z.strictObject({ env: z.string().min(1).describe('The variable that holds it.') }),
    z.strictObject({ file: z.string().min(1).describe('The file that holds it and nothing else.') }),
  ],
  { error: REFERENCE },
);

const Address = z
  .url({ error: 'is not an address', abort: true })
  .refine((url) => /^https?:/i.test(url), 'must begin with https:// or http://')
  .refine((url) => !hasUser(url), 'must not hold a user name or password')
  .meta({ pattern: '^[Hh][Tt][Tt][Pp][Ss]?://[^@/]*(/|$)' });

/** What a PBX may have of its own and `defaults` may have for all. */
const Shared = {
  clientId: z.string().min(1).optional().describe('The client id of the API client in 3CX.'),
  timeoutMs: z
    .number()
    .int()
    .min(1000)
    .max(120_000)
    .optional()
    .describe('How long one request may take, in milliseconds; default 15000.'),
  ca: z
    .strictObject({ file: z.string().min(1).describe('A PEM file.') })
    .optional()
    .describe('A certificate authority that is trusted beside the public ones.'),
  tags: z
    .array(
      z
        .string()
        .regex(/^[\w:.-]+$/, 'must not contain spaces')
        .max(LONGEST_NAME, TOO_LONG),
    )
    .optional()
    .describe('Labels such as emea or customer:acme, by which rules and people mean several PBXs.'),
};

export const Defaults = z.strictObject(Shared);

export const Pbx = z
  .strictObject({
    id: z
      .string()
      .regex(PBX_ID, 'must consist of letters, digits and hyphens')
      .max(LONGEST_NAME, TOO_LONG)
      .refine((id) => id.toLowerCase() !== 'all', 'must not be all, which means every PBX')
      .describe('The short name people type.'),
    name: z.string().min(1).optional().describe('What messages call it; default its id.'),
    url: Address.describe('Its address, with the port where that is not 443.'),
    clientSecret: Secret.optional().describe('A reference to the secret of the API client.'),
    accessToken: Secret.optional().describe('A reference to a ready-made bearer token instead.'),
    ...Shared,
  })
  .meta({ anyOf: [{ required: ['clientSecret'] }, { required: ['accessToken'] }] });

type Pbx = z.infer<typeof Pbx>;

const TAGS_MEND = 'Write them as a list such as [emea, customer:acme].';
const CA_MEND = 'Write it as {file: /etc/ssl/private-ca.pem}.';

export const PBX_MENDS = {
  id: 'Choose a short name such as hq; it is what people type.',
  url: 'Write it with its port where that is not 443, for example https://pbx.example.com:5001.',
  tags: TAGS_MEND,
  ca: CA_MEND,
};

/**
 * The PBXs of the file, secrets resolved from their references, or the one of the environment where the file names none.
 * Throws `UserErrors` for everything that is wrong; one PBX with a fault means that all are refused.
 */
export function readPbxs(vars: Environment, file: ConfigFile, env: Env): readonly PbxConfig[] {
  const faults = gatherFaults();
  const inherited = faults.attempt(() => readDefaults(file, env));
  const pbxs = faults.attempt(() =>
    hasSection(file, 'pbxs')
      ? pbxsOfFile(file, env, inherited)
      : [pbxOfEnvironment(vars, file, inherited ?? {})],
  );
  faults.raise();
  return pbxs ?? [];
}

function readDefaults(file: ConfigFile, env: Env): Inherited {
  const { ca, clientId, tags, timeoutMs } = readSection(file, 'defaults', Defaults, {
    tags: TAGS_MEND,
    ca: CA_MEND,
  });
  return {
    ...(clientId === undefined ? {} : { clientId }),
    ...(tags === undefined ? {} : { tags }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...authority(file, 'defaults.ca', ca, env),
  };
}

/** Where the defaults have faults, a PBX that relies on them is not blamed for it. */
function pbxsOfFile(file: ConfigFile, env: Env, inherited: Inherited | null): readonly PbxConfig[] {
  const entries = listOfSection(file, 'pbxs', 'Begin every PBX with a hyphen.');
  const faults = gatherFaults();
  if (entries.length === 0) {
    const mend = 'Name one, or remove pbxs and set THREECX_URL; plumbline init writes an example.';
    faults.keep(fileFault(file.path, 'pbxs', 'must name at least one PBX', mend));
  }
  const read = entries.map((entry, index) =>
    faults.attempt(() => readEntry(file, `pbxs.${index}`, Pbx, entry, PBX_MENDS)),
  );
  for (const id of doubleIds(read.flatMap((pbx) => pbx?.id ?? []))) {
    faults.keep(fileFault(file.path, 'pbxs', `names ${id} twice`, 'Give every PBX an id of its own.'));
  }
  const pbxs = read.map((pbx, index) =>
    pbx === null || inherited === null
      ? null
      : faults.attempt(() => resolved(file, `pbxs.${index}`, pbx, inherited, env)),
  );
  faults.raise();
  return pbxs.filter((pbx) => pbx !== null);
}

function resolved(file: ConfigFile, at: string, pbx: Pbx, inherited: Inherited, env: Env): PbxConfig {
  const { clientId, tags = [], ...connection } = inherited;
  const { id, url, timeoutMs, ca } = pbx;
  return {
    ...connection,
    id,
    url,
    tags: pbx.tags ?? tags,
    name: pbx.name ?? id,
    credential: credentialOfFile(file, at, { ...pbx, clientId: pbx.clientId ?? clientId }, env),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...authority(file, `${at}.ca`, ca, env),
  };
}

function credentialOfFile(
  file: ConfigFile,
  at: string,
  { accessToken, clientId, clientSecret }: Pick<Pbx, 'accessToken' | 'clientId' | 'clientSecret'>,
  env: Env,
): Credential {
  if (accessToken !== undefined) {
    return { kind: 'token', accessToken: readSecret(file, `${at}.accessToken`, accessToken, env) };
  }
  if (clientId === undefined || clientSecret === undefined) {
    throw fileFault(file.path, at, 'needs clientId and clientSecret, or accessToken', API_CLIENT_MEND);
  }
  return {
    kind: 'client',
    clientId,
    clientSecret: readSecret(file, `${at}.clientSecret`, clientSecret, env),
  };
}

function authority(file: ConfigFile, at: string, ca: Pbx['ca'], env: Env): Pick<PbxConfig, 'ca'> {
  if (ca === undefined) return {};
  const pem = readReference(file, at, ca, env);
  try {
    void new X509Certificate(pem);
  } catch {
    const mend = 'Use a PEM file, from BEGIN CERTIFICATE to the end.';
    throw fileFault(file.path, at, `refers to ${ca.file}, which is not a certificate`, mend);
  }
  return { ca: pem };
}

function doubleIds(ids: readonly string[]): readonly string[] {
  const lower = ids.map((id) => id.toLowerCase());
  return ids.filter((id, index) => lower.indexOf(id.toLowerCase()) < index);
}

function hasUser(url: string): boolean {
  const { username, password } = new URL(url);
  return username !== '' || password !== '';
}
