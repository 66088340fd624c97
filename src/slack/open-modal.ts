import type { webApi } from '@slack/bolt';
import { UserError } from '../errors.js';
import type { Log } from '../telemetry/log.js';
import { errorLines, notice } from './blocks/answers.js';
import type { View } from './blocks/kit.js';
import { escape } from './blocks/text.js';
import { slackErrorCode } from './slack-error.js';

interface ModalTools {
  readonly client: webApi.WebClient;
  readonly triggerId: string;
  readonly log: Log;
}

/** Opens a modal. Throws `UserError` where Slack no longer takes the trigger: it lives 3 s and works once. */
export async function openView({ client, triggerId }: ModalTools, view: View): Promise<string> {
  try {
    const opened = await client.views.open({ trigger_id: triggerId, view });
    if (opened.view?.id === undefined) throw new Error('Slack opened a modal without an id');
    return opened.view.id;
  } catch (error) {
    if (!['expired_trigger_id', 'exchanged_trigger_id'].includes(slackErrorCode(error) ?? '')) throw error;
    throw new UserError('conflict', 'Slack waits only 3 seconds for a window, and this took longer.', {
      mend: 'Try once more.',
    });
  }
}

/** Opens a modal at once and fills it when what it shows is there. What goes wrong meanwhile is said in the modal. */
export async function openModal(tools: ModalTools, loading: View, fill: () => Promise<View>): Promise<void> {
  const viewId = await openView(tools, loading);
  const view = await filled(tools.log, fill);
  try {
    await tools.client.views.update({ view_id: viewId, view });
  } catch (error) {
    if (slackErrorCode(error) !== 'not_found') throw error;
    tools.log.debug({ viewId }, 'a modal was closed before it was filled');
  }
}

async function filled(log: Log, fill: () => Promise<View>): Promise<View> {
  try {
    return await fill();
  } catch (error) {
    if (!(error instanceof UserError)) log.error({ err: error }, 'a modal could not be filled');
    return notice(
      'Plumbline',
      errorLines(error).map((line) => `:warning: ${escape(line)}`),
    );
  }
}
