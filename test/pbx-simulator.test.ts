import { describe, expect, test } from 'vitest';
import { resources } from '../src/settings/catalogue.js';
import { resource } from '../src/settings/setting.js';
import { logIn, member, patch, read, start, startPbx, tokenOf } from './pbx-simulator-client.js';

const APPS = 'GeneralSettingsForApps';
const PBX = 'GeneralSettingsForPbx';

describe('reading', () => {
  test('a fresh PBX has a value for every property of its version', async () => {
    const pbx = await startPbx();
    for (const { name, settings } of resources) {
      const reply = await read(pbx, name);
      expect(reply.status).toBe(200);
      expect(reply.headers.get('X-3CX-Version')).toBe('20.0.10.1621');
      expect(member(reply.json, '@odata.context')).toContain(`$metadata#${name}`);
      for (const { path } of settings)
        expect(member(reply.json, ...path), path.join('.')).not.toBeUndefined();
    }
  });

  test('an older PBX lacks the properties that came later, and an upgrade brings them', async () => {
    const pbx = await startPbx({ version: '20.0.4.376' });
    const before = await read(pbx, APPS);
    expect(before.text).not.toContain('AvatarStyle');
    expect(before.text).not.toContain('EnableSelectorCallerId');
    expect(before.text).toContain('HideAbandonedQueueCalls');
    pbx.setVersion('20.0.10.1621');
    const after = await read(pbx, APPS);
    expect(member(after.json, 'AvatarStyle')).toBe('Square');
    expect(after.headers.get('X-3CX-Version')).toBe('20.0.10.1621');
  });

  test('a selection returns only what was asked for and refuses what is not there', async () => {
    const pbx = await startPbx();
    const some = await read(pbx, `${APPS}?$select=EnableChat,AvatarStyle`);
    expect(Object.keys(Object(some.json))).toEqual(['@odata.context', 'EnableChat', 'AvatarStyle']);
    const none = await read(pbx, `${APPS}?$select=Nonsense`);
    expect(none.status).toBe(400);
    expect(member(none.json, 'error', 'message')).toContain("'Nonsense'");
    expect((await read(pbx, `${APPS}?$top=1`)).status).toBe(400);
  });

  test('the definitions and the system status can be read, and the status can be disturbed', async () => {
    const pbx = await startPbx({ fqdn: 'hq.example.com', version: '20.0.9.995' });
    expect((await read(pbx, 'Defs?$select=Id')).json).toMatchObject({ Id: 0 });
    expect((await read(pbx, 'SystemStatus')).json).toMatchObject({
      FQDN: 'hq.example.com',
      Version: '20.0.9.995',
      IsAuditLogEnabled: true,
      LicenseActive: true,
    });
    pbx.setStatus({ DBMaintenanceInProgress: true });
    const status = await read(pbx, 'SystemStatus?$select=DBMaintenanceInProgress');
    expect(member(status.json, 'DBMaintenanceInProgress')).toBe(true);
  });
});

describe('writing', () => {
  test('a patch is answered with 204 and no body, changes only what it names, and is on record', async () => {
    const pbx = await startPbx();
    const before = pbx.resource(APPS);
    const reply = await patch(pbx, APPS, { EnableChat: false, BrandUrl: null });
    expect([reply.status, reply.text]).toEqual([204, '']);
    expect(pbx.resource(APPS)).toEqual({ ...before, EnableChat: false, BrandUrl: null });
    expect(pbx.writes().map(({ body, status }) => ({ body, status }))).toEqual([
      { body: { EnableChat: false, BrandUrl: null }, status: 204 },
    ]);
  });

  test('a nested object is replaced whole, so that leaves left out are lost', async () => {
    const pbx = await startPbx();
    await patch(pbx, APPS, { AutoSchedulerSettings: { Enabled: true } });
    expect(pbx.resource(APPS)['AutoSchedulerSettings']).toEqual({
      Enabled: true,
      ProfileAvailable: null,
      ProfileAway: null,
      ProfileDND: null,
    });
    await patch(pbx, APPS, { AutoSchedulerSettings: null });
    expect(member((await read(pbx, APPS)).json, 'AutoSchedulerSettings')).toBeNull();
  });

  test('a duration comes back in the form in which 3CX writes it', async () => {
    const pbx = await startPbx();
    expect((await patch(pbx, PBX, { HDAutoLogoutTime: 'PT90M' })).status).toBe(204);
    expect(pbx.resource(PBX)['HDAutoLogoutTime']).toBe('PT1H30M');
  });

  test.each([
    ['a text for a flag', APPS, { EnableChat: 'yes' }, 'EnableChat', 'WARNINGS.INVALID'],
    ['a choice nobody offers', APPS, { AvatarStyle: 'Hexagon' }, 'AvatarStyle', 'WARNINGS.INVALID'],
    ['a fraction', PBX, { BusyMonitorTimeout: 1.5 }, 'BusyMonitorTimeout', 'WARNINGS.INVALID'],
    [
      'a clock time for a duration',
      PBX,
      { HDAutoLogoutTime: '23:30' },
      'HDAutoLogoutTime',
      'WARNINGS.INVALID',
    ],
    [
      'a text for an object',
      APPS,
      { AutoSchedulerSettings: 'on' },
      'AutoSchedulerSettings',
      'WARNINGS.INVALID',
    ],
    [
      'a wrong leaf',
      APPS,
      { AutoSchedulerSettings: { Enabled: 1 } },
      'AutoSchedulerSettings.Enabled',
      'WARNINGS.INVALID',
    ],
    ['an unknown property', APPS, { Nonsense: 1 }, 'Nonsense', 'WARNINGS.XAPI.NOT_SUPPORTED'],
    [
      'a number beyond 32 bits',
      PBX,
      { BusyMonitorTimeout: 2 ** 31 },
      'BusyMonitorTimeout',
      'WARNINGS.XAPI.OUT_OF_THE_RANGE',
    ],
    [
      'a logo that is too long',
      APPS,
      { BrandLogoImage: 'A'.repeat(136_534) },
      'BrandLogoImage',
      'WARNINGS.STRING_TOO_LONG',
    ],
  ])('%s is refused and nothing of the patch is stored', async (_, name, body, target, code) => {
    const pbx = await startPbx();
    const before = pbx.resource(name);
    const harmless = name === APPS ? { HideCRMContacts: true } : { PlayBusy: false };
    const reply = await patch(pbx, name, { ...harmless, ...body });
    expect(reply.status).toBe(400);
    expect(reply.json).toEqual({
      error: { code: '', message: `${target}:\n${code}`, details: [{ code: '', message: code, target }] },
    });
    expect(pbx.resource(name)).toEqual(before);
    expect(pbx.writes()).toEqual([]);
  });

  test('a logo that fits an older version is too long for a newer one', async () => {
    const pbx = await startPbx({ version: '20.0.8.1109' });
    const logo = { BrandLogoImage: 'A'.repeat(136_534) };
    expect((await patch(pbx, APPS, logo)).status).toBe(204);
    pbx.setVersion('20.0.9.995');
    expect((await patch(pbx, APPS, logo)).status).toBe(400);
  });

  test('a property the version lacks is refused', async () => {
    const pbx = await startPbx({ version: '20.0.9.995' });
    const reply = await patch(pbx, APPS, { EnableSelectorCallerId: true });
    expect(reply.status).toBe(400);
    expect(member(reply.json, 'error', 'details', 0, 'target')).toBe('EnableSelectorCallerId');
  });

  test.each(['', '{"EnableChat":', '[]', '"text"'])('the body %j is refused', async (body) => {
    const pbx = await startPbx();
    expect((await patch(pbx, APPS, body)).status).toBe(400);
    expect(pbx.writes()).toEqual([]);
  });

  test('methods and addresses that 3CX does not have are refused', async () => {
    const pbx = await startPbx();
    const headers = { Authorization: 'Bearer owner' };
    const put = await fetch(`${pbx.url}/xapi/v1/${APPS}`, { method: 'PUT', headers, body: '{}' });
    expect(put.status).toBe(405);
    expect((await patch(pbx, 'SystemStatus', { FQDN: 'x' })).status).toBe(405);
    expect((await read(pbx, 'Nonsense')).status).toBe(404);
    expect((await fetch(`${pbx.url}/admin`)).status).toBe(404);
  });
});

