import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { startPbxSimulator } from '../src/simulators/pbx/server.js';
import { CREDENTIAL_PAUSE_MS, memoryRefusals } from '../src/xapi/breaker.js';
import { failureOf, grant, json, open, portOf, SECRET, startWire } from './xapi-wire.js';

const REFUSED = json(401, { error: 'unauthorized', error_description: 'Valid user authentication needed.' });
const TOKEN = { kind: 'token', accessToken: 'made-elsewhere' } as const;

async function startRefusingPbx() {
  const simulator = await startPbxSimulator({ pbxs: [{ id: 'hq' }] });
  onTestFinished(() => simulator.close());
  return simulator.pbx('hq');
}

test('a refused credential is sent once, and everybody after that fails without a word to the PBX', async () => {
  const pbx = await startRefusingPbx();
  const { xapi, refusals } = open(pbx.url);
  const failures = await Promise.all(
    [xapi.get('/Defs'), xapi.get('/Defs'), xapi.patch('/MailSettings', { A: 1 })].map(failureOf),
  );
  expect(failures.map(({ failure }) => failure)).toEqual(Array(3).fill('credential-refused'));
  const later = await failureOf(xapi.get('/Defs'));
  expect(later.failure).toBe('breaker-open');
  expect(later.message).toContain('2026-03-01T16:00:00.000Z');
  expect(pbx.requests).toHaveLength(1);
  expect(await refusals.find('hq')).toMatchObject({ pbxId: 'hq', refusedAt: '2026-03-01T10:00:00.000Z' });
});

test.each([400, 401, 403])('a token request answered with %i counts as a refusal', async (status) => {
  const wire = await startWire({ token: () => ({ status }) });
  const { xapi } = open(wire.url);
  expect(await failureOf(xapi.get('/Defs'))).toMatchObject({ failure: 'credential-refused', status });
  expect(await failureOf(xapi.get('/Defs'))).toMatchObject({ failure: 'breaker-open' });
  expect(wire.asked).toHaveLength(1);
});

test.each([404, 429, 500, 503])(
  'a token request answered with %i does not open the breaker',
  async (status) => {
    const wire = await startWire({ token: () => ({ status }) });
    const { xapi, refusals } = open(wire.url);
    expect((await failureOf(xapi.patch('/MailSettings', { A: 1 }))).isAmbiguous).toBe(false);
    expect(await refusals.find('hq')).toBeUndefined();
  },
);

test('of what the PBX said about the credential the known error code is told, and nothing else', async () => {
  const wire = await startWire({
    token: () => json(400, { error: 'invalid_client', error_description: `no client with key ${SECRET}` }),
  });
  const { xapi, refusals } = open(wire.url);
  const first = await failureOf(xapi.get('/Defs'));
  const second = await failureOf(xapi.get('/Defs'));
  for (const text of [first.message, second.message, JSON.stringify(await refusals.find('hq'))]) {
    expect(text).toContain('invalid_client');
    expect(text).not.toContain('no client with key');
    expect(text).not.toContain(SECRET);
  }
});

test('a changed secret is tried at once', async () => {
  const wire = await startWire({ token: (nth) => (nth === 1 ? REFUSED : grant(nth)) });
  const { xapi, reopen, refusals } = open(wire.url);
  await failureOf(xapi.get('/Defs'));
  const changed = reopen({
    credential: { kind: 'client', clientId: 'plumbline', clientSecret: 'the new one' },
  });
  await changed.get('/Defs');
  expect(await refusals.find('hq')).toBeUndefined();
});

test('a person can ask for a new try', async () => {
  const wire = await startWire({ token: (nth) => (nth === 1 ? REFUSED : grant(nth)) });
  const { xapi } = open(wire.url);
  await failureOf(xapi.get('/Defs'));
  await xapi.retryCredential();
  await xapi.get('/Defs');
  expect(wire.tokenRequests()).toHaveLength(2);
});

test('after the long pause exactly one new try is made, whoever calls', async () => {
  const wire = await startWire({ token: () => REFUSED });
  const { xapi, advance } = open(wire.url);
  await failureOf(xapi.get('/Defs'));
  advance(CREDENTIAL_PAUSE_MS - 1);
  expect((await failureOf(xapi.get('/Defs'))).failure).toBe('breaker-open');
  advance(1);
  await Promise.all([1, 2, 3, 4].map(() => failureOf(xapi.get('/Defs'))));
  expect((await failureOf(xapi.get('/Defs'))).failure).toBe('breaker-open');
  expect(wire.asked).toHaveLength(2);
});

