import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium } from 'playwright-core';

/** Where pictures of each surface are kept. */
export const ARTIFACTS = fileURLToPath(new URL('../../artifacts/e2e/', import.meta.url));

const KNOWN = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The Chromium of this machine, or null. */
export function browserPath(): string | null {
  const named = process.env['CHROMIUM'];
  return [...(named === undefined ? [] : [named]), ...KNOWN].find((path) => existsSync(path)) ?? null;
}

/** Starts the browser. Inside of containers it has to do without its own sandbox. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: browserPath() ?? '', args: ['--no-sandbox'] });
}
