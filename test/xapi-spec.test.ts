import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { ANN, APPROVALS } from '../src/demo/world.js';
import { writeSettings } from '../src/fleet/write.js';
import { resources, settings } from '../src/settings/catalogue.js';
import { maxLengthFor, type Setting } from '../src/settings/setting.js';
import { read, send, tokenOf } from './pbx-simulator-client.js';
import { holdAsItIs } from './helpers/held.js';
import { readSpec, type Spec } from './helpers/pbx-spec.js';
import {
  APPS,
  approved,
  type Fleet,
  OPERATOR,
  PBX,
  startFleet,
  sweep,
  textOf,
} from './helpers/sweep-fleet.js';

const path = process.env['XAPI_SPEC'];
const VERSION = '20.0.10';
const GIF = 'R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7';

/** What 3CX describes and the catalogue leaves out: what only the PBX tells, and lists, for which there is no kind. */
const LEFT_OUT: Readonly<Record<string, readonly string[]>> = {
  ConsoleRestrictions: ['Id', 'MyIpAddress'],
};

/** One new value for a setting of every kind, and for a nested object. */
const VALUES: Readonly<Record<string, string>> = {
  EnableChat: 'off',
  AvatarStyle: 'circle',
  NameOfCustomAvailableStatus: 'Out for lunch',
  BusyMonitorTimeout: '45',
  HDAutoLogoutTime: '8h 30m',
  BrandLogoImage: GIF,
  AutoSchedulerSettings: '{"Enabled": true, "ProfileAway": "Gone"}',
  'AutoSchedulerSettings.ProfileDND': 'Quiet',
};

/** Everything Plumbline does with a PBX: look, change, take a baseline, correct. */
async function doEverything(fleet: Fleet): Promise<void> {
  const { slack } = fleet.world;
  await slack.person(ANN).command(APPROVALS, '/pbx show hq');
  await slack.until('the settings', () =>
    slack.ephemerals(ANN).some((message) => textOf(message).includes('Brand logo')),
  );
  for (const [key, value] of Object.entries(VALUES)) {
    await approved(fleet, `/pbx set hq ${key} ${value} --because a check`);
  }
  await restrictAccess(fleet);
  await holdAsItIs(fleet, 'hq');
  const hq = fleet.pbx('hq');
  hq.change(APPS, { EnableChat: true, AvatarStyle: 'Square', AutoSchedulerSettings: { Enabled: false } });
  hq.change(APPS, { BrandLogoImage: null, NameOfCustomAvailableStatus: '' });
  hq.change(PBX, { BusyMonitorTimeout: 5, HDAutoLogoutTime: 'PT1H', PlayBusy: false });
  const { report } = await sweep(fleet);
  expect(report.counts).toMatchObject({ corrected: 8, drifted: 0, unknown: 0 });
}

/** The setting with an interlock, on a PBX whose list lets Plumbline in. */
async function restrictAccess({ app: { ctx } }: Fleet): Promise<void> {
  const [pbx] = ctx.pbxs;
  if (pbx === undefined) throw new Error('there is no PBX');
  const changes = [{ key: 'AccessRestricted', expected: false, value: true }];
  const order = { cause: { kind: 'change', id: 'restrict' }, actor: OPERATOR, unit: 'all', changes } as const;
  const { outcomes } = await writeSettings(ctx, pbx, order);
  expect(outcomes).toMatchObject([{ status: 'written' }]);
}

function typeOf(setting: Setting): Readonly<Record<string, unknown>> {
  switch (setting.kind) {
    case 'flag':
      return { type: 'boolean' };
    case 'choice':
      return { type: 'string', enum: setting.options };
    case 'list':
      return { type: 'array' };
    case 'number':
      return { type: 'integer', format: 'int32' };
    case 'duration':
      return { type: 'string', format: 'duration' };
    default: {
      const maxLength = maxLengthFor(setting, VERSION);
      return maxLength === null ? { type: 'string' } : { type: 'string', maxLength };
    }
  }
}

/** The leaves of a schema by their keys, nested objects taken apart. */
function leaves(spec: Spec, schema: string, prefix = ''): Readonly<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const [name, property] of Object.entries(spec.properties(schema))) {
    const { type, enum: options, format, maxLength, title } = property;
    if (type === 'object') Object.assign(found, leaves(spec, `Pbx.${String(title)}`, `${prefix}${name}.`));
    else found[prefix + name] = { type, enum: options, format, maxLength };
  }
  return found;
}

