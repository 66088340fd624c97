import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ApiContext, answerApi, answerJson } from './api.js';
import { answerControl } from './control.js';
import { type EventQueue, createEventQueue } from './events.js';
import { createFaultPlan } from './faults.js';
import { answerFileRequest, answerResponseUrl } from './routes.js';
import { createRateLimiter } from './rates.js';
import { type SlackSimulator, createSimulator } from './simulator.js';
import { createSocketHub } from './socket.js';
import { createWorkspace } from './state.js';
import type { SlackSimulatorOptions } from './types.js';

export { simulatedMethods } from './api.js';
export type { Person } from './people.js';
export type { SlackSimulator } from './simulator.js';
export type * from './types.js';

/** Starts a Slack workspace on 127.0.0.1: Web API, Socket Mode, response addresses, files and a control interface. */
export async function startSlackSimulator(options: SlackSimulatorOptions): Promise<SlackSimulator> {
  const workspace = createWorkspace(options);
  const hub = createSocketHub(workspace);
  const events = createEventQueue(workspace, hub);
  const rates = createRateLimiter(workspace.enforcesRates);
  const context: ApiContext = { workspace, hub, faults: createFaultPlan(), rates };
  const server = createServer();
  const simulator = createSimulator(context, events, () => closeAll(context, events, server));
  server.on('request', (request, response) => {
    route(context, simulator, request, response).catch((error: unknown) => fail(response, error));
  });
  server.on('upgrade', (request, socket, head) => hub.handleUpgrade(request, socket, head));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  workspace.url = `http://127.0.0.1:${portOf(server.address())}`;
  return simulator;
}

function portOf(address: string | AddressInfo | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function route(
  context: ApiContext,
  simulator: SlackSimulator,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  const [root = '', ...rest] = pathname
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent);
  if (root === 'api') return answerApi(context, rest.join('/'), request, response);
  if (root === 'response') return answerResponseUrl(context, rest[0] ?? '', request, response);
  if (root === 'files') return answerFileRequest(context, rest, request, response);
  if (root === 'sim') return answerControl(context, simulator, rest, request, response);
  answerJson(response, 404, { error: 'not_found' });
}

function fail(response: ServerResponse, error: unknown): void {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  if (!response.headersSent) answerJson(response, 500, { ok: false, error: 'internal_error', message });
}

async function closeAll(
  { hub, workspace }: ApiContext,
  events: EventQueue,
  server: ReturnType<typeof createServer>,
): Promise<void> {
  events.close();
  await hub.close();
  workspace.listeners.clear();
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
