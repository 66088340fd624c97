import { performance } from 'node:perf_hooks';
import { Readable } from 'node:stream';
import { rootCertificates } from 'node:tls';
import { Agent } from 'undici';
import { addressOf, type PbxConnection, timeoutOf } from './connection.js';
import { XapiError, type XapiFailure } from './errors.js';
import { type Asked, MAYBE_WRITTEN, type RawAnswer } from './failures.js';
import { type WireFailure, wireFailure } from './wire-failure.js';

const LARGEST_ANSWER_BYTES = 16 * 1024 * 1024;

/** One request as it went over the wire; either an HTTP status or the failure that left none. */
export interface RequestEvent {
  readonly pbxId: string;
  readonly method: string;
  readonly path: string;
  readonly status: number | null;
  readonly failure: XapiFailure | null;
  readonly durationMs: number;
  readonly attempt: number;
}

/** One request to be sent. */
export interface Exchange extends Asked {
  readonly method: 'GET' | 'POST' | 'PATCH';
  /** The whole path with the query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly attempt: number;
}

/** The one connection to a PBX. */
export interface Transport {
  /** Runs `work` when everything asked for before is done: a PBX gets one request at a time. */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
  /** Sends one request once and returns whatever was answered. Throws `XapiError` where no whole answer came. */
  send(exchange: Exchange): Promise<RawAnswer>;
  close(): Promise<void>;
}

export interface TransportHooks {
  readonly onRequest: ((event: RequestEvent) => void) | undefined;
  /** Added to the message where the PBX is out of reach. */
  readonly suspicion: () => string;
}

/** How far a request got before it broke off. */
interface Progress {
  isSent: boolean;
  status: number | null;
}

/** Opens a connection that verifies TLS whatever the environment says and never follows redirects. */
export function openTransport(
  connection: PbxConnection,
  { onRequest, suspicion }: TransportHooks,
): Transport {
  const { origin } = addressOf(connection);
  const timeoutMs = timeoutOf(connection);
  const agent = openAgent(connection, timeoutMs);

  async function send(exchange: Exchange): Promise<RawAnswer> {
    const startedAt = performance.now();
    const progress: Progress = { isSent: false, status: null };
    const signal = AbortSignal.timeout(timeoutMs);
    const outcome = await request(agent, origin, exchange, signal, progress).catch((error: unknown) =>
      brokenOff(
        wireFailure(error, { isTimedOut: signal.aborted, timeoutMs, ...progress }),
        exchange,
        progress,
      ),
    );
    const isAnswer = !(outcome instanceof XapiError);
    const [status, failure] = isAnswer ? [outcome.status, null] : [null, outcome.failure];
    onRequest?.(eventOf(connection.id, exchange, { status, failure, startedAt }));
    if (isAnswer) return outcome;
    throw outcome;
  }

  /** Without the cause: it may carry the request, and with it a token or a secret. */
  function brokenOff({ failure, sentence }: WireFailure, exchange: Exchange, progress: Progress): XapiError {
    const isAmbiguous = exchange.isWrite && progress.isSent;
    const hint = failure === 'unreadable' ? '' : suspicion();
    const message = `${sentence}${hint}${isAmbiguous ? ` ${MAYBE_WRITTEN}` : ''}`;
    return new XapiError(failure, message, { status: progress.status, isAmbiguous });
  }

  return { inTurn: takeTurns(), send, close: () => agent.close() };
}

function openAgent({ ca }: PbxConnection, timeoutMs: number): Agent {
  const authorities = ca === undefined ? {} : { ca: [...rootCertificates, ca] };
  return new Agent({
    connections: 1,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    maxResponseSize: LARGEST_ANSWER_BYTES,
    connect: { rejectUnauthorized: true, timeout: timeoutMs, ...authorities },
  });
}

async function request(
  agent: Agent,
  origin: string,
  { method, target, headers, body }: Exchange,
  signal: AbortSignal,
  progress: Progress,
): Promise<RawAnswer> {
  const { length } = Buffer.from(body ?? '');
  const response = await agent.request({
    origin,
    path: target,
    method,
    headers: body === undefined ? headers : { ...headers, 'content-length': String(length) },
    body: body === undefined ? null : Readable.from(marked(body, progress), { objectMode: false }),
    signal,
  });
  progress.status = response.statusCode;
  const bytes = new Uint8Array(await response.body.arrayBuffer());
  return { status: response.statusCode, headers: response.headers, bytes };
}

/** A body that notes when the first byte is asked for, which happens on an open connection only. */
async function* marked(body: string, progress: Progress): AsyncGenerator<Buffer> {
  progress.isSent = true;
  yield await Promise.resolve(Buffer.from(body));
}

function takeTurns(): Transport['inTurn'] {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  };
}

function eventOf(
  pbxId: string,
  { method, path, attempt }: Exchange,
  { status, failure, startedAt }: Pick<RequestEvent, 'status' | 'failure'> & { readonly startedAt: number },
): RequestEvent {
  const durationMs = Math.round(performance.now() - startedAt);
  return { pbxId, method, path, status, failure, durationMs, attempt };
}
