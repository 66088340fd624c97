import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { readArguments } from './body.js';
import type { Failure, FaultPlan } from './faults.js';
import { type Fields, stringOf } from './json.js';
import { authMethods } from './methods/auth.js';
import { chatMethods } from './methods/chat.js';
import { conversationMethods } from './methods/conversations.js';
import { fileMethods } from './methods/files.js';
import type { MethodTable } from './methods/handler.js';
import { userMethods } from './methods/users.js';
import { viewMethods } from './methods/views.js';
import type { RateLimiter } from './rates.js';
import { Refusal } from './refusal.js';
import type { SocketHub } from './socket.js';
import { type Workspace, announce } from './state.js';

const CONNECTIONS_OPEN = 'apps.connections.open';

const METHODS: MethodTable = {
  ...authMethods,
  ...chatMethods,
  ...conversationMethods,
  ...fileMethods,
  ...userMethods,
  ...viewMethods,
};

/** The Web API methods the simulator answers; any other gets `unknown_method`. */
export const simulatedMethods: readonly string[] = [CONNECTIONS_OPEN, ...Object.keys(METHODS)].toSorted();

export interface ApiContext {
  readonly workspace: Workspace;
  readonly hub: SocketHub;
  readonly faults: FaultPlan;
  readonly rates: RateLimiter;
}

/** Answers one Web API call, with the faults planned for it. */
export async function answerApi(
  context: ApiContext,
  method: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const args = await readArguments(request);
  const faults = context.faults.take(method);
  for (const fault of faults) if (fault.kind === 'delay') await pause(fault.delayMs);
  const failing = faults.find((fault) => fault.kind === 'fail');
  if (failing !== undefined) {
    record(context.workspace, method, args, failureWord(failing.failure));
    answerFailure(response, failing.failure);
    return;
  }
  const retryAfterSeconds = context.rates.refuse(method, stringOf(args['channel']) ?? '');
  if (retryAfterSeconds !== undefined) {
    record(context.workspace, method, args, 'ratelimited');
    answerFailure(response, { retryAfterSeconds });
    return;
  }
  const answer = perform(context, method, args, request.headers.authorization);
  if (faults.some((fault) => fault.kind === 'lose')) {
    request.socket.destroy();
    return;
  }
  answerJson(response, 200, answer);
}

function perform(context: ApiContext, method: string, args: Fields, header: string | undefined): Fields {
  const { workspace } = context;
  try {
    checkToken(workspace, method, header?.replace(/^Bearer /i, '') ?? stringOf(args['token']) ?? '');
    const answer =
      method === CONNECTIONS_OPEN ? { url: context.hub.openTicket() } : run(workspace, method, args);
    record(workspace, method, args);
    return { ok: true, ...answer };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    record(workspace, method, args, error.code);
    const { messages } = error;
    const metadata = messages.length === 0 ? {} : { response_metadata: { messages } };
    return { ok: false, error: error.code, ...metadata };
  }
}

function run(workspace: Workspace, method: string, args: Fields): Fields {
  const handler = METHODS[method];
  if (handler === undefined) throw new Refusal('unknown_method');
  return handler(workspace, args);
}

function checkToken({ identity }: Workspace, method: string, token: string): void {
  if (token === '') throw new Refusal('not_authed');
  if (token !== identity.botToken && token !== identity.appToken) throw new Refusal('invalid_auth');
  const wanted = method === CONNECTIONS_OPEN ? identity.appToken : identity.botToken;
  if (token !== wanted) throw new Refusal('not_allowed_token_type');
}

function record(workspace: Workspace, method: string, args: Fields, error?: string): void {
  const shown = Object.fromEntries(Object.entries(args).filter(([key]) => key !== 'token'));
  const at = new Date().toISOString();
  const call = { method, args: shown, at, ...(error === undefined ? {} : { error }) };
  workspace.calls.push(call);
  announce(workspace, { type: 'call', call });
}

function failureWord(failure: Failure): string {
  if (failure.retryAfterSeconds !== undefined) return 'ratelimited';
  return failure.error ?? `http_${failure.status ?? 500}`;
}

/** Answers a planned failure: 429 with Retry-After, an HTTP status, or `ok: false`. */
export function answerFailure(response: ServerResponse, failure: Failure): void {
  if (failure.retryAfterSeconds !== undefined) {
    response.setHeader('Retry-After', String(failure.retryAfterSeconds));
    answerJson(response, 429, { ok: false, error: 'ratelimited' });
    return;
  }
  const status = failure.status ?? 200;
  answerJson(response, status, { ok: false, error: failure.error ?? 'internal_error' });
}

/** Sends a JSON answer. */
export function answerJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(body ?? {}));
}
