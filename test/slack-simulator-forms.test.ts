import type { App, ViewResponseAction, types } from '@slack/bolt';
import { afterEach, describe, expect, it } from 'vitest';
import type { SlackSimulator } from '../src/simulators/slack/server.js';
import { type Running, buttons, requestModal, startBoltApp } from './slack-simulator-fixture.js';

let running: Running | undefined;

afterEach(async () => {
  await running?.stop();
  running = undefined;
});

function plain(text: string): types.PlainTextElement {
  return { type: 'plain_text', text };
}

function option(value: string): types.PlainTextOption {
  return { text: plain(value.toUpperCase()), value };
}

function input(
  id: string,
  element: types.InputBlock['element'],
  more: Partial<types.InputBlock> = {},
): types.InputBlock {
  return { type: 'input', block_id: id, label: plain(id), element, optional: true, ...more };
}

const EVERY_FIELD: readonly types.KnownBlock[] = [
  input('count', { type: 'number_input', is_decimal_allowed: false, action_id: 'a' }),
  input('radio', { type: 'radio_buttons', action_id: 'a', options: [option('x'), option('y')] }),
  input('ticks', { type: 'checkboxes', action_id: 'a', options: [option('x'), option('y')] }),
  input('many', { type: 'multi_static_select', action_id: 'a', options: [option('x'), option('y')] }),
  input('who', { type: 'users_select', action_id: 'a' }),
  input('where', { type: 'conversations_select', action_id: 'a', response_url_enabled: true }),
  input('day', { type: 'datepicker', action_id: 'a', initial_date: '2026-01-31' }),
  input('hour', { type: 'timepicker', action_id: 'a' }),
  input('pbx', { type: 'external_select', action_id: 'pbx', min_query_length: 0 }),
  input('logo', { type: 'file_input', action_id: 'a', max_files: 1 }),
];

async function open(
  register: (app: App) => void,
  blocks: readonly types.KnownBlock[],
): Promise<SlackSimulator> {
  running = await startBoltApp((app) => {
    app.command('/form', async ({ ack, body, client }) => {
      await ack();
      await client.views.open({ trigger_id: body.trigger_id, view: requestModal(blocks) });
    });
    register(app);
  });
  const { simulator } = running;
  await simulator.person('U0ANN').command('C0OPS', '/form');
  await simulator.until('the form', () => simulator.person('U0ANN').modal());
  return simulator;
}

