import type { App } from '@slack/bolt';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startSlackSimulator } from '../src/simulators/slack/server.js';
import type { SlackSimulator, SlackSimulatorOptions } from '../src/simulators/slack/server.js';
import {
  type Running,
  SEED,
  buttons,
  requestModal,
  section,
  startBoltApp,
} from './slack-simulator-fixture.js';

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function startApp(
  register: (app: App) => void,
  options: Partial<SlackSimulatorOptions> = {},
): Promise<Running> {
  const running = await startBoltApp(register, options);
  closers.push(() => running.stop());
  return running;
}

async function startAlone(options: Partial<SlackSimulatorOptions> = {}): Promise<SlackSimulator> {
  const simulator = await startSlackSimulator({ ...SEED, ...options });
  closers.push(() => simulator.close());
  return simulator;
}

async function socketUrl(simulator: SlackSimulator): Promise<string> {
  const headers = { Authorization: `Bearer ${simulator.appToken}` };
  const response = await fetch(`${simulator.apiUrl}apps.connections.open`, { method: 'POST', headers });
  const body: unknown = await response.json();
  if (typeof body !== 'object' || body === null || !('url' in body)) throw new Error('no url');
  return String(body.url);
}

interface RawClient {
  readonly socket: WebSocket;
  readonly received: { readonly type: string; readonly envelope_id: string }[];
}

/** A Socket Mode client that only listens; resolves after Slack's hello. */
async function listen(url: string): Promise<RawClient> {
  const socket = new WebSocket(url);
  const received: RawClient['received'] = [];
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('message', (data: Buffer) => {
      const message: RawClient['received'][number] = JSON.parse(data.toString());
      received.push(message);
      if (message.type === 'hello') resolve();
    });
  });
  return { socket, received };
}

