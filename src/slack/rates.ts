import { setTimeout as sleep } from 'node:timers/promises';
import { webApi } from '@slack/bolt';

const ATTEMPTS = 6;
const LONGEST_WAIT_SECONDS = 60;

/** Makes a call; where Slack has too many, waits as long as it asks for and tries again: it was not carried out. */
export async function withinRates<T>(call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof webApi.WebAPIRateLimitedError) || attempt >= ATTEMPTS) throw error;
      await sleep(Math.min(error.retryAfter, LONGEST_WAIT_SECONDS) * 1000);
    }
  }
}
