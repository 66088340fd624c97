import { describe, expect, test } from 'vitest';
import type { SimulatedPbx } from '../src/simulators/pbx/server.js';
import { logIn, member, patch, read, startPbx } from './pbx-simulator-client.js';

const CONSOLE = 'ConsoleRestrictions';
const APPS = 'GeneralSettingsForApps';

const restricted = (IpWhitelist: readonly string[], others: object = {}): Promise<SimulatedPbx> =>
  startPbx({ values: { [CONSOLE]: { AccessRestricted: true, IpWhitelist, ...others } } });

describe('the console restrictions', () => {
  test('of a fresh PBX are open, and tell callers their address', async () => {
    const pbx = await startPbx();
    const { status, json } = await read(pbx, CONSOLE);
    expect(status).toBe(200);
    expect(json).toMatchObject({ AccessRestricted: false, IpWhitelist: [], MyIpAddress: '127.0.0.1' });
    expect(member(json, 'Id')).toBeTypeOf('string');
  });

  test('take a list of addresses whole, and neither a wrong one nor what only the PBX can tell', async () => {
    const pbx = await startPbx();
    expect((await patch(pbx, CONSOLE, { IpWhitelist: ['192.0.2.0/24', '::1'] })).status).toBe(204);
    expect(pbx.resource(CONSOLE)['IpWhitelist']).toEqual(['192.0.2.0/24', '::1']);
    expect(JSON.parse(pbx.auditLog.at(-1)?.NewData ?? '')).toEqual({ IpWhitelist: ['192.0.2.0/24', '::1'] });

    for (const wrong of [{ IpWhitelist: '::1' }, { IpWhitelist: [1] }, { IpWhitelist: null }, { Id: 'x' }]) {
      const reply = await patch(pbx, CONSOLE, wrong);
      expect(reply.status, JSON.stringify(wrong)).toBe(400);
      expect(member(reply.json, 'error', 'details', 0, 'target')).toBe(Object.keys(wrong)[0]);
    }
    expect((await patch(pbx, CONSOLE, { MyIpAddress: '192.0.2.1' })).status).toBe(400);
  });

  test('shut the caller out whose own write turns them on: it is accepted, and was the last thing', async () => {
    const pbx = await startPbx();
    expect((await patch(pbx, CONSOLE, { AccessRestricted: true })).status).toBe(204);
    for (const path of [CONSOLE, APPS, 'Defs', 'swagger.yaml']) {
      const { status, text } = await read(pbx, path);
      expect([status, text], path).toEqual([403, '']);
    }
    expect((await patch(pbx, CONSOLE, { AccessRestricted: false })).status).toBe(403);
    expect((await read(pbx, APPS, 'nonsense')).status).toBe(403);
    expect((await logIn(pbx)).status).toBe(200);

    pbx.change(CONSOLE, { IpWhitelist: ['127.0.0.0/8'] });
    expect((await read(pbx, APPS)).status).toBe(200);
  });

  test.each([
    [['127.0.0.1'], 200],
    [['192.0.2.1', '127.0.0.0/30'], 200],
    [['::ffff:127.0.0.1'], 200],
    [[], 403],
    [['127.0.0.2', '192.0.2.0/24', '::1'], 403],
    [['localhost', '127.0.0.1/99', ''], 403],
  ])('let callers in by the list %j: %i', async (list, status) => {
    expect((await read(await restricted(list), APPS)).status).toBe(status);
  });

  test('go by the address at which the PBX sees a caller, which a proxy may change', async () => {
    const proxied = await restricted(['198.51.100.7'], { MyIpAddress: '198.51.100.7' });
    expect(member((await read(proxied, CONSOLE)).json, 'MyIpAddress')).toBe('198.51.100.7');
    const unknown = await restricted(['127.0.0.1'], { MyIpAddress: 'nonsense' });
    expect((await read(unknown, CONSOLE)).status).toBe(403);
  });

  test('shut nobody out of a PBX that is too old to have them', async () => {
    const pbx = await restricted([]);
    pbx.setVersion('20.0.3.6');
    expect((await read(pbx, APPS)).status).toBe(200);
    expect((await read(pbx, CONSOLE)).status).toBe(404);
  });
});
