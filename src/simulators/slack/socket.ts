import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { type Fields, fieldsOf, parsedJson, stringOf } from './json.js';
import { type Workspace, announce } from './state.js';
import type { Delivery, EnvelopeType } from './types.js';

export type AckOutcome =
  | { readonly outcome: 'acked'; readonly payload: Fields }
  | { readonly outcome: 'timeout' }
  | { readonly outcome: 'not_connected' };

interface Envelope {
  readonly type: EnvelopeType;
  readonly payload: Fields;
  readonly acceptsAnswer: boolean;
  /** 0, or left out, for a first delivery. */
  readonly attempt?: number;
}

export type DisconnectReason = 'warning' | 'refresh_requested' | 'link_disabled';

/** The Socket Mode side of the workspace: connections, envelopes and their acknowledgements. */
export interface SocketHub {
  /** A WebSocket address that can be used once. */
  openTicket(): string;
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  connectionCount(): number;
  /** Sends to one of the connections in turn and waits for the acknowledgement. */
  send(envelope: Envelope): Promise<AckOutcome>;
  disconnect(reason: DisconnectReason): void;
  onConnection(listener: () => void): void;
  close(): Promise<void>;
}

interface Waiting {
  readonly index: number;
  readonly sentAtMs: number;
  readonly timer: NodeJS.Timeout;
  readonly settle: (outcome: AckOutcome) => void;
}

interface HubState {
  readonly workspace: Workspace;
  readonly server: WebSocketServer;
  readonly tickets: Set<string>;
  readonly waiting: Map<string, Waiting>;
  readonly connectionListeners: Set<() => void>;
  connections: readonly WebSocket[];
  turn: number;
}

/** Slack docs: an app holds up to ten connections. */
const MAX_CONNECTIONS = 10;
/** How long a client may take to close after a goodbye; a client that waits for the TCP end would stall. */
const CLOSE_GRACE_MS = 100;

/** Makes the Socket Mode side of a workspace. */
export function createSocketHub(workspace: Workspace): SocketHub {
  const hub: HubState = {
    workspace,
    server: new WebSocketServer({ noServer: true }),
    tickets: new Set(),
    waiting: new Map(),
    connectionListeners: new Set(),
    connections: [],
    turn: 0,
  };
  return {
    openTicket: () => openTicket(hub),
    handleUpgrade: (request, socket, head) => acceptConnection(hub, request, socket, head),
    connectionCount: () => hub.connections.length,
    send: (envelope) => send(hub, envelope),
    disconnect: (reason) => disconnect(hub, reason),
    onConnection: (listener) => void hub.connectionListeners.add(listener),
    close: () => closeHub(hub),
  };
}

function openTicket(hub: HubState): string {
  const ticket = randomBytes(16).toString('hex');
  hub.tickets.add(ticket);
  const query = new URLSearchParams({ ticket, app_id: hub.workspace.identity.appId });
  return `${hub.workspace.url.replace(/^http/, 'ws')}/link/?${query.toString()}`;
}

function acceptConnection(hub: HubState, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const ticket = new URL(request.url ?? '/', 'http://localhost').searchParams.get('ticket') ?? '';
  if (!hub.tickets.delete(ticket)) {
    socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n');
    return;
  }
  hub.server.handleUpgrade(request, socket, head, (connection) => {
    addConnection(hub, connection);
  });
}

function addConnection(hub: HubState, connection: WebSocket): void {
  if (hub.connections.length >= MAX_CONNECTIONS) {
    connection.send(JSON.stringify({ type: 'disconnect', reason: 'too_many_websockets' }));
    connection.close();
    return;
  }
  connection.on('message', (data) => receiveAck(hub, data));
  connection.on('close', () => dropConnection(hub, connection));
  connection.on('error', () => connection.terminate());
  hub.connections = [...hub.connections, connection];
  connection.send(JSON.stringify(hello(hub)));
  announce(hub.workspace, { type: 'connections', count: hub.connections.length });
  for (const listener of hub.connectionListeners) listener();
}

