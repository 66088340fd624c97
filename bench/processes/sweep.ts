import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, createApp } from '../../src/app.js';
import { publishBaseline } from '../../src/baseline/publish.js';
import { findSweep } from '../../src/drift/store.js';
import { startSweep } from '../../src/drift/sweep.js';
import { configFor } from '../config.js';
import { type Place, RULES } from '../fleet.js';
import { serveDeeds } from '../remote.js';
import { type Run, timed } from '../timed.js';

/** How a sweep went: `counts` as its report has them. */
export interface Swept extends Run {
  readonly state: string;
  readonly counts: Readonly<Record<string, number>>;
}

const ACTOR = { kind: 'operator', id: 'bench' } as const;

let app: App | null = null;
const folder = mkdtempSync(join(tmpdir(), 'plumbline-bench-data-'));

function theApp(): App {
  if (app === null) throw new Error('no fleet was given');
  return app;
}

/** Puts Plumbline together over a fleet and publishes the rules it is held to. */
async function open(places: readonly Place[]): Promise<number> {
  app = await createApp(configFor(places, folder, null));
  const { ctx } = app;
  await ctx.db
    .transaction()
    .execute((tx) =>
      publishBaseline(ctx, tx, { requestId: 'bench', actor: ACTOR, build: () => RULES, isApplied: true }),
    );
  return process.resourceUsage().maxRSS / 1024;
}

/** Sweeps the fleet once. */
async function sweep(): Promise<Swept> {
  const { ctx, idle } = theApp();
  let id = '';
  const run = await timed(async () => {
    id = await startSweep(ctx, { kind: 'person', actor: ACTOR });
    await idle();
  });
  const row = await findSweep(ctx.db, id);
  return { ...run, state: row?.state ?? 'lost', counts: { ...row?.totals?.counts } };
}

async function close(): Promise<void> {
  await theApp().stop();
  await rm(folder, { recursive: true, force: true });
}

const deeds = { open, sweep, close };
export type Sweeper = typeof deeds;
serveDeeds(deeds);
