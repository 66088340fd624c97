import { setTimeout as sleep } from 'node:timers/promises';
import { webApi } from '@slack/bolt';

const ATTEMPTS = 6;
const LONGEST_WAIT_SECONDS = 60;
/** Slack docs: one message a second and channel, with short bursts over that; and a little, for the way there. */
const PACE_MS = 1_100;
const PACED_MS = 60_000;

/** Makes a call; where Slack has too many, waits as long as it asks for and tries again: it was not carried out. */
export async function withinRates<T>(
  call: () => Promise<T>,
  onRefusal: () => void = () => undefined,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof webApi.WebAPIRateLimitedError) || attempt >= ATTEMPTS) throw error;
      onRefusal();
      await sleep(Math.min(error.retryAfter, LONGEST_WAIT_SECONDS) * 1000);
    }
  }
}

/** Posts to a channel as fast as Slack takes them, and for a while after it refused one, no faster than it likes. */
export interface Pace {
  post<T>(channel: string, call: () => Promise<T>): Promise<T>;
}

/** A pace that knows of no refusal yet. */
export function createPace(): Pace {
  const paced = new Map<string, { until: number; nextAt: number }>();
  return {
    async post(channel, call) {
      const now = Date.now();
      const known = paced.get(channel);
      if (known !== undefined && known.until > now) {
        const at = Math.max(now, known.nextAt);
        known.nextAt = at + PACE_MS;
        await sleep(at - now);
      }
      const begin = (): void => void paced.set(channel, { until: Date.now() + PACED_MS, nextAt: 0 });
      try {
        return await withinRates(call, begin);
      } finally {
        const current = paced.get(channel);
        if (current !== undefined) current.nextAt = Math.max(current.nextAt, Date.now() + PACE_MS);
      }
    },
  };
}