function hello(hub: HubState): Fields {
  return {
    type: 'hello',
    num_connections: hub.connections.length,
    debug_info: { host: 'simulated', build_number: 1, approximate_connection_time: 18060 },
    connection_info: { app_id: hub.workspace.identity.appId },
  };
}

function dropConnection(hub: HubState, connection: WebSocket): void {
  if (!hub.connections.includes(connection)) return;
  hub.connections = hub.connections.filter((one) => one !== connection);
  announce(hub.workspace, { type: 'connections', count: hub.connections.length });
}

function send(hub: HubState, envelope: Envelope): Promise<AckOutcome> {
  const open = hub.connections.filter((one) => one.readyState === one.OPEN);
  const connection = open[hub.turn % Math.max(open.length, 1)];
  if (connection === undefined) return Promise.resolve({ outcome: 'not_connected' });
  hub.turn += 1;
  const envelopeId = randomUUID();
  const attempt = envelope.attempt ?? 0;
  const isRetry = attempt > 0;
  return new Promise((settle) => {
    const index = recordDelivery(hub, {
      envelopeId,
      type: envelope.type,
      payload: envelope.payload,
      attempt,
    });
    const timer = setTimeout(() => settle({ outcome: 'timeout' }), hub.workspace.ackTimeoutMs);
    hub.waiting.set(envelopeId, { index, sentAtMs: Date.now(), timer, settle });
    connection.send(
      JSON.stringify({
        envelope_id: envelopeId,
        payload: envelope.payload,
        type: envelope.type,
        accepts_response_payload: envelope.acceptsAnswer,
        ...(envelope.type === 'events_api' || isRetry
          ? { retry_attempt: attempt, retry_reason: isRetry ? 'timeout' : '' }
          : {}),
      }),
    );
  });
}

function recordDelivery(hub: HubState, delivery: Omit<Delivery, 'sentAt'>): number {
  const recorded: Delivery = { ...delivery, sentAt: new Date().toISOString() };
  const index = hub.workspace.deliveries.push(recorded) - 1;
  announce(hub.workspace, { type: 'delivery', delivery: recorded });
  return index;
}

function receiveAck(hub: HubState, data: RawData): void {
  const message = fieldsOf(parsedJson(rawText(data)));
  const envelopeId = stringOf(message['envelope_id']) ?? '';
  const waiting = hub.waiting.get(envelopeId);
  const delivery = waiting === undefined ? undefined : hub.workspace.deliveries[waiting.index];
  if (waiting === undefined || delivery === undefined) return;
  hub.waiting.delete(envelopeId);
  clearTimeout(waiting.timer);
  const ackAfterMs = Date.now() - waiting.sentAtMs;
  const acked: Delivery = { ...delivery, ackedAt: new Date().toISOString(), ackAfterMs };
  hub.workspace.deliveries[waiting.index] = acked;
  waiting.settle({ outcome: 'acked', payload: fieldsOf(message['payload']) });
  announce(hub.workspace, { type: 'delivery', delivery: acked });
}

function rawText(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString();
  return Buffer.isBuffer(data) ? data.toString() : Buffer.from(data).toString();
}

/** Says goodbye on every connection, as Slack does before it refreshes one, and sends nothing more on it. */
function disconnect(hub: HubState, reason: DisconnectReason): void {
  for (const connection of hub.connections) {
    connection.send(JSON.stringify({ type: 'disconnect', reason, debug_info: { host: 'simulated' } }));
    dropConnection(hub, connection);
    const timer = setTimeout(() => connection.terminate(), CLOSE_GRACE_MS);
    connection.once('close', () => clearTimeout(timer));
  }
}

async function closeHub(hub: HubState): Promise<void> {
  for (const waiting of hub.waiting.values()) {
    clearTimeout(waiting.timer);
    waiting.settle({ outcome: 'not_connected' });
  }
  hub.waiting.clear();
  await Promise.all([...hub.server.clients].map(closed));
  hub.server.close();
}

/** Closes a connection, by force when the client does not answer in time. */
function closed(connection: WebSocket): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => connection.terminate(), CLOSE_GRACE_MS);
    connection.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    connection.close(1001);
  });
}
