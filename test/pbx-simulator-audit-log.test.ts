import { describe, expect, test } from 'vitest';
import type { PbxSeed, SimulatedPbx } from '../src/simulators/pbx/server.js';
import { member, patch, read, type Reply, startPbx, tokenOf } from './pbx-simulator-client.js';

const APPS = 'GeneralSettingsForApps';
const MINUTE_MS = 60_000;
const START = Date.parse('2026-03-01T10:00:00Z');

/** A PBX whose clock is a minute later at every change: rows 1 to 4 are of 10:01 to 10:04. */
async function withFourChanges(seed: Partial<PbxSeed> = {}): Promise<SimulatedPbx> {
  let minute = 0;
  const pbx = await startPbx(seed, { now: () => new Date(START + minute * MINUTE_MS) });
  for (const BrandUrl of ['a', 'b', 'c', 'd']) {
    minute += 1;
    pbx.change(APPS, { BrandUrl });
  }
  return pbx;
}

function audit(pbx: SimulatedPbx, options: Readonly<Record<string, string>> = {}): Promise<Reply> {
  return read(pbx, `ReportAuditLog/Pbx.GetAuditLogData()?${new URLSearchParams(options).toString()}`);
}

function idsOf(reply: Reply): readonly unknown[] {
  const value = member(reply.json, 'value');
  return Array.isArray(value) ? value.map((row) => member(row, 'Id')) : [];
}

describe('what is written down', () => {
  test('a change over the API is written under the client, with only what became different', async () => {
    const pbx = await startPbx();
    await patch(pbx, APPS, { EnableChat: false, AllowChangePassword: true });
    expect(pbx.auditLog).toMatchObject([
      { Id: 1, ObjectName: APPS, Source: 0, Action: 52, UserName: 'static', Ip: '127.0.0.1' },
    ]);
    expect(pbx.auditLog[0]?.PrevData).toBe('{"EnableChat":true}');
    expect(pbx.auditLog[0]?.NewData).toBe('{"EnableChat":false}');
  });

  test('a change at the console names the person and the address, and keeps other leaves', async () => {
    const pbx = await startPbx();
    const by = { user: '119 Jane Roe', ip: '198.51.100.7' };
    pbx.change(APPS, { AutoSchedulerSettings: { Enabled: true } }, by);
    expect(pbx.auditLog).toMatchObject([{ UserName: '119 Jane Roe', Ip: '198.51.100.7', Source: 1 }]);
    expect(pbx.resource(APPS)['AutoSchedulerSettings']).toMatchObject({ Enabled: true, ProfileAway: 'Away' });
    expect(pbx.writes()).toEqual([]);
    expect(() => pbx.change(APPS, { Typo: 1 })).toThrow('Typo');
    expect(() => pbx.change('Typo', {})).toThrow('Typo');
  });

  test('a patch that changes nothing leaves no row, and a picture is shortened', async () => {
    const pbx = await startPbx();
    await patch(pbx, APPS, { EnableChat: true });
    expect(pbx.auditLog).toEqual([]);
    await patch(pbx, APPS, { BrandLogoImage: 'A'.repeat(100_000) });
    expect(pbx.auditLog[0]?.NewData.length).toBeLessThan(200);
  });

  test('a client may be called something else there', async () => {
    const clients = [{ clientId: '900', clientSecret: 'secret-hq', auditName: 'Service principal 17' }];
    const pbx = await startPbx({ clients });
    await patch(pbx, APPS, { EnableChat: false }, await tokenOf(pbx, { clientId: '900' }));
    expect(pbx.auditLog).toMatchObject([{ UserName: 'Service principal 17' }]);
  });

  test('only an owner may read it', async () => {
    const clients = [{ clientId: 'weak', clientSecret: 'secret-hq', role: 'system_admins' as const }];
    const pbx = await startPbx({ clients });
    const token = await tokenOf(pbx, { clientId: 'weak' });
    expect((await read(pbx, 'ReportAuditLog/Pbx.GetAuditLogData()', token)).status).toBe(403);
    expect((await read(pbx, APPS, token)).status).toBe(200);
    expect((await audit(pbx)).status).toBe(200);
  });

  test('with the audit log off nothing is written down', async () => {
    const pbx = await withFourChanges({ isAuditLogEnabled: false });
    expect((await audit(pbx)).json).toMatchObject({ value: [] });
    expect(member((await read(pbx, 'SystemStatus')).json, 'IsAuditLogEnabled')).toBe(false);
  });
});

