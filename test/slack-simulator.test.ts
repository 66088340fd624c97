import type { App } from '@slack/bolt';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type Running,
  buttons,
  card,
  requestModal,
  section,
  startBoltApp,
} from './slack-simulator-fixture.js';

let running: Running | undefined;

afterEach(async () => {
  await running?.stop();
  running = undefined;
});

async function start(register: (app: App) => void): Promise<Running> {
  running = await startBoltApp(register);
  return running;
}

function requestListeners(app: App): void {
  app.command('/ask', async ({ ack, body, client }) => {
    await ack();
    await client.views.open({ trigger_id: body.trigger_id, view: requestModal() });
  });
  app.view('request', async ({ ack, view, body, client }) => {
    const reason = view.state.values['reason']?.['text']?.value ?? '';
    if (reason === 'because') {
      await ack({ response_action: 'errors', errors: { reason: 'Say more than that.' } });
      return;
    }
    await ack();
    const text = `${body.user.id} asks: ${view.state.values['when']?.['choice']?.selected_option?.value ?? 'any time'}`;
    await client.chat.postMessage({ channel: 'C0OPS', text, blocks: card(reason) });
  });
  app.action('approve', async ({ ack, body, client }) => {
    await ack();
    if (body.type !== 'block_actions' || body.message === undefined) return;
    const text = `approved by ${body.user.id}`;
    const { ts } = body.message;
    await client.chat.update({ channel: 'C0OPS', ts, text, blocks: [section(text)] });
  });
}

