import { describe, expect, test } from 'vitest';
import type { HeldFact, SettingFact } from '../src/demo/playground/face.js';
import { lastMoment, type Ticks, ticksOf, type Watched } from '../src/page/tour/steps.js';
import type { AuditRow, SimRequest } from '../src/simulators/pbx/types.js';
import type { SimMessage } from '../src/simulators/slack/types.js';

const APPS = 'GeneralSettingsForApps';
const APPROVALS = 'C0APPROVALS';
const REPORTS = 'C0REPORTS';
const START = '1970-01-01T00:00:00.000Z';

const setting = (
  key: string,
  label: string,
  kind: SettingFact['kind'],
  options: string[] = [],
): SettingFact => ({
  key,
  label,
  kind,
  options,
  resource: APPS,
  resourceLabel: 'General settings for apps',
  accepts: '',
});

const SETTINGS = [
  setting('EnableChat', 'Chat', 'flag'),
  setting('AvatarStyle', 'Avatar style', 'choice', ['Square', 'Circle']),
  setting('HideCRMContacts', 'Hide CRM contacts', 'flag'),
];

const rule = (pbxId: string, key: string, value: HeldFact['value']): HeldFact => ({
  pbxId,
  key,
  value,
  mode: 'enforce',
  exceptedUntil: null,
});
const HELD = [
  rule('hq', 'EnableChat', true),
  rule('lima', 'EnableChat', true),
  rule('hq', 'AvatarStyle', 'Square'),
];

/** A time of the day on which all of this happens. */
const at = (time: string): string => `2026-11-28T${time}.000Z`;
const tsAt = (time: string): string => (Date.parse(at(time)) / 1000).toFixed(6);

function message(time: string, message: Partial<SimMessage>): SimMessage {
  return {
    channel: APPROVALS,
    ts: tsAt(time),
    user: 'U0BOT',
    text: '',
    blocks: [],
    fileIds: [],
    reactions: [],
    permalink: '',
    history: [],
    ...message,
  };
}

const keyed = (key: string): Pick<SimMessage, 'metadata'> => ({
  metadata: { event_type: 'plumbline_message', event_payload: { key } },
});

const shown = (more: Partial<SimMessage> = {}): SimMessage =>
  message('10:00:00', {
    text: 'Settings of Headquarters\nChat (EnableChat): on',
    blocks: [{ type: 'actions', elements: [{ type: 'button', action_id: 'show.json' }] }],
    ephemeralTo: 'U0ANN',
    ...more,
  });

const waiting = message('10:01:00', {
  ...keyed('change:c1:card'),
  text: 'Request #1 for Headquarters is waiting for approval.\n<@U0ANN> asks to change 1 setting of Headquarters:\nHide CRM contacts off → on',
});

const applied = (by = '<@U0BEN>', more: Partial<SimMessage> = {}): SimMessage => ({
  ...waiting,
  text: `Request #1 for Headquarters is applied. Approved by ${by}.\n<@U0ANN> asked to change 1 setting of Headquarters:\nHide CRM contacts off → on: written and read back`,
  editedAt: at('10:02:01'),
  ...more,
});

const write = (time: string, body: SimRequest['body'] = { HideCRMContacts: true }): SimRequest => ({
  at: at(time),
  method: 'PATCH',
  path: `/xapi/v1/${APPS}`,
  query: {},
  status: 204,
  operation: 'write',
  resource: APPS,
  body,
});

const row = (time: string, name: string, before: unknown, after: unknown, user = '100 Zoe'): AuditRow => ({
  Id: 1,
  Timestamp: at(time),
  Source: 1,
  Ip: '203.0.113.7',
  Action: 52,
  ObjectType: 0,
  UserName: user,
  ObjectName: APPS,
  PrevData: JSON.stringify({ [name]: before }),
  NewData: JSON.stringify({ [name]: after }),
});
const broken = row('11:00:00', 'EnableChat', true, false);

