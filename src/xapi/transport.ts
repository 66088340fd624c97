import { performance } from 'node:perf_hooks';
import type { Client } from 'undici';
import { addressOf, type PbxConnection, timeoutOf } from './connection.js';
import { XapiError, type XapiFailure } from './errors.js';
import { type Asked, MAYBE_WRITTEN, type RawAnswer } from './failures.js';
import { createLines, type Lines } from './lines.js';
import { type WireFailure, wireFailure } from './wire-failure.js';

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
  /** Shared by all PBXs of a process; default lines of its own. */
  readonly lines: Lines | undefined;
}

/** How far a request got before it broke off. */
interface Progress {
  isSent: boolean;
  isTimedOut: boolean;
  status: number | null;
}

/** Opens a connection that verifies TLS whatever the environment says and never follows redirects. */
export function openTransport(
  connection: PbxConnection,
  { onRequest, suspicion, lines = createLines() }: TransportHooks,
): Transport {
  const { origin } = addressOf(connection);
  const timeoutMs = timeoutOf(connection);
  const line = lines.open({ origin, ca: connection.ca, timeoutMs });

  async function send(exchange: Exchange): Promise<RawAnswer> {
    const startedAt = performance.now();
    const progress: Progress = { isSent: false, isTimedOut: false, status: null };
    const outcome = await line
      .use((client) => withinTime(client, exchange, timeoutMs, progress))
      .catch((error: unknown) =>
        brokenOff(wireFailure(error, { timeoutMs, ...progress }), exchange, progress),
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

  return { inTurn: takeTurns(), send, close: () => line.close() };
}

/** A connection that was waited for in vain is of no further use. */
async function withinTime(
  client: Client,
  exchange: Exchange,
  timeoutMs: number,
  progress: Progress,
): Promise<RawAnswer> {
  const timer = setTimeout(() => {
    progress.isTimedOut = true;
    void client.destroy();
  }, timeoutMs);
  try {
    return await request(client, exchange, progress);
  } finally {
    clearTimeout(timer);
  }
}

/** `onRequestStart` comes on an open connection, right before the first byte is sent on it. */
function request(
  client: Client,
  { method, target, headers, body }: Exchange,
  progress: Progress,
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let answered: RawAnswer['headers'] = {};
    client.dispatch(
      { path: target, method, headers, body: body ?? null },
      {
        onRequestStart() {
          progress.isSent = true;
        },
        onResponseStart(_, status, received) {
          if (status < 200) return;
          progress.status = status;
          answered = received;
        },
        onResponseData: (_, chunk) => void chunks.push(chunk),
        onResponseEnd: () =>
          resolve({ status: progress.status ?? 0, headers: answered, bytes: joined(chunks) }),
        onResponseError: (_, error) => reject(error),
      },
    );
  });
}

function joined(chunks: readonly Buffer[]): Uint8Array {
  const [first] = chunks;
  return first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks);
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
