import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { type ApiContext, answerFailure, answerJson } from './api.js';
import { readBody, uploadedBytes } from './body.js';
import { fillFile } from './files.js';
import { fieldsOf, parsedJson } from './json.js';
import { Refusal } from './refusal.js';
import { respond } from './response-url.js';

/** Answers a post to a response_url; what is refused gets 404 for a spent address, otherwise 400. */
export async function answerResponseUrl(
  context: ApiContext,
  id: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = fieldsOf(parsedJson((await readBody(request)).toString()));
  const isLost = await withFaults(context, 'response_url', response);
  if (isLost === 'answered') return;
  try {
    respond(context.workspace, id, body);
    if (isLost === 'lost') request.socket.destroy();
    else response.writeHead(200, { 'Content-Type': 'text/plain' }).end('ok');
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const isSpent = error.code === 'used_url' || error.code === 'expired_url';
    answerJson(response, isSpent ? 404 : 400, { ok: false, error: error.code, messages: error.messages });
  }
}

/** Answers `/files/upload/<id>` and `/files/download/<id>/<name>`. */
export async function answerFileRequest(
  context: ApiContext,
  path: readonly string[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [act, id = ''] = path;
  if (act === 'upload' && request.method === 'POST') {
    const bytes = await uploadedBytes(request);
    const fate = await withFaults(context, 'files.upload', response);
    if (fate === 'answered') return;
    const isKnown = fillFile(context.workspace, id, bytes);
    response.writeHead(isKnown ? 200 : 404).end(isKnown ? `OK - ${bytes.length}` : 'no such upload');
    return;
  }
  await answerDownload(context, id, request, response);
}

/** Slack answers a download without a valid token with its login page and status 200. */
async function answerDownload(
  context: ApiContext,
  id: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const isLost = await withFaults(context, 'files.download', response);
  if (isLost === 'answered') return;
  if (isLost === 'lost') {
    request.socket.destroy();
    return;
  }
  const file = context.workspace.files.get(id);
  if (request.headers.authorization !== `Bearer ${context.workspace.identity.botToken}`) {
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' });
    response.end('<!DOCTYPE html><html><head><title>Sign in | Slack</title></head><body></body></html>');
    return;
  }
  if (file === undefined) response.writeHead(404).end();
  else response.writeHead(200, { 'Content-Type': file.mimetype }).end(Buffer.from(file.bytes));
}

async function withFaults(
  context: ApiContext,
  method: string,
  response: ServerResponse,
): Promise<'answered' | 'lost' | 'none'> {
  const faults = context.faults.take(method);
  for (const fault of faults) if (fault.kind === 'delay') await pause(fault.delayMs);
  const failing = faults.find((fault) => fault.kind === 'fail');
  if (failing !== undefined) {
    answerFailure(response, failing.failure);
    return 'answered';
  }
  return faults.some((fault) => fault.kind === 'lose') ? 'lost' : 'none';
}