test('while one process makes its new try, another one keeps still', async () => {
  const refusals = memoryRefusals();
  const others: string[] = [];
  const wire = await startWire({
    token: async (nth) => {
      if (nth === 2) others.push((await failureOf(other.xapi.get('/Defs'))).failure);
      return REFUSED;
    },
  });
  const one = open(wire.url, {}, refusals);
  const other = open(wire.url, {}, refusals);
  await failureOf(one.xapi.get('/Defs'));
  for (const { advance } of [one, other]) advance(CREDENTIAL_PAUSE_MS);
  expect((await failureOf(one.xapi.get('/Defs'))).failure).toBe('credential-refused');
  expect(others).toEqual(['breaker-open']);
});

test('the one new try is not used up by a PBX that is down', async () => {
  const wire = await startWire({
    token: (nth) => [REFUSED, { cut: 'before' } as const, { status: 503 }][nth - 1] ?? grant(nth),
  });
  const { xapi, advance, refusals } = open(wire.url);
  await failureOf(xapi.get('/Defs'));
  advance(CREDENTIAL_PAUSE_MS);
  expect((await failureOf(xapi.patch('/MailSettings', { A: 1 }))).failure).toBe('unreachable');
  expect((await failureOf(xapi.patch('/MailSettings', { A: 1 }))).failure).toBe('server');
  await xapi.patch('/MailSettings', { A: 1 });
  expect(await refusals.find('hq')).toBeUndefined();
});

test('a ready-made token that gets a 401 is not sent again', async () => {
  const wire = await startWire({ api: () => ({ status: 401 }) });
  const { xapi } = open(wire.url, { credential: TOKEN });
  const failures = await Promise.all([1, 2, 3].map(() => failureOf(xapi.get('/Defs'))));
  expect(failures.map(({ failure }) => failure)).toEqual([
    'credential-refused',
    'breaker-open',
    'breaker-open',
  ]);
  expect((await failureOf(xapi.patch('/MailSettings', { A: 1 }))).isAmbiguous).toBe(false);
  expect(wire.asked).toHaveLength(1);
});

test('a ready-made token gets its one new try after the long pause', async () => {
  const wire = await startWire({ api: (_, nth) => (nth === 1 ? { status: 401 } : json(200, { Id: 1 })) });
  const { xapi, advance, refusals } = open(wire.url, { credential: TOKEN });
  await failureOf(xapi.get('/Defs'));
  advance(CREDENTIAL_PAUSE_MS);
  await xapi.get('/Defs');
  expect(await refusals.find('hq')).toBeUndefined();
});

test('a renewal that is refused opens the breaker for those who wait with the old token too', async () => {
  const wire = await startWire({
    token: (nth) => (nth === 1 ? grant(1) : REFUSED),
    api: (_, nth) => (nth === 1 ? json(200, { Id: 1 }) : { status: 401 }),
  });
  const { xapi } = open(wire.url);
  await xapi.get('/Defs');
  const failures = await Promise.all([1, 2, 3].map(() => failureOf(xapi.get('/Defs'))));
  expect(failures[0]?.failure).toBe('credential-refused');
  expect(wire.tokenRequests()).toHaveLength(2);
  expect((await failureOf(xapi.get('/Defs'))).failure).toBe('breaker-open');
});

test('a PBX that goes silent after a refusal is suspected of having blocked the address', async () => {
  const pbx = await startRefusingPbx();
  const { xapi } = open(pbx.url);
  for (let times = 0; !pbx.isBlacklisted && times < 10; times += 1) {
    await failureOf(xapi.get('/Defs'));
    await xapi.retryCredential();
  }
  const error = await failureOf(xapi.get('/Defs'));
  expect(error.failure).toBe('unreachable');
  expect(error.message).toContain('Blocklist');
});

test('a refusal another process met counts for the suspicion, and for those who still hold a token', async () => {
  const wire = await startWire({ token: (nth) => (nth === 1 ? grant(1) : REFUSED) });
  const refusals = memoryRefusals();
  const one = open(wire.url, {}, refusals);
  await one.xapi.get('/Defs');
  await failureOf(open(wire.url, {}, refusals).xapi.get('/Defs'));
  expect((await failureOf(one.xapi.get('/Defs'))).failure).toBe('breaker-open');
  expect(wire.asked).toHaveLength(3);
  await wire.close();
  const other = open(wire.url, { credential: TOKEN }, refusals);
  expect((await failureOf(other.xapi.get('/Defs'))).message).toContain('Blocklist');
});

test('a PBX that is just down is not suspected of anything', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${portOf(server)}`;
  await new Promise((resolve) => server.close(resolve));
  const error = await failureOf(open(url).xapi.get('/Defs'));
  expect(error.failure).toBe('unreachable');
  expect(error.message).not.toContain('Blocklist');
});

test('a stored refusal names the credential by fingerprint only', async () => {
  const wire = await startWire({ token: () => REFUSED });
  const { xapi, refusals } = open(wire.url);
  await failureOf(xapi.get('/Defs'));
  expect((await refusals.find('hq'))?.fingerprint).toMatch(/^[0-9a-f]{16}$/);
});
