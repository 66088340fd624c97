import { afterEach } from 'vitest';
import type {
  PbxSeed,
  PbxSimulator,
  PbxSimulatorOptions,
  SimulatedPbx,
} from '../src/simulators/pbx/server.js';
import { startPbxSimulator } from '../src/simulators/pbx/server.js';

const running: PbxSimulator[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((simulator) => simulator.close()));
});

/** Starts a simulator that ends with the test. */
export async function start(options: PbxSimulatorOptions): Promise<PbxSimulator> {
  const simulator = await startPbxSimulator(options);
  running.push(simulator);
  return simulator;
}

/** One PBX with a ready-made token `owner`. */
export async function startPbx(
  seed: Partial<PbxSeed> = {},
  options: Partial<PbxSimulatorOptions> = {},
): Promise<SimulatedPbx> {
  const simulator = await start({ ...options, pbxs: [{ id: 'hq', staticTokens: ['owner'], ...seed }] });
  return simulator.pbx('hq');
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: unknown;
}

export async function send(url: string, init: RequestInit = {}): Promise<Reply> {
  const response = await fetch(url, init);
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: parsed(text) };
}

export function read(pbx: SimulatedPbx, path: string, token = 'owner'): Promise<Reply> {
  return send(`${pbx.url}/xapi/v1/${path}`, { headers: { Authorization: `Bearer ${token}` } });
}

export function patch(pbx: SimulatedPbx, resource: string, body: unknown, token = 'owner'): Promise<Reply> {
  return send(`${pbx.url}/xapi/v1/${resource}`, {
    method: 'PATCH',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

export interface Login {
  readonly clientId?: string;
  readonly secret?: string;
  readonly grantType?: string;
}

export function logIn(pbx: SimulatedPbx, login: Login = {}): Promise<Reply> {
  const body = new URLSearchParams({
    client_id: login.clientId ?? 'plumbline',
    client_secret: login.secret ?? `secret-${pbx.id}`,
    grant_type: login.grantType ?? 'client_credentials',
  });
  return send(`${pbx.url}/connect/token`, { method: 'POST', body });
}

/** The access token of a log-in that must succeed. */
export async function tokenOf(pbx: SimulatedPbx, login: Login = {}): Promise<string> {
  return String(member((await logIn(pbx, login)).json, 'access_token'));
}

/** What stands at a path of names in parsed JSON; undefined where there is nothing. */
export function member(value: unknown, ...path: readonly (string | number)[]): unknown {
  let found = value;
  for (const name of path) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = Object.entries(found).find(([key]) => key === String(name))?.[1];
  }
  return found;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
