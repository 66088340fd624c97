import { randomUUID } from 'node:crypto';
import type { App } from '../../app.js';
import { publishBaseline } from '../../baseline/publish.js';
import { currentBaseline } from '../../baseline/store.js';
import { startSweep } from '../../drift/sweep.js';
import { startDueDigest } from '../../jobs/digest.js';
import { nextDue } from '../../jobs/due.js';
import { warnOfEndings } from '../../jobs/endings.js';
import { startDueSweep } from '../../jobs/schedule.js';
import { createClock, type Clock } from '../clock.js';
import { startWorld, type World } from '../world.js';
import type { ClockFace, HeldFact, Reconnection } from './face.js';
import { heldFacts, reconnect } from './held.js';
import { CHANNELS, PBXS, PEOPLE, RULES } from './fleet.js';

const PLAYER = { kind: 'operator', id: 'playground' } as const;

/** A workspace, its phone systems and the real app between them, on one clock that can be put forward. */
export interface Playground {
  readonly world: World;
  face(): ClockFace;
  /** Puts the clock forward to the next `HH:MM` in UTC, and does what has become due on the way. */
  forwardTo(timeOfDay: string): Promise<void>;
  /** Puts the clock forward day by day, and does on each what has become due. */
  forwardBy(days: number): Promise<void>;
  /** Sweeps now, as an operator at a terminal would. Throws `UserError` (conflict) where one is under way. */
  sweep(): Promise<void>;
  /** What every phone system is held to right now. */
  held(): Promise<readonly HeldFact[]>;
  /** Tries a refused credential again at once, as `plumbline reconnect` does. Throws `UserError` (not-found). */
  reconnect(pbxId: string): Promise<Reconnection>;
  /** Calls the listener whenever the clock was put forward; returns the function that ends this. */
  onJump(listener: () => void): () => void;
  stop(): Promise<void>;
}

/** Starts everything on free ports; the database lies in `folder`, or in a temporary one that goes at the end. */
export async function startPlayground(folder?: string): Promise<Playground> {
  const clock = createClock(new Date());
  const world = await startWorld({
    pbxs: PBXS.map(({ name: _name, tags: _tags, ...seed }) => seed),
    names: Object.fromEntries(PBXS.map(({ id, name }) => [id, name])),
    tags: Object.fromEntries(PBXS.map(({ id, tags }) => [id, tags])),
    people: PEOPLE,
    channels: CHANNELS,
    overrides: { now: clock.now },
    ...(folder === undefined ? {} : { folder }),
  });
  try {
    const app = await world.startApp();
    await layBaseline(app);
    await app.ctx.announce.introduce();
    return playground(world, app, clock);
  } catch (error) {
    await world.stop();
    throw error;
  }
}

function playground(world: World, app: App, clock: Clock): Playground {
  const run = randomUUID();
  const listeners = new Set<() => void>();
  async function arrive(): Promise<void> {
    for (const listener of listeners) listener();
    await startDueSweep(app.ctx);
    await startDueDigest(app.ctx);
    await warnOfEndings(app.ctx);
    await app.idle();
  }
  return {
    world,
    face: () => ({
      run,
      now: clock.now().toISOString(),
      nextSweepAt: nextDue(app.ctx.schedule, clock.now())?.toISOString() ?? null,
    }),
    async forwardTo(timeOfDay) {
      clock.forwardTo(timeOfDay);
      await arrive();
    },
    async forwardBy(days) {
      for (let day = 0; day < days; day += 1) {
        clock.forwardBy(24);
        await arrive();
      }
    },
    async sweep() {
      await startSweep(app.ctx, { kind: 'person', actor: PLAYER });
    },
    held: () => heldFacts(app.ctx),
    reconnect: (pbxId) => reconnect(app.ctx, pbxId),
    onJump(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    stop: () => world.stop(),
  };
}

/** The fleet has the rules' values when it opens, so nothing of them needs a preview. */
async function layBaseline({ ctx }: App): Promise<void> {
  if ((await currentBaseline(ctx.db)).version > 0) return;
  await ctx.db.transaction().execute((tx) =>
    publishBaseline(ctx, tx, {
      requestId: 'playground',
      actor: PLAYER,
      build: () => RULES,
      isApplied: true,
    }),
  );
}
