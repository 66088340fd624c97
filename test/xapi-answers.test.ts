import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { startPbxSimulator } from '../src/simulators/pbx/server.js';
import { plainWords } from '../src/xapi/errors.js';
import { patchResource, readResource, readVersion } from '../src/xapi/resource.js';
import { failureOf, json, open, portOf, type Reply, SECRET, startWire } from './xapi-wire.js';

const READY: Reply = { status: 200, headers: { 'content-type': 'application/json' } };

test.each<[string, Reply, RegExp]>([
  ['nothing', READY, /without content/],
  ['a 204', { status: 204 }, /without content/],
  [
    'a login page',
    { body: '<!doctype html><title>3CX</title>', headers: { 'content-type': 'text/html' } },
    /web page/,
  ],
  ['JSON that stops', { ...READY, body: '{"Id":1,"Name":"x' }, /breaks off/],
  ['plain text', { ...READY, body: 'OK' }, /not JSON/],
  ['bytes that are no text', { ...READY, body: Buffer.from([0x7b, 0xff, 0xfe, 0x7d]) }, /not text/],
  ['a cut connection', { ...READY, body: '{"Id":', cut: 'middle' }, /breaks off/],
  ['more than 16 MiB', { ...READY, body: Buffer.alloc(17 * 1024 * 1024, 32) }, /16 MiB/],
])('an answer that is %s is unreadable and not asked for again', async (_, reply, sentence) => {
  const wire = await startWire({ api: () => reply });
  const error = await failureOf(open(wire.url).xapi.get('/MailSettings'));
  expect(error).toMatchObject({ failure: 'unreadable', isAmbiguous: false });
  expect(error.message).toMatch(sentence);
  expect(wire.apiRequests()).toHaveLength(1);
});

test('something that does not speak HTTP is unreadable', async () => {
  const server = createServer((socket) => socket.once('data', () => socket.end('SSH-2.0-OpenSSH_9.2\r\n')));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const error = await failureOf(open(`http://127.0.0.1:${portOf(server)}`).xapi.get('/Defs'));
  expect(error.failure).toBe('unreadable');
  expect(error.message).toContain('did not answer in HTTP');
});

test('JSON counts, whatever its content type', async () => {
  const reply = { status: 200, headers: { 'content-type': 'text/html' }, body: '\ufeff{"Id":1}\n' };
  const wire = await startWire({ api: () => reply });
  expect((await open(wire.url).xapi.get('/Defs')).body).toEqual({ Id: 1 });
});

test.each<[string, Reply]>([
  ['204', { status: 204 }],
  ['200 without a body', { status: 200 }],
  ['200 with the entity', json(200, { Id: 1 })],
])('a write answered with %s went well', async (_, reply) => {
  const wire = await startWire({ api: () => reply });
  await open(wire.url).xapi.patch('/MailSettings', { Name: 'ü' });
  expect(wire.apiRequests()[0]).toMatchObject({
    method: 'PATCH',
    url: '/xapi/v1/MailSettings',
    body: '{"Name":"ü"}',
  });
  expect(wire.apiRequests()[0]?.headers['content-type']).toBe('application/json');
});

test('a write answered with a page may or may not have been made', async () => {
  const wire = await startWire({ api: () => ({ status: 200, body: '<html>Sign in</html>' }) });
  const error = await failureOf(open(wire.url).xapi.patch('/MailSettings', { A: 1 }));
  expect(error).toMatchObject({ failure: 'unreadable', status: 200, isAmbiguous: true });
});

test.each<[string, object, object]>([
  [
    'the code in the details',
    {
      code: '',
      message: 'BrandUrl:\nWARNINGS.XAPI.CAN_NOT_BE_EMPTY_STRING',
      details: [{ code: '', message: 'WARNINGS.XAPI.CAN_NOT_BE_EMPTY_STRING', target: 'BrandUrl' }],
    },
    {
      target: 'BrandUrl',
      code: 'WARNINGS.XAPI.CAN_NOT_BE_EMPTY_STRING',
      sentence: 'BrandUrl: the value must not be empty.',
    },
  ],
  [
    'the code in the message',
    { code: '', message: 'Number:\nWARNINGS.XAPI.ALREADY_IN_USE' },
    {
      target: 'Number',
      code: 'WARNINGS.XAPI.ALREADY_IN_USE',
      sentence: 'Number: the value is already in use.',
    },
  ],
  [
    'a code without a property',
    { message: 'WARNINGS.XAPI.INVALID_LICENSE_TYPE', details: 'none' },
    {
      target: null,
      code: 'WARNINGS.XAPI.INVALID_LICENSE_TYPE',
      sentence: 'The licence of this PBX does not include it.',
    },
  ],
  [
    'a code of a newer 3CX',
    { message: 'x', details: [{ message: 'WARNINGS.XAPI.MOON_PHASE', target: 'A.B' }, null, 7] },
    { target: 'A.B', code: 'WARNINGS.XAPI.MOON_PHASE', sentence: 'A.B: WARNINGS.XAPI.MOON_PHASE.' },
  ],
  [
    'free text',
    { message: 'The property “X” does not exist.' },
    { target: null, code: 'The property “X” does not exist.', sentence: 'The property “X” does not exist.' },
  ],
])('a refusal with %s is told in plain words', async (_, error, problem) => {
  const wire = await startWire({ api: () => json(400, { error }) });
  const failure = await failureOf(open(wire.url).xapi.patch('/MailSettings', { A: 1 }));
  expect(failure).toMatchObject({
    failure: 'rejected',
    status: 400,
    problems: [problem],
    isAmbiguous: false,
  });
  expect(failure.message).toMatch(/^The PBX refused the change \(HTTP 400\): /);
});

