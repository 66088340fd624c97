import type { Guards } from '../ctx.js';
import { hasFailed, type Outcome } from '../fleet/outcome.js';

/** From how many corrected PBXs on a share of failures says anything. */
const FEWEST_TRIES = 5;

/** Watches how the corrections of a sweep go, and says when to leave the rest alone. */
export interface Canary {
  /** Whether the PBXs corrected so far are enough to go on with several at once. */
  isProven(): boolean;
  /** Notes how the correction of a PBX went; noted twice it counts once. */
  note(pbxId: string, outcomes: readonly Outcome[]): void;
  /** Why no further PBX is to be corrected, or null. */
  stopBecause(): string | null;
}

/**
 * One PBX goes first; where it does not keep its correction the others are left alone. After that the share of PBXs that
 * fail counts. `count` is how many PBXs are to be corrected; a few are corrected without a canary.
 */
export function createCanary(count: number, { fewest, failures }: Guards): Canary {
  const isNeeded = count >= fewest;
  const tried: string[] = [];
  const failed: string[] = [];
  return {
    isProven: () => !isNeeded || tried.length > 0,
    note(pbxId, outcomes) {
      if (tried.includes(pbxId)) return;
      if (outcomes.some(hasFailed)) failed.push(pbxId);
      else if (!outcomes.some(({ status }) => status === 'written')) return;
      tried.push(pbxId);
    },
    stopBecause() {
      if (!isNeeded) return null;
      const [first] = tried;
      if (tried.length === 1 && first !== undefined && failed.length === 1) {
        return `the first PBX, ${first}, did not keep its correction`;
      }
      if (tried.length < FEWEST_TRIES || failed.length <= failures * tried.length) return null;
      return `${failed.length} of ${tried.length} corrected PBXs did not keep their correction`;
    },
  };
}
