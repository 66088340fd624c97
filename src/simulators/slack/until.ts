import { stackOf } from './views.js';
import type { Workspace } from './state.js';

/** How often a probe is asked again although nothing changed here: it may look at the app's side as well. */
const POLL_MS = 25;

/**
 * Waits until the probe answers something, asking again after every change in the workspace. Rejects after
 * `timeoutMs` with what was awaited and what had happened by then.
 */
export function until<T>(
  workspace: Workspace,
  what: string,
  probe: () => T | undefined | null | false,
  timeoutMs = 8000,
): Promise<T> {
  const failure = new Error(`waited ${timeoutMs} ms for ${what}`);
  return new Promise((resolve, reject) => {
    const finish = (): void => {
      clearTimeout(timer);
      clearInterval(poll);
      workspace.listeners.delete(look);
    };
    const look = (): void => {
      try {
        const found = probe();
        if (found === undefined || found === null || found === false) return;
        finish();
        resolve(found);
      } catch (error) {
        finish();
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    };
    const timer = setTimeout(() => {
      finish();
      failure.message += `\n${recent(workspace)}`;
      reject(failure);
    }, timeoutMs);
    const poll = setInterval(look, POLL_MS);
    workspace.listeners.add(look);
    look();
  });
}

/** What happened last, in a few lines. */
function recent(workspace: Workspace): string {
  const messages = [...workspace.messages.values()].slice(-5).map((message) => {
    const to = message.ephemeralTo === undefined ? '' : ` (only ${message.ephemeralTo})`;
    return `  ${message.channel}${to}: ${message.text.slice(0, 120)}`;
  });
  const modals = [...workspace.modals.keys()].flatMap((userId) =>
    stackOf(workspace, userId).map(
      (view) => `  ${userId}: "${view.title}" (${view.callbackId}) ${JSON.stringify(view.errors)}`,
    ),
  );
  const calls = workspace.calls
    .slice(-10)
    .map((call) => `  ${call.method}${call.error === undefined ? '' : ` -> ${call.error}`}`);
  const deliveries = workspace.deliveries
    .slice(-5)
    .map((one) => `  ${one.type} ${one.ackedAt === undefined ? 'not acknowledged' : 'acknowledged'}`);
  const lines = ['messages:', ...messages, 'modals:', ...modals, 'calls:', ...calls];
  return [...lines, 'deliveries:', ...deliveries].join('\n');
}
