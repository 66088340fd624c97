import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Ctx, Pbx } from '../src/ctx.js';
import { inspectPbx } from '../src/drift/inspect.js';
import { findAuthors } from '../src/fleet/author.js';
import { authorOf } from '../src/fleet/author-match.js';
import { writeSettings } from '../src/fleet/write.js';
import type { Fault, PbxSeed, SimulatedPbx } from '../src/simulators/pbx/server.js';
import type { Value } from '../src/settings/setting.js';
import { type AuditEntry, readAuditLog } from '../src/xapi/audit-log.js';
import { chatRule, govern } from './helpers/drift-flow.js';
import { APPS, OPERATOR, startFleet } from './helpers/sweep-fleet.js';
import { png } from './helpers/values.js';
import { logIn, member, patch } from './pbx-simulator-client.js';
import { json, open, startWire } from './xapi-wire.js';

const JANE = { user: '119 Jane Roe', ip: '198.51.100.7' };
const JIM = { user: '120 Jim Poe', ip: '198.51.100.8' };
const CHAT = { key: 'EnableChat', live: false, desired: true } as const;
const LOG = 'ReportAuditLog';

interface Scene {
  readonly ctx: Ctx;
  readonly pbx: Pbx;
  readonly sim: SimulatedPbx;
  /** Whom a drift of one setting is put down to. */
  who(key: string, live: Value, sinceAt?: string | null): Promise<unknown>;
  /** Plumbline writes a value as a request does. */
  write(id: string, key: string, expected: Value, value: Value): Promise<void>;
  /** What is said of the audit log, with chat drifted. */
  gap(): Promise<string | null>;
}

async function scene(seed: Partial<PbxSeed> = {}, timeoutMs = 5000): Promise<Scene> {
  const fleet = await startFleet({ pbxs: [{ id: 'hq', ...seed }], timeoutMs });
  const { ctx } = fleet.app;
  const [pbx] = ctx.pbxs;
  if (pbx === undefined) throw new Error('there is no PBX');
  return {
    ctx,
    pbx,
    sim: fleet.pbx('hq'),
    async who(key, live, sinceAt = null) {
      const { authors } = await findAuthors(ctx, pbx, [{ key, live, desired: null }], sinceAt);
      return authors[key];
    },
    async write(id, key, expected, value) {
      const cause = { kind: 'change', id } as const;
      const changes = [{ key, expected, value }];
      const { outcomes } = await writeSettings(ctx, pbx, { cause, actor: OPERATOR, changes, unit: 'all' });
      expect(outcomes).toMatchObject([{ status: 'written' }]);
    },
    gap: async () => (await findAuthors(ctx, pbx, [CHAT], null)).gap,
  };
}

function asks(sim: SimulatedPbx): number {
  return sim.requests.filter(({ resource }) => resource === LOG).length;
}

/** A client of the same name that is not Plumbline, such as somebody trying out the API. */
async function patchAsPlumbline(sim: SimulatedPbx, properties: object): Promise<void> {
  const token = String(member((await logIn(sim)).json, 'access_token'));
  expect((await patch(sim, APPS, properties, token)).status).toBe(204);
}

describe('another admin', () => {
  test('is named with time and address for a plain property and for one of a nested object', async () => {
    const { sim, who } = await scene();
    sim.change(APPS, { EnableChat: false, AutoSchedulerSettings: { Enabled: true } }, JANE);
    sim.change(APPS, { AutoSchedulerSettings: { ProfileAway: 'Out' } }, JIM);
    const jane = { name: JANE.user, ip: JANE.ip, at: sim.auditLog[0]?.Timestamp, source: 'pbx-audit-log' };
    expect(await who('EnableChat', false)).toEqual(jane);
    expect(await who('AutoSchedulerSettings.Enabled', true)).toEqual(jane);
    expect(await who('AutoSchedulerSettings.ProfileAway', 'Out')).toMatchObject({ name: JIM.user });
    expect(await who('AllowChangePassword', true)).toBeUndefined();
  });

  test('is not blamed for a value that somebody else changed afterwards', async () => {
    const { sim, who } = await scene();
    sim.change(APPS, { BrandUrl: 'jane' }, JANE);
    sim.change(APPS, { BrandUrl: 'jim' }, JIM);
    expect(await who('BrandUrl', 'jane')).toBeUndefined();
    expect(await who('BrandUrl', 'jim')).toMatchObject({ name: JIM.user });
  });

  test('is recognised by the beginning of a picture, which the log cuts short', async () => {
    const { sim, who } = await scene();
    const [logo, other] = [1, 2].map((filler) => png(3000, filler).toString('base64'));
    sim.change(APPS, { BrandLogoImage: logo }, JANE);
    expect(sim.auditLog[0]?.NewData.length).toBeLessThan(200);
    expect(await who('BrandLogoImage', `data:image/png;base64,${logo}`)).toMatchObject({ name: JANE.user });
    expect(await who('BrandLogoImage', `x${other}`)).toBeUndefined();
  });

  test('is looked for from a little before the last good check, and a week back where there was none', async () => {
    const { sim, who } = await scene();
    await who('EnableChat', false, '2026-03-01T10:00:00.000Z');
    await who('EnableChat', false);
    const [since, week] = sim.requests.flatMap(({ query }) => query['$filter'] ?? []);
    expect(since).toBe('Timestamp ge 2026-03-01T09:50:00.000Z');
    const days = (Date.now() - Date.parse(week?.slice('Timestamp ge '.length) ?? '')) / 86_400_000;
    expect(Math.round(days * 100)).toBe(701);
  });

  test('who wins a war is named after every round', async () => {
    const { sim, who, write } = await scene();
    sim.insist(APPS, { EnableChat: false }, { ...JANE, onReadBack: true });
    for (const round of ['one', 'two', 'three']) {
      await write(round, 'EnableChat', false, true);
      await sim.until('the value again', () => sim.resource(APPS)['EnableChat'] === false);
      expect(await who('EnableChat', false)).toMatchObject({ name: JANE.user });
    }
  });
});

