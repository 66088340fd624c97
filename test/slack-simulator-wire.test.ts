import { webApi } from '@slack/bolt';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type SlackSimulator,
  type SlackSimulatorOptions,
  simulatedMethods,
  startSlackSimulator,
} from '../src/simulators/slack/server.js';
import { SEED, card, requestModal, section } from './slack-simulator-fixture.js';

let simulator: SlackSimulator | undefined;

afterEach(async () => {
  await simulator?.close();
  simulator = undefined;
});

function nothing(): void {}

const SILENT: webApi.Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  setLevel: nothing,
  setName: nothing,
  getLevel: () => webApi.LogLevel.ERROR,
};

interface Connected {
  readonly slack: SlackSimulator;
  readonly client: webApi.WebClient;
}

async function connect(options: Partial<SlackSimulatorOptions> = {}, retries = 0): Promise<Connected> {
  const slack = await startSlackSimulator({ ...SEED, ...options });
  simulator = slack;
  const client = new webApi.WebClient(slack.botToken, {
    slackApiUrl: slack.apiUrl,
    retryConfig: { retries, minTimeout: 1 },
    logger: SILENT,
  });
  return { slack, client };
}

/** The `error` and messages Slack answers a call with. */
async function refusal(call: Promise<unknown>): Promise<unknown> {
  try {
    await call;
    return 'ok';
  } catch (error) {
    if (!(error instanceof webApi.WebAPIPlatformError)) throw error;
    const messages = error.data.response_metadata?.messages;
    return messages === undefined ? error.data.error : [error.data.error, ...messages];
  }
}

