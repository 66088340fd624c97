import { fingerprintOf, type PbxConnection } from './connection.js';
import { XapiError } from './errors.js';
import type { RawAnswer } from './failures.js';

/** After a refused credential: how long until one new try is allowed. */
export const CREDENTIAL_PAUSE_MS = 6 * 60 * 60 * 1000;

/** How long after a refusal a silent PBX is suspected of having blocked this machine's address. */
const BLOCK_SUSPECTED_MS = 24 * 60 * 60 * 1000;

/** A PBX said no to a credential; `fingerprint` tells which one without holding it. */
export interface Refusal {
  readonly pbxId: string;
  readonly fingerprint: string;
  /** ISO 8601, UTC. */
  readonly refusedAt: string;
  readonly because: string;
}

/** Remembers the last refusal of each PBX, longer than the process lives. */
export interface RefusalStore {
  find(pbxId: string): Promise<Refusal | undefined>;
  /** As `find`, from what was looked up a moment ago: for requests that do not send the credential itself. */
  glance(pbxId: string): Promise<Refusal | undefined>;
  save(refusal: Refusal): Promise<void>;
  clear(pbxId: string): Promise<void>;
}

/** What an answer says about the credential it was asked with. */
export type Verdict = 'accepted' | 'undecided' | { readonly refusedBecause: string };

/**
 * Keeps a refused credential from being sent again: 3CX blocks an address after a few failed logins and reports
 * it to other PBXs.
 */
export interface Breaker {
  /** Throws `breaker-open` while the credential is held back. */
  check(): Promise<void>;
  /** Sends a request that puts the credential to the test, unless it is held back, and remembers the verdict. */
  prove(send: () => Promise<RawAnswer>, judge: (answer: RawAnswer) => Verdict): Promise<RawAnswer>;
  /** Lets the credential be tried again at once; for a person who says that it is right now. */
  reset(): Promise<void>;
  /** What to add to an error where the PBX is out of reach; empty unless it lately refused a credential. */
  suspicion(): string;
}

/** Keeps refusals in memory only. */
export function memoryRefusals(): RefusalStore {
  const refusals = new Map<string, Refusal>();
  return {
    find: (pbxId) => Promise.resolve(refusals.get(pbxId)),
    glance: (pbxId) => Promise.resolve(refusals.get(pbxId)),
    save: async (refusal) => void refusals.set(refusal.pbxId, refusal),
    clear: async (pbxId) => void refusals.delete(pbxId),
  };
}

/** The breaker of one connection; several processes share it through the store. */
export function createBreaker(connection: PbxConnection, store: RefusalStore, now: () => Date): Breaker {
  const pbxId = connection.id;
  const fingerprint = fingerprintOf(connection);
  let lastRefusedAt = Number.NEGATIVE_INFINITY;

  async function check(look: RefusalStore['find']): Promise<Refusal | undefined> {
    const refusal = await look(pbxId);
    if (refusal !== undefined) lastRefusedAt = Math.max(lastRefusedAt, Date.parse(refusal.refusedAt));
    if (refusal?.fingerprint === fingerprint && now().getTime() < retryAt(refusal))
      throw heldBack(pbxId, refusal);
    return refusal;
  }

  async function prove(
    send: () => Promise<RawAnswer>,
    judge: (answer: RawAnswer) => Verdict,
  ): Promise<RawAnswer> {
    const earlier = await check(store.find);
    const isTrial = earlier?.fingerprint === fingerprint;
    // Dated now for as long as the one new try lasts, so that no other process makes a second one.
    if (isTrial) await store.save({ ...earlier, refusedAt: now().toISOString() });
    let verdict: Verdict = 'undecided';
    try {
      const answer = await send();
      verdict = judge(answer);
      return answer;
    } finally {
      if (typeof verdict === 'object') await refuse(verdict.refusedBecause);
      else if (verdict === 'accepted' && earlier !== undefined) await store.clear(pbxId);
      else if (isTrial) await store.save(earlier);
    }
  }

  async function refuse(because: string): Promise<void> {
    lastRefusedAt = now().getTime();
    await store.save({ pbxId, fingerprint, refusedAt: now().toISOString(), because });
  }

  return {
    check: async () => void (await check(store.glance)),
    prove,
    reset: () => store.clear(pbxId),
    suspicion: () => (now().getTime() - lastRefusedAt < BLOCK_SUSPECTED_MS ? SUSPICION : ''),
  };
}

const SUSPICION =
  ' It refused the credential not long ago and may have blocked the address of this machine: look for it in the Blocklist under Admin > Security and remove it there, or add it as allowed.';

function retryAt(refusal: Refusal): number {
  return Date.parse(refusal.refusedAt) + CREDENTIAL_PAUSE_MS;
}

function heldBack(pbxId: string, refusal: Refusal): XapiError {
  const at = new Date(retryAt(refusal)).toISOString();
  const reason = refusal.because.replace(/\.$/, '');
  return new XapiError(
    'breaker-open',
    `The PBX was not asked: it refused the credential at ${refusal.refusedAt} (${reason}). Correct the credential, or once it is right on the PBX run \`plumbline reconnect ${pbxId}\`; otherwise it is tried once more after ${at}.`,
  );
}
