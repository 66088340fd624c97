import { describe, expect, test } from 'vitest';
import { logIn, member, patch, read, start, startPbx, tokenOf } from './pbx-simulator-client.js';
import { faultKinds } from '../src/simulators/pbx/faults.js';

const APPS = 'GeneralSettingsForApps';

describe('faults that take the place of an answer', () => {
  test.each([
    [{ kind: 'unauthorised' }, 401, ''],
    [{ kind: 'forbidden' }, 403, ''],
    [{ kind: 'throttled', retryAfterSeconds: 7 }, 429, ''],
    [{ kind: 'server-error', status: 502 }, 502, '502'],
    [{ kind: 'server-error' }, 500, 'An error has occurred.'],
    [{ kind: 'html' }, 200, '<!doctype html>'],
    [{ kind: 'not-found' }, 404, 'No HTTP resource'],
    [{ kind: 'conflict' }, 409, 'another session'],
  ] as const)('%j happens once and then all is well', async (fault, status, text) => {
    const pbx = await startPbx();
    pbx.fault({ ...fault, times: 1 });
    const reply = await read(pbx, APPS);
    expect(reply.status).toBe(status);
    expect(reply.text).toContain(text);
    if (fault.kind === 'throttled') expect(reply.headers.get('Retry-After')).toBe('7');
    expect(pbx.requests.at(-1)?.fault).toBe(fault.kind);
    expect((await read(pbx, APPS)).status).toBe(200);
    expect(pbx.faults).toEqual([]);
  });

  test('a PBX that is down ends every connection until the fault is cleared', async () => {
    const pbx = await startPbx();
    pbx.fault({ kind: 'down' });
    await expect(read(pbx, APPS)).rejects.toThrow();
    await expect(patch(pbx, APPS, { EnableChat: false })).rejects.toThrow();
    await expect(logIn(pbx)).rejects.toThrow();
    expect(pbx.requests.map(({ status }) => status)).toEqual([null, null, null]);
    pbx.clearFaults();
    expect((await read(pbx, APPS)).status).toBe(200);
    expect(pbx.writes()).toEqual([]);
  });

  test('a hanging PBX never answers, and closing the simulator ends the wait', async () => {
    const simulator = await start({ pbxs: [{ id: 'hq', staticTokens: ['owner'] }] });
    const pbx = simulator.pbx('hq');
    pbx.fault({ kind: 'hang' });
    const ended = expect(read(pbx, APPS)).rejects.toThrow();
    await pbx.until('request', () => pbx.requests.length > 0);
    await simulator.close();
    await ended;
  });

  test('closing the simulator ends a slow answer too', async () => {
    const simulator = await start({ pbxs: [{ id: 'hq', staticTokens: ['owner'] }, { id: 'lab' }] });
    simulator.pbx('hq').fault({ kind: 'slow', delayMs: 600_000 });
    const ended = expect(read(simulator.pbx('hq'), APPS)).rejects.toThrow();
    await logIn(simulator.pbx('lab'));
    await simulator.close();
    await ended;
  });
});

describe('faults of an answer', () => {
  test('a slow answer is right in the end, and a second fault may follow it', async () => {
    const pbx = await startPbx();
    pbx.fault({ kind: 'slow', delayMs: 1, times: 2 });
    pbx.fault({ kind: 'forbidden', on: 'write' });
    expect((await read(pbx, APPS)).status).toBe(200);
    expect(pbx.requests.at(-1)?.fault).toBe('slow');
    expect((await patch(pbx, APPS, { EnableChat: false })).status).toBe(403);
  });

  test('half a body breaks off, and an empty body has the status of success', async () => {
    const pbx = await startPbx();
    pbx.fault({ kind: 'half-body', times: 1 });
    await expect(read(pbx, APPS)).rejects.toThrow();
    pbx.fault({ kind: 'empty', times: 1 });
    const reply = await read(pbx, APPS);
    expect([reply.status, reply.text]).toEqual([200, '']);
  });
});