describe('The simulated Web API', () => {
  it('asks for the right token and knows only its methods', async () => {
    const { slack, client } = await connect();
    const post = async (method: string, token?: string): Promise<unknown> => {
      const headers: Record<string, string> = token === undefined ? {} : { Authorization: `Bearer ${token}` };
      return (await fetch(`${slack.apiUrl}${method}`, { method: 'POST', headers })).json();
    };
    expect(await post('auth.test')).toEqual({ ok: false, error: 'not_authed' });
    expect(await post('auth.test', 'xoxb-nobody')).toEqual({ ok: false, error: 'invalid_auth' });
    expect(await post('apps.connections.open', slack.botToken)).toMatchObject({ ok: false });
    expect(await post('chat.shout', slack.botToken)).toEqual({ ok: false, error: 'unknown_method' });
    expect(await client.auth.test()).toMatchObject({
      ok: true,
      user_id: slack.botUserId,
      team_id: slack.teamId,
    });
    expect(simulatedMethods).toContain('views.publish');
    expect(simulatedMethods).not.toContain('chat.shout');
  });

  it('refuses messages that Slack refuses', async () => {
    const { slack, client } = await connect();
    const { chat } = client;
    expect(await refusal(chat.postMessage({ channel: 'C0NONE', text: 'hi' }))).toBe('channel_not_found');
    expect(await refusal(chat.postMessage({ channel: 'C0FAR', text: 'hi' }))).toBe('not_in_channel');
    expect(await refusal(chat.postMessage({ channel: 'C0OLD', text: 'hi' }))).toBe('is_archived');
    expect(await refusal(chat.postMessage({ channel: 'C0OPS', text: '' }))).toBe('no_text');
    expect(await refusal(chat.postMessage({ channel: 'C0OPS', text: 'hi', blocks: [section('')] }))).toEqual([
      'invalid_blocks',
      expect.stringContaining('[json-pointer:/blocks/0/text/text]'),
    ]);
    expect(await refusal(chat.update({ channel: 'C0OPS', ts: '1.000001', text: 'hi' }))).toBe(
      'message_not_found',
    );
    const said = slack.person('U0ANN').say('C0OPS', 'mine');
    expect(await refusal(chat.update({ channel: 'C0OPS', ts: said.ts, text: 'hi' }))).toBe(
      'cant_update_message',
    );
    expect(await refusal(chat.postEphemeral({ channel: 'C0OPS', user: 'U0GONE', text: 'hi' }))).toBe(
      'user_not_in_channel',
    );
    expect(slack.messages('C0OPS').map((message) => message.text)).toEqual(['mine']);
  });

  it('keeps what was written, in order, with threads, metadata and pages', async () => {
    const { slack, client } = await connect();
    const metadata = { event_type: 'change', event_payload: { id: 'CR-7' } };
    const first = await client.chat.postMessage({
      channel: 'C0OPS',
      text: 'a < b',
      blocks: card('x'),
      metadata,
    });
    const ts = first.ts ?? '';
    await client.chat.postMessage({ channel: 'C0OPS', text: 'reply', thread_ts: ts });
    const last = await client.chat.postMessage({ channel: '#ops', text: 'y'.repeat(40_001) });
    await client.chat.update({ channel: 'C0OPS', ts, text: 'only the text' });

    expect(slack.messages('C0OPS').map((message) => message.text.length)).toEqual([13, 40_000]);
    expect(slack.messages('C0OPS')[0]?.blocks).toHaveLength(2);
    expect(slack.thread('C0OPS', ts).map((message) => message.text)).toEqual(['reply']);
    expect(Number(last.ts)).toBeGreaterThan(Number(ts));

    const page = await client.conversations.history({ channel: 'C0OPS', limit: 1 });
    expect(page.messages?.map((message) => message.ts)).toEqual([last.ts]);
    expect(page.has_more).toBe(true);
    const cursor = page.response_metadata?.next_cursor ?? '';
    const next = await client.conversations.history({ channel: 'C0OPS', cursor, include_all_metadata: true });
    expect(next.messages?.[0]).toMatchObject({ ts, metadata, reply_count: 1 });
    const thread = await client.conversations.replies({ channel: 'C0OPS', ts });
    expect(thread.messages?.map((message) => message.text)).toEqual(['only the text', 'reply']);
    const link = await client.chat.getPermalink({ channel: 'C0OPS', message_ts: ts });
    expect(link.permalink).toBe(slack.messages('C0OPS')[0]?.permalink);
    await client.chat.delete({ channel: 'C0OPS', ts });
    expect(slack.messages('C0OPS')).toHaveLength(1);
  });

  it('shows a note to one person and takes a reaction once', async () => {
    const { slack, client } = await connect();
    await client.chat.postEphemeral({ channel: 'C0OPS', user: 'U0ANN', text: 'only you' });
    expect(slack.ephemerals('U0ANN').map((message) => message.text)).toEqual(['only you']);
    expect(slack.ephemerals('U0BOB')).toEqual([]);
    const ts = slack.ephemerals('U0ANN')[0]?.ts ?? '';
    expect(await refusal(client.chat.update({ channel: 'C0OPS', ts, text: 'x' }))).toBe('message_not_found');

    const said = slack.person('U0ANN').say('C0OPS', 'done');
    const reaction = { channel: 'C0OPS', timestamp: said.ts, name: 'eyes' };
    await client.reactions.add(reaction);
    expect(await refusal(client.reactions.add(reaction))).toBe('already_reacted');
    expect(slack.messages('C0OPS')[0]?.reactions).toEqual([{ name: 'eyes', user: slack.botUserId }]);
  });

  it('says what was awaited and what happened instead', async () => {
    const { slack, client } = await connect();
    await client.chat.postMessage({ channel: 'C0OPS', text: 'something else' });
    const waiting = slack.until('the approval', () => undefined, 10);
    await expect(waiting).rejects.toThrow(
      /waited 10 ms for the approval[^]*something else[^]*chat\.postMessage/,
    );
  });

  it('knows people, groups and channels, and opens direct messages only with those who are active', async () => {
    const { slack, client } = await connect();
    const ann = await client.users.info({ user: 'U0ANN' });
    expect(ann.user).toMatchObject({
      name: 'ann',
      real_name: 'Ann Berg',
      deleted: false,
      tz: 'Europe/Berlin',
    });
    expect((await client.usergroups.users.list({ usergroup: 'S0ADMINS' })).users).toEqual(['U0ANN']);
    slack.setUserGroup('S0ADMINS', ['U0BOB']);
    expect((await client.usergroups.users.list({ usergroup: 'S0ADMINS' })).users).toEqual(['U0BOB']);
    expect(await refusal(client.usergroups.users.list({ usergroup: 'S0NONE' }))).toBe('no_such_subteam');

    const direct = await client.conversations.open({ users: 'U0BOB' });
    await client.chat.postMessage({ channel: direct.channel?.id ?? '', text: 'psst' });
    expect(slack.directMessages('U0BOB').map((message) => message.text)).toEqual(['psst']);
    expect(await refusal(client.conversations.open({ users: 'U0GONE' }))).toBe('user_disabled');
    slack.setPerson('U0BOB', { deleted: true });
    expect((await client.users.info({ user: 'U0BOB' })).user?.deleted).toBe(true);
    const channels = await client.conversations.list({ exclude_archived: true });
    expect(channels.channels?.map((channel) => channel.name)).toEqual(['ops', 'far']);
  });

  it('refuses views that Slack refuses', async () => {
    const { client } = await connect();
    expect(await refusal(client.views.open({ trigger_id: '1.2.x', view: requestModal() }))).toBe(
      'invalid_trigger_id',
    );
    const bad = { ...requestModal(), title: { type: 'plain_text' as const, text: 'x'.repeat(25) } };
    expect(await refusal(client.views.open({ trigger_id: '1.2.x', view: bad }))).toEqual([
      'invalid_arguments',
      expect.stringContaining('[json-pointer:/view/title/text]'),
    ]);
    expect(await refusal(client.views.update({ view_id: 'V0NONE', view: requestModal() }))).toBe('not_found');

    const home = { type: 'home' as const, blocks: [section('hello')] };
    const { view } = await client.views.publish({ user_id: 'U0ANN', view: home });
    const hash = view?.hash ?? '';
    await client.views.publish({ user_id: 'U0ANN', view: home, hash });
    expect(await refusal(client.views.publish({ user_id: 'U0ANN', view: home, hash }))).toBe('hash_conflict');
  });

  it('limits rates when asked to, and the client waits and tries again', async () => {
    const { slack, client } = await connect({ enforceRates: true }, 2);
    await client.chat.postMessage({ channel: 'C0OPS', text: 'one' });
    await client.chat.postMessage({ channel: 'C0OPS', text: 'two' });
    expect(slack.messages('C0OPS').map((message) => message.text)).toEqual(['one', 'two']);
    expect(slack.calls.filter((call) => call.error === 'ratelimited')).not.toHaveLength(0);
  });

  it('fails as planned: an error, a rate limit, a status, a lost reply', async () => {
    const { slack, client } = await connect({}, 1);
    const post = (text: string): Promise<unknown> => client.chat.postMessage({ channel: 'C0OPS', text });
    slack.faults.fail('chat.postMessage', { error: 'internal_error', times: 1 });
    expect(await refusal(post('one'))).toBe('internal_error');
    slack.faults.fail('chat.postMessage', { retryAfterSeconds: 0, times: 1 });
    await post('two');
    slack.faults.fail('chat.postMessage', { status: 503, times: 1 });
    await post('three');
    slack.faults.loseReply('chat.postMessage', 1);
    await post('four');
    slack.faults.fail('chat.postMessage', { error: 'fatal_error', times: 9 });
    slack.faults.clear();
    await post('five');
    const texts = slack.messages('C0OPS').map((message) => message.text);
    expect(texts).toEqual(['two', 'three', 'four', 'four', 'five']);
  });

  it('takes files in three steps and gives them back only to the bot', async () => {
    const { slack, client } = await connect();
    const file = Buffer.from('a,b\n1,2\n');
    await client.filesUploadV2({
      channel_id: 'C0OPS',
      file,
      filename: 'fleet.csv',
      initial_comment: 'The fleet',
    });
    const [stored] = slack.files();
    expect(stored).toMatchObject({ name: 'fleet.csv', mimetype: 'text/csv', channels: ['C0OPS'] });
    expect(slack.messages('C0OPS')[0]).toMatchObject({ text: 'The fleet', fileIds: [stored?.id] });

    const info = await client.files.info({ file: stored?.id ?? '' });
    const address = info.file?.url_private_download ?? '';
    const headers = { Authorization: `Bearer ${slack.botToken}` };
    expect(await (await fetch(address, { headers })).text()).toBe('a,b\n1,2\n');
    const stranger = await fetch(address);
    expect([stranger.status, stranger.headers.get('content-type')]).toEqual([
      200,
      'text/html; charset=utf-8',
    ]);
  });
});