describe('Plumbline', () => {
  test('is named with the request where its journal says that it wrote the value', async () => {
    const { sim, who, write } = await scene();
    sim.change(APPS, { EnableChat: false }, JANE);
    sim.change(APPS, { EnableChat: true }, JIM);
    await write('request-1', 'EnableChat', true, false);
    expect(await who('EnableChat', false)).toEqual({
      name: 'Plumbline',
      ip: '127.0.0.1',
      at: sim.auditLog[2]?.Timestamp,
      source: 'plumbline',
      requestId: 'request-1',
    });
  });

  test('is not named for what its API client did without it, and neither is anybody before that', async () => {
    const { sim, who } = await scene();
    sim.change(APPS, { EnableChat: false }, JANE);
    sim.change(APPS, { EnableChat: true }, JIM);
    await patchAsPlumbline(sim, { EnableChat: false });
    expect(await who('EnableChat', false)).toBeUndefined();
  });

  test('is recognised by time and value where the log calls it something else, and nobody is taken for it', async () => {
    const client = { clientId: 'plumbline', clientSecret: 'secret-hq', auditName: 'Service principal 17' };
    const { sim, who, write } = await scene({ clients: [client] });
    await write('request-1', 'EnableChat', true, false);
    expect(await who('EnableChat', false)).toMatchObject({ source: 'plumbline', requestId: 'request-1' });
    sim.change(APPS, { EnableChat: true }, JIM);
    sim.change(APPS, { EnableChat: false }, JANE);
    expect(await who('EnableChat', false)).toMatchObject({ name: JANE.user, source: 'pbx-audit-log' });
  });

  test('is not put on somebody else by a clock that is hours off, where the log calls it something else', () => {
    const at = '2026-03-02T08:00:00.000Z';
    const own = { key: 'EnableChat', value: false, fromAt: at, untilAt: at, isProven: true };
    const row = (user: string, time: string): AuditEntry => ({
      at: time,
      user,
      ip: null,
      before: new Map([['enablechat', true]]),
      after: new Map([['enablechat', false]]),
    });
    const who = (entries: readonly AuditEntry[], writes = [own]) =>
      authorOf({ key: 'EnableChat', live: false }, entries, { clientId: 'plumbline', writes }).author;
    expect(who([row('Service principal 17', '2026-03-02T11:00:00.000Z')])).toBeNull();
    const near = row('Service principal 17', '2026-03-02T08:01:00.000Z');
    expect(who([row('119 Jane', '2026-03-02T11:00:00.000Z'), near])?.name).toBe('119 Jane');
    expect(who([row('119 Jane', '2026-03-02T11:00:00.000Z')], [{ ...own, value: true }])?.name).toBe(
      '119 Jane',
    );
  });

  test('is known from its journal alone where the log does not tell, unless it wrote something else since', async () => {
    const { sim, who, write } = await scene({ isAuditLogEnabled: false });
    await write('request-1', 'EnableChat', true, false);
    expect(await who('EnableChat', false)).toMatchObject({ source: 'plumbline', requestId: 'request-1' });
    await write('request-2', 'EnableChat', false, true);
    sim.change(APPS, { EnableChat: false }, JANE);
    expect(await who('EnableChat', false)).toBeUndefined();
  });
});

