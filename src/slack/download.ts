import { UserError } from '../errors.js';
import type { SlackConfig } from '../config.js';

const TIMEOUT_MS = 15_000;
const MOST_BYTES = 10 * 1024 * 1024;
const SLACK_HOST = /(^|\.)slack(-gov)?\.com$/;

/**
 * Fetches files that were uploaded to Slack; needs the scope `files:read`, without which Slack answers with an HTML page
 * and status 200. The bot's token goes to Slack's own hosts only. Throws `UserError`.
 */
export function downloader({
  botToken,
  apiUrl,
}: Pick<SlackConfig, 'botToken' | 'apiUrl'>): (url: string) => Promise<Uint8Array> {
  return async (url) => {
    if (!isSlackFile(url, apiUrl)) throw refused('This file is not kept by Slack', 'Upload it again.');
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const response = await fetch(url, { headers: { authorization: `Bearer ${botToken}` }, signal });
      if (!response.ok || (response.headers.get('content-type') ?? '').includes('text/html')) {
        throw refused('Slack did not hand out the file', 'Check that the app has the scope files:read.');
      }
      const bytes = new Uint8Array(await response.arrayBuffer());
      if (bytes.length > MOST_BYTES) throw refused('The file is larger than 10 MB', 'Choose a smaller one.');
      return bytes;
    } catch (error) {
      if (error instanceof UserError) throw error;
      throw refused('The file could not be fetched from Slack', 'Try again.');
    }
  };
}

function isSlackFile(url: string, apiUrl: string | null): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname, origin } = new URL(url);
  if (apiUrl !== null && origin === new URL(apiUrl).origin) return true;
  return protocol === 'https:' && SLACK_HOST.test(hostname);
}

function refused(what: string, mend: string): UserError {
  return new UserError('conflict', `${what}.`, { mend });
}
