import { onTestFinished } from 'vitest';
import { createApp, type Overrides } from '../../src/app.js';
import type { Config } from '../../src/config.js';
import type { Ctx } from '../../src/ctx.js';
import { startWorld, type World } from '../../src/demo/world.js';
import type { PbxSeed, SimulatedPbx } from '../../src/simulators/pbx/server.js';
import { BOLD } from './bold.js';

export interface DeskOptions {
  readonly pbxs?: readonly (string | PbxSeed)[];
  readonly tags?: Readonly<Record<string, readonly string[]>>;
  /** How long a PBX may take to answer. */
  readonly timeoutMs?: number;
  readonly config?: Partial<Config>;
  readonly overrides?: Overrides;
}

/** Plumbline's use cases over a workspace and PBXs; nothing runs by itself, so that a test decides what happens when. */
export interface Desk {
  readonly world: World;
  readonly ctx: Ctx;
  readonly pbx: (id: string) => SimulatedPbx;
  /** The same database with another configuration, as after a restart. */
  reopen(changed: Partial<Config>): Promise<Ctx>;
}

export async function openDesk(options: DeskOptions = {}): Promise<Desk> {
  const seeds = (options.pbxs ?? ['hq']).map((pbx) => (typeof pbx === 'string' ? { id: pbx } : pbx));
  const world = await startWorld({ pbxs: seeds });
  onTestFinished(() => world.stop());
  const pbxs = world.config.pbxs.map((pbx) => ({
    ...pbx,
    tags: options.tags?.[pbx.id] ?? [],
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
  }));
  const config = { ...world.config, guards: BOLD, pbxs, ...options.config };
  const open = async (changed: Partial<Config>): Promise<Ctx> => {
    const app = await createApp({ ...config, ...changed }, options.overrides);
    onTestFinished(() => app.stop());
    return { ...app.ctx, wake: () => undefined, announce: silent };
  };
  return { world, ctx: await open({}), pbx: (id) => world.pbxs.pbx(id), reopen: open };
}

const silent: Ctx['announce'] = {
  change: async () => undefined,
  sweep: async () => undefined,
  episode: async () => undefined,
  ending: async () => undefined,
  digest: async () => undefined,
  introduce: async () => undefined,
  introduction: async () => undefined,
  rules: async () => undefined,
  behind: async () => [],
};
