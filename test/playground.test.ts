import { afterAll, beforeAll, expect, test } from 'vitest';
import type { HeldFact, Reconnection } from '../src/demo/playground/face.js';
import { type Playground, startPlayground } from '../src/demo/playground/playground.js';
import { type Page, servePage } from '../src/demo/playground/server.js';
import { REPORTS } from '../src/demo/world.js';

let playground: Playground;
let page: Page;

beforeAll(async () => {
  playground = await startPlayground();
  page = await servePage(playground, 0);
});

afterAll(async () => {
  await page.close();
  await playground.stop();
});

async function ask<T>(path: string, body?: unknown): Promise<T> {
  const answer = await fetch(`${page.url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return (await answer.json()) as T;
}

const reconnect = (pbx: string): Promise<Reconnection> => ask('/playground/reconnect', { pbx });

test('the page learns what every phone system is held to, by its tags', async () => {
  const held = await ask<readonly HeldFact[]>('/playground/held');

  const keysOf = (id: string): readonly string[] =>
    held.filter(({ pbxId }) => pbxId === id).map(({ key }) => key);
  expect(keysOf('hq')).toEqual(['EnableChat', 'AvatarStyle']);
  expect(keysOf('lima')).toEqual(['EnableChat']);
  expect(held.find(({ key }) => key === 'AvatarStyle')).toMatchObject({ value: 'Square', mode: 'report' });
});

test('a refused login is over only once somebody reconnects', async () => {
  const hq = playground.world.pbxs.pbx('hq');
  hq.fault({ kind: 'unauthorised', on: 'token' });
  hq.expireTokens();
  const refused = await reconnect('hq');
  hq.clearFaults();
  const asked = hq.requests.length;
  await playground.sweep();
  await playground.world.slack.until('the report', () =>
    playground.world.slack.messages(REPORTS).find(({ text }) => text.startsWith('Drift report #1')),
  );
  const meanwhile = hq.requests.slice(asked).filter(({ operation }) => operation === 'token');

  expect(refused.isAnswering).toBe(false);
  expect(refused.said).toContain('refused the API client');
  expect(meanwhile).toEqual([]);
  expect(await reconnect('hq')).toEqual({
    isAnswering: true,
    said: 'Headquarters answers, 3CX 20.0.10.1621.',
  });
});

test('reconnecting what is not there is refused in words', async () => {
  expect(await ask('/playground/reconnect', { pbx: 'hp' })).toMatchObject({
    error: 'There is no PBX “hp”.',
  });
  expect(await ask('/playground/reconnect', {})).toMatchObject({ error: 'The body is {"pbx": "hq"}.' });
});

test('the guides can be read, and nothing beside them', async () => {
  const guide = await fetch(`${page.url}/docs/approvals.md`);
  expect(await guide.text()).toContain('# Approvals');
  for (const path of ['/docs/..%2Fpackage.json', '/docs/decisions/0001.md', '/docs/none.md']) {
    expect((await fetch(`${page.url}${path}`)).status).toBe(404);
  }
});
