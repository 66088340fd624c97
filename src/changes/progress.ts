import type { Ctx } from '../ctx.js';

/** Shows the card again and again while it changes, one update at a time. */
export function createProgress(ctx: Ctx, id: string): { show(): void; end(): Promise<void> } {
  const state: { shown: Promise<void> | null; isBehind: boolean } = { shown: null, isBehind: false };
  const run = async (): Promise<void> => {
    do {
      state.isBehind = false;
      await ctx.announce
        .change(id)
        .catch((error: unknown) => ctx.log.warn({ err: error, request: id }, 'progress could not be shown'));
    } while (state.isBehind);
    state.shown = null;
  };
  return {
    show() {
      state.isBehind = state.shown !== null;
      state.shown ??= run();
    },
    async end() {
      state.isBehind = false;
      await state.shown;
    },
  };
}