describe('faults of an answer that looks good', () => {
  test.each(['truncated-json', 'wrong-shape', 'wrong-type', 'missing-property'] as const)(
    'an answer of success is spoiled once: %s',
    async (kind) => {
      const pbx = await startPbx();
      const good = await read(pbx, APPS);
      pbx.fault({ kind, times: 1 });
      const reply = await read(pbx, APPS);
      expect([reply.status, pbx.requests.at(-1)?.fault]).toEqual([200, kind]);
      expect(reply.headers.get('Content-Type')).toBe(good.headers.get('Content-Type'));
      expect(reply.json).not.toEqual(good.json);
      expect((await read(pbx, APPS)).json).toEqual(good.json);
    },
  );

  test('the beginning of JSON arrives as if it were all', async () => {
    const pbx = await startPbx();
    pbx.fault({ kind: 'truncated-json' });
    const reply = await read(pbx, APPS);
    expect([reply.text.startsWith('{"@odata.context"'), reply.json]).toEqual([true, undefined]);
  });

  test('a collection stands where one thing is asked for, and one thing where a collection is', async () => {
    const pbx = await startPbx();
    pbx.change(APPS, { BrandUrl: 'new' });
    pbx.fault({ kind: 'wrong-shape' });
    expect(member((await read(pbx, APPS)).json, 'value')).toEqual([]);
    const log = await read(pbx, 'ReportAuditLog/Pbx.GetAuditLogData()');
    expect([member(log.json, 'value'), member(log.json, 'Id')]).toEqual([undefined, 0]);
    expect(member((await logIn(pbx)).json, 'access_token')).toBeUndefined();
  });

  test('chosen properties have another type or are left out, and all others are as they were', async () => {
    const pbx = await startPbx();
    const good = Object(member((await read(pbx, APPS)).json));
    pbx.fault({ kind: 'wrong-type', properties: ['EnableChat', 'AutoSchedulerSettings', 'BrandUrl'] });
    const strange = (await read(pbx, APPS)).json;
    expect(strange).toMatchObject({
      EnableChat: 'true',
      BrandUrl: good.BrandUrl.length,
      AvatarStyle: good.AvatarStyle,
    });
    expect(typeof member(strange, 'AutoSchedulerSettings')).toBe('string');
    pbx.clearFaults();
    pbx.fault({ kind: 'missing-property', properties: ['EnableChat'] });
    const { EnableChat: _, ...others } = good;
    expect((await read(pbx, APPS)).json).toEqual(others);
  });

  test('without a choice every property is spoiled, in every row of a collection too', async () => {
    const pbx = await startPbx();
    pbx.change(APPS, { BrandUrl: 'new' });
    pbx.fault({ kind: 'missing-property' });
    expect(Object.keys(Object((await read(pbx, APPS)).json))).toEqual(['@odata.context']);
    const log = await read(pbx, 'ReportAuditLog/Pbx.GetAuditLogData()');
    expect(member(log.json, 'value')).toEqual([{}]);
  });
});

describe('tokens that wear out', () => {
  test('each token is good for so many calls, until as many as were meant have died', async () => {
    const pbx = await startPbx();
    pbx.fault({ kind: 'token-expires', calls: 2, times: 1 });
    const first = await tokenOf(pbx);
    const statuses = async (token: string, calls: number): Promise<readonly number[]> => {
      const seen: number[] = [];
      for (let call = 0; call < calls; call += 1) seen.push((await read(pbx, APPS, token)).status);
      return seen;
    };
    expect(await statuses(first, 4)).toEqual([200, 200, 401, 401]);
    expect(pbx.requests.at(-2)?.fault).toBe('token-expires');
    expect(pbx.faults).toEqual([]);
    expect(await statuses(await tokenOf(pbx), 4)).toEqual([200, 200, 200, 200]);
  });

  test('a token may be good for reads and die of a write, which is then not made', async () => {
    const pbx = await startPbx();
    pbx.fault({ kind: 'token-expires', on: 'write' });
    const token = await tokenOf(pbx);
    expect((await patch(pbx, APPS, { EnableChat: false }, token)).status).toBe(204);
    expect((await read(pbx, APPS, token)).status).toBe(200);
    expect((await patch(pbx, APPS, { EnableChat: true }, token)).status).toBe(401);
    expect(pbx.resource(APPS)['EnableChat']).toBe(false);
  });
});

