import { setMaxListeners } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { resources } from '../../settings/catalogue.js';
import { UserError } from '../../errors.js';
import { answerCall } from './answer.js';
import { answerControl, type Fleet } from './control.js';
import { streamChanges } from './control-events.js';
import { createModel } from './model.js';
import { createPbx, type PbxState } from './pbx.js';
import { simulatedPbx } from './simulated-pbx.js';
import { createDescriber } from './swagger.js';
import type { Answer, Call, PbxSeed, PbxSimulator, PbxSimulatorOptions, SimulatedPbx } from './types.js';

export type { Fault, PbxSeed, PbxSimulator, PbxSimulatorOptions, SimulatedPbx } from './types.js';

const MAX_BODY_BYTES = 16_777_216;
const TOKEN_LIFETIME_SECONDS = 3600;

interface Entry {
  readonly state: PbxState;
  readonly handle: SimulatedPbx;
}

interface Site {
  readonly entries: Map<string, Entry>;
  readonly closing: AbortController;
  readonly fleet: Fleet;
}

/** Starts simulated PBXs behind one port, each at `<url>/<id>`. Throws `UserError` where a seed is wrong. */
export async function startPbxSimulator(options: PbxSimulatorOptions): Promise<PbxSimulator> {
  const entries = new Map<string, Entry>();
  const closing = new AbortController();
  setMaxListeners(0, closing.signal);
  const server = createServer();
  const host = options.host ?? '127.0.0.1';
  await listen(server, options.port ?? 0, host);
  const url = `http://${host}:${portOf(server)}`;
  const add = adder(entries, url, options, closing.signal);
  const fleet: Fleet = {
    all: () => [...entries.values()].map(({ handle }) => handle),
    resourceNames: (options.resources ?? resources).map(({ name }) => name),
    pbx: (id) => handleOf(entries, id),
    addPbx: add,
  };
  const site: Site = { entries, closing, fleet };
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    serve(site, request, response).catch((error: unknown) => giveUp(response, error));
  });
  const close = (): Promise<void> => closeServer(server, closing);
  try {
    for (const seed of options.pbxs) add(seed);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    url,
    get ids() {
      return [...entries.keys()];
    },
    pbx: (id) => handleOf(entries, id),
    addPbx: add,
    close,
  };
}

function adder(
  entries: Map<string, Entry>,
  url: string,
  options: PbxSimulatorOptions,
  closing: AbortSignal,
): (seed: PbxSeed) => SimulatedPbx {
  const model = createModel(options.resources ?? resources);
  const common = {
    model,
    closing,
    describe: createDescriber(model),
    now: options.now ?? ((): Date => new Date()),
    lifetimeSeconds: options.tokenLifetimeSeconds ?? TOKEN_LIFETIME_SECONDS,
  };
  return (seed) => {
    if (entries.has(seed.id)) {
      throw new UserError('conflict', `There is a PBX “${seed.id}” already.`, { field: 'id' });
    }
    const state = createPbx(seed, common);
    const handle = simulatedPbx(state, `${url}/${seed.id}`);
    entries.set(seed.id, { state, handle });
    return handle;
  };
}

function handleOf(entries: ReadonlyMap<string, Entry>, id: string): SimulatedPbx {
  const entry = entries.get(id);
  if (entry !== undefined) return entry.handle;
  throw new UserError('not-found', `There is no PBX “${id}”.`, { field: 'id' });
}

async function serve(site: Site, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await bodyOf(request);
  if (body === null) return send(response, { status: 413 });
  const [written = '/', query = ''] = (request.url ?? '/').split(/\?(.*)/s);
  const path = decoded(written);
  const method = request.method ?? 'GET';
  if (path === '/control/events') return streamChanges(site.fleet, response);
  if (path.startsWith('/control/')) return send(response, answerControl(site.fleet, method, path, body));
  const [entry, base, rest] = entryAt(site.entries, path);
  if (entry === undefined) return send(response, { status: 404 });
  const call: Call = {
    method,
    path: rest,
    query: new URLSearchParams(query),
    authorization: request.headers.authorization,
    contentType: request.headers['content-type'] ?? '',
    body,
    ip: request.socket.remoteAddress ?? '',
    base: `http://${request.headers.host ?? ''}${base}`,
  };
  send(response, await answerCall(entry.state, call, site.closing.signal));
}

/** The PBX an address is of, its prefix and what follows; at the root it is the first PBX. */
function entryAt(
  entries: ReadonlyMap<string, Entry>,
  path: string,
): readonly [Entry | undefined, string, string] {
  const end = path.indexOf('/', 1);
  const id = path.slice(1, end === -1 ? undefined : end);
  const entry = entries.get(id);
  if (entry !== undefined) return [entry, `/${id}`, end === -1 ? '/' : path.slice(end)];
  const isAtRoot = id === 'connect' || id === 'xapi';
  return [isAtRoot ? entries.values().next().value : undefined, '', path];
}

function decoded(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}

async function bodyOf(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    const bytes: Buffer = chunk;
    length += bytes.length;
    if (length > MAX_BODY_BYTES) return null;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, answer: Answer): void {
  if (answer.cut === 'never') return;
  if (answer.cut === 'before') return void response.socket?.destroy();
  const bytes = Buffer.from(answer.body ?? '');
  const isBodiless = answer.status === 204;
  response.writeHead(answer.status, {
    ...answer.headers,
    ...(isBodiless ? {} : { 'Content-Length': String(bytes.length) }),
  });
  if (answer.cut !== 'half') return void response.end(bytes);
  response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.socket?.destroy());
}

function giveUp(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.socket?.destroyed !== false) return;
  const message = error instanceof Error ? error.message : String(error);
  send(response, { status: 500, headers: { 'Content-Type': 'text/plain' }, body: `simulator: ${message}` });
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}

function closeServer(server: Server, closing: AbortController): Promise<void> {
  closing.abort();
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