describe('looking it up', () => {
  test('the newest rows can be read page by page', async () => {
    const pbx = await withFourChanges();
    const page = { $orderby: 'Timestamp desc', $top: '2', $count: 'true' };
    const first = await audit(pbx, page);
    expect(idsOf(first)).toEqual([4, 3]);
    expect(member(first.json, '@odata.count')).toBe(4);
    expect(idsOf(await audit(pbx, { ...page, $skip: '2' }))).toEqual([2, 1]);
    expect(idsOf(await audit(pbx, { $orderby: 'Id desc' }))).toEqual([4, 3, 2, 1]);
  });

  test.each([
    ['Timestamp ge 2026-03-01T10:03:00Z', [3, 4]],
    ['Timestamp gt 2026-03-01T10:03:00.000Z', [4]],
    ['Timestamp gt 2026-03-01T10:01:00Z and Timestamp le 2026-03-01T11:03:00+01:00', [2, 3]],
    ['Id lt 2', [1]],
    ["ObjectName eq 'GeneralSettingsForPbx'", []],
    ["UserName ne 'O''Hara' and Id eq 2", [2]],
  ])('the filter “%s” is understood', async (filter, ids) => {
    const pbx = await withFourChanges();
    expect(idsOf(await audit(pbx, { $filter: filter }))).toEqual(ids);
  });

  test.each([
    { $filter: 'Timestamp since yesterday' },
    { $filter: 'Nonsense eq 1' },
    { $filter: 'Timestamp ge yesterday' },
    { $orderby: 'Nonsense desc' },
    { $select: 'Nonsense' },
    { $top: 'many' },
    { $nonsense: '1' },
  ])('the option %j is refused', async (options) => {
    const pbx = await startPbx();
    const given = Object.entries(options).map(([name, value]): [string, string] => [name, value ?? '']);
    expect((await audit(pbx, Object.fromEntries(given))).status).toBe(400);
  });

  test('a selection of columns is kept to', async () => {
    const pbx = await withFourChanges();
    const reply = await audit(pbx, { $select: 'Id,UserName', $top: '1' });
    expect(member(reply.json, 'value')).toEqual([{ Id: 1, UserName: '100 Console Admin' }]);
  });
});

describe('watching a PBX', () => {
  test('a wait ends with the request or change it waits for', async () => {
    const pbx = await startPbx();
    const url = pbx.until('new brand', () => pbx.resource(APPS)['BrandUrl'] === 'new' && 'seen');
    const login = pbx.until('a read', () => pbx.requests.find(({ operation }) => operation === 'read'));
    pbx.change(APPS, { BrandUrl: 'new' });
    expect(await url).toBe('seen');
    await read(pbx, 'Defs');
    expect((await login).path).toBe('/xapi/v1/Defs');
  });

  test('a wait in vain says what it waited for and what came last', async () => {
    const pbx = await startPbx();
    await read(pbx, 'Defs');
    const wait = pbx.until('patch', () => undefined, 1);
    await expect(wait).rejects.toThrow('no patch within 1 ms; last: GET /xapi/v1/Defs 200');
  });

  test('a listener hears of every request and change until it stops listening', async () => {
    const pbx = await startPbx();
    let heard = 0;
    const stop = pbx.onChange(() => (heard += 1));
    pbx.change(APPS, { BrandUrl: 'new' });
    await read(pbx, 'Defs');
    stop();
    await read(pbx, 'Defs');
    expect(heard).toBe(2);
  });

  test('the record of requests is bounded, that of writes is not', async () => {
    const pbx = await startPbx();
    await patch(pbx, APPS, { BrandUrl: 'first' });
    for (let index = 0; index < 500; index += 1) await read(pbx, 'Defs');
    expect(pbx.requests).toHaveLength(500);
    expect(pbx.requests[0]?.path).toBe('/xapi/v1/Defs');
    expect(pbx.writes()).toHaveLength(1);
  });
});
