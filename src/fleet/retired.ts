import { setTimeout as sleep } from 'node:timers/promises';
import type { Xapi } from '../xapi/client.js';

/** Longer than a command or a form works on a PBX. */
const GRACE_MS = 600_000;

/** Connections that are no longer found in the fleet, but that work under way may still use. */
export interface Retired {
  /** Closes them once that work has ended. */
  retire(xapis: readonly Xapi[]): void;
  /** Closes all that are left. */
  close(): Promise<void>;
}

/** `idle` resolves when no job runs. What people do in Slack is no job, and is given ten minutes. */
export function createRetired(idle: () => Promise<void>, closing: AbortSignal): Retired {
  const waiting = new Set<Xapi>();
  const close = async (xapi: Xapi): Promise<void> => {
    if (waiting.delete(xapi)) await xapi.close();
  };
  const closeLater = async (xapi: Xapi): Promise<void> => {
    await idle();
    await sleep(GRACE_MS, undefined, { ref: false, signal: closing });
    await close(xapi);
  };
  return {
    retire(xapis) {
      for (const xapi of xapis) {
        waiting.add(xapi);
        // Only the end of the process cuts the wait short, and that closes what is left by itself.
        closeLater(xapi).catch(() => undefined);
      }
    },
    close: async () => void (await Promise.all([...waiting].map(close))),
  };
}
