import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type App, createApp } from '../../src/app.js';
import { decideChange } from '../../src/changes/decide.js';
import { getRequestByNumber } from '../../src/changes/queries.js';
import { readConfig } from '../../src/config.js';
import type { Directory } from '../../src/ctx.js';
import {
  type PbxSimulatorOptions,
  type SimulatedPbx,
  startPbxSimulator,
} from '../../src/simulators/pbx/server.js';
import { cliInProcess } from './cli-in-process.js';
import type { Answer } from './terminal.js';

/** Everybody is active, and in no user group. */
export const directory: Directory = {
  standing: async (id) => ({ isActive: true, ids: new Set([id]) }),
  members: async () => [],
};

/** Ann at a terminal with the PBXs hq, branch and lab in the tag emea, and an old one of the tag us. */
export interface FleetTerminal {
  readonly env: Record<string, string>;
  pbx(id: string): SimulatedPbx;
  run(...args: readonly string[]): Promise<Answer>;
  /** Does something once a request is stored, before the terminal begins to carry it out. */
  meanwhile(act: () => void): void;
  /** Another process on the same database, until `work` is done. */
  elsewhere<T>(work: (app: App) => Promise<T>): Promise<T>;
  /** A person in Slack votes on a request as it is now. */
  vote(person: string, number: number, verdict: 'approve' | 'deny', reason?: string): Promise<void>;
}

const PBXS = [
  { id: 'hq', tag: 'emea' },
  { id: 'branch', tag: 'emea' },
  { id: 'lab', tag: 'emea' },
  { id: 'depot', tag: 'us' },
];

/**
 * Opens a terminal on a fleet of four for the length of a test. `variables` are added to the environment, `simulated` says
 * how the PBXs differ from the usual ones.
 */
export async function openFleetTerminal(
  variables: Readonly<Record<string, string>> = {},
  simulated: Partial<PbxSimulatorOptions> = {},
): Promise<FleetTerminal> {
  const simulator = await startPbxSimulator({ pbxs: PBXS.map(({ id }) => ({ id })), ...simulated });
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-fleet-'));
  onTestFinished(async () => {
    await simulator.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const env: Record<string, string> = {
    PLUMBLINE_CONFIG: join(folder, 'plumbline.yml'),
    DATABASE_URL: `sqlite:${join(folder, 'plumbline.db')}`,
    ...Object.fromEntries(PBXS.map(({ id }) => [secretName(id), `secret-${id}`])),
    ...variables,
  };
  writeFileSync(
    join(folder, 'plumbline.yml'),
    fleetFile((id) => simulator.pbx(id).url),
  );
  const hook: { act: (() => void) | null } = { act: null };
  const run = cliInProcess(env, 'ann', (app) => {
    const wake: typeof app.ctx.wake = (job) => {
      hook.act?.();
      hook.act = null;
      app.ctx.wake(job);
    };
    return { ...app, ctx: { ...app.ctx, wake } };
  });
  const elsewhere: FleetTerminal['elsewhere'] = async (work) => {
    const app = await createApp({ ...readConfig(env), slack: null, logLevel: 'silent' }, { directory });
    try {
      return await work(app);
    } finally {
      await app.idle();
      await app.stop();
    }
  };
  return {
    env,
    run,
    elsewhere,
    pbx: (id) => simulator.pbx(id),
    meanwhile: (act) => void (hook.act = act),
    vote: (person, number, verdict, reason) =>
      elsewhere(async ({ ctx }) => {
        const { id, round, target } = await getRequestByNumber(ctx.db, number);
        await decideChange(ctx, {
          requestId: id,
          round,
          actor: { kind: 'slack', id: person },
          standing: await directory.standing(person),
          verdict,
          reason: reason ?? null,
          confirmation: target,
        });
      }),
  };
}

function fleetFile(urlOf: (id: string) => string): string {
  const entries = PBXS.map(
    ({ id, tag }) => `  - id: ${id}
    url: ${urlOf(id)}
    tags: [${tag}]
    clientId: plumbline
    clientSecret: { env: ${secretName(id)} }
`,
  );
  return `pbxs:\n${entries.join('')}`;
}

function secretName(id: string): string {
  return `SECRET_${id.toUpperCase()}`;
}