describe('an audit log that does not tell', () => {
  test('because it is off is said once, and again only after it was on', async () => {
    const { sim, gap } = await scene({ isAuditLogEnabled: false });
    expect(await gap()).toMatch(/audit log is off/);
    expect(await gap()).toBeNull();
    sim.setStatus({ IsAuditLogEnabled: true });
    expect(await gap()).toBeNull();
    sim.setStatus({ IsAuditLogEnabled: false });
    expect(await gap()).toMatch(/audit log is off/);
  });

  test('because the API client is no owner is said once', async () => {
    const client = { clientId: 'plumbline', clientSecret: 'secret-hq', role: 'system_admins' as const };
    const { gap } = await scene({ clients: [client] });
    expect(await gap()).toMatch(/System Owner/);
    expect(await gap()).toBeNull();
  });

  test('is said to whoever looks now, as often as they look, and is news to the report all the same', async () => {
    const { ctx, pbx, sim, gap } = await scene({ isAuditLogEnabled: false });
    await govern({ ctx }, [chatRule({ mode: 'enforce' })]);
    sim.change(APPS, { EnableChat: false });
    for (let look = 0; look < 2; look += 1)
      expect((await inspectPbx(ctx, pbx)).gap).toMatch(/audit log is off/);
    expect(await gap()).toMatch(/audit log is off/);
    expect(await gap()).toBeNull();
    expect((await inspectPbx(ctx, pbx)).gap).toMatch(/audit log is off/);
  });

  test.each<[Fault['kind'], RegExp | null]>([
    ['not-found', /no audit log/],
    ['conflict', /refuses/],
    ['server-error', /fails to answer/],
    ['hang', /in time/],
    ['html', /cannot be read/],
    ['empty', /cannot be read/],
    ['half-body', /cannot be read/],
    ['truncated-json', /cannot be read/],
    ['wrong-shape', /cannot be read/],
    ['wrong-type', null],
    ['missing-property', null],
    ['down', null],
    ['throttled', null],
  ])('because of a fault is asked once and never thrown: %s', async (kind, expected) => {
    const { sim, gap, who } = await scene({}, 500);
    sim.change(APPS, { EnableChat: false }, JANE);
    sim.fault({ kind, resource: LOG });
    const said = await gap();
    if (expected === null) expect(said).toBeNull();
    else expect(said).toMatch(expected);
    expect(asks(sim)).toBe(1);
    expect(await gap()).toBeNull();
    sim.clearFaults();
    expect(await who('EnableChat', false)).toMatchObject({ name: JANE.user });
    sim.fault({ kind, resource: LOG });
    expect(await gap()).toBe(said);
  });

  test('for another reason than before is said again', async () => {
    const { sim, gap } = await scene();
    for (const kind of ['not-found', 'forbidden', 'not-found'] as const) {
      sim.clearFaults();
      sim.fault({ kind, resource: LOG });
      expect(await gap()).toMatch(kind === 'forbidden' ? /System Owner/ : /no audit log/);
    }
  });
});

describe('a long audit log', () => {
  test('is read no further than needed, and never further than 500 rows', async () => {
    const { sim, who } = await scene();
    sim.change(APPS, { EnableChat: false }, JANE);
    for (let nth = 0; nth < 450; nth += 1) sim.change(APPS, { BrandUrl: `url-${nth}` }, JIM);
    expect(await who('BrandUrl', 'url-449')).toMatchObject({ name: JIM.user });
    expect(asks(sim)).toBe(1);
    expect(await who('EnableChat', false)).toMatchObject({ name: JANE.user });
    expect(asks(sim)).toBe(6);
    for (let nth = 450; nth < 600; nth += 1) sim.change(APPS, { BrandUrl: `url-${nth}` }, JIM);
    expect(await who('EnableChat', false)).toBeUndefined();
    expect(asks(sim)).toBe(11);
    expect(sim.requests.filter(({ resource }) => resource === 'SystemStatus')).toHaveLength(1);
  });
});

