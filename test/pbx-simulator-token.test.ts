import { describe, expect, test } from 'vitest';
import { logIn, member, patch, read, send, startPbx, tokenOf } from './pbx-simulator-client.js';

const REFUSED = {
  error: 'unauthorized',
  error_description: 'The request requires valid user authentication.',
};

function partOf(token: string, index: number): unknown {
  return JSON.parse(Buffer.from(token.split('.')[index] ?? '', 'base64url').toString());
}

describe('logging in', () => {
  test('a client gets a bearer token that says when it ends and what it may do', async () => {
    const pbx = await startPbx({}, { now: () => new Date('2026-03-01T10:00:00Z') });
    const reply = await logIn(pbx);
    expect(reply.json).toMatchObject({ token_type: 'Bearer', expires_in: 3600, refresh_token: null });
    const token = String(member(reply.json, 'access_token'));
    expect(partOf(token, 0)).toMatchObject({ alg: 'ES256', typ: 'JWT' });
    expect(partOf(token, 1)).toMatchObject({
      client_id: 'plumbline',
      MaxRole: 'system_owners',
      exp: Date.parse('2026-03-01T11:00:00Z') / 1000,
    });
    expect((await read(pbx, 'Defs', token)).status).toBe(200);
  });

  test('before 20.0.9 the lifetime is told in minutes', async () => {
    const pbx = await startPbx({ version: '20.0.8.1109' });
    expect(member((await logIn(pbx)).json, 'expires_in')).toBe(60);
  });

  test('the fields may come as a multipart form too', async () => {
    const pbx = await startPbx();
    const body = new FormData();
    body.set('client_id', 'plumbline');
    body.set('client_secret', 'secret-hq');
    body.set('grant_type', 'client_credentials');
    const reply = await send(`${pbx.url}/connect/token`, { method: 'POST', body });
    expect(reply.status).toBe(200);
  });

  test('other grants, other bodies and other methods are refused', async () => {
    const pbx = await startPbx();
    expect((await logIn(pbx, { grantType: 'password' })).json).toEqual({ error: 'unsupported_grant_type' });
    const json = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' };
    expect((await send(`${pbx.url}/connect/token`, json)).json).toEqual({ error: 'invalid_request' });
    expect((await send(`${pbx.url}/connect/token`)).status).toBe(405);
  });

  test.each([
    ['20.0.10.1621', REFUSED],
    ['20.0.8.1109', undefined],
  ])('on %s a wrong secret is refused in the manner of that version', async (version, body) => {
    const pbx = await startPbx({ version });
    const reply = await logIn(pbx, { secret: 'wrong' });
    expect([reply.status, reply.json]).toEqual([401, body]);
  });

  test('no secret is kept in the record of requests', async () => {
    const pbx = await startPbx();
    await logIn(pbx);
    expect(pbx.requests[0]?.body).toMatchObject({ client_id: 'plumbline' });
    expect(JSON.stringify(pbx.requests)).not.toContain('secret-hq');
  });
});

describe('holding a token', () => {
  test('a new token ends the older one of the same client and of no other', async () => {
    const clients = ['one', 'two'].map((clientId) => ({ clientId, clientSecret: 's' }));
    const pbx = await startPbx({ clients });
    const older = await tokenOf(pbx, { clientId: 'one', secret: 's' });
    const other = await tokenOf(pbx, { clientId: 'two', secret: 's' });
    const newer = await tokenOf(pbx, { clientId: 'one', secret: 's' });
    expect((await read(pbx, 'Defs', older)).status).toBe(401);
    expect((await read(pbx, 'Defs', other)).status).toBe(200);
    expect((await read(pbx, 'Defs', newer)).status).toBe(200);
  });

  test('a token ends when its time is over', async () => {
    let now = new Date('2026-03-01T10:00:00Z');
    const pbx = await startPbx({}, { now: () => now, tokenLifetimeSeconds: 120 });
    const token = await tokenOf(pbx);
    now = new Date('2026-03-01T10:01:59Z');
    expect((await read(pbx, 'Defs', token)).status).toBe(200);
    now = new Date('2026-03-01T10:02:00Z');
    const late = await read(pbx, 'Defs', token);
    expect([late.status, late.text]).toEqual([401, '']);
  });

  test('tokens can be ended and secrets changed from outside', async () => {
    const pbx = await startPbx();
    const first = await tokenOf(pbx);
    pbx.expireTokens();
    expect((await read(pbx, 'Defs', first)).status).toBe(401);
    expect((await read(pbx, 'Defs')).status).toBe(401);
    pbx.rotateSecret('plumbline', 'fresh');
    expect((await logIn(pbx)).status).toBe(401);
    expect((await logIn(pbx, { secret: 'fresh' })).status).toBe(200);
    expect(() => pbx.rotateSecret('nobody', 'x')).toThrow('nobody');
  });

  test('a client that is only a user may log in but do nothing', async () => {
    const pbx = await startPbx({ clients: [{ clientId: 'weak', clientSecret: 's', role: 'users' }] });
    const token = await tokenOf(pbx, { clientId: 'weak', secret: 's' });
    expect(partOf(token, 1)).toMatchObject({ MaxRole: 'users' });
    for (const path of ['Defs', 'GeneralSettingsForApps', 'ReportAuditLog/Pbx.GetAuditLogData()']) {
      expect((await read(pbx, path, token)).status, path).toBe(403);
    }
    expect((await patch(pbx, 'GeneralSettingsForApps', { EnableChat: false }, token)).status).toBe(403);
    expect(pbx.writes()).toEqual([]);
  });
});

describe('failing to log in', () => {
  test('after more than three wrong secrets in a row the address is shut out until it is cleared', async () => {
    const pbx = await startPbx();
    for (let attempt = 1; attempt <= 4; attempt += 1) {
      expect(pbx.isBlacklisted).toBe(false);
      expect((await logIn(pbx, { secret: 'wrong' })).status).toBe(401);
    }
    expect(pbx.isBlacklisted).toBe(true);
    await expect(logIn(pbx)).rejects.toThrow();
    await expect(read(pbx, 'Defs')).rejects.toThrow();
    expect(pbx.requests.at(-1)).toMatchObject({ status: null, fault: 'blacklisted' });
    pbx.clearBlacklist();
    expect((await logIn(pbx)).status).toBe(200);
  });

  test('a right secret in between starts the count afresh', async () => {
    const pbx = await startPbx();
    for (const secret of ['wrong', 'wrong', 'wrong', 'secret-hq', 'wrong', 'wrong', 'wrong']) {
      await logIn(pbx, { secret });
    }
    expect(pbx.isBlacklisted).toBe(false);
  });
});