const report = (time: string, more: Partial<SimMessage> = {}): SimMessage =>
  message(time, {
    ...keyed('sweep:s1:summary'),
    channel: REPORTS,
    text: 'Drift report #1: 7 checked on 4 PBXs: 6 in sync, 0 drifted, 1 corrected, 0 unknown\nNothing needs a person.',
    ...more,
  });

interface Seen {
  readonly messages?: readonly SimMessage[];
  readonly writes?: readonly SimRequest[];
  readonly audit?: readonly AuditRow[];
  readonly at?: string;
  readonly since?: string;
  readonly read?: readonly string[];
}

function watched({
  messages = [],
  writes = [],
  audit = [],
  at: id = 'hq',
  since = START,
  read = [],
}: Seen): Watched {
  return {
    facts: {
      channels: { general: 'C0GENERAL', approvals: APPROVALS, reports: REPORTS },
      pbxs: [
        { id: 'hq', name: 'Headquarters', tags: ['emea'] },
        { id: 'lima', name: 'Lima', tags: [] },
      ],
      settings: SETTINGS,
    },
    slack: {
      team: { id: 'T0', name: 'Team', botUserId: 'U0BOT' },
      people: [
        { id: 'U0ANN', name: 'ann', realName: 'Ann Admin', modals: [], home: null },
        { id: 'U0BEN', name: 'ben', realName: 'Ben Approver', modals: [], home: null },
      ],
      messages,
    },
    pbxs: [{ id, auditLog: audit, writes }],
    held: HELD,
    since,
    read,
  };
}

const ticks = (seen: Seen): Ticks => ticksOf(watched(seen));

test('in a fresh playground no step is done', () => {
  expect(ticks({})).toEqual({});
});

test('a tour from start to end ticks all five steps, each with what happened', () => {
  const morning = report('12:00:00');

  const done = ticks({
    messages: [shown(), applied(), morning],
    writes: [write('10:02:00')],
    audit: [broken],
    read: [morning.ts],
  });

  expect(done).toEqual({
    view: 'Ann Admin was shown settings of Headquarters, live.',
    ask: 'Ann Admin asked, and a card waited in #pbx-approvals. Nothing was changed yet.',
    approve:
      'Ben Approver approved what Ann Admin asked for, and Plumbline wrote it to Headquarters and read it back.',
    break: '100 Zoe set Chat of Headquarters to off; the baseline wants on.',
    report: 'It said: Drift report #1: 7 checked on 4 PBXs: 6 in sync, 1 corrected.',
  });
});

describe('looking at settings', () => {
  test('a refusal is no look at settings', () => {
    const refusal = message('10:00:00', { text: ':warning: There is no PBX “hp”.', ephemeralTo: 'U0ANN' });
    expect(ticks({ messages: [refusal] }).view).toBeUndefined();
  });

  test('somebody who writes the same words themselves was shown nothing', () => {
    expect(ticks({ messages: [shown({ user: 'U0ANN' })] }).view).toBeUndefined();
    expect(ticks({ messages: [shown({ blocks: [] })] }).view).toBeUndefined();
    expect(ticks({ messages: [shown({ text: 'PBXs\nHeadquarters' })] }).view).toBeUndefined();
  });
});

describe('asking for a change', () => {
  test('a card that waits counts, and is not approved yet', () => {
    const done = ticks({ messages: [waiting] });
    expect(Object.keys(done)).toEqual(['ask']);
  });

  test('the letter to the requester is no card, and neither is one in another channel', () => {
    expect(ticks({ messages: [{ ...waiting, ...keyed('change:c1:requester') }] }).ask).toBeUndefined();
    expect(ticks({ messages: [{ ...waiting, channel: REPORTS }] }).ask).toBeUndefined();
  });
});