describe('a fleet', () => {
  test('a thousand PBXs share a port and stay apart', async () => {
    const pbxs = Array.from({ length: 1000 }, (_, number) => ({
      id: `pbx-${number}`,
      staticTokens: ['owner'],
    }));
    const simulator = await start({ pbxs });
    const [first, last] = [simulator.pbx('pbx-0'), simulator.pbx('pbx-999')];
    await patch(last, APPS, { EnableChat: false });
    expect(member((await read(first, APPS)).json, 'EnableChat')).toBe(true);
    expect(member((await read(last, APPS)).json, 'EnableChat')).toBe(false);
    expect(simulator.ids).toHaveLength(1000);
  });

  test('the first PBX answers at the root as well', async () => {
    const simulator = await start({ pbxs: [{ id: 'hq' }, { id: 'lab' }] });
    const token = await tokenOf(simulator.pbx('hq'));
    const headers = { Authorization: `Bearer ${token}` };
    expect((await fetch(`${simulator.url}/xapi/v1/Defs`, { headers })).status).toBe(200);
    expect((await read(simulator.pbx('lab'), 'Defs', token)).status).toBe(401);
    expect((await logIn(simulator.pbx('lab'))).status).toBe(200);
  });

  test('a PBX can be added later, but neither twice nor under a reserved name', async () => {
    const simulator = await start({ pbxs: [{ id: 'hq' }] });
    const lab = simulator.addPbx({
      id: 'lab',
      values: { [APPS]: { AutoSchedulerSettings: { Enabled: true } } },
    });
    expect(lab.resource(APPS)['AutoSchedulerSettings']).toMatchObject({ Enabled: true, ProfileAway: 'Away' });
    expect(() => simulator.addPbx({ id: 'lab' })).toThrow('already');
    expect(() => simulator.addPbx({ id: 'xapi' })).toThrow('id');
    expect(() => simulator.addPbx({ id: 'x', values: { [APPS]: { Typo: 1 } } })).toThrow('Typo');
  });

  test('a resource that is new in the catalogue is served as it stands there', async () => {
    const invented = resource({
      name: 'TeaSettings',
      label: 'Tea',
      settings: [
        {
          key: 'Brand',
          kind: 'text',
          label: 'Brand',
          help: '',
          risk: 'low',
          since: '20.0.5',
          limits: [{ since: '20.0.5', maxLength: 4 }],
        },
        {
          key: 'Pot.Size',
          kind: 'number',
          min: 1,
          max: 9,
          label: 'Size',
          help: '',
          risk: 'low',
          since: '20.0.5',
        },
      ],
    });
    const pbx = await startPbx({}, { resources: [invented] });
    expect((await read(pbx, 'TeaSettings')).json).toMatchObject({ Brand: '', Pot: { Size: 1 } });
    expect((await patch(pbx, 'TeaSettings', { Brand: 'Assam' })).status).toBe(400);
    expect((await patch(pbx, 'TeaSettings', { Brand: 'Chai', Pot: { Size: 2 } })).status).toBe(204);
    pbx.setVersion('20.0.4');
    expect((await read(pbx, 'TeaSettings')).status).toBe(404);
  });
});
