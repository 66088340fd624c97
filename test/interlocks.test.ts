import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { listAudit } from '../src/audit/queries.js';
import { captureRules } from '../src/baseline/capture.js';
import type { Pbx } from '../src/ctx.js';
import { observe } from '../src/fleet/observe.js';
import { type Outcome, prepare, type WantedChange } from '../src/fleet/outcome.js';
import { type WriteOrder, writeSettings } from '../src/fleet/write.js';
import { getSetting, settings } from '../src/settings/catalogue.js';
import { interlockFault } from '../src/settings/interlock.js';
import type { SimulatedPbx } from '../src/simulators/pbx/server.js';
import { anyChanges, anyObservation } from './helpers/fleet-values.js';
import { APPS, type Fleet, OPERATOR, PBX, startFleet, sweep } from './helpers/sweep-fleet.js';
import { holdAsItIs } from './helpers/held.js';
import { goodValue } from './helpers/values.js';
import { patch, tokenOf } from './pbx-simulator-client.js';

const CONSOLE = 'ConsoleRestrictions';
const ELSEWHERE = ['192.0.2.0/24', '198.51.100.7'];
const RESTRICT: WantedChange = { key: 'AccessRestricted', expected: false, value: true };
const CHAT: WantedChange = { key: 'EnableChat', expected: true, value: false };
const TIMEOUT: WantedChange = { key: 'BusyMonitorTimeout', expected: 30, value: 5 };

const setting = getSetting('AccessRestricted');
/** What a PBX may send of its console restrictions: anything, and now and then a list that lets Plumbline in. */
const anyProperties = fc.oneof(
  fc.dictionary(fc.constantFrom('MyIpAddress', 'IpWhitelist', 'Id'), fc.jsonValue()),
  fc.constant({ MyIpAddress: '127.0.0.1', IpWhitelist: ['127.0.0.1'] }),
);

interface Started {
  readonly fleet: Fleet;
  readonly hq: SimulatedPbx;
  readonly pbx: Pbx;
}

async function start(restrictions: Readonly<Record<string, unknown>> = {}): Promise<Started> {
  const fleet = await startFleet({ pbxs: [{ id: 'hq', values: { [CONSOLE]: restrictions } }] });
  const [pbx] = fleet.app.ctx.pbxs;
  if (pbx === undefined) throw new Error('there is no PBX');
  return { fleet, hq: fleet.pbx('hq'), pbx };
}

let causes = 0;

async function write(
  { fleet, pbx }: Started,
  changes: readonly WantedChange[],
  unit: WriteOrder['unit'] = 'all',
): Promise<readonly Outcome[]> {
  causes += 1;
  const cause = { kind: 'change', id: `interlock-${causes}` } as const;
  return (await writeSettings(fleet.app.ctx, pbx, { cause, actor: OPERATOR, unit, changes })).outcomes;
}

const statuses = (outcomes: readonly Outcome[]): Readonly<Record<string, string>> =>
  Object.fromEntries(outcomes.map(({ key, status }) => [key, status]));
const bodies = (hq: SimulatedPbx): readonly unknown[] => hq.writes().map(({ body }) => body);
const asked = (hq: SimulatedPbx): readonly string[] =>
  hq.requests.filter(({ operation }) => operation !== 'token').map(({ method, path }) => `${method} ${path}`);