describe('rows of other forms', () => {
  const row = (nth: number, NewData: unknown, more: object = {}): object => {
    const Timestamp = new Date(Date.now() - nth * 1000).toISOString();
    return { Timestamp, UserName: '119 Jane', Ip: '198.51.100.7', PrevData: '{}', NewData, ...more };
  };

  async function whoIn(rows: readonly object[], key: string, live: Value): Promise<unknown> {
    const wire = await startWire({ api: () => json(200, { value: rows }) });
    const { ctx, pbx } = await scene();
    const other = { ...pbx, xapi: open(wire.url).xapi };
    return (await findAuthors(ctx, other, [{ key, live, desired: null }], null)).authors[key];
  }

  test.each<[string, unknown, string, Value]>([
    ['a dotted name', { 'AutoSchedulerSettings.Enabled': true }, 'AutoSchedulerSettings.Enabled', true],
    ['a path', { 'AutoSchedulerSettings/Enabled': true }, 'AutoSchedulerSettings.Enabled', true],
    ['JSON inside', { AutoSchedulerSettings: '{"Enabled":true}' }, 'AutoSchedulerSettings.Enabled', true],
    ['an object that is gone', { AutoSchedulerSettings: null }, 'AutoSchedulerSettings.Enabled', null],
    ['the resource around it', { [APPS]: { EnableChat: false } }, 'EnableChat', false],
    ['another case', { enableChat: false }, 'EnableChat', false],
    ['a flag as a text', { EnableChat: 'False' }, 'EnableChat', false],
    ['a choice in another case', { AvatarStyle: 'circle' }, 'AvatarStyle', 'Circle'],
    ['a time span', { HDAutoLogoutTime: '1.08:30:00' }, 'HDAutoLogoutTime', 'P1DT8H30M'],
  ])('are understood: %s', async (_form, data, key, live) => {
    expect(await whoIn([row(1, JSON.stringify(data))], key, live)).toMatchObject({ name: '119 Jane' });
    expect(await whoIn([row(1, JSON.stringify(JSON.stringify(data)))], key, live)).toBeDefined();
  });

  test('that are damaged, empty or huge keep nobody from finding the right one', async () => {
    const rows = [
      {},
      row(1, null, { UserName: null, Ip: null, PrevData: null }),
      row(2, '{"EnableChat":fal'),
      row(3, JSON.stringify({ BrandMainImage: 'A'.repeat(3_000_000) })),
      row(4, JSON.stringify({ EnableChat: false }), { PrevData: '{"EnableChat":false}' }),
      row(5, '{"EnableChat":true}', { Timestamp: null }),
      row(6, '{"EnableChat":true}', { Timestamp: 'yesterday' }),
      row(7, '{"EnableChat":false}', { UserName: ' 119\n Jane ', Ip: '' }),
      row(8, '{"EnableChat":false}', { UserName: 'Jim' }),
    ];
    expect(await whoIn(rows, 'EnableChat', false)).toMatchObject({ name: '119 Jane', ip: null });
    expect(await whoIn(rows.slice(0, 7), 'EnableChat', false)).toBeUndefined();
  });

  test('are kept without what is too long, in UTC where no zone is given, and one page may be shorter', async () => {
    const pages = [
      { value: [{ Timestamp: '2026-03-02T10:00:00+02:00' }], '@odata.nextLink': 'more' },
      { value: [{ Timestamp: '2026-03-01T10:00:00.5', NewData: `{"A":"${'x'.repeat(9000)}"}` }] },
    ];
    const wire = await startWire({ api: (_asked, nth) => json(200, pages[nth - 1]) });
    const entries: AuditEntry[] = [];
    const { xapi } = open(wire.url);
    for await (const entry of readAuditLog(xapi, { sinceAt: '2026-03-01T00:00:00Z' })) entries.push(entry);
    expect(entries.map(({ at }) => at)).toEqual(['2026-03-02T08:00:00.000Z', '2026-03-01T10:00:00.500Z']);
    expect(entries[1]?.after.get('a')).toBe(`${'x'.repeat(4096)}…`);
  });
});

test('whoever is named made the last change, to the live value, and is never mixed up with Plumbline', () => {
  const users = ['119 Jane', '120 Jim', 'API plumbline', '9 plumbliner'];
  const step = fc.record({ user: fc.constantFrom(...users), value: fc.boolean(), isOwn: fc.boolean() });
  const history = fc.array(step, { maxLength: 8 });
  fc.assert(
    fc.property(history, fc.boolean(), (steps, live) => {
      const timed = steps.map((one, nth) => ({ ...one, at: new Date(nth * 60_000).toISOString() }));
      const entries = timed.toReversed().map(({ user, value, at }): AuditEntry => {
        const before = new Map([['enablechat', !value]]);
        return { at, user, ip: null, before, after: new Map([['enablechat', value]]) };
      });
      const writes = timed.flatMap(({ user, value, isOwn, at }) =>
        isOwn && user === 'API plumbline'
          ? [{ key: 'EnableChat', value, fromAt: at, untilAt: at, isProven: true }]
          : [],
      );
      const { author } = authorOf({ key: 'EnableChat', live }, entries, { clientId: 'plumbline', writes });
      if (author === null) return;
      const last = timed.findLast(({ user, value }) => value !== live || user !== 'API plumbline');
      const isPlumbline = author.source === 'plumbline';
      expect(timed.find(({ at }) => at === author.at)?.value).toBe(live);
      expect(timed.find(({ at }) => at === author.at)?.user === 'API plumbline').toBe(isPlumbline);
      if (!isPlumbline) expect([last?.at, last?.user]).toEqual([author.at, author.name]);
    }),
  );
});
