import type { webApi } from '@slack/bolt';
import { errorLines, notice } from './blocks/answers.js';
import type { View } from './blocks/kit.js';

/**
 * Opens a modal at once, because a trigger id lives 3 s and works once, and fills it when what it shows is there. What
 * goes wrong meanwhile is said in the modal.
 */
export async function openModal(
  client: webApi.WebClient,
  triggerId: string,
  loading: View,
  fill: () => Promise<View>,
): Promise<void> {
  const opened = await client.views.open({ trigger_id: triggerId, view: loading });
  const viewId = opened.view?.id;
  if (viewId === undefined) throw new Error('Slack opened a modal without an id');
  await client.views.update({ view_id: viewId, view: await filled(fill) });
}

async function filled(fill: () => Promise<View>): Promise<View> {
  try {
    return await fill();
  } catch (error) {
    return notice('Plumbline', errorLines(error));
  }
}