describe('A form at the simulated Slack', () => {
  it('hands over every kind of field in the shape Slack gives it', async () => {
    let values: Record<string, Record<string, unknown>> = {};
    let bytes = '';
    const simulator = await open((app) => {
      app.view('request', async ({ ack, view, respond, client }) => {
        ({ values } = view.state);
        await ack();
        const file = view.state.values['logo']?.['a']?.files?.[0];
        const headers = { Authorization: `Bearer ${client.token ?? ''}` };
        bytes = await (await fetch(file?.url_private_download ?? '', { headers })).text();
        await respond({ text: 'received', response_type: 'in_channel' });
      });
      app.options('pbx', async ({ ack, payload }) => ack({ options: [option(`${payload.value}1`)] }));
    }, EVERY_FIELD);
    const ann = simulator.person('U0ANN');

    expect(await ann.suggest('pbx', 'hq')).toEqual([
      { text: { type: 'plain_text', text: 'HQ1' }, value: 'hq1' },
    ]);
    ann.fill({ reason: 'all of them', count: 'twelve', radio: 'Y', ticks: ['x', 'y'], many: ['y'] });
    ann.fill({ who: 'bob', where: 'ops', hour: '02:30', pbx: 'HQ1' });
    ann.fill({ logo: { file: { name: 'logo.png', bytes: new TextEncoder().encode('png!') } } });
    expect(await ann.submit()).toEqual({ ok: true });
    await simulator.until('the answer', () => simulator.messages('C0OPS')[0]?.text === 'received');

    expect(values['count']?.['a']).toEqual({ type: 'number_input', value: 'twelve' });
    expect(values['radio']?.['a']).toMatchObject({ selected_option: { value: 'y' } });
    expect(values['ticks']?.['a']).toMatchObject({ selected_options: [{ value: 'x' }, { value: 'y' }] });
    expect(values['many']?.['a']).toMatchObject({ selected_options: [{ value: 'y' }] });
    expect(values['who']?.['a']).toEqual({ type: 'users_select', selected_user: 'U0BOB' });
    expect(values['where']?.['a']).toEqual({ type: 'conversations_select', selected_conversation: 'C0OPS' });
    expect(values['day']?.['a']).toEqual({ type: 'datepicker', selected_date: '2026-01-31' });
    expect(values['hour']?.['a']).toEqual({ type: 'timepicker', selected_time: '02:30' });
    expect(values['pbx']?.['pbx']).toMatchObject({ selected_option: { value: 'hq1' } });
    expect(values['when']?.['choice']).toEqual({ type: 'static_select', selected_option: null });
    expect(values['logo']?.['a']).toMatchObject({
      files: [{ name: 'logo.png', mimetype: 'image/png', size: 4 }],
    });
    expect(bytes).toBe('png!');
  });

  it('refuses dates, times and people that Slack would not offer', async () => {
    const simulator = await open(() => {}, EVERY_FIELD);
    const ann = simulator.person('U0ANN');
    expect(() => ann.fill({ day: '31.01.2026' })).toThrow('takes a date as YYYY-MM-DD');
    expect(() => ann.fill({ hour: '25:00' })).toThrow('takes a time as HH:MM');
    expect(() => ann.fill({ who: 'zoe' })).toThrow('offers no person zoe');
    expect(() => ann.fill({ logo: 'logo.png' })).toThrow('takes a file, not "logo.png"');
  });

  it('tells the app at once what is chosen where the form asks for that', async () => {
    const select: types.StaticSelect = {
      type: 'static_select',
      action_id: 'kind',
      options: [option('x'), option('y')],
    };
    const heard: string[] = [];
    const simulator = await open(
      (app) => {
        app.action('kind', async ({ ack, body, client }) => {
          await ack();
          if (body.type !== 'block_actions' || body.view === undefined) return;
          const chosen = body.view.state.values['kind']?.['kind']?.selected_option?.value ?? '';
          heard.push(chosen);
          const note: types.KnownBlock = { type: 'section', text: plain(`You chose ${chosen}`) };
          await client.views.update({ view_id: body.view.id, view: requestModal([note]) });
        });
      },
      [input('kind', select, { dispatch_action: true })],
    );
    const ann = simulator.person('U0ANN');
    ann.fill({ reason: 'kept', kind: 'y' });
    await simulator.until('the update', () => JSON.stringify(ann.modal()?.blocks).includes('You chose y'));
    expect(heard).toEqual(['y']);
    expect(ann.modal()?.state.values['reason']?.['text']?.['value']).toBe('kept');
  });

  it('goes on to another view, back over it, and shows trouble when the app answers nonsense', async () => {
    let answer: ViewResponseAction = { response_action: 'clear' };
    const simulator = await open(
      (app) => {
        app.view({ callback_id: 'request', type: 'view_submission' }, async ({ ack }) => ack(answer));
      },
      [buttons('go')],
    );
    const ann = simulator.person('U0ANN');
    ann.fill({ reason: 'because' });

    answer = { response_action: 'errors', errors: { nowhere: 'No such block' } };
    expect(await ann.submit()).toMatchObject({ ok: false, error: 'invalid_response' });
    answer = { response_action: 'update', view: { ...requestModal(), title: plain('x'.repeat(30)) } };
    expect(await ann.submit()).toMatchObject({ ok: false, error: 'invalid_response' });
    answer = { response_action: 'push', view: { ...requestModal(), title: plain('Second') } };
    expect(await ann.submit()).toEqual({ ok: true });
    expect(ann.modal()?.title).toBe('Second');
    answer = { response_action: 'update', view: { ...requestModal(), title: plain('Third') } };
    ann.fill({ reason: 'because' });
    expect(await ann.submit()).toEqual({ ok: true });
    expect(ann.modal()?.title).toBe('Third');
    answer = { response_action: 'clear' };
    expect(await ann.submit()).toEqual({ ok: true });
    expect(ann.modal()).toBeUndefined();
  });

  it('lets an answer address be used five times', async () => {
    const statuses: number[] = [];
    running = await startBoltApp((app) =>
      app.command('/chatty', async ({ ack, body }) => {
        await ack();
        for (let use = 0; use < 6; use += 1) {
          const post = { method: 'POST', body: JSON.stringify({ text: `answer ${use}` }) };
          statuses.push((await fetch(body.response_url, post)).status);
        }
      }),
    );
    const { simulator } = running;
    await simulator.person('U0ANN').command('C0OPS', '/chatty');
    await simulator.until('six answers', () => statuses.length === 6);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 404]);
    expect(simulator.ephemerals('U0ANN')).toHaveLength(5);
  });
});
