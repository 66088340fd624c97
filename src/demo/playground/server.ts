import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { z } from 'zod';
import { UserError } from '../../errors.js';
import { sendAsset, sendDoc } from './assets.js';
import { readFacts } from './facts.js';
import type { Playground } from './playground.js';
import { passOn } from './proxy.js';

const HOST = '127.0.0.1';
const LARGEST_BODY = 10_000;
const jump = z.union([
  z.strictObject({ to: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/) }),
  z.strictObject({ days: z.int().min(1).max(31) }),
]);
const pbx = z.strictObject({ pbx: z.string().min(1) });

/** The page's own address and how to end it. */
export interface Page {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves the page on this machine alone: its files, the simulators' own control interfaces under `/slack/` and `/pbxs/`,
 * the clock and what is held under `/playground/`, and the guides under `/docs/`. Where `port` is taken any free one is
 * used.
 */
export async function servePage(playground: Playground, port: number): Promise<Page> {
  const facts = await readFacts(playground.face().run);
  const server = createServer((request, response) => {
    answer(playground, facts, request, response).catch((error: unknown) => fail(response, error));
  });
  const taken = await listen(server, port).catch(() => listen(server, 0));
  return {
    url: `http://localhost:${taken}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  playground: Playground,
  facts: unknown,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname, search } = new URL(request.url ?? '/', `http://${HOST}`);
  const { slack, pbxs } = playground.world;
  if (!isLocal(request)) return sendJson(response, 403, { error: 'This page is for this machine alone.' });
  const [, root, ...rest] = pathname.split('/');
  const below = `${rest.join('/')}${search}`;
  if (root === 'slack') return passOn(`${slack.url}/sim/${below}`, request, response);
  if (root === 'pbxs') return passOn(`${pbxs.url}/control/${below}`, request, response);
  if (root === 'files') return passFile(playground, below, request, response);
  if (root === 'docs') return sendDoc(rest.join('/'), response);
  if (root !== 'playground') return sendAsset(pathname, response);
  switch (`${request.method} ${rest.join('/')}`) {
    case 'GET facts':
      return sendJson(response, 200, facts);
    case 'GET clock':
      return sendJson(response, 200, playground.face());
    case 'POST clock':
      return sendJson(response, 200, await putForward(playground, await bodyOf(request)));
    case 'POST sweep':
      await playground.sweep();
      return sendJson(response, 200, playground.face());
    case 'GET held':
      return sendJson(response, 200, await playground.held());
    case 'POST reconnect':
      return sendJson(response, 200, await reconnect(playground, await bodyOf(request)));
    case 'GET events':
      return streamJumps(playground, response);
    default:
      return sendJson(response, 404, { error: `There is no ${pathname}.` });
  }
}

/** A page from elsewhere must not reach in by a name that leads here. */
function isLocal({ headers }: IncomingMessage): boolean {
  return /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(headers.host ?? '');
}

/** People in a workspace see its files; the simulator, like Slack, hands them out to whoever has the token. */
function passFile(
  { world: { slack } }: Playground,
  id: string,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  request.headers.authorization = `Bearer ${slack.botToken}`;
  passOn(`${slack.url}/files/download/${id}`, request, response);
}

async function putForward(playground: Playground, body: unknown): Promise<unknown> {
  const wanted = jump.safeParse(body);
  if (!wanted.success) {
    throw new UserError('invalid', 'The body is {"to": "02:00"} or {"days": 7}.', { field: 'body' });
  }
  if ('to' in wanted.data) await playground.forwardTo(wanted.data.to);
  else await playground.forwardBy(wanted.data.days);
  return playground.face();
}

async function reconnect(playground: Playground, body: unknown): Promise<unknown> {
  const wanted = pbx.safeParse(body);
  if (!wanted.success) throw new UserError('invalid', 'The body is {"pbx": "hq"}.', { field: 'body' });
  return playground.reconnect(wanted.data.pbx);
}

function streamJumps(playground: Playground, response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  response.write(': connected\n\n');
  response.once(
    'close',
    playground.onJump(() => response.write('event: jump\ndata: {}\n\n')),
  );
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > LARGEST_BODY) throw new UserError('invalid', 'The body is too long.');
  }
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
  response.end(JSON.stringify(value));
}

function fail(response: ServerResponse, error: unknown): void {
  if (response.headersSent) return void response.end();
  if (!(error instanceof UserError)) return sendJson(response, 500, { error: String(error) });
  const status = error.code === 'conflict' ? 409 : 400;
  sendJson(response, status, { error: error.message, mend: error.mend });
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
