/** Work that was taken on and is not done yet. */
export interface UnderWay {
  /** Runs `work` and counts it until it settles. */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** Resolves when nothing is under way. */
  done(): Promise<void>;
}

/** Knows what is under way, so that the end can wait for it: a press that was acknowledged must not be lost. */
export function createUnderWay(): UnderWay {
  const all = new Set<Promise<unknown>>();
  return {
    async run(work) {
      const running = work();
      all.add(running);
      try {
        return await running;
      } finally {
        all.delete(running);
      }
    },
    async done() {
      while (all.size > 0) await Promise.allSettled(all);
    },
  };
}
