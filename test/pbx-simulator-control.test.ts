import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { member, patch, read, type Reply, send, start, startPbx } from './pbx-simulator-client.js';
import type { PbxSimulator, SimulatedPbx } from '../src/simulators/pbx/server.js';

const APPS = 'GeneralSettingsForApps';

async function fleet(): Promise<PbxSimulator> {
  return start({ pbxs: [{ id: 'hq', staticTokens: ['owner'] }, { id: 'lab' }] });
}

function control(simulator: PbxSimulator, path: string, method = 'GET', body?: unknown): Promise<Reply> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return send(`${simulator.url}/control/${path}`, { method, ...(body === undefined ? {} : { body: text }) });
}

describe('the control address', () => {
  test('lists the PBXs and shows one in full', async () => {
    const simulator = await fleet();
    await read(simulator.pbx('hq'), 'Defs');
    const list = await control(simulator, 'pbxs');
    expect(list.json).toMatchObject([{ id: 'hq', version: '20.0.10.1621' }, { id: 'lab' }]);
    expect((await control(simulator, 'pbxs/hq')).json).toMatchObject({
      url: `${simulator.url}/hq`,
      resources: { [APPS]: { EnableChat: true } },
      requests: [{ path: '/xapi/v1/Defs' }],
      auditLog: [],
      faults: [],
    });
    expect((await control(simulator, 'pbxs/nowhere')).status).toBe(404);
  });

  test('changes a setting as another admin', async () => {
    const simulator = await fleet();
    const change = { resource: APPS, properties: { EnableChat: false }, by: { user: '101 Jo' } };
    expect((await control(simulator, 'pbxs/hq/change', 'POST', change)).status).toBe(200);
    expect(simulator.pbx('hq').resource(APPS)['EnableChat']).toBe(false);
    expect(simulator.pbx('hq').auditLog).toMatchObject([{ UserName: '101 Jo' }]);
  });

  test('injects and clears faults, ends tokens and moves the version', async () => {
    const simulator = await fleet();
    const hq = simulator.pbx('hq');
    await control(simulator, 'pbxs/hq/faults', 'POST', { kind: 'throttled', times: 2 });
    expect((await read(hq, 'Defs')).status).toBe(429);
    await control(simulator, 'pbxs/hq/faults', 'DELETE');
    expect((await read(hq, 'Defs')).status).toBe(200);
    await control(simulator, 'pbxs/hq/version', 'POST', { version: '20.0.8.1109' });
    expect(hq.version).toBe('20.0.8.1109');
    await control(simulator, 'pbxs/hq/tokens', 'DELETE');
    expect((await read(hq, 'Defs')).status).toBe(401);
  });

  test('lets somebody insist on a value, until everybody relents', async () => {
    const simulator = await fleet();
    const hq = simulator.pbx('hq');
    const wish = { resource: APPS, properties: { EnableChat: false }, by: { user: '101 Jo', onWrite: true } };
    const reply = await control(simulator, 'pbxs/hq/insist', 'POST', wish);
    expect(reply.json).toMatchObject({ resource: { EnableChat: false } });
    await patch(hq, APPS, { EnableChat: true });
    expect(hq.resource(APPS)['EnableChat']).toBe(false);
    expect((await control(simulator, 'pbxs/hq/insist', 'DELETE')).status).toBe(200);
    await patch(hq, APPS, { EnableChat: true });
    expect(hq.resource(APPS)['EnableChat']).toBe(true);
  });

  test('adds a PBX', async () => {
    const simulator = await fleet();
    expect((await control(simulator, 'pbxs', 'POST', { id: 'new', version: '20.0.9' })).status).toBe(201);
    expect(simulator.pbx('new').version).toBe('20.0.9');
    expect((await control(simulator, 'pbxs', 'POST', { id: 'new' })).status).toBe(409);
  });

  test.each([
    ['pbxs', { id: 'a/b' }, 'id'],
    ['pbxs', { id: 'x', values: { [APPS]: { Typo: 1 } } }, 'Typo'],
    ['pbxs', { id: 'x', clients: [{ clientId: 'c' }] }, 'clients.0.clientSecret'],
    ['pbxs/hq/change', { resource: 'Typo', properties: {} }, 'resource'],
    ['pbxs/hq/change', { resource: APPS, properties: { Typo: 1 } }, 'Typo'],
    ['pbxs/hq/change', { resource: APPS }, 'properties'],
    ['pbxs/hq/change', '{', 'body'],
    ['pbxs/hq/insist', { resource: APPS, properties: { Typo: 1 } }, 'Typo'],
    ['pbxs/hq/insist', { resource: APPS, properties: {}, by: { everyMs: 0 } }, 'by.everyMs'],
    ['pbxs/hq/faults', { kind: 'gremlins' }, 'kind'],
    ['pbxs/hq/faults', { kind: 'down', typo: 1 }, 'typo'],
    ['pbxs/hq/faults', { kind: 'empty', on: 'write' }, 'on'],
    ['pbxs/hq/version', { version: 'newest' }, 'version'],
  ])('wrong input to %s is refused with the name of the field: %j', async (path, body, field) => {
    const simulator = await fleet();
    const reply = await control(simulator, path, 'POST', body);
    expect([reply.status, member(reply.json, 'field')]).toEqual([400, field]);
    expect(simulator.ids).toEqual(['hq', 'lab']);
  });
});

