import { createServer } from 'node:https';
import { expect, onTestFinished, test } from 'vitest';
import { selfSigned } from './xapi-certificate.js';
import { failureOf, open, portOf } from './xapi-wire.js';

const TOKEN = { kind: 'token', accessToken: 'made-elsewhere' } as const;

async function startTls(name: string) {
  const { key, cert } = selfSigned(name);
  let asked = 0;
  const server = createServer({ key, cert }, (_, response) => {
    asked += 1;
    response.end('{"Id":1}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { cert, port: portOf(server), asked: () => asked };
}

test('a PBX with a certificate nobody vouches for gets nothing to see', async () => {
  const { port, asked } = await startTls('pbx.example.com');
  const { xapi } = open(`https://127.0.0.1:${port}`, { credential: TOKEN });
  const error = await failureOf(xapi.patch('/MailSettings', { A: 1 }));
  expect(error).toMatchObject({ failure: 'untrusted', isAmbiguous: false });
  expect(error.message).toContain('certificate');
  expect(asked()).toBe(0);
});

test('the environment cannot switch the check of certificates off', async () => {
  const { port, asked } = await startTls('pbx.example.com');
  const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
  onTestFinished(() => {
    if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
  });
  const { xapi } = open(`https://127.0.0.1:${port}`, { credential: TOKEN });
  expect((await failureOf(xapi.get('/Defs'))).failure).toBe('untrusted');
  expect(asked()).toBe(0);
});

test('a PBX is trusted when its certificate authority is given', async () => {
  const { port, cert } = await startTls('pbx.example.com');
  const { xapi } = open(`https://127.0.0.1:${port}`, { credential: TOKEN, ca: cert });
  expect((await xapi.get('/Defs')).body).toEqual({ Id: 1 });
});

test('a trusted certificate for another host name is refused', async () => {
  const { port, cert, asked } = await startTls('pbx.example.com');
  const { xapi } = open(`https://localhost:${port}`, { credential: TOKEN, ca: cert });
  const error = await failureOf(xapi.get('/Defs'));
  expect(error.message).toContain('certificate');
  expect(asked()).toBe(0);
});
