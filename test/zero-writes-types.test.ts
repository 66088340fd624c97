import { expect, test } from 'vitest';
import { listInspections } from './helpers/inspections.js';
import { altering } from './helpers/pbx-proxy.js';
import { APPS, approved, PBX, startFleet, sweep } from './helpers/sweep-fleet.js';

interface WrongAnswer {
  readonly id: string;
  readonly resource: typeof APPS | typeof PBX;
  /** The settings that cannot be known from the answer. */
  readonly unknown: readonly string[];
  readonly alter: (properties: Record<string, unknown>) => unknown;
}

const SCHEDULER = 'AutoSchedulerSettings';
const ENABLED = `${SCHEDULER}.Enabled`;
const APPS_KEYS = ['EnableChat', 'AvatarStyle', 'NameOfCustomAvailableStatus', ENABLED] as const;
const PBX_KEYS = ['BusyMonitorTimeout', 'HDAutoLogoutTime'] as const;

function wrong(id: string, resource: WrongAnswer['resource'], unknown: string, value: unknown): WrongAnswer {
  return {
    id,
    resource,
    unknown: [unknown],
    alter: (properties) => ({ ...properties, [propertyOf(unknown)]: value }),
  };
}

function whole(id: string, alter: (properties: Record<string, unknown>) => unknown): WrongAnswer {
  return { id, resource: APPS, unknown: APPS_KEYS, alter };
}

function propertyOf(key: string): string {
  return key.split('.')[0] ?? key;
}

function without(name: string): (properties: Record<string, unknown>) => unknown {
  return (properties) => Object.fromEntries(Object.entries(properties).filter(([other]) => other !== name));
}

const WRONG: readonly WrongAnswer[] = [
  wrong('flag-as-text', APPS, 'EnableChat', 'false'),
  wrong('flag-as-number', APPS, 'EnableChat', 0),
  wrong('flag-as-object', APPS, 'EnableChat', {}),
  wrong('flag-as-list', APPS, 'EnableChat', [false]),
  wrong('choice-as-number', APPS, 'AvatarStyle', 1),
  wrong('choice-as-object', APPS, 'AvatarStyle', { Value: 'Circle' }),
  wrong('text-as-flag', APPS, 'NameOfCustomAvailableStatus', false),
  wrong('text-as-list', APPS, 'NameOfCustomAvailableStatus', ['Busy']),
  wrong('number-as-text', PBX, 'BusyMonitorTimeout', '5'),
  wrong('number-as-object', PBX, 'BusyMonitorTimeout', {}),
  wrong('duration-as-words', PBX, 'HDAutoLogoutTime', 'midnight'),
  wrong('duration-as-number', PBX, 'HDAutoLogoutTime', 3600),
  wrong('object-as-list', APPS, ENABLED, []),
  wrong('object-as-text', APPS, ENABLED, 'on'),
  wrong('object-empty', APPS, ENABLED, {}),
  wrong('leaf-as-text', APPS, ENABLED, {
    Enabled: 'true',
    ProfileAvailable: '',
    ProfileAway: '',
    ProfileDND: '',
  }),
  wrong('leaf-beside-missing', APPS, ENABLED, { Enabled: true, ProfileAvailable: '', ProfileDND: '' }),
  wrong('leaf-beside-wrong', APPS, ENABLED, {
    Enabled: true,
    ProfileAvailable: '',
    ProfileAway: 5,
    ProfileDND: '',
  }),
  { id: 'flag-missing', resource: APPS, unknown: ['EnableChat'], alter: without('EnableChat') },
  {
    id: 'number-missing',
    resource: PBX,
    unknown: ['BusyMonitorTimeout'],
    alter: without('BusyMonitorTimeout'),
  },
  { id: 'object-missing', resource: APPS, unknown: [ENABLED], alter: without(SCHEDULER) },
  whole('answer-empty', () => ({})),
  whole('answer-a-list', (properties) => [properties]),
  whole('answer-a-collection', (properties) => ({ value: [properties] })),
  whole('answer-an-error', () => ({ error: { code: '', message: 'The database is being updated.' } })),
  whole('answer-null', () => null),
  whole('answer-text', () => 'EnableChat'),
];

