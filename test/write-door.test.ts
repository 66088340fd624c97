import { expect, test } from 'vitest';
import { listAudit } from '../src/audit/queries.js';
import type { Outcome, WantedChange } from '../src/fleet/outcome.js';
import { type WriteOrder, writeSettings } from '../src/fleet/write.js';
import type { Fault, SimulatedPbx } from '../src/simulators/pbx/server.js';
import {
  APPS,
  createClock,
  type Fleet,
  type FleetOptions,
  OPERATOR,
  PBX,
  startFleet,
} from './helpers/sweep-fleet.js';

let causes = 0;

/** An order of a cause of its own. */
function order(changes: readonly WantedChange[], changed: Partial<WriteOrder> = {}): WriteOrder {
  causes += 1;
  const cause = { kind: 'change', id: `cause-${causes}` } as const;
  return { cause, actor: OPERATOR, unit: 'all', changes, ...changed };
}

async function write({ app }: Fleet, wanted: WriteOrder): Promise<readonly Outcome[]> {
  const [hq] = app.ctx.pbxs;
  if (hq === undefined) throw new Error('there is no PBX');
  return (await writeSettings(app.ctx, hq, wanted)).outcomes;
}

const CHAT: WantedChange = { key: 'EnableChat', expected: true, value: false };
const AVATAR: WantedChange = { key: 'AvatarStyle', expected: 'Square', value: 'Circle' };
const TIMEOUT: WantedChange = { key: 'BusyMonitorTimeout', expected: 30, value: 5 };

async function start(options: FleetOptions = {}): Promise<{ fleet: Fleet; hq: SimulatedPbx }> {
  const fleet = await startFleet(options);
  return { fleet, hq: fleet.pbx('hq') };
}

const bodies = (pbx: SimulatedPbx): readonly unknown[] => pbx.writes().map(({ body }) => body);
const statuses = (outcomes: readonly Outcome[]): Readonly<Record<string, string>> =>
  Object.fromEntries(outcomes.map(({ key, status }) => [key, status]));
const api = (pbx: SimulatedPbx): readonly string[] =>
  pbx.requests.filter(({ operation }) => operation !== 'token').map(({ method }) => method);

test('a write sends only what changes, and is proven by reading it back', async () => {
  const { fleet, hq } = await start();

  expect(await write(fleet, order([CHAT, AVATAR]))).toEqual([
    { key: 'EnableChat', status: 'written', before: true, value: false, after: false },
    { key: 'AvatarStyle', status: 'written', before: 'Square', value: 'Circle', after: 'Circle' },
  ]);
  expect(bodies(hq)).toEqual([{ EnableChat: false, AvatarStyle: 'Circle' }]);
  expect(api(hq)).toEqual(['GET', 'PATCH', 'GET']);
});

test('what is so already is not written', async () => {
  const { fleet, hq } = await start();

  const outcomes = await write(fleet, order([{ ...CHAT, value: true }]));

  expect(statuses(outcomes)).toEqual({ EnableChat: 'unchanged' });
  expect(api(hq)).toEqual(['GET']);
});

test('what somebody changed meanwhile is not overwritten, and keeps back the rest of a request', async () => {
  const { fleet, hq } = await start();
  hq.change(APPS, { AvatarStyle: 'Circle' });

  const outcomes = await write(fleet, order([CHAT, { ...AVATAR, value: 'Oval' }, TIMEOUT]));

  expect(statuses(outcomes)).toEqual({
    AvatarStyle: 'moved',
    EnableChat: 'unsent',
    BusyMonitorTimeout: 'unsent',
  });
  expect(outcomes[0]?.because).toBe('it is Circle now, not Square');
  expect(hq.writes()).toEqual([]);
});

test('in a sweep every setting stands for itself', async () => {
  const { fleet, hq } = await start();
  hq.change(APPS, { AvatarStyle: 'Circle' });
  hq.fault({ kind: 'forbidden', on: 'write', resource: PBX });

  const outcomes = await write(fleet, order([{ ...AVATAR, value: 'Oval' }, CHAT, TIMEOUT], { unit: 'each' }));

  expect(statuses(outcomes)).toEqual({
    AvatarStyle: 'moved',
    EnableChat: 'written',
    BusyMonitorTimeout: 'refused',
  });
  expect(bodies(hq)).toEqual([{ EnableChat: false }]);
});