describe('an interlock', () => {
  test.each([
    ['its address is not listed', { MyIpAddress: '203.0.113.9', IpWhitelist: ELSEWHERE }, 'not among them'],
    ['the list is empty', { MyIpAddress: '203.0.113.9', IpWhitelist: [] }, 'IpWhitelist is empty'],
    ['only names are listed', { MyIpAddress: '203.0.113.9', IpWhitelist: ['office'] }, 'not among them'],
    ['the PBX does not tell its address', { IpWhitelist: ['0.0.0.0/0'] }, 'does not tell at which address'],
    ['its address is null', { MyIpAddress: null, IpWhitelist: ['0.0.0.0/0'] }, 'does not tell at which'],
    ['its address is none', { MyIpAddress: 'hq:5001', IpWhitelist: ['hq:5001'] }, 'is no IP address'],
    ['the list is missing', { MyIpAddress: '203.0.113.9' }, 'does not tell which ones'],
    ['the list is a text', { MyIpAddress: '203.0.113.9', IpWhitelist: '203.0.113.9' }, 'does not tell which'],
    [
      'the list holds more than texts',
      { MyIpAddress: '::1', IpWhitelist: ['::1', 7] },
      'does not tell which',
    ],
  ])('keeps Plumbline from shutting itself out where %s', (_, properties, because) => {
    expect(interlockFault(setting, true, properties)).toContain(because);
    expect(interlockFault(setting, null, properties)).toContain(because);
    expect(interlockFault(setting, false, properties)).toBeNull();
  });

  test.each([
    ['203.0.113.9', ['203.0.113.9']],
    ['203.0.113.9', ['office', '203.0.113.0/24']],
    ['::ffff:203.0.113.9', ['203.0.113.8/29']],
    ['203.0.113.9', ['::ffff:203.0.113.9']],
    ['2001:db8::9', ['2001:0db8::/32']],
  ])('lets a change through where %s is in %j', (own, list) => {
    expect(interlockFault(setting, true, { MyIpAddress: own, IpWhitelist: list })).toBeNull();
  });

  test('says what would happen, why it is so here, and how to lift it, however long the list is', () => {
    const list = ['line\nbreak', ...Array.from({ length: 300 }, (_, index) => `10.0.${index % 256}.0/24`)];
    const fault = interlockFault(setting, true, { MyIpAddress: '203.0.113.9', IpWhitelist: list });
    expect(fault).toBe(
      'Only the allowed addresses could still reach the admin console and the API, and Plumbline’s own, 203.0.113.9, is not among them (IpWhitelist: line break, 10.0.0.0/24, 10.0.1.0/24, 10.0.2.0/24, 10.0.3.0/24 and 296 more). Allow it in the 3CX console first, under Advanced > Console Restrictions.',
    );
  });

  test('is worded so that a sentence can be made of it, and stands before a risk that the catalogue calls high', () => {
    const locked = settings.filter(({ interlocks }) => interlocks !== undefined);
    expect(locked.map(({ key, kind, risk, since }) => [key, kind, risk, since])).toEqual([
      ['AccessRestricted', 'flag', 'high', '20.0.4'],
      ['IpWhitelist', 'list', 'high', '20.0.4'],
    ]);
    for (const { because, mend } of locked.flatMap(({ interlocks = [] }) => interlocks)) {
      expect(because).toMatch(/^[A-Z].*[^.]$/);
      expect(mend).toMatch(/^[A-Z].*\.$/);
    }
  });

  test('speaks only of settings that have one, and always in one line that ends as a sentence does', () => {
    fc.assert(
      fc.property(goodValue, anyProperties, ([any, value], properties) => {
        const fault = interlockFault(any, value, properties);
        if (fault !== null) expect(fault).toMatch(/^[A-Z][^\n\r]+\.$/);
        if (any.interlocks === undefined) expect(fault).toBeNull();
      }),
    );
  });

  test('speaks against nothing that is then written', () => {
    const changes = fc.oneof(anyChanges, fc.constant([RESTRICT, CHAT]));
    fc.assert(
      fc.property(changes, anyObservation, anyProperties, (wanted, seen, properties) => {
        const readings = { ...seen.readings, AccessRestricted: { status: 'read', value: false } } as const;
        const live = { ...seen, readings, properties: { [CONSOLE]: properties } };
        const { toWrite } = prepare(wanted, live, 'each', false);
        for (const { key, value } of toWrite) {
          const sent = getSetting(key);
          const fault = interlockFault(sent, value, sent.resource === CONSOLE ? properties : {});
          expect(fault, key).toBeNull();
        }
      }),
    );
  });
});