const DRIFT = {
  [APPS]: {
    EnableChat: false,
    AvatarStyle: 'Circle',
    NameOfCustomAvailableStatus: 'Busy',
    [SCHEDULER]: { Enabled: true },
  },
  [PBX]: { BusyMonitorTimeout: 5, HDAutoLogoutTime: 'PT1H' },
} as const;

test('what does not look like a value of its setting is unknown, and nothing is written to it', async () => {
  const answers = new Map<string, boolean>();
  const through = Object.fromEntries(
    WRONG.map(({ id, resource, alter }) => [
      id,
      altering((properties, path) =>
        answers.get(id) !== false && path.endsWith(resource) ? alter(properties) : properties,
      ),
    ]),
  );
  const fleet = await startFleet({ pbxs: ['good', ...WRONG.map(({ id }) => id)], through });
  const keys = [...APPS_KEYS, ...PBX_KEYS];
  await approved(fleet, `/pbx-baseline capture good ${keys.join(' ')} --for all --because start`);
  for (const { id, resource } of WRONG) fleet.pbx(id).change(resource, DRIFT[resource]);

  const { id: sweepId, line, summary } = await sweep(fleet);

  const plans = await listInspections(fleet.app.ctx.db, sweepId);
  for (const { id, unknown } of WRONG) {
    const written = fleet
      .pbx(id)
      .writes()
      .flatMap(({ body }) => Object.keys(body as object));
    const plan = plans.find(({ pbxId }) => pbxId === id)?.plan.map(({ key }) => key) ?? [];
    for (const key of unknown) {
      expect(line(id, key)?.status, `${id} ${key}`).toBe('unknown');
      expect(plan.includes(key), `${id} ${key}`).toBe(id.startsWith('leaf-beside'));
      expect(written, id).not.toContain(propertyOf(key));
    }
    expect(
      keys.filter((key) => line(id, key)?.status === 'drifted'),
      id,
    ).toEqual([]);
    expect(lineOf(summary, id), id).toContain(`: ${unknown.length} unknown (`);
  }

  for (const { id } of WRONG) answers.set(id, false);
  const next = await sweep(fleet);
  for (const { id, unknown } of WRONG) {
    for (const key of unknown) expect(next.line(id, key)?.status, `${id} ${key}`).toBe('corrected');
  }
});

test('a setting the version does not have yet is neither drift nor unknown', async () => {
  const fleet = await startFleet({ pbxs: ['hq', { id: 'old', version: '20.0.7' }] });
  await approved(fleet, '/pbx-baseline capture hq AllowBlockCalls EnableChat --for all --because start');

  const { report, line } = await sweep(fleet);

  expect(line('old', 'AllowBlockCalls')).toMatchObject({
    status: 'not-applicable',
    because: '3CX 20.0.7 does not have it (new in 20.0.8)',
  });
  expect(report.counts).toMatchObject({ 'in-sync': 3, 'not-applicable': 1, unknown: 0 });
});

test('a nested object that is not set is written with what the baseline holds', async () => {
  const fleet = await startFleet({ pbxs: ['hq', 'bare'] });
  await approved(fleet, `/pbx-baseline capture hq ${ENABLED} --for all --because start`);
  fleet.pbx('bare').change(APPS, { [SCHEDULER]: null });

  const { line } = await sweep(fleet);

  expect(line('bare', ENABLED)).toMatchObject({ status: 'corrected', live: null });
  expect(
    fleet
      .pbx('bare')
      .writes()
      .map(({ body }) => body),
  ).toEqual([{ [SCHEDULER]: { Enabled: false } }]);
});

/** What a report says needs a person, of one PBX or of several with the same trouble. */
function lineOf(summary: string, pbxId: string): string {
  const named = new RegExp(`[(, *]${pbxId}[,):*]`);
  return summary.split('\n').find((line) => named.test(` ${line}`)) ?? '';
}
