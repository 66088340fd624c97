import fc from 'fast-check';
import { expect, test } from 'vitest';
import { startPbxSimulator } from '../src/simulators/pbx/server.js';
import { lifetimeMs } from '../src/xapi/token.js';
import { ENTITY, failureOf, grant, json, open, SECRET, startWire } from './xapi-wire.js';

const MINUTE = 60_000;

const jwt = (claims: object) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;

test('the token is asked for with a form, and requests carry it', async () => {
  const wire = await startWire();
  const { xapi } = open(wire.url);
  await xapi.get('/Defs');
  const [tokenRequest] = wire.tokenRequests();
  expect(tokenRequest?.method).toBe('POST');
  expect(tokenRequest?.headers['content-type']).toBe('application/x-www-form-urlencoded');
  expect(Object.fromEntries(new URLSearchParams(tokenRequest?.body))).toEqual({
    client_id: 'plumbline',
    client_secret: SECRET,
    grant_type: 'client_credentials',
  });
  expect(wire.apiRequests()[0]?.headers).toMatchObject({
    authorization: 'Bearer token-1',
    accept: 'application/json',
    'user-agent': 'plumbline',
  });
});

test('callers at the same time share one token request', async () => {
  const wire = await startWire();
  const { xapi } = open(wire.url);
  await Promise.all(Array.from({ length: 8 }, () => xapi.get('/Defs')));
  expect(wire.tokenRequests()).toHaveLength(1);
  expect(wire.apiRequests()).toHaveLength(8);
});

test('a ready-made token is used as it is', async () => {
  const wire = await startWire();
  const { xapi } = open(wire.url, { credential: { kind: 'token', accessToken: 'made-elsewhere' } });
  await xapi.get('/Defs');
  expect(wire.tokenRequests()).toHaveLength(0);
  expect(wire.apiRequests()[0]?.headers.authorization).toBe('Bearer made-elsewhere');
});

test('a token is renewed five minutes before its end, and not earlier', async () => {
  const wire = await startWire();
  const { xapi, advance } = open(wire.url);
  await xapi.get('/Defs');
  advance(54 * MINUTE);
  await xapi.get('/Defs');
  expect(wire.tokenRequests()).toHaveLength(1);
  advance(MINUTE);
  await xapi.get('/Defs');
  expect(wire.tokenRequests()).toHaveLength(2);
  expect(wire.apiRequests()[2]?.headers.authorization).toBe('Bearer token-2');
});

test('an expiry of 60 means minutes, as 3CX before 20.0.9 has it', async () => {
  const wire = await startWire({ token: (nth) => grant(nth, 60) });
  const { xapi, advance } = open(wire.url);
  await xapi.get('/Defs');
  advance(54 * MINUTE);
  await xapi.get('/Defs');
  expect(wire.tokenRequests()).toHaveLength(1);
});

test('a short-lived token is still used for half of its life', async () => {
  const wire = await startWire({ token: (nth) => grant(nth, 121) });
  const { xapi, advance } = open(wire.url);
  await xapi.get('/Defs');
  advance(60_000);
  await xapi.get('/Defs');
  expect(wire.tokenRequests()).toHaveLength(1);
  advance(1000);
  await xapi.get('/Defs');
  expect(wire.tokenRequests()).toHaveLength(2);
});

test.each([
  ['the times inside a token, whatever the clock here says', jwt({ iat: 1000, exp: 2800 }), 60, 30],
  ['only an end inside the token', jwt({ exp: 1_700_000_600 }), 60, 10],
  ['a token without times and an expiry in seconds', jwt({ sub: 'x' }), 3600, 60],
  ['a token that is no JWT and an expiry in minutes', 'opaque', 120, 120],
  ['an expiry that is text', 'opaque', '1800', 30],
  ['no expiry at all', 'opaque', undefined, 60],
  ['an expiry that makes no sense', 'opaque', -5, 60],
  ['an expiry that is no number', 'opaque', { toString: null }, 60],
  ['a token that ended long ago by this clock', jwt({ exp: 1 }), 3600, 60],
])('the life of a token: %s', (_, token, expiresIn, minutes) => {
  expect(lifetimeMs(token, expiresIn, new Date(1_700_000_000_000))).toBe(minutes * MINUTE);
});

test('a token always lives for some time, whatever it says of itself', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (claims, expiresIn) => {
      const token = `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`;
      expect(lifetimeMs(token, expiresIn, new Date(0))).toBeGreaterThan(0);
    }),
  );
});

test('when somebody else takes the token over, one renewal is enough for reads and writes', async () => {
  const simulator = await startPbxSimulator({
    pbxs: [{ id: 'hq', clients: [{ clientId: 'plumbline', clientSecret: SECRET }] }],
  });
  const pbx = simulator.pbx('hq');
  const { xapi, events } = open(pbx.url);
  try {
    await xapi.get('/GeneralSettingsForApps');
    pbx.expireTokens();
    await xapi.patch('/GeneralSettingsForApps', { EnableChat: false });
    pbx.expireTokens();
    await Promise.all([xapi.get('/GeneralSettingsForApps'), xapi.get('/Defs'), xapi.get('/Defs')]);
    expect(pbx.writes()).toHaveLength(1);
    expect(events.filter(({ path }) => path === '/connect/token')).toHaveLength(3);
  } finally {
    await simulator.close();
  }
});

test('a second 401 ends the request', async () => {
  const wire = await startWire({ api: () => ({ status: 401 }) });
  const { xapi } = open(wire.url);
  for (const call of [() => xapi.get('/Defs'), () => xapi.patch('/MailSettings', { A: 1 })]) {
    const before = wire.asked.length;
    const error = await failureOf(call());
    expect(error).toMatchObject({ failure: 'unauthorised', status: 401, isAmbiguous: false });
    expect(error.message).toContain('client');
    expect(wire.asked.length - before).toBeLessThanOrEqual(4);
  }
  expect(wire.tokenRequests()).toHaveLength(3);
  expect(wire.apiRequests()).toHaveLength(4);
});

test('a read that had its renewal does not get another one after a retry', async () => {
  const statuses = [401, 503, 401];
  const wire = await startWire({ api: (_, nth) => ({ status: statuses[nth - 1] ?? 200, body: '{}' }) });
  expect((await failureOf(open(wire.url).xapi.get('/Defs'))).failure).toBe('unauthorised');
  expect(wire.tokenRequests()).toHaveLength(2);
});

test('a token address that answers with a page, with nothing or without a token is unreadable', async () => {
  const replies = [{ body: '<html>hi</html>' }, { body: '' }, json(200, { token: 'x' }), json(200, ['y'])];
  for (const reply of replies) {
    const wire = await startWire({ token: () => reply, api: () => ENTITY });
    const error = await failureOf(open(wire.url).xapi.patch('/MailSettings', { A: 1 }));
    expect(error).toMatchObject({ failure: 'unreadable', isAmbiguous: false });
    expect(wire.asked).toHaveLength(1);
  }
});
