import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type App, createApp } from '../src/app.js';
import { ANN, APPROVALS, startWorld, type World } from '../src/demo/world.js';

const SIGNING_SECRET = 'a-signing-secret';

let world: World;
let app: App;
let answers: Server;
let port: number;
let answered: Promise<unknown>;

beforeEach(async () => {
  world = await startWorld();
  port = await freePort();
  const slack = world.config.slack;
  if (slack === null) throw new Error('the world has Slack');
  const connection = { kind: 'http', signingSecret: SIGNING_SECRET, port } as const;
  app = await createApp({ ...world.config, slack: { ...slack, connection } });
  await app.start();
  let tell: (body: unknown) => void = () => undefined;
  answered = new Promise((resolve) => {
    tell = resolve;
  });
  answers = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      response.end('ok');
      tell(JSON.parse(text));
    });
  }).listen(0, '127.0.0.1');
  await once(answers, 'listening');
});

afterEach(async () => {
  answers.close();
  await app.stop();
  await world.stop();
});

test('over HTTP a signed command is answered', async () => {
  const status = await send(SIGNING_SECRET);

  expect(status).toBe(200);
  expect(await answered).toMatchObject({ response_type: 'ephemeral', text: expect.stringContaining('PBX') });
});

test('over HTTP a command with a wrong signature is refused', async () => {
  expect(await send('another-secret')).toBe(401);
});

async function send(secret: string): Promise<number> {
  const { port: answerPort } = answers.address() as AddressInfo;
  const body = new URLSearchParams({
    command: '/pbx',
    text: 'list',
    user_id: ANN,
    channel_id: APPROVALS,
    team_id: 'T0',
    trigger_id: '1.2.3',
    response_url: `http://127.0.0.1:${answerPort}/`,
  }).toString();
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')}`;
  const response = await fetch(`http://127.0.0.1:${port}/slack/events`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': signature,
    },
    body,
  });
  return response.status;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: free } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return free;
}
