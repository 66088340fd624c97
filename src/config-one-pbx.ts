import type { Environment } from './config-env.js';
import { gatherFaults, variableFault } from './config-faults.js';
import type { ConfigFile, PbxConfig } from './config-file.js';
import { API_CLIENT_MEND, PBX_ADDRESS_MEND } from './config-places.js';
import type { UserError } from './errors.js';
import type { Credential } from './xapi/connection.js';

/** `defaults` with their certificate authority read. */
export interface Inherited extends Pick<PbxConfig, 'ca' | 'timeoutMs'> {
  readonly clientId?: string;
  readonly tags?: readonly string[];
}

/**
 * The one PBX of the environment, where the file names none. Throws `UserErrors` for every variable that is missing, one
 * alone where none of them is there.
 */
export function pbxOfEnvironment(vars: Environment, file: ConfigFile, inherited: Inherited): PbxConfig {
  const { clientId, tags = [], ...connection } = inherited;
  const given = { ...vars, THREECX_CLIENT_ID: vars.THREECX_CLIENT_ID ?? clientId };
  if (isNothingGiven(vars)) throw nothingGiven(file);
  const faults = gatherFaults();
  if (given.THREECX_URL === undefined) {
    const mend = `${PBX_ADDRESS_MEND}, or name PBXs under pbxs in ${file.path}.`;
    faults.keep(variableFault('THREECX_URL', 'is missing', mend));
  }
  const credential = faults.attempt(() => credentialOf(given));
  faults.raise();
  if (given.THREECX_URL === undefined || credential === null)
    throw new Error('a PBX without faults is incomplete');
  const url = new URL(given.THREECX_URL);
  return {
    ...connection,
    id: /^[\d.[]/.test(url.hostname) ? 'pbx' : (url.hostname.split('.')[0] ?? 'pbx'),
    name: url.hostname,
    tags,
    url: given.THREECX_URL,
    credential,
  };
}

function isNothingGiven(vars: Environment): boolean {
  const given = [
    vars.THREECX_URL,
    vars.THREECX_CLIENT_ID,
    vars.THREECX_CLIENT_SECRET,
    vars.THREECX_ACCESS_TOKEN,
  ];
  return given.every((value) => value === undefined);
}

function nothingGiven(file: ConfigFile): UserError {
  const what = 'is missing, and with it THREECX_CLIENT_ID and THREECX_CLIENT_SECRET: no PBX is configured';
  const mend = `Set them in .env, or name PBXs under pbxs in ${file.path}; plumbline init writes both files. ${API_CLIENT_MEND}`;
  return variableFault('THREECX_URL', what, mend);
}

function credentialOf(vars: Environment): Credential {
  const { THREECX_ACCESS_TOKEN: accessToken } = vars;
  if (accessToken !== undefined) return { kind: 'token', accessToken };
  const { THREECX_CLIENT_ID: clientId, THREECX_CLIENT_SECRET: clientSecret } = vars;
  if (clientId !== undefined && clientSecret !== undefined) return { kind: 'client', clientId, clientSecret };
  const faults = gatherFaults();
  const missing = (name: string): void =>
    faults.keep(variableFault(name, 'is missing', `${API_CLIENT_MEND} Or set THREECX_ACCESS_TOKEN.`));
  if (clientId === undefined) missing('THREECX_CLIENT_ID');
  if (clientSecret === undefined) missing('THREECX_CLIENT_SECRET');
  faults.raise();
  throw new Error('a credential without faults is incomplete');
}
