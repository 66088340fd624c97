import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { UserError } from '../src/errors.js';
import { startPbxSimulator } from '../src/simulators/pbx/server.js';
import { type Fault } from '../src/simulators/pbx/types.js';
import { pauseBefore } from '../src/xapi/retry.js';
import { ENTITY, failureOf, grant, json, open, portOf, SECRET, startWire } from './xapi-wire.js';

const TOKEN = { kind: 'token', accessToken: 'made-elsewhere' } as const;

async function startSimulatedPbx() {
  const clients = [{ clientId: 'plumbline', clientSecret: SECRET }];
  const simulator = await startPbxSimulator({ pbxs: [{ id: 'hq', clients }] });
  onTestFinished(() => simulator.close());
  return simulator.pbx('hq');
}

test.each([
  { kind: 'down', on: 'read', times: 2 },
  { kind: 'server-error', on: 'read', times: 2 },
  { kind: 'server-error', on: 'read', times: 2, status: 503 },
  { kind: 'throttled', on: 'read', times: 2 },
  { kind: 'server-error', on: 'token', times: 2, status: 502 },
  { kind: 'down', on: 'token', times: 1 },
] as const satisfies readonly Fault[])(
  'a read gets over a fault that passes: $kind on $on',
  async (fault) => {
    const pbx = await startSimulatedPbx();
    pbx.fault(fault);
    const { xapi, pauses } = open(pbx.url);
    const answer = await xapi.get('/GeneralSettingsForApps');
    expect(answer).toMatchObject({ status: 200, version: '20.0.10.1621' });
    expect(pauses).toHaveLength(fault.times);
  },
);

test.each([
  ['down', 'unreachable'],
  ['server-error', 'server'],
  ['throttled', 'throttled'],
] as const)('a read is tried three times at most: %s', async (kind, failure) => {
  const pbx = await startSimulatedPbx();
  const { xapi, events } = open(pbx.url);
  await xapi.get('/Defs');
  pbx.fault({ kind, on: 'read' });
  expect((await failureOf(xapi.get('/MailSettings'))).failure).toBe(failure);
  expect(events.filter(({ path }) => path === '/MailSettings').map(({ attempt }) => attempt)).toEqual([
    1, 2, 3,
  ]);
});

test('a read the PBX never answers ends in time', async () => {
  const wire = await startWire({ api: () => ({ cut: 'never' }) });
  const { xapi, events } = open(wire.url, { timeoutMs: 200 });
  const error = await failureOf(xapi.get('/Defs'));
  expect(error.failure).toBe('timeout');
  expect(error.message).toContain('0.2 s');
  expect(events.at(-1)).toMatchObject({ pbxId: 'hq', path: '/Defs', status: null, failure: 'timeout' });
});

test.each([
  [403, 'forbidden', /System Owner.*Console Restrictions/],
  [404, 'missing', /no \/MailSettings/],
  [400, 'rejected', /refused the request/],
  [302, 'unreadable', /address/],
] as const)('a read answered with %i is not repeated', async (status, failure, sentence) => {
  const wire = await startWire({ api: () => ({ status }) });
  const error = await failureOf(open(wire.url).xapi.get('/MailSettings'));
  expect(error).toMatchObject({ failure, status });
  expect(error.message).toMatch(sentence);
  expect(wire.apiRequests()).toHaveLength(1);
});

test('a redirect is not followed, neither with a token nor with a secret', async () => {
  const elsewhere = await startWire();
  const moved = { status: 307, headers: { location: `${elsewhere.url}/connect/token` } };
  const wire = await startWire({ token: () => moved });
  expect((await failureOf(open(wire.url).xapi.get('/Defs'))).failure).toBe('unreadable');
  const second = await startWire({ api: () => moved });
  expect((await failureOf(open(second.url).xapi.get('/Defs'))).failure).toBe('unreadable');
  expect(elsewhere.asked).toHaveLength(0);
});

test('a PBX that asks for a pause gets it, up to ten seconds', async () => {
  const waits = ['4', '3600'];
  const wire = await startWire({
    api: (_, nth) => {
      const wait = waits[nth - 1];
      return wait === undefined ? ENTITY : { status: 429, headers: { 'retry-after': wait } };
    },
  });
  const { xapi, pauses } = open(wire.url);
  await xapi.get('/Defs');
  expect(pauses).toEqual([4000, 10_000]);
});

test('a pause may be asked for as a date', async () => {
  const headers = { 'retry-after': 'Sun, 01 Mar 2026 10:00:07 GMT' };
  const wire = await startWire({ api: (_, nth) => (nth === 1 ? { status: 503, headers } : ENTITY) });
  const { xapi, pauses } = open(wire.url);
  await xapi.get('/Defs');
  expect(pauses).toEqual([7000]);
});

test('a read is given up when its retries would take too long', async () => {
  const wire = await startWire({ api: () => ({ status: 429, headers: { 'retry-after': '9' } }) });
  const { xapi, pauses } = open(wire.url, { timeoutMs: 4000 });
  expect(await failureOf(xapi.get('/Defs'))).toMatchObject({ failure: 'throttled', retryAfterMs: 9000 });
  expect(pauses).toEqual([]);
});

test('pauses between reads grow and are random', () => {
  expect([1, 2].map((retry) => pauseBefore(retry, null, 1))).toEqual([500, 1000]);
  expect([1, 2].map((retry) => pauseBefore(retry, null, 0.25))).toEqual([125, 250]);
});

