import type { IncomingMessage } from 'node:http';
import { type Fields, fieldsOf, parsedJson } from './json.js';

/** The whole body of a request. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The arguments of a Web API call: a form (nested values as JSON text), JSON or multipart; and the query. */
export async function readArguments(request: IncomingMessage): Promise<Fields> {
  const query = Object.fromEntries(new URL(request.url ?? '/', 'http://localhost').searchParams);
  const body = await readBody(request);
  const type = request.headers['content-type'] ?? '';
  return nested({ ...query, ...(await bodyFields(body, type)) });
}

async function bodyFields(body: Buffer, type: string): Promise<Fields> {
  if (type.startsWith('application/json')) return fieldsOf(parsedJson(body.toString()));
  if (type.startsWith('multipart/form-data')) {
    const form = await multipart(body, type);
    return Object.fromEntries([...form].filter(([, value]) => typeof value === 'string'));
  }
  return Object.fromEntries(new URLSearchParams(body.toString()));
}

/** A multipart body, read by the platform's own parser. */
async function multipart(body: Buffer, type: string): Promise<FormData> {
  return new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData();
}

/** The bytes of an upload: the only file of a multipart body, or the body itself. */
export async function uploadedBytes(request: IncomingMessage): Promise<Uint8Array> {
  const body = await readBody(request);
  const type = request.headers['content-type'] ?? '';
  if (!type.startsWith('multipart/form-data')) return new Uint8Array(body);
  const file = [...(await multipart(body, type)).values()].find((value) => typeof value !== 'string');
  return file === undefined ? new Uint8Array() : new Uint8Array(await file.arrayBuffer());
}

const NESTED = new Set(['blocks', 'view', 'metadata', 'attachments', 'files']);

function nested(fields: Fields): Fields {
  const entries = Object.entries(fields).map(([key, value]) => {
    if (!NESTED.has(key) || typeof value !== 'string') return [key, value] as const;
    return [key, value === '' ? undefined : (parsedJson(value) ?? value)] as const;
  });
  return Object.fromEntries(entries);
}