describe('approving', () => {
  const writes = [write('10:02:00')];

  test('a card that says applied without a write on a phone system does not count', () => {
    expect(ticks({ messages: [applied()] }).approve).toBeUndefined();
  });

  test('a write while the card still waits does not count', () => {
    expect(ticks({ messages: [waiting], writes }).approve).toBeUndefined();
  });

  test('a write of something else, or from before the card, does not count', () => {
    const other = [write('10:02:00', { EnableChat: true })];
    expect(ticks({ messages: [applied()], writes: other }).approve).toBeUndefined();
    expect(ticks({ messages: [applied()], writes: [write('10:00:30')] }).approve).toBeUndefined();
    expect(ticks({ messages: [applied()], writes: [write('10:05:00')] }).approve).toBeUndefined();
  });

  test('nobody approves their own request', () => {
    expect(ticks({ messages: [applied('<@U0ANN>')], writes }).approve).toBeUndefined();
    expect(ticks({ messages: [applied('<@U0ANN>, <@U0BEN>')], writes }).approve).toContain('Ben Approver');
  });

  test('a change without any approval does not count', () => {
    const glass = applied('', {
      text: 'Request #1 for Headquarters is applied.\n<@U0ANN> asked to change it:',
    });
    expect(ticks({ messages: [glass], writes }).approve).toBeUndefined();
  });
});

describe('breaking the baseline', () => {
  test('a setting that nothing holds breaks nothing', () => {
    expect(ticks({ audit: [row('11:00:00', 'HideCRMContacts', false, true)] }).break).toBeUndefined();
    expect(
      ticks({ audit: [row('11:00:00', 'AvatarStyle', 'Square', 'Circle')], at: 'lima' }).break,
    ).toBeUndefined();
  });

  test('the value of the baseline breaks nothing, whatever its case', () => {
    expect(ticks({ audit: [row('11:00:00', 'EnableChat', false, true)] }).break).toBeUndefined();
    expect(ticks({ audit: [row('11:00:00', 'AvatarStyle', 'Circle', 'square')] }).break).toBeUndefined();
  });

  test('what Plumbline writes itself breaks nothing', () => {
    const own = row('11:00:00', 'EnableChat', true, false, 'plumbline');
    expect(ticks({ audit: [own] }).break).toBeUndefined();
  });

  test('it counts although it was put right since', () => {
    const mended = row('11:30:00', 'EnableChat', false, true, 'plumbline');
    expect(ticks({ audit: [broken, mended] }).break).toContain('Chat of Headquarters to off');
  });
});

describe('reading the report', () => {
  const early = report('10:30:00');
  const late = report('12:00:00');

  test('a report that nobody opened does not count', () => {
    expect(ticks({ messages: [late], audit: [broken] }).report).toBeUndefined();
  });

  test('a report from before the break does not count', () => {
    expect(ticks({ messages: [early], audit: [broken], read: [early.ts] }).report).toBeUndefined();
    expect(ticks({ messages: [early, late], audit: [broken], read: [early.ts] }).report).toBeUndefined();
  });

  test('a report counts only where something had been broken', () => {
    expect(ticks({ messages: [late], read: [late.ts] }).report).toBeUndefined();
  });

  test('a sweep that is still under way and a note in its thread are no report', () => {
    const underWay = report('12:00:00', { text: 'Sweep #1 is under way: 1 of 4 PBXs looked at' });
    const details = report('12:00:00', keyed('sweep:s1:details:0'));
    for (const one of [underWay, details]) {
      expect(ticks({ messages: [one], audit: [broken], read: [one.ts] }).report).toBeUndefined();
    }
  });
});

test('after starting over only what comes later counts', () => {
  const morning = report('12:00:00');
  const all = {
    messages: [shown(), applied(), morning],
    writes: [write('10:02:00')],
    audit: [broken],
    read: [morning.ts],
  };
  const since = lastMoment(watched(all));

  expect(since).toBe(at('12:00:00'));
  expect(ticks({ ...all, since })).toEqual({});
  const again = row('12:00:01', 'EnableChat', true, false);
  expect(Object.keys(ticks({ ...all, audit: [broken, again], since }))).toEqual(['break']);
});