test.each([
  [{ kind: 'reply-lost' }, 'unreachable', true],
  [{ kind: 'down', on: 'write' }, 'unreachable', true],
  [{ kind: 'hang', on: 'write' }, 'timeout', true],
  [{ kind: 'server-error', on: 'write' }, 'server', true],
  [{ kind: 'html', on: 'write' }, 'unreadable', true],
  [{ kind: 'throttled', on: 'write' }, 'throttled', false],
  [{ kind: 'forbidden', on: 'write' }, 'forbidden', false],
  [{ kind: 'server-error', on: 'token' }, 'server', false],
  [{ kind: 'hang', on: 'token' }, 'timeout', false],
] as const)('a write is sent once: %o is %s, and ambiguous: %s', async (fault, failure, isAmbiguous) => {
  const pbx = await startSimulatedPbx();
  pbx.fault(fault);
  const { xapi, pauses } = open(pbx.url, { timeoutMs: 300 });
  const error = await failureOf(xapi.patch('/GeneralSettingsForApps', { EnableChat: false }));
  expect(error).toMatchObject({ failure, isAmbiguous });
  expect(error.message.includes('may have been made')).toBe(isAmbiguous);
  expect(pauses).toEqual([]);
  expect(pbx.requests.filter(({ operation }) => operation === 'write').length).toBeLessThanOrEqual(1);
});

test('a write to a port nobody listens on did certainly nothing', async () => {
  const wire = await startWire();
  await wire.close();
  const { xapi } = open(wire.url, { credential: TOKEN });
  const error = await failureOf(xapi.patch('/MailSettings', { A: 1 }));
  expect(error).toMatchObject({ failure: 'unreachable', isAmbiguous: false });
  expect(error.message).toContain('refuses connections');
});

test('a write that never got past the TLS handshake did certainly nothing', async () => {
  const silent = createServer();
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void silent.close());
  const { xapi } = open(`https://127.0.0.1:${portOf(silent)}`, { credential: TOKEN, timeoutMs: 150 });
  const error = await failureOf(xapi.patch('/MailSettings', { A: 1 }));
  expect(error).toMatchObject({ failure: 'timeout', isAmbiguous: false });
});

test('a PBX gets one request at a time', async () => {
  let inFlight = 0;
  let most = 0;
  const wire = await startWire({
    api: async () => {
      inFlight += 1;
      most = Math.max(most, inFlight);
      await new Promise((resolve) => setImmediate(resolve));
      inFlight -= 1;
      return ENTITY;
    },
  });
  const { xapi } = open(wire.url);
  await Promise.all(Array.from({ length: 6 }, () => xapi.get('/Defs')));
  expect(wire.apiRequests()).toHaveLength(6);
  expect(most).toBe(1);
});

test('waiting for its turn does not use up the time of a request', async () => {
  const wire = await startWire({
    api: async () => {
      await new Promise((resolve) => setTimeout(resolve, 120));
      return ENTITY;
    },
  });
  const { xapi, events } = open(wire.url, { timeoutMs: 400 });
  await Promise.all(Array.from({ length: 5 }, () => xapi.get('/Defs')));
  expect(events.filter(({ failure }) => failure !== null)).toEqual([]);
});

test.each(['', '/', '/customer-a', '/customer-a/', '/customer-a/xapi/v1', '/customer-a/XAPI/v1/'])(
  'the address of a PBX may end in “%s”',
  async (suffix) => {
    const wire = await startWire();
    const { xapi } = open(`${wire.url}${suffix}`);
    await xapi.get('Defs', { $select: 'Id,Name' });
    const prefix = suffix.startsWith('/customer-a') ? '/customer-a' : '';
    expect(wire.asked.map(({ url }) => url)).toEqual([
      `${prefix}/connect/token`,
      `${prefix}/xapi/v1/Defs?$select=Id%2CName`,
    ]);
  },
);

test.each([
  { url: 'pbx.example.com:5001' },
  { url: 'https://me:pw@pbx.example.com' },
  { ca: 'not a certificate' },
])('a connection that cannot work is refused at once: %o', (over) => {
  expect(() => open('https://pbx.example.com', over)).toThrow(UserError);
});

test('what is told about a request holds neither token nor secret', async () => {
  const wire = await startWire({ api: (_, nth) => (nth === 1 ? { status: 401 } : ENTITY) });
  const { xapi, events } = open(wire.url);
  await xapi.get('/MailSettings', { $select: 'Id' });
  expect(events.map(({ method, path, status, attempt }) => `${method} ${path} ${status} ${attempt}`)).toEqual(
    [
      'POST /connect/token 200 1',
      'GET /MailSettings 401 1',
      'POST /connect/token 200 1',
      'GET /MailSettings 200 2',
    ],
  );
  expect(JSON.stringify(events)).not.toMatch(/token-1|wPz7/);
});

test('an error never carries the token, the secret or a picture', async () => {
  const picture = 'iVBORw0KGgo'.repeat(400);
  const wire = await startWire({
    token: (nth) => grant(nth),
    api: (asked) =>
      json(400, { error: { message: `bad ${asked.headers.authorization} ${SECRET} ${picture} end` } }),
  });
  const error = await failureOf(open(wire.url).xapi.patch('/MailSettings', { BrandLogoImage: picture }));
  const everything = JSON.stringify([error.message, error.problems, error.stack, error.cause]);
  expect(everything).not.toMatch(/token-1|wPz7|iVBORw0KGgoiVBOR/);
  expect(error.message).toContain('[hidden]');
});
