import type { Ctx } from '../ctx.js';
import { touchSweep } from './store.js';

const EVERY_MS = 10_000;

/** Shows how far a sweep is, from time to time, once it takes longer than a few seconds. One showing at a time. */
export function startProgress(ctx: Ctx, sweepId: string): { end(): Promise<void> } {
  let shown: Promise<void> | null = null;
  const show = async (): Promise<void> => {
    try {
      await touchSweep(ctx.db, sweepId);
      await ctx.announce.sweep(sweepId);
    } catch (error) {
      ctx.log.warn({ err: error, sweep: sweepId }, 'progress could not be shown');
    }
  };
  const timer = setInterval(() => {
    shown ??= show().finally(() => {
      shown = null;
    });
  }, EVERY_MS);
  timer.unref();
  return {
    async end() {
      clearInterval(timer);
      await shown;
    },
  };
}