describe('The simulated Socket Mode', () => {
  it('tells a person that the app did not answer in time', async () => {
    const { simulator } = await startApp((app) => app.command('/slow', async () => {}), { ackTimeoutMs: 20 });
    const result = await simulator.person('U0ANN').command('C0OPS', '/slow');
    expect(result).toMatchObject({ acked: false, error: 'operation_timeout' });
    expect(simulator.deliveries[0]).not.toHaveProperty('ackedAt');
  });

  it('fails a command at once when no app is connected, and keeps events for the next connection', async () => {
    const simulator = await startAlone();
    const ann = simulator.person('U0ANN');
    expect(await ann.command('C0OPS', '/pbx')).toMatchObject({ acked: false, error: 'not_connected' });
    await ann.openHome();
    const { received } = await listen(await socketUrl(simulator));
    await simulator.until('the event', () => received.some((message) => message.type === 'events_api'));
  });

  it('sends an event again until it is acknowledged', async () => {
    const simulator = await startAlone({ ackTimeoutMs: 20, redeliverAfterMs: 1 });
    const { socket, received } = await listen(await socketUrl(simulator));
    void simulator.person('U0ANN').openHome();
    await simulator.until('the third delivery', () => received.length === 4);
    socket.send(JSON.stringify({ envelope_id: received[3]?.envelope_id, payload: {} }));
    await simulator.until('the acknowledgement', () => simulator.deliveries[2]?.ackedAt);
    expect(received.slice(1)).toMatchObject([
      { type: 'events_api', retry_attempt: 0 },
      { retry_attempt: 1, retry_reason: 'timeout' },
      { retry_attempt: 2, retry_reason: 'timeout' },
    ]);
    expect(new Set(simulator.deliveries.map((delivery) => delivery.payload['event_id'])).size).toBe(1);
  });

  it('delivers the same command twice when asked to', async () => {
    const triggers: string[] = [];
    const { simulator } = await startApp((app) =>
      app.command('/pbx', async ({ ack, body }) => {
        triggers.push(body.trigger_id);
        await ack();
      }),
    );
    await simulator.person('U0ANN').command('C0OPS', '/pbx');
    await simulator.redeliverLast('slash_commands');
    expect(triggers).toHaveLength(2);
    expect(new Set(triggers).size).toBe(1);
    expect(simulator.deliveries.map((delivery) => delivery.attempt)).toEqual([0, 1]);
  });

  it('lets a trigger id be used once and only for a short time', async () => {
    const errors: string[] = [];
    const open = (app: App): void => {
      app.command('/ask', async ({ ack, body, client }) => {
        await ack();
        for (let use = 0; use < 2; use += 1) {
          const call = client.views.open({ trigger_id: body.trigger_id, view: requestModal() });
          await call.catch((error: unknown) => errors.push(String(error)));
        }
      });
    };
    const { simulator } = await startApp(open);
    await simulator.person('U0ANN').command('C0OPS', '/ask');
    await simulator.until('a refusal', () => errors[0]?.includes('exchanged_trigger_id'));

    const late = await startApp(open, { triggerTtlMs: -1 });
    await late.simulator.person('U0ANN').command('C0OPS', '/ask');
    await late.simulator.until('a refusal', () => errors[1]?.includes('expired_trigger_id'));
  });

  it('hands each envelope to one of several connections in turn', async () => {
    const simulator = await startAlone({ ackTimeoutMs: 10 });
    const clients = [await listen(await socketUrl(simulator)), await listen(await socketUrl(simulator))];
    await simulator.person('U0ANN').command('C0OPS', '/one');
    await simulator.person('U0ANN').command('C0OPS', '/two');
    expect(clients.map((client) => client.received.length)).toEqual([2, 2]);
  });

  it('accepts a socket address once, and says goodbye before it closes', async () => {
    const simulator = await startAlone();
    const url = await socketUrl(simulator);
    const { socket, received } = await listen(url);
    await expect(listen(url)).rejects.toThrow('401');
    const gone = new Promise((resolve) => socket.once('close', resolve));
    simulator.disconnect('refresh_requested');
    await gone;
    expect(received.at(-1)).toMatchObject({ type: 'disconnect', reason: 'refresh_requested' });
    expect(await simulator.person('U0ANN').command('C0OPS', '/pbx')).toMatchObject({
      error: 'not_connected',
    });
  });

  it('stacks at most three views and keeps what was typed when a view is updated', async () => {
    const refusals: string[] = [];
    const { simulator } = await startApp((app) => {
      const view = requestModal([buttons('deeper', 'rename')]);
      app.command('/ask', async ({ ack, body, client }) => {
        await ack();
        await client.views.open({ trigger_id: body.trigger_id, view });
      });
      app.view({ callback_id: 'request', type: 'view_closed' }, async ({ ack }) => ack());
      app.action('deeper', async ({ ack, body, client }) => {
        await ack();
        if (body.type !== 'block_actions') return;
        const push = client.views.push({ trigger_id: body.trigger_id, view });
        await push.catch((error: unknown) => refusals.push(String(error)));
      });
      app.action('rename', async ({ ack, body, client }) => {
        await ack();
        if (body.type !== 'block_actions' || body.view === undefined) return;
        const blocks = [...view.blocks, section('Renamed')];
        await client.views.update({ view_id: body.view.id, hash: body.view.hash, view: { ...view, blocks } });
      });
    });
    const ann = simulator.person('U0ANN');
    await ann.command('C0OPS', '/ask');
    const root = await simulator.until('the modal', () => ann.modal());
    ann.fill({ reason: 'kept' });
    await ann.pressInModal('rename');
    const renamed = await simulator.until('the update', () =>
      ann.modal()?.blocks.length === 4 ? ann.modal() : null,
    );
    expect(renamed.state.values['reason']).toEqual({ text: { type: 'plain_text_input', value: 'kept' } });

    await ann.pressInModal('deeper');
    await simulator.until('a second view', () => ann.modal()?.previousViewId === root.id);
    const second = ann.modal()?.id;
    await ann.pressInModal('deeper');
    await simulator.until('a third view', () => ann.modal()?.previousViewId === second);
    await ann.pressInModal('deeper');
    await simulator.until('a refusal', () => refusals[0]?.includes('push_limit_reached'));
    await ann.dismiss();
    expect(ann.modal()?.id).toBe(second);
  });
});