describe('A person at the simulated Slack', () => {
  it('opens a modal by a command, is told what is wrong, corrects it and sees the message posted', async () => {
    const { simulator } = await start(requestListeners);
    const ann = simulator.person('U0ANN');

    expect(await ann.command('C0OPS', '/ask please')).toEqual({ acked: true });
    const modal = await simulator.until('the modal', () => ann.modal());
    expect(modal).toMatchObject({ title: 'Request a change', callbackId: 'request', rootViewId: modal.id });
    expect(await ann.submit()).toEqual({
      ok: false,
      errors: { reason: 'Please complete this required field.' },
    });

    ann.fill({ Reason: 'because', choice: 'Tonight' });
    expect(await ann.submit()).toEqual({ ok: false, errors: { reason: 'Say more than that.' } });
    expect(ann.modal()?.errors).toEqual({ reason: 'Say more than that.' });

    ann.fill({ reason: 'The lobby phone rings too long' });
    expect(await ann.submit()).toEqual({ ok: true });
    expect(ann.modal()).toBeUndefined();
    const posted = await simulator.until('the card', () => simulator.messages('C0OPS')[0]);
    expect(posted).toMatchObject({
      text: 'U0ANN asks: tonight',
      user: simulator.botUserId,
      channel: 'C0OPS',
    });
  });

  it('presses a button and sees the message change, its buttons gone', async () => {
    const { simulator, app } = await start(requestListeners);
    await app.client.chat.postMessage({ channel: 'C0OPS', text: 'A request', blocks: card('A reason') });
    const [message] = simulator.messages('C0OPS');
    if (message === undefined) throw new Error('no message');

    const bob = simulator.person('U0BOB');
    expect(await bob.press(message, 'Approve')).toEqual({ acked: true });
    const changed = await simulator.until('the decision', () =>
      simulator.messages('C0OPS').find((one) => one.text === 'approved by U0BOB'),
    );
    expect(changed.editedAt).toBeDefined();
    expect(changed.history.map((version) => version.text)).toEqual(['A request']);
    await expect(bob.press(message, 'approve')).rejects.toThrow('has nothing named approve to press');
  });

  it('cannot enter what the form does not offer', async () => {
    const { simulator } = await start(requestListeners);
    const ann = simulator.person('U0ANN');
    await ann.command('C0OPS', '/ask');
    await simulator.until('the modal', () => ann.modal());

    expect(() => ann.fill({ when: 'next year' })).toThrow(
      'offers no option next year; it offers Now (now), Tonight (tonight)',
    );
    expect(() => ann.fill({ colour: 'red' })).toThrow('has no field colour');
    expect(() => ann.fill({ reason: 'x'.repeat(41) })).toThrow('takes at most 40 characters, not 41');
  });

  it('changes an answer only they can see, through its own buttons', async () => {
    const { simulator } = await start((app) => {
      app.command('/help', async ({ ack, respond }) => {
        await ack();
        await respond({ text: 'Pick one', blocks: [section('Pick one'), buttons('more', 'done')] });
      });
      app.action('more', async ({ ack, respond }) => {
        await ack();
        await respond({ text: 'More help', replace_original: true, blocks: [buttons('done')] });
      });
      app.action('done', async ({ ack, respond }) => {
        await ack();
        await respond({ delete_original: true });
      });
    });
    const ann = simulator.person('U0ANN');
    await ann.command('C0OPS', '/help');
    const [help] = await simulator.until('help', () => nonEmpty(simulator.ephemerals('U0ANN')));
    expect(simulator.messages('C0OPS')).toEqual([]);
    await expect(simulator.person('U0BOB').press(help, 'more')).rejects.toThrow('cannot see message');

    await ann.press(help, 'more');
    await simulator.until('more help', () => simulator.ephemerals('U0ANN')[0]?.text === 'More help');
    await ann.press(help, 'done');
    await simulator.until('no help', () => simulator.ephemerals('U0ANN').length === 0);
  });

  it('reads the text of an acknowledgement at once and is told when a command does not exist', async () => {
    running = await startBoltApp(
      (app) => app.command('/pbx', async ({ ack, command }) => ack(`You said ${command.text}`)),
      { commands: ['/pbx'] },
    );
    const ann = running.simulator.person('U0ANN');
    expect(await ann.command('C0OPS', '/pbx show hq')).toEqual({ acked: true, text: 'You said show hq' });
    expect(running.simulator.ephemerals('U0ANN').map((one) => one.text)).toEqual(['You said show hq']);
    expect(await ann.command('C0OPS', '/pxb')).toMatchObject({ acked: false, error: 'unknown_command' });
  });

  it('gets a Home tab by opening it and direct messages from the bot', async () => {
    const { simulator } = await start((app) => {
      app.event('app_home_opened', async ({ event, client }) => {
        await client.views.publish({
          user_id: event.user,
          view: { type: 'home', blocks: [buttons('ping')] },
        });
      });
      app.action('ping', async ({ ack, body, client }) => {
        await ack();
        await client.chat.postMessage({ channel: body.user.id, text: 'pong' });
      });
    });
    const ann = simulator.person('U0ANN');
    await ann.openHome();
    await simulator.until('the Home tab', () => simulator.home('U0ANN'));
    expect(await ann.pressInHome('ping')).toEqual({ acked: true });
    const [pong] = await simulator.until('the answer', () => nonEmpty(simulator.directMessages('U0ANN')));
    expect(pong.text).toBe('pong');
    expect(simulator.directMessages('U0BOB')).toEqual([]);
  });

  it('closes a modal and the app hears of it', async () => {
    const closed: string[] = [];
    const { simulator } = await start((app) => {
      requestListeners(app);
      app.view({ callback_id: 'request', type: 'view_closed' }, async ({ ack, body }) => {
        closed.push(body.user.id);
        await ack();
      });
    });
    const ann = simulator.person('U0ANN');
    await ann.command('C0OPS', '/ask');
    await simulator.until('the modal', () => ann.modal());
    await ann.dismiss();
    expect(closed).toEqual(['U0ANN']);
    expect(ann.modal()).toBeUndefined();
  });
});

function nonEmpty<T>(list: readonly T[]): readonly [T, ...T[]] | undefined {
  const [first, ...rest] = list;
  return first === undefined ? undefined : [first, ...rest];
}