describe('faults of a write', () => {
  test('a write may be answered with success and not stored', async () => {
    const pbx = await startPbx();
    pbx.fault({ kind: 'not-stored', times: 1 });
    expect((await patch(pbx, APPS, { EnableChat: false })).status).toBe(204);
    expect(pbx.resource(APPS)['EnableChat']).toBe(true);
    expect(pbx.writes()).toEqual([]);
  });

  test('a write may be stored as something else', async () => {
    const pbx = await startPbx();
    pbx.fault({ kind: 'rewritten', rewrite: { BrandUrl: 'https://other.example' } });
    await patch(pbx, APPS, { EnableChat: false, BrandUrl: 'https://mine.example' });
    expect(pbx.resource(APPS)).toMatchObject({ EnableChat: false, BrandUrl: 'https://other.example' });
  });

  test('a write may be stored and its reply lost', async () => {
    const pbx = await startPbx();
    pbx.fault({ kind: 'reply-lost', times: 1 });
    await expect(patch(pbx, APPS, { EnableChat: false })).rejects.toThrow();
    expect(pbx.resource(APPS)['EnableChat']).toBe(false);
    expect(pbx.writes()).toMatchObject([{ status: null, fault: 'reply-lost' }]);
  });

  test('a write that is refused leaves the fault for the next one', async () => {
    const pbx = await startPbx();
    pbx.fault({ kind: 'not-stored', times: 1 });
    expect((await patch(pbx, APPS, { EnableChat: 'maybe' })).status).toBe(400);
    expect(pbx.faults).toHaveLength(1);
  });
});

describe('aiming a fault', () => {
  test('a fault meets only the operation and the resource it is for', async () => {
    const pbx = await startPbx();
    pbx.fault({ kind: 'server-error', on: 'read', resource: APPS });
    expect((await read(pbx, 'GeneralSettingsForPbx')).status).toBe(200);
    expect((await patch(pbx, APPS, { EnableChat: false })).status).toBe(204);
    expect((await logIn(pbx)).status).toBe(200);
    expect((await read(pbx, APPS)).status).toBe(500);
  });

  test('a refused log-in that is only a fault does not count as a wrong secret', async () => {
    const pbx = await startPbx();
    pbx.fault({ kind: 'unauthorised', on: 'token', times: 5 });
    for (let attempt = 1; attempt <= 5; attempt += 1) expect((await logIn(pbx)).status).toBe(401);
    expect(pbx.isBlacklisted).toBe(false);
  });

  test('what is left of a fault can be seen', async () => {
    const pbx = await startPbx();
    pbx.fault({ kind: 'throttled', times: 3 });
    await read(pbx, APPS);
    expect(pbx.faults).toEqual([{ kind: 'throttled', times: 2 }]);
  });

  test('a fault that could never happen is refused', async () => {
    const pbx = await startPbx();
    expect(() => pbx.fault({ kind: 'not-stored', on: 'read' })).toThrow('cannot happen on a read');
    expect(() => pbx.fault({ kind: 'rewritten' })).toThrow('instead');
    expect(() => pbx.fault({ kind: 'down', times: 0 })).toThrow('once');
    expect(() => pbx.fault({ kind: 'token-expires', calls: 0 })).toThrow('one call');
  });

  test('every kind is listed with what it can happen to, and can be injected there', async () => {
    const pbx = await startPbx();
    expect(faultKinds.length).toBe(20);
    for (const { kind, on } of faultKinds) {
      for (const operation of on) pbx.fault({ kind, on: operation, rewrite: { EnableChat: false } });
    }
    expect(pbx.faults).toHaveLength(faultKinds.flatMap(({ on }) => on).length);
  });
});