describe('at the door', () => {
  test('without the interlock one accepted write is the last: Plumbline can neither read nor take it back', async () => {
    const { fleet, hq, pbx } = await start({ IpWhitelist: ELSEWHERE });
    const token = await tokenOf(hq);
    expect((await patch(hq, CONSOLE, { AccessRestricted: true }, token)).status).toBe(204);

    const { readings } = await observe(fleet.app.ctx, pbx);
    expect(new Set(Object.values(readings).map(({ status }) => status))).toEqual(new Set(['unknown']));
    expect((await patch(hq, CONSOLE, { AccessRestricted: false }, token)).status).toBe(403);
  });

  test('a change that would shut Plumbline out is refused with the reason, and never sent', async () => {
    const started = await start({ IpWhitelist: ELSEWHERE });

    const [outcome] = await write(started, [RESTRICT]);

    expect(outcome).toMatchObject({ status: 'refused', before: false, value: true, after: false });
    expect(outcome?.because).toContain(
      'Plumbline’s own, 127.0.0.1, is not among them (IpWhitelist: 192.0.2.0/24',
    );
    expect(asked(started.hq)).toEqual([`GET /xapi/v1/${CONSOLE}`]);
    const audit = JSON.stringify(await listAudit(started.fleet.app.ctx.db, { limit: 10 }));
    expect(audit).toContain('is not among them');
  });

  test('a change that leaves Plumbline in is written and read back, and touches nothing else', async () => {
    const started = await start({ IpWhitelist: [...ELSEWHERE, '127.0.0.0/8'] });
    const before = started.hq.resource(CONSOLE);

    expect(statuses(await write(started, [RESTRICT]))).toEqual({ AccessRestricted: 'written' });

    expect(bodies(started.hq)).toEqual([{ AccessRestricted: true }]);
    expect(started.hq.resource(CONSOLE)).toEqual({ ...before, AccessRestricted: true });
  });

  test('opening up again is never refused', async () => {
    const started = await start({ AccessRestricted: null, MyIpAddress: 'unknown' });
    const open = { key: 'AccessRestricted', expected: null, value: false };
    expect(statuses(await write(started, [open]))).toEqual({ AccessRestricted: 'written' });
  });

  test('what counts is the list at the time of writing, not at the time of asking', async () => {
    const started = await start({ IpWhitelist: ['127.0.0.1'] });
    started.hq.change(CONSOLE, { IpWhitelist: ['127.0.0.2'] });
    expect(statuses(await write(started, [RESTRICT]))).toEqual({ AccessRestricted: 'refused' });
    expect(bodies(started.hq)).toEqual([]);
  });

  test('what is so already is not refused', async () => {
    const started = await start({ AccessRestricted: true, IpWhitelist: ['127.0.0.1'] });
    expect(statuses(await write(started, [RESTRICT]))).toEqual({ AccessRestricted: 'unchanged' });
  });

  test('the rest of a request is kept back, and in a sweep every setting stands for itself', async () => {
    const started = await start();

    const all = await write(started, [CHAT, RESTRICT, TIMEOUT]);
    expect(statuses(all)).toEqual({
      AccessRestricted: 'refused',
      EnableChat: 'unsent',
      BusyMonitorTimeout: 'unsent',
    });
    expect(all.find(({ key }) => key === 'EnableChat')?.because).toBe(
      'nothing was sent, because of Admin console only from allowed addresses',
    );
    expect(bodies(started.hq)).toEqual([]);

    const each = await write(started, [CHAT, RESTRICT, TIMEOUT], 'each');
    expect(statuses(each)).toEqual({
      AccessRestricted: 'refused',
      EnableChat: 'written',
      BusyMonitorTimeout: 'written',
    });
    expect(bodies(started.hq)).toEqual([{ EnableChat: false }, { BusyMonitorTimeout: 5 }]);
  });

  test('a sweep does not enforce a rule that would shut it out, corrects the others and says why', async () => {
    const { fleet, hq } = await start({ AccessRestricted: true, IpWhitelist: ['127.0.0.1'] });
    await holdAsItIs(fleet, 'hq', 'AccessRestricted', 'EnableChat');
    hq.change(CONSOLE, { AccessRestricted: false, IpWhitelist: [] });
    hq.change(APPS, { EnableChat: false });

    const swept = await sweep(fleet);

    expect(swept.line('hq', 'AccessRestricted')).toMatchObject({ status: 'not-converged', live: false });
    expect(swept.line('hq', 'EnableChat')?.status).toBe('corrected');
    expect(swept.details).toContain('IpWhitelist is empty');
    expect(bodies(hq)).toEqual([{ EnableChat: true }]);
  });
});