test.each(['', '[]', '{"error":null}', '{"error":{"details":[{}]}}', '<html>', '{"error":'])(
  'a refusal with the useless body %o still makes a sentence',
  async (body) => {
    const wire = await startWire({ api: () => ({ status: 400, body }) });
    const error = await failureOf(open(wire.url).xapi.get('/MailSettings'));
    expect(error.message).toBe('The PBX refused the request (HTTP 400).');
  },
);

test('every warning 3CX lists has words, and one it does not list passes through', () => {
  expect(plainWords('WARNINGS.XAPI.OUT_OF_THE_RANGE')).toBe('the value is outside the allowed range');
  expect(plainWords('WARNINGS.XAPI.NEVER_HEARD_OF')).toBe('WARNINGS.XAPI.NEVER_HEARD_OF');
  expect(plainWords('constructor')).toBe('constructor');
});

test('a resource is read without the annotations of the protocol', async () => {
  const body = {
    '@odata.context': 'https://pbx/xapi/v1/$metadata#GeneralSettingsForApps',
    '@odata.etag': 'W/"1"',
    EnableChat: null,
    'AutoSchedulerSettings@odata.type': '#Pbx.AutoSchedulerSettings',
    AutoSchedulerSettings: { '@odata.type': 'x', Enabled: true },
    Codes: [{ '@odata.id': 'y', Code: 1 }],
  };
  const wire = await startWire({ api: () => json(200, body, { 'x-3cx-version': '20.0.9.995' }) });
  expect(await readResource(open(wire.url).xapi, 'GeneralSettingsForApps')).toEqual({
    properties: { EnableChat: null, AutoSchedulerSettings: { Enabled: true }, Codes: [{ Code: 1 }] },
    version: '20.0.9.995',
  });
});

test.each([
  {},
  { '@odata.context': 'x' },
  [],
  [{ EnableChat: true }],
  null,
  'EnableChat',
  { '@odata.context': 'x', value: [{ EnableChat: true }] },
  { error: { code: '', message: 'x' } },
  { status: 'maintenance' },
])('JSON that is no entity is unreadable: %j', async (body) => {
  const wire = await startWire({ api: () => json(200, body) });
  const error = await failureOf(readResource(open(wire.url).xapi, 'GeneralSettingsForApps'));
  expect(error).toMatchObject({ failure: 'unreadable', status: 200 });
});

test('an answer without any of the properties asked for is unreadable', async () => {
  const wire = await startWire({ api: () => json(200, { Status: 'UP' }) });
  const { xapi } = open(wire.url);
  expect((await failureOf(readResource(xapi, 'MailSettings', ['MailServer']))).failure).toBe('unreadable');
});

test('a resource name cannot lead anywhere else', async () => {
  const { xapi } = open('http://127.0.0.1:9');
  await expect(readResource(xapi, '../connect/token')).rejects.toThrow(TypeError);
});

test.each([
  ['20.0.10.1621', '20.0.10.1621'],
  ['unknown', null],
  ['', null],
])('a version header of “%s” is read as %s', async (header, version) => {
  const wire = await startWire({ api: () => json(200, { Id: 0 }, { 'x-3cx-version': header }) });
  expect(await readVersion(open(wire.url).xapi)).toBe(version);
});

test('settings are read, changed and read back on a PBX', async () => {
  const clients = [{ clientId: 'plumbline', clientSecret: SECRET }];
  const simulator = await startPbxSimulator({ pbxs: [{ id: 'hq', version: '20.0.8.1109', clients }] });
  try {
    const { xapi } = open(simulator.pbx('hq').url);
    expect(await readVersion(xapi)).toBe('20.0.8.1109');
    const before = await readResource(xapi, 'GeneralSettingsForApps', ['EnableChat']);
    expect(before.properties).toEqual({ EnableChat: true });
    await patchResource(xapi, 'GeneralSettingsForApps', { EnableChat: false });
    const after = await readResource(xapi, 'GeneralSettingsForApps');
    expect(after.properties['EnableChat']).toBe(false);
    const refused = await failureOf(patchResource(xapi, 'GeneralSettingsForApps', { AvatarStyle: 'Blob' }));
    expect(refused.failure).toBe('rejected');
    expect((await failureOf(readResource(xapi, 'AISettings'))).failure).toBe('missing');
  } finally {
    await simulator.close();
  }
});
