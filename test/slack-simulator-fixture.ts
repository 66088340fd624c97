import { App, LogLevel, type types } from '@slack/bolt';
import {
  type SlackSimulator,
  type SlackSimulatorOptions,
  startSlackSimulator,
} from '../src/simulators/slack/server.js';

export const SEED: SlackSimulatorOptions = {
  people: [
    { id: 'U0ANN', name: 'ann', realName: 'Ann Berg', tz: 'Europe/Berlin' },
    { id: 'U0BOB', name: 'bob' },
    { id: 'U0GONE', name: 'gone', deleted: true },
  ],
  channels: [
    { id: 'C0OPS', name: 'ops' },
    { id: 'C0FAR', name: 'far', botIsMember: false },
    { id: 'C0OLD', name: 'old', isArchived: true },
  ],
  userGroups: [{ id: 'S0ADMINS', handle: 'admins', members: ['U0ANN'] }],
};

export interface Running {
  readonly simulator: SlackSimulator;
  readonly app: App;
  stop(): Promise<void>;
}

/** Starts a workspace and a real Bolt app in Socket Mode, with the listeners the test registers. */
export async function startBoltApp(
  register: (app: App) => void,
  options: Partial<SlackSimulatorOptions> = {},
): Promise<Running> {
  const simulator = await startSlackSimulator({ ...SEED, ...options });
  const app = new App({
    socketMode: true,
    appToken: simulator.appToken,
    token: simulator.botToken,
    logLevel: LogLevel.ERROR,
    clientOptions: { slackApiUrl: simulator.apiUrl },
  });
  register(app);
  await app.start();
  const stop = async (): Promise<void> => {
    await app.stop();
    await simulator.close();
  };
  return { simulator, app, stop };
}

/** A section of text. */
export function section(text: string): types.KnownBlock {
  return { type: 'section', text: { type: 'mrkdwn', text } };
}

/** A row of buttons whose action ids are also their texts. */
export function buttons(...names: readonly string[]): types.KnownBlock {
  const button = (name: string): types.Button => ({
    type: 'button',
    action_id: name,
    text: { type: 'plain_text', text: name },
  });
  return { type: 'actions', elements: names.map(button) };
}

/** A request with a button that asks before it approves. */
export function card(reason: string): types.KnownBlock[] {
  const plain = (text: string): types.PlainTextElement => ({ type: 'plain_text', text });
  const confirm = {
    title: plain('Sure?'),
    text: plain('It is done at once.'),
    confirm: plain('Yes'),
    deny: plain('No'),
  };
  const approve: types.Button = {
    type: 'button',
    action_id: 'approve',
    text: plain('Approve'),
    value: '7',
    confirm,
  };
  return [section(reason), { type: 'actions', block_id: 'decision', elements: [approve] }];
}

/** A modal with one required text, one optional choice, and whatever else a test needs. */
export function requestModal(more: readonly types.KnownBlock[] = []): types.ModalView {
  const plain = (text: string): types.PlainTextElement => ({ type: 'plain_text', text });
  return {
    type: 'modal',
    callback_id: 'request',
    title: plain('Request a change'),
    submit: plain('Send'),
    notify_on_close: true,
    blocks: [
      {
        type: 'input',
        block_id: 'reason',
        label: plain('Reason'),
        element: { type: 'plain_text_input', action_id: 'text', max_length: 40 },
      },
      {
        type: 'input',
        block_id: 'when',
        optional: true,
        label: plain('When'),
        element: {
          type: 'static_select',
          action_id: 'choice',
          options: [
            { text: plain('Now'), value: 'now' },
            { text: plain('Tonight'), value: 'tonight' },
          ],
        },
      },
      ...more,
    ],
  };
}