describe('the description a PBX serves of itself', () => {
  async function schemasOf(pbx: SimulatedPbx): Promise<unknown> {
    const reply = await send(`${pbx.url}/xapi/v1/swagger.yaml`);
    expect(reply.status).toBe(200);
    return member(parse(reply.text), 'components', 'schemas');
  }

  test('needs no login and holds every property with its type and limit', async () => {
    const schemas = await schemasOf(await startPbx());
    const properties = member(schemas, `Pbx.${APPS}`, 'properties');
    expect(properties).toMatchObject({
      EnableChat: { type: 'boolean', nullable: true },
      BrandLogoImage: { type: 'string', maxLength: 136_533, nullable: true },
      AvatarStyle: { allOf: [{ $ref: '#/components/schemas/Pbx.AvatarStyle' }], nullable: true },
      AutoSchedulerSettings: { allOf: [{ $ref: '#/components/schemas/Pbx.AutoSchedulerSettings' }] },
    });
    expect(member(schemas, 'Pbx.AvatarStyle', 'enum')).toEqual(['Square', 'Circle']);
    expect(member(schemas, 'Pbx.AutoSchedulerSettings', 'properties')).toHaveProperty('ProfileDND');
    expect(member(schemas, 'Pbx.GeneralSettingsForPbx', 'properties')).toMatchObject({
      BusyMonitorTimeout: { type: 'integer', format: 'int32' },
      HDAutoLogoutTime: { type: 'string', format: 'duration' },
    });
  });

  test('follows the version of the PBX', async () => {
    const pbx = await startPbx({ version: '20.0.8.1109' });
    const older = member(await schemasOf(pbx), `Pbx.${APPS}`, 'properties');
    expect(member(older, 'EnableSelectorCallerId')).toBeUndefined();
    expect(member(older, 'BrandLogoImage', 'maxLength')).toBe(1_398_101);
    pbx.setVersion('20.0.10');
    const newer = member(await schemasOf(pbx), `Pbx.${APPS}`, 'properties');
    expect(member(newer, 'EnableSelectorCallerId')).toBeDefined();
  });

  test('lists exactly the addresses that answer', async () => {
    const pbx = await startPbx();
    const paths = member(parse((await send(`${pbx.url}/xapi/v1/swagger.yaml`)).text), 'paths');
    const names = Object.keys(Object(paths));
    expect(names).toContain(`/${APPS}`);
    for (const name of names) expect((await read(pbx, name.slice(1))).status, name).toBe(200);
  });
});
