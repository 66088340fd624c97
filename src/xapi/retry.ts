import { XapiError, type XapiFailure } from './errors.js';

const RETRIES = 2;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
const PASSING: readonly XapiFailure[] = ['unreachable', 'timeout', 'server', 'throttled'];

export interface Patience {
  readonly now: () => Date;
  readonly random: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** No retry starts later than this after the first try. */
  readonly deadlineMs: number;
}

/** Runs a read, and up to twice more after failures that may pass. Never for anything that writes. */
export async function withRetries<T>(read: () => Promise<T>, patience: Patience): Promise<T> {
  const giveUpAt = patience.now().getTime() + patience.deadlineMs;
  for (let retry = 1; ; retry += 1) {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof XapiError) || !PASSING.includes(error.failure) || retry > RETRIES) throw error;
      const pauseMs = pauseBefore(retry, error.retryAfterMs, patience.random());
      if (patience.now().getTime() + pauseMs >= giveUpAt) throw error;
      await patience.sleep(pauseMs);
    }
  }
}

/**
 * How long to wait before the nth retry, in milliseconds: a random share (0..1) of a doubling pause, and at least
 * what the PBX asked for, up to 10 s.
 */
export function pauseBefore(retry: number, retryAfterMs: number | null, share: number): number {
  const jittered = share * FIRST_PAUSE_MS * 2 ** (retry - 1);
  return Math.min(LONGEST_PAUSE_MS, Math.max(jittered, retryAfterMs ?? 0));
}
