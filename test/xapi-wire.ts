import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { memoryRefusals, type RefusalStore } from '../src/xapi/breaker.js';
import { openXapi, type Xapi } from '../src/xapi/client.js';
import type { PbxConnection } from '../src/xapi/connection.js';
import { XapiError } from '../src/xapi/errors.js';
import type { RequestEvent } from '../src/xapi/transport.js';

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Cuts the connection before the answer, in the middle of it, or leaves the caller waiting. */
  readonly cut?: 'before' | 'middle' | 'never';
}

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Wire {
  readonly url: string;
  readonly asked: readonly Asked[];
  tokenRequests(): readonly Asked[];
  apiRequests(): readonly Asked[];
  close(): Promise<void>;
}

export interface WireAnswers {
  readonly token?: (nth: number) => Reply | Promise<Reply>;
  readonly api?: (asked: Asked, nth: number) => Reply | Promise<Reply>;
}

export const SECRET = 'wPz7-very+secret/key=41';
const CLIENT = { kind: 'client', clientId: 'plumbline', clientSecret: SECRET } as const;
export const ENTITY: Reply = json(200, { '@odata.context': 'x', Id: 1, AllowBlockCalls: true });

/** A reply with a JSON body. */
export function json(status: number, value: unknown, headers: Record<string, string> = {}): Reply {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(value) };
}

/** The reply to a token request: token-1, token-2, … */
export function grant(nth: number, expiresIn: unknown = 3600): Reply {
  return json(200, { token_type: 'Bearer', expires_in: expiresIn, access_token: `token-${nth}` });
}

/** Something that answers on a real socket, as a PBX on a good or a bad day. */
export async function startWire(answers: WireAnswers = {}): Promise<Wire> {
  const asked: Asked[] = [];
  const isToken = ({ url }: Asked) => url.endsWith('/connect/token');
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(Buffer.from(chunk));
      const body = Buffer.concat(chunks).toString();
      const one: Asked = {
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        body,
      };
      asked.push(one);
      const nth = asked.filter((other) => isToken(other) === isToken(one)).length;
      const reply = isToken(one)
        ? await (answers.token ?? grant)(nth)
        : await (answers.api ?? (() => ENTITY))(one, nth);
      if (reply.cut === 'never') return;
      if (reply.cut === 'before') return void response.socket?.destroy();
      response.writeHead(reply.status ?? 200, reply.headers);
      if (reply.cut === 'middle') response.write(reply.body ?? '', () => response.socket?.destroy());
      else response.end(reply.body);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => closeServer(server);
  onTestFinished(close);
  return {
    url: `http://127.0.0.1:${portOf(server)}`,
    asked,
    tokenRequests: () => asked.filter(isToken),
    apiRequests: () => asked.filter((one) => !isToken(one)),
    close,
  };
}

/** The port a listening server got. */
export function portOf(server: { address(): AddressInfo | string | null }): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}

export interface Opened {
  readonly xapi: Xapi;
  readonly events: readonly RequestEvent[];
  /** The pauses before retries, in milliseconds; they pass at once and move the clock. */
  readonly pauses: readonly number[];
  readonly refusals: RefusalStore;
  readonly advance: (ms: number) => void;
  readonly reopen: (over?: Partial<PbxConnection>) => Xapi;
}

/** A client whose clock only moves when it is told to. */
export function open(url: string, over: Partial<PbxConnection> = {}, refusals = memoryRefusals()): Opened {
  let at = Date.parse('2026-03-01T10:00:00.000Z');
  const events: RequestEvent[] = [];
  const pauses: number[] = [];
  const advance = (ms: number) => {
    at += ms;
  };
  const deps = {
    now: () => new Date(at),
    refusals,
    random: () => 0.5,
    sleep: (ms: number) => {
      pauses.push(ms);
      advance(ms);
      return Promise.resolve();
    },
    onRequest: (event: RequestEvent) => void events.push(event),
  };
  const reopen = (more: Partial<PbxConnection> = {}) => {
    const xapi = openXapi({ id: 'hq', url, credential: CLIENT, ...over, ...more }, deps);
    onTestFinished(() => xapi.close());
    return xapi;
  };
  return { xapi: reopen(), events, pauses, refusals, advance, reopen };
}

/** The XapiError a call ends with. */
export async function failureOf(call: Promise<unknown>): Promise<XapiError> {
  const error: unknown = await call.then(
    () => new Error('the call went well'),
    (reason: unknown) => reason,
  );
  if (error instanceof XapiError) return error;
  throw error;
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