test('what is no longer wanted once the PBX is locked is not written', async () => {
  const { fleet, hq } = await start();
  const unwanted = async () => new Map([['EnableChat', 'an exception began']]);

  const outcomes = await write(fleet, order([CHAT, AVATAR], { unit: 'each', unwanted }));

  expect(statuses(outcomes)).toEqual({ EnableChat: 'unsent', AvatarStyle: 'written' });
  expect(bodies(hq)).toEqual([{ AvatarStyle: 'Circle' }]);
});

test('a PBX that accepts a change and does not keep it is not taken at its word', async () => {
  const { fleet, hq } = await start();
  hq.fault({ kind: 'not-stored', times: 1 });
  const [lost] = await write(fleet, order([CHAT]));
  hq.fault({ kind: 'rewritten', rewrite: { NameOfCustomAvailableStatus: 'BUSY' }, times: 1 });
  const status = { key: 'NameOfCustomAvailableStatus', expected: 'In a meeting', value: 'Busy' };
  const [rewritten] = await write(fleet, order([status]));

  expect(lost).toMatchObject({ status: 'ignored', after: true, because: 'the PBX accepted it, but has on' });
  expect(rewritten).toMatchObject({ status: 'ignored', after: 'BUSY' });
});

test('a refusal names the property and the reason in plain words', async () => {
  const { fleet, hq } = await start();
  const [outcome] = await write(fleet, order([{ ...AVATAR, value: 'Oval' }]));

  expect(outcome?.status).toBe('refused');
  expect(outcome?.because).toContain('AvatarStyle');
  expect(outcome?.because).not.toContain('WARNINGS.');
  expect(hq.writes()).toEqual([]);
});

test('of two resources the second is not sent where the first was refused, unless every setting stands for itself', async () => {
  const { fleet, hq } = await start();
  hq.fault({ kind: 'forbidden', on: 'write', resource: APPS });

  const all = await write(fleet, order([CHAT, TIMEOUT]));
  expect(statuses(all)).toEqual({ EnableChat: 'refused', BusyMonitorTimeout: 'unsent' });
  expect(hq.writes()).toEqual([]);
  const each = await write(fleet, order([CHAT, TIMEOUT], { unit: 'each' }));
  expect(statuses(each)).toEqual({ EnableChat: 'refused', BusyMonitorTimeout: 'written' });
});

test('of two resources the first is told as written where the second was refused', async () => {
  const { fleet, hq } = await start();
  hq.fault({ kind: 'forbidden', on: 'write', resource: PBX });

  expect(statuses(await write(fleet, order([CHAT, TIMEOUT])))).toEqual({
    EnableChat: 'written',
    BusyMonitorTimeout: 'refused',
  });
});

const AMBIGUOUS: readonly (readonly [string, Fault, 'written' | 'unknown'])[] = [
  ['the reply is lost', { kind: 'reply-lost' }, 'written'],
  ['no reply comes', { kind: 'hang', on: 'write' }, 'unknown'],
  ['the connection breaks', { kind: 'down', on: 'write' }, 'unknown'],
  ['a proxy answers 502', { kind: 'server-error', on: 'write', status: 502 }, 'unknown'],
  ['the PBX answers 500', { kind: 'server-error', on: 'write' }, 'unknown'],
  ['a login page answers', { kind: 'html', on: 'write' }, 'unknown'],
  ['the PBX is too slow', { kind: 'slow', on: 'write', delayMs: 3000 }, 'unknown'],
];

test.each(AMBIGUOUS)(
  'where %s a write is settled by reading, not by trying again',
  async (_, fault, ending) => {
    const { fleet, hq } = await start({ timeoutMs: 600 });
    hq.fault({ ...fault, times: 1 });

    const [outcome] = await write(fleet, order([CHAT]));

    expect(outcome?.status).toBe(ending);
    expect(api(hq).filter((method) => method === 'PATCH').length).toBeLessThanOrEqual(1);
  },
);