describe('the list of allowed addresses', () => {
  const OWN = '127.0.0.1';
  const list = (value: readonly string[]): WantedChange => ({ key: 'IpWhitelist', expected: [OWN], value });

  test('is written whole where it covers Plumbline, and refused where it does not', async () => {
    const started = await start({ IpWhitelist: [OWN], AccessRestricted: true });
    const { hq } = started;

    expect(statuses(await write(started, [list([])]))).toEqual({ IpWhitelist: 'refused' });
    expect(statuses(await write(started, [list(['192.0.2.0/24'])]))).toEqual({ IpWhitelist: 'refused' });
    expect(statuses(await write(started, [list(['192.0.2.0/24', '127.0.0.0/8'])]))).toEqual({
      IpWhitelist: 'written',
    });

    expect(bodies(hq)).toEqual([{ IpWhitelist: ['192.0.2.0/24', '127.0.0.0/8'] }]);
  });

  test('is the same list in another order and spelling, so nothing is written', async () => {
    const started = await start({ IpWhitelist: ['10.0.0.0/8', '127.0.0.1/32'] });
    const same = { ...list(['127.0.0.1', '10.0.0.0/8']), expected: ['10.0.0.0/8', OWN] };
    expect(statuses(await write(started, [same]))).toEqual({ IpWhitelist: 'unchanged' });
    expect(bodies(started.hq)).toEqual([]);
  });

  test('cannot be swapped under a restriction that is switched on with it', async () => {
    const started = await start({ IpWhitelist: [OWN], AccessRestricted: false });
    const outcomes = await write(started, [RESTRICT, list(['192.0.2.0/24'])]);
    expect(statuses(outcomes)).toEqual({ AccessRestricted: 'unsent', IpWhitelist: 'refused' });
    expect(bodies(started.hq)).toEqual([]);
  });
});

describe('a credential that may not see the console restrictions', () => {
  async function blind(): Promise<Started> {
    const started = await start();
    started.hq.fault({ kind: 'forbidden', resource: CONSOLE });
    return started;
  }

  test('still sees everything else', async () => {
    const { fleet, pbx } = await blind();
    const { readings, version } = await observe(fleet.app.ctx, pbx);
    const unread = Object.entries(readings).filter(([, { status }]) => status !== 'read');
    expect(unread).toMatchObject([
      ['AccessRestricted', { because: expect.stringContaining('forbids /ConsoleRestrictions') as string }],
      ['IpWhitelist', { because: expect.stringContaining('forbids /ConsoleRestrictions') as string }],
    ]);
    expect([Object.keys(readings).length, version]).toEqual([settings.length, '20.0.10.1621']);
  });

  test('writes everything else, and nothing it cannot see', async () => {
    const started = await blind();
    expect(statuses(await write(started, [CHAT, TIMEOUT]))).toEqual({
      EnableChat: 'written',
      BusyMonitorTimeout: 'written',
    });
    expect(statuses(await write(started, [RESTRICT]))).toEqual({ AccessRestricted: 'unknown' });
  });

  test('cannot capture the whole of a PBX and is told which setting, why, and what to do; it can capture the rest', async () => {
    const { fleet, pbx } = await blind();
    const order = { mode: 'enforce', target: 'hq' } as const;
    await expect(captureRules(fleet.app.ctx, pbx, { ...order, keys: [] })).rejects.toMatchObject({
      code: 'conflict',
      field: 'AccessRestricted',
      message: expect.stringMatching(
        /^Admin console only from .* could not be read from .*HTTP 403/,
      ) as string,
      mend: expect.stringContaining('name the settings to capture') as string,
    });
    const keys = settings.map(({ key }) => key).filter((key) => getSetting(key).resource !== CONSOLE);
    const { rules } = await captureRules(fleet.app.ctx, pbx, { ...order, keys });
    expect(rules).toHaveLength(keys.length);
  });

  test('is not bothered in a sweep whose rules do not need them: they are not even asked for', async () => {
    const { fleet, hq } = await blind();
    await holdAsItIs(fleet, 'hq', 'EnableChat', 'PlayBusy');
    const earlier = hq.requests.length;

    const { report } = await sweep(fleet);

    expect(report.counts).toMatchObject({ unknown: 0, drifted: 0 });
    const read = new Set(hq.requests.slice(earlier).map(({ path }) => path));
    expect(read).toEqual(new Set([`/xapi/v1/${APPS}`, `/xapi/v1/${PBX}`]));
  });
});
