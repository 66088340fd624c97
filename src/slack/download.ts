import { UserError } from '../errors.js';
import type { SlackConfig } from '../config.js';

const TIMEOUT_MS = 15_000;
const MOST_BYTES = 10 * 1024 * 1024;

/**
 * Fetches files that were uploaded to Slack; needs the scope `files:read`, without which Slack answers with an HTML page
 * and status 200. Throws `UserError`.
 */
export function downloader({ botToken }: SlackConfig): (url: string) => Promise<Uint8Array> {
  return async (url) => {
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const response = await fetch(url, { headers: { authorization: `Bearer ${botToken}` }, signal });
      if (!response.ok || (response.headers.get('content-type') ?? '').includes('text/html')) {
        throw refused('Slack did not hand out the file');
      }
      const bytes = new Uint8Array(await response.arrayBuffer());
      if (bytes.length > MOST_BYTES) throw refused('The file is larger than 10 MB');
      return bytes;
    } catch (error) {
      if (error instanceof UserError) throw error;
      throw refused('The file could not be fetched from Slack');
    }
  };
}

function refused(what: string): UserError {
  return new UserError('conflict', `${what}.`, { mend: 'Try again; the app needs the scope files:read.' });
}