if (path === undefined) {
  test.skip('3CX’s own API description is not checked against: the variable XAPI_SPEC names no file', () =>
    undefined);
} else {
  describe('against 3CX’s own API description', () => {
    const spec = readSpec(path);

    test('the checks find what is wrong', () => {
      const request = { method: 'PATCH', path: `/${APPS}`, query: {} };
      expect(spec.faultsOfRequest({ ...request, body: { EnableChat: true } })).toEqual([]);
      expect(spec.faultsOfRequest({ ...request, body: { EnableChat: 'yes' } })).not.toEqual([]);
      expect(spec.faultsOfRequest({ ...request, body: { EnableChats: true } })).not.toEqual([]);
      expect(spec.faultsOfRequest({ ...request, body: { AvatarStyle: 'Oval' } })).not.toEqual([]);
      expect(spec.faultsOfRequest({ ...request, body: { AutoSchedulerSettings: { On: true } } })).not.toEqual(
        [],
      );
      expect(spec.faultsOfRequest({ ...request, body: { AutoSchedulerSettings: null } })).toEqual([]);
      expect(spec.faultsOfRequest({ ...request, method: 'PUT', body: {} })).not.toEqual([]);
      expect(spec.faultsOfRequest({ ...request, method: 'GET', query: { $top: '1' } })).not.toEqual([]);
      expect(spec.faultsOfRequest({ ...request, path: '/Nothing', body: {} })).not.toEqual([]);
      expect(spec.faultsOfAnswer(`/${PBX}`, { HDAutoLogoutTime: 'midnight' })).not.toEqual([]);
    });

    test('the catalogue has every property of its resources that can be set, with its type, choices and length', () => {
      for (const { name } of resources) {
        const known = settings.filter(({ resource }) => resource === name);
        const ours = Object.fromEntries(known.map((setting) => [setting.key, typeOf(setting)]));
        const theirs = { ...leaves(spec, `Pbx.${name}`) };
        for (const property of LEFT_OUT[name] ?? []) {
          expect(theirs, name).toHaveProperty(property);
          delete theirs[property];
        }
        expect(ours, name).toEqual(theirs);
      }
    });

    test('every request Plumbline sends to a PBX is one that the description knows', async () => {
      const values = { ConsoleRestrictions: { IpWhitelist: ['127.0.0.0/8'] } };
      const fleet = await startFleet({ pbxs: [{ id: 'hq', values }] });
      await doEverything(fleet);

      const { requests } = fleet.pbx('hq');
      const logIns = requests.filter(({ operation }) => operation === 'token');
      expect(new Set(logIns.map((request) => request.path))).toEqual(new Set([spec.tokenPath]));
      const others = requests.filter(({ operation }) => operation !== 'token');
      const writes = others.filter(({ method }) => method === 'PATCH');
      expect(writes.length).toBe(Object.keys(VALUES).length + 3);
      for (const { method, path: asked, query, body } of others) {
        // The description is not part of what it describes.
        if (asked === '/xapi/v1/swagger.yaml') continue;
        expect(asked).toMatch(/^\/xapi\/v1\//);
        const request = { method, query, path: asked.replace('/xapi/v1', '') };
        expect(spec.faultsOfRequest(body === undefined ? request : { ...request, body })).toEqual([]);
      }
    });

    test('a simulated PBX answers as described', async () => {
      const { world } = await startFleet();
      const hq = world.pbxs.pbx('hq');
      hq.change(APPS, { EnableChat: false, BrandLogoImage: null, AutoSchedulerSettings: null });
      const token = await tokenOf(hq);
      const log = '/ReportAuditLog/Pbx.GetAuditLogData()';
      const every = resources.map(({ name }) => `/${name}`);
      for (const asked of [...every, '/SystemStatus', '/Defs', log]) {
        const { status, json } = await read(hq, asked.slice(1), token);
        expect(status, asked).toBe(200);
        expect(spec.faultsOfAnswer(asked, json), asked).toEqual([]);
      }
    });

    test('a simulated PBX describes every resource as 3CX does', async () => {
      const { world } = await startFleet();
      const { text } = await send(`${world.pbxs.pbx('hq').url}/xapi/v1/swagger.yaml`);
      const described = parse(text) as { components: { schemas: Record<string, unknown> } };
      for (const name of [
        ...resources.map((resource) => `Pbx.${resource.name}`),
        'Pbx.AutoSchedulerSettings',
      ]) {
        expect(described.components.schemas[name], name).toEqual(spec.schema(name));
      }
    });
  });
}
