import { afterEach, describe, expect, it } from 'vitest';
import { type Running, card, requestModal, startBoltApp } from './slack-simulator-fixture.js';

let running: Running | undefined;

afterEach(async () => {
  await running?.stop();
  running = undefined;
});

async function start(): Promise<(path: string, body?: object) => Promise<unknown>> {
  running = await startBoltApp((app) => {
    app.command('/ask', async ({ ack, body, client }) => {
      await ack();
      await client.views.open({ trigger_id: body.trigger_id, view: requestModal() });
    });
    app.view('request', async ({ ack, client }) => {
      await ack();
      await client.chat.postMessage({ channel: 'C0OPS', text: 'asked', blocks: card('why') });
    });
    app.action('approve', async ({ ack, client, body }) => {
      await ack();
      await client.chat.postMessage({ channel: body.user.id, text: 'approved' });
    });
  });
  const { url } = running.simulator;
  return async (path, body) => {
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    return (await fetch(`${url}/sim/${path}`, init)).json();
  };
}

describe('The control interface of the simulated Slack', () => {
  it('lets another process do what a person does', async () => {
    const call = await start();
    const { simulator } = running as Running;
    expect(await call('people/U0ANN/command', { channel: 'C0OPS', line: '/ask' })).toEqual({ acked: true });
    await simulator.until('the modal', () => simulator.person('U0ANN').modal());
    expect(await call('people/U0ANN/submit', {})).toMatchObject({
      ok: false,
      errors: { reason: expect.any(String) },
    });
    expect(await call('people/U0ANN/fill', { values: { reason: 'why not' } })).toMatchObject({
      modal: { title: 'Request a change' },
    });
    expect(await call('people/U0ANN/submit', {})).toEqual({ ok: true });
    const message = await simulator.until('the card', () => simulator.messages('C0OPS')[0]);
    const { channel, ts } = message;
    expect(await call('people/U0BOB/press', { channel, ts, action: 'approve' })).toEqual({ acked: true });
    await simulator.until('the message', () => simulator.directMessages('U0BOB')[0]);

    expect(await call('state')).toMatchObject({
      people: [{ id: 'U0ANN', modals: [] }, { id: 'U0BOB' }, { id: 'U0GONE' }],
      messages: [{ text: 'asked' }, { text: 'approved' }],
      deliveries: [{ type: 'slash_commands' }, { type: 'interactive' }, { type: 'interactive' }],
    });
  });

  it('changes who is in a user group and who is active, and the app is told as Slack tells it', async () => {
    const told: unknown[] = [];
    running = await startBoltApp((app) => {
      app.event('subteam_members_changed', async ({ event }) => void told.push(event));
      app.event('subteam_updated', async ({ event }) => void told.push(event));
      app.event('user_change', async ({ event }) => void told.push(event));
    });
    const { simulator } = running;
    const call = async (path: string, body: object): Promise<unknown> => {
      const init = { method: 'POST', body: JSON.stringify(body) };
      return (await fetch(`${simulator.url}/sim/${path}`, init)).json();
    };

    expect(await call('groups/S0ADMINS', { members: ['U0BOB'] })).toEqual({ ok: true });
    expect(await call('people/U0BOB/deactivate', {})).toEqual({ ok: true });
    expect(await call('people/U0BOB/reactivate', {})).toEqual({ ok: true });
    expect(await call('groups/S0ADMINS', { members: 'U0BOB' })).toMatchObject({ field: 'members' });
    await simulator.until('the events', () => told.length === 4);
    expect(told).toEqual([
      expect.objectContaining({
        type: 'subteam_members_changed',
        subteam_id: 'S0ADMINS',
        added_users: ['U0BOB'],
        removed_users: ['U0ANN'],
      }),
      expect.objectContaining({
        type: 'subteam_updated',
        subteam: expect.objectContaining({ id: 'S0ADMINS', users: ['U0BOB'] }),
      }),
      expect.objectContaining({ type: 'user_change', user: expect.objectContaining({ deleted: true }) }),
      expect.objectContaining({ type: 'user_change', user: expect.objectContaining({ deleted: false }) }),
    ]);
  });

  it('says what was wrong with a request', async () => {
    const call = await start();
    expect(await call('people/U0NONE/submit', {})).toMatchObject({ error: 'There is no person U0NONE.' });
    expect(await call('people/U0ANN/submit', {})).toMatchObject({ error: 'U0ANN has no modal open.' });
    expect(await call('people/U0ANN/command', { line: '/ask' })).toMatchObject({ field: 'channel' });
  });

  it('plans faults and tells what happens as it happens', async () => {
    const call = await start();
    const { simulator, app } = running as Running;
    const stream = await fetch(`${simulator.url}/sim/events`);
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
    if (reader === undefined) throw new Error('no stream');

    await call('faults', { method: 'chat.postMessage', error: 'internal_error' });
    const post = { channel: 'C0OPS', text: 'hello' };
    await expect(app.client.chat.postMessage(post)).rejects.toThrow('internal_error');
    await call('faults', { method: 'chat.postMessage', error: 'internal_error' });
    await call('faults/clear', {});
    await app.client.chat.postMessage(post);

    let seen = '';
    while (!seen.includes('event: message')) seen += (await reader.read()).value ?? '';
    expect(seen).toContain('"error":"internal_error"');
    expect(seen).toContain('"change":"posted"');
    await reader.cancel();
  });
});
