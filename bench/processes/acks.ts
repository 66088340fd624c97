import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, createApp } from '../../src/app.js';
import { configFor } from '../config.js';
import type { Place } from '../fleet.js';
import { serveDeeds } from '../remote.js';
import type { Workspace } from '../workspace.js';

const folder = mkdtempSync(join(tmpdir(), 'plumbline-bench-data-'));
let app: App | null = null;

/** Starts Plumbline as people in Slack meet it. */
async function start(world: {
  readonly workspace: Workspace;
  readonly places: readonly Place[];
}): Promise<void> {
  app = await createApp(configFor(world.places, folder, world.workspace));
  await app.start();
}

async function close(): Promise<void> {
  await app?.stop();
  rmSync(folder, { recursive: true, force: true });
}

const deeds = { start, close };
export type Acks = typeof deeds;
serveDeeds(deeds);