test.each([
  ['throttled', /HTTP 429/],
  ['unauthorised', /HTTP 401/],
  ['forbidden', /HTTP 403/],
] as const)('a write that the PBX turned away (%s) is refused and stays unwritten', async (kind, because) => {
  const { fleet, hq } = await start();
  hq.fault({ kind, on: 'write' });

  const [outcome] = await write(fleet, order([CHAT]));

  expect(outcome?.status).toBe('refused');
  expect(outcome?.because).toMatch(because);
  expect(hq.writes()).toEqual([]);
});

test('a write that cannot be read back is unknown, although it was accepted', async () => {
  const { fleet, hq } = await start();
  const stop = hq.onChange(() => {
    if (hq.requests.at(-1)?.method !== 'PATCH') return;
    stop();
    hq.fault({ kind: 'forbidden', on: 'read' });
  });

  const [outcome] = await write(fleet, order([CHAT]));

  expect(outcome?.status).toBe('unknown');
  expect(outcome?.because).toContain('it was sent, but could not be read back');
  expect(hq.writes()).toHaveLength(1);
});

test('a part of a nested object is written with all its other parts as they are', async () => {
  const { fleet, hq } = await start();
  const key = 'AutoSchedulerSettings.ProfileAway';

  const outcomes = await write(fleet, order([{ key, expected: 'Away', value: 'Gone' }]));

  const whole = {
    Enabled: false,
    ProfileAvailable: 'Available',
    ProfileAway: 'Gone',
    ProfileDND: 'Out of office',
  };
  expect(statuses(outcomes)).toEqual({ [key]: 'written' });
  expect(bodies(hq)).toEqual([{ AutoSchedulerSettings: whole }]);
  expect(hq.resource(APPS)['AutoSchedulerSettings']).toEqual(whole);
});

test('several parts of a nested object go out in one body', async () => {
  const { fleet, hq } = await start();
  const part = (name: string, expected: string | boolean, value: string | boolean): WantedChange => ({
    key: `AutoSchedulerSettings.${name}`,
    expected,
    value,
  });

  await write(
    fleet,
    order([part('Enabled', false, true), part('ProfileDND', 'Out of office', 'Do not disturb')]),
  );

  expect(bodies(hq)).toEqual([
    {
      AutoSchedulerSettings: {
        Enabled: true,
        ProfileAvailable: 'Available',
        ProfileAway: 'Away',
        ProfileDND: 'Do not disturb',
      },
    },
  ]);
});

test('one cause writes once, however often and however quickly it is asked for', async () => {
  const { fleet, hq } = await start();
  const once = order([CHAT]);

  const first = await Promise.all([write(fleet, once), write(fleet, once), write(fleet, once)]);
  hq.change(APPS, { EnableChat: true });
  const later = await write(fleet, once);

  expect([...first, later].map(statuses)).toEqual(Array(4).fill({ EnableChat: 'written' }));
  expect(hq.writes()).toHaveLength(1);
  expect(hq.resource(APPS)['EnableChat']).toBe(true);
  const actions = (await listAudit(fleet.app.ctx.db, { limit: 100 })).map(({ action }) => action);
  expect(actions.filter((action) => action.startsWith('write.'))).toHaveLength(2);
});

test('two orders for one PBX are carried out one after the other', async () => {
  const { fleet, hq } = await start();

  const outcomes = await Promise.all([
    write(fleet, order([CHAT])),
    write(fleet, order([{ ...CHAT }, AVATAR])),
  ]);

  expect(api(hq)).toEqual(['GET', 'PATCH', 'GET', 'GET', 'PATCH', 'GET']);
  expect(outcomes.map(statuses)).toEqual([
    { EnableChat: 'written' },
    { EnableChat: 'unchanged', AvatarStyle: 'written' },
  ]);
  expect(bodies(hq)).toEqual([{ EnableChat: false }, { AvatarStyle: 'Circle' }]);
});

