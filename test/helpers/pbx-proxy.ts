import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request on its way to a PBX. */
export interface Asked {
  readonly method: string;
  /** With the query, as the PBX sees it. */
  readonly path: string;
  readonly body: string;
}

export interface Passed {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Stands between Plumbline and a PBX: may wait, watch, or change what comes back. */
export type Handle = (asked: Asked, forward: () => Promise<Passed>) => Promise<Passed>;

/** Starts a proxy in front of the PBX at `target`. */
export async function startProxy(
  target: string,
  handle: Handle,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    void (async () => {
      const body = await bodyOf(request);
      const asked = { method: request.method ?? '', path: request.url ?? '', body };
      const passed = await handle(asked, () => forward(target, request, body)).catch(() => null);
      if (passed === null) return void response.socket?.destroy();
      const headers = { ...passed.headers, 'content-length': String(Buffer.byteLength(passed.body)) };
      response.writeHead(passed.status, passed.status === 204 ? passed.headers : headers);
      response.end(passed.status === 204 ? undefined : passed.body);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: urlOf(server), close: () => closeServer(server) };
}

/** A handle that changes the properties of every resource that is read. */
export function altering(alter: (properties: Record<string, unknown>, path: string) => unknown): Handle {
  return async (asked, forward) => {
    const passed = await forward();
    if (asked.method !== 'GET' || passed.status !== 200) return passed;
    const properties = JSON.parse(passed.body) as Record<string, unknown>;
    return { ...passed, body: JSON.stringify(alter(properties, asked.path)) };
  };
}

/** A handle that keeps every read waiting between `shut` and `open`. It stands open at first. */
export function gate(): { readonly handle: Handle; shut(): void; open(): void } {
  let open = (): void => undefined;
  let opened = Promise.resolve();
  return {
    handle: async (asked, forward) => {
      if (asked.method === 'GET') await opened;
      return forward();
    },
    shut: () => void (opened = new Promise((resolve) => (open = resolve))),
    open: () => open(),
  };
}

async function forward(target: string, request: IncomingMessage, body: string): Promise<Passed> {
  const { authorization, 'content-type': contentType } = request.headers;
  const response = await fetch(target + (request.url ?? ''), {
    method: request.method ?? 'GET',
    headers: {
      ...(authorization === undefined ? {} : { authorization }),
      ...(contentType === undefined ? {} : { 'content-type': contentType }),
    },
    ...(body === '' ? {} : { body }),
  });
  const headers = ['content-type', 'x-3cx-version'].flatMap((name) => {
    const value = response.headers.get(name);
    return value === null ? [] : [[name, value] as const];
  });
  return { status: response.status, headers: Object.fromEntries(headers), body: await response.text() };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

function urlOf(server: Server): string {
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return `http://127.0.0.1:${address.port}`;
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
