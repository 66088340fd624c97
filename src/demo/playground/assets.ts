import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ServerResponse } from 'node:http';

/** Where `npm run build` puts the page. */
const FOLDER = fileURLToPath(new URL('../../page/', import.meta.url));
const DOCS = fileURLToPath(new URL('../../../docs/', import.meta.url));
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};
/** The page runs nothing that does not come from here. */
const POLICY = "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'";

/** Answers with a file of the page; 404 where there is none. Built files never change under their name. */
export async function sendAsset(path: string, response: ServerResponse): Promise<void> {
  const name = path === '/' ? 'index.html' : normalize(path).replace(/^(\.\.(\/|$))+/, '');
  const bytes = await readFile(join(FOLDER, name)).catch(() => null);
  if (bytes === null) {
    response.writeHead(404, { 'Content-Type': 'text/plain' }).end('There is nothing here.');
    return;
  }
  response.writeHead(200, {
    'Content-Type': TYPES[extname(name)] ?? 'application/octet-stream',
    'Content-Security-Policy': POLICY,
    'Cache-Control': name.startsWith('assets/') ? 'max-age=31536000, immutable' : 'no-cache',
  });
  response.end(bytes);
}

/** Answers with one of the guides as the text that it is; 404 where there is none. */
export async function sendDoc(name: string, response: ServerResponse): Promise<void> {
  const text = /^[\w-]+\.md$/.test(name) ? await readFile(join(DOCS, name)).catch(() => null) : null;
  response.writeHead(text === null ? 404 : 200, {
    'Content-Type': 'text/plain; charset=utf-8',
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(text ?? 'There is no such guide.');
}

/** Whether the page was built. */
export async function isBuilt(): Promise<boolean> {
  return readFile(join(FOLDER, 'index.html')).then(
    () => true,
    () => false,
  );
}