test('two processes on one database take turns on a PBX too', async () => {
  const { fleet, hq } = await start();
  const { ctx } = fleet.app;
  const other = { ...ctx, db: ctx.db.withoutPlugins(), holder: { ...ctx.holder, owner: 'another process' } };
  const elsewhere = { ...fleet, app: { ...fleet.app, ctx: other } };

  await Promise.all([write(fleet, order([CHAT])), write(elsewhere, order([AVATAR]))]);

  expect(api(hq)).toEqual(['GET', 'PATCH', 'GET', 'GET', 'PATCH', 'GET']);
});

test('the lock of a process that died is taken over: at once on the same machine, else when it has run out', async () => {
  const clock = createClock('2026-05-01T10:00:00Z');
  const { fleet, hq } = await start({ overrides: { now: clock.now } });
  const { db, holder } = fleet.app.ctx;
  const lock = { name: 'pbx:hq', owner: 'gone', expires_at: '2026-05-01T10:00:30.000Z' };
  const isFree = async (): Promise<boolean> =>
    (await db.selectFrom('leases').selectAll().execute()).length === 0;

  await db
    .insertInto('leases')
    .values({ ...lock, host: holder.host, pid: 2 ** 22 + 1 })
    .execute();
  await write(fleet, order([CHAT]));
  expect(await isFree()).toBe(true);

  await db
    .insertInto('leases')
    .values({ ...lock, host: 'elsewhere', pid: 1 })
    .execute();
  const waiting = write(fleet, order([AVATAR]));
  expect(hq.writes()).toHaveLength(1);
  clock.moveTo('2026-05-01T10:00:31Z');
  expect(statuses(await waiting)).toEqual({ AvatarStyle: 'written' });
  expect(await isFree()).toBe(true);
});

test('orders for different PBXs do not wait for each other', async () => {
  const fleet = await startFleet({ pbxs: ['hq', 'branch'], timeoutMs: 1000 });
  fleet.pbx('hq').fault({ kind: 'hang', on: 'write', times: 1 });
  const [hq, branch] = fleet.app.ctx.pbxs;
  if (hq === undefined || branch === undefined) throw new Error('there are no PBXs');

  const slow = writeSettings(fleet.app.ctx, hq, order([CHAT]));
  const winner = await Promise.race([slow, writeSettings(fleet.app.ctx, branch, order([CHAT]))]);

  expect(winner.observation.pbxId).toBe('branch');
  await slow;
});

test('a token that ends in the middle of an order is renewed once, and the change is still written once', async () => {
  const { fleet, hq } = await start();
  const stop = hq.onChange(() => {
    if (hq.requests.at(-1)?.method !== 'GET') return;
    stop();
    hq.expireTokens();
  });

  const outcomes = await write(fleet, order([CHAT]));

  expect(statuses(outcomes)).toEqual({ EnableChat: 'written' });
  expect(hq.writes()).toHaveLength(1);
  const answers = hq.requests.map(({ operation, status }) => `${operation} ${status}`);
  expect(answers).toEqual(['token 200', 'read 200', 'write 401', 'token 200', 'write 204', 'read 200']);
});

test('pictures are the same where their bytes are, whatever is written in front of them', async () => {
  const { fleet, hq } = await start();
  const pixel = String(hq.resource(APPS)['BrandLogoImage']);
  const gif = 'R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7';
  const logo = (expected: string, value: string): WantedChange => ({
    key: 'BrandLogoImage',
    expected,
    value,
  });

  const same = await write(fleet, order([logo(pixel, `data:image/png;base64,${pixel}`)]));
  hq.change(APPS, { BrandLogoImage: `data:image/png;base64,${pixel}` });
  const other = await write(fleet, order([logo(pixel, gif)]));

  expect(statuses(same)).toEqual({ BrandLogoImage: 'unchanged' });
  expect(statuses(other)).toEqual({ BrandLogoImage: 'written' });
  expect(bodies(hq)).toEqual([{ BrandLogoImage: gif }]);
  const audit = JSON.stringify(await listAudit(fleet.app.ctx.db, { limit: 100 }));
  expect(audit).toContain('sha256');
  expect(audit).not.toContain(gif);
});
