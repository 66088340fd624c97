import { App, LogLevel, SocketModeReceiver } from '@slack/bolt';
import { serveDeeds } from '../remote.js';
import type { Workspace } from '../workspace.js';

/** A Bolt app that acknowledges every command and does nothing else. */
async function start({ apiUrl, botToken, appToken }: Workspace): Promise<void> {
  const clientOptions = { slackApiUrl: apiUrl };
  const receiver = new SocketModeReceiver({
    appToken,
    logLevel: LogLevel.ERROR,
    installerOptions: { clientOptions },
  });
  const app = new App({
    token: botToken,
    receiver,
    clientOptions,
    logLevel: LogLevel.ERROR,
    tokenVerificationEnabled: false,
  });
  app.command(/.*/, async ({ ack }) => ack());
  await app.start();
}

const deeds = { start };
export type BareBolt = typeof deeds;
serveDeeds(deeds);
