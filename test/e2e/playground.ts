import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { startBrowser } from './browser.js';

const DEMO = fileURLToPath(new URL('../../dist/demo.js', import.meta.url));

export const ANN = 'U0ANN';
export const BEN = 'U0BEN';
export const CLEO = 'U0CLEO';
const APPROVALS = 'C0APPROVALS';
export const REPORTS = 'C0REPORTS';

/** `npm run demo` as a process of its own, and a browser to look at it with. */
export interface Playground {
  readonly url: string;
  readonly browser: Browser;
  /** What the browser complained about so far: console errors, exceptions, failed requests. */
  readonly complaints: readonly string[];
  /** Opens a window of its own, as one of the people and in one of the rooms. */
  open(person: string, room?: string, options?: BrowserContextOptions, at?: string): Promise<Page>;
  /** Asks the page's own server, as the page does. */
  ask<T>(path: string, body?: object): Promise<T>;
  stop(): Promise<void>;
}

/** Starts the playground on a free port. */
export async function startPlayground(): Promise<Playground> {
  const child = spawn(process.execPath, [DEMO, '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await addressOf(child);
  const browser = await startBrowser();
  const complaints: string[] = [];
  return {
    url,
    browser,
    complaints,
    async open(person, room = APPROVALS, options = {}, at = url) {
      const look = { viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' } as const;
      const context = await browser.newContext({ ...look, ...options });
      const page = await context.newPage();
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(error.message));
      await page.goto(`${at}/?as=${person}&in=${room}`);
      await page.getByRole('navigation', { name: 'Channels' }).waitFor();
      return page;
    },
    async ask(path, body) {
      const answer = await fetch(
        url + path,
        body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) },
      );
      return (await answer.json()) as never;
    },
    async stop() {
      await browser.close();
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}

async function addressOf(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('the playground has no output');
  for await (const line of createInterface({ input: child.stdout })) {
    const found = /http:\/\/\S+/.exec(line)?.[0];
    if (found !== undefined) return found;
  }
  throw new Error('the playground ended before it said where it is');
}

/** Types a line into the composer and sends it. */
export async function types(page: Page, line: string): Promise<void> {
  await page.getByRole('combobox', { name: /^Message/ }).fill(line);
  await page.getByRole('button', { name: 'Send' }).click();
}

/** The newest message that says something. */
export function message(page: Page, words: string | RegExp): Locator {
  return page.getByRole('article').filter({ hasText: words }).last();
}

/** Plays somebody else in the same window. */
export async function becomes(page: Page, person: string): Promise<void> {
  await page.getByLabel('You are').selectOption(person);
}
