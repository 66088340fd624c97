import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readConfig } from '../src/config.js';
import { defaultSweepConfig } from '../src/config-sweep.js';
import { configFile, emptyFolder, errorsOf, ONE_PBX } from './helpers/config-file.js';
import { selfSigned } from './xapi-certificate.js';

const DAY_MS = 86_400_000;
const CA_PEM = selfSigned('hq.example.com').cert;
const PBXS = `
pbxs:
  - { id: hq, url: "https://hq.example.com", tags: [emea, critical], accessToken: { env: TOKEN } }
  - { id: Branch, url: "https://branch.example.com", tags: [apac], accessToken: { env: TOKEN } }
`;

function fleet(text: string): Record<string, string> {
  return { ...configFile(`${PBXS}${text}`), TOKEN: 't' };
}

/** Each fault as its path, what is wrong with it, and what to do. */
function faultsOf(env: Readonly<Record<string, string>>): readonly (readonly (string | undefined)[])[] {
  const path = `${env['PLUMBLINE_CONFIG'] ?? ''}: `;
  return errorsOf(env).map(({ field, message, mend }) => {
    expect(message.startsWith(path)).toBe(true);
    return [field, message.slice(path.length), mend];
  });
}

test('every PBX has what the defaults say, unless it says otherwise itself', () => {
  const folder = emptyFolder();
  writeFileSync(join(folder, 'ca.pem'), CA_PEM);
  const file = configFile(`
defaults: { clientId: plumbline, timeoutMs: 4000, tags: [emea], ca: { file: ${join(folder, 'ca.pem')} } }
pbxs:
  - { id: hq, url: "https://hq.example.com", clientSecret: { env: SECRET } }
  - { id: lab, url: "https://lab.example.com", clientId: other, clientSecret: { env: SECRET }, timeoutMs: 9000, tags: [] }
  - { id: old, url: "https://old.example.com", accessToken: { env: SECRET } }
`);
  const { pbxs } = readConfig({ ...file, SECRET: 's' });

  expect(pbxs).toMatchObject([
    { id: 'hq', tags: ['emea'], timeoutMs: 4000, credential: { clientId: 'plumbline', clientSecret: 's' } },
    { id: 'lab', tags: [], timeoutMs: 9000, credential: { clientId: 'other' } },
    { id: 'old', tags: ['emea'], credential: { kind: 'token', accessToken: 's' } },
  ]);
  for (const { ca } of pbxs) expect(ca).toBe(CA_PEM.trim());
});

test('the one PBX of the environment has what the defaults say too', () => {
  const { THREECX_CLIENT_ID: _, ...rest } = ONE_PBX;
  const { pbxs } = readConfig({ ...rest, ...configFile('defaults: { clientId: own, tags: [emea] }') });

  expect(pbxs).toMatchObject([{ tags: ['emea'], credential: { clientId: 'own', clientSecret: 'hush' } }]);
});

test('a fault of the defaults is said once, and no PBX is blamed for it', () => {
  const file = configFile(`
defaults: { clientID: plumbline, timeoutMs: 5, ca: { file: /nowhere } }
pbxs: [{ id: hq, url: "https://hq.example.com", clientSecret: { env: SECRET } }, { id: h q, url: hq }]
`);
  expect(faultsOf(file).map(([field, , mend]) => [field, mend])).toEqual([
    ['defaults.timeoutMs', undefined],
    ['defaults.clientID', 'Did you mean clientId?'],
    ['pbxs.1.id', 'Choose a short name such as hq; it is what people type.'],
    ['pbxs.1.url', expect.stringContaining('https://pbx.example.com:5001')],
  ]);
});

test.each([
  ['ftp://hq.example.com', 'must begin with https:// or http://'],
  ['https://ann:hush@hq.example.com', 'must not hold a user name or password'],
])('the address %s is refused where it stands', (url, because) => {
  const file = configFile(`pbxs: [{ id: hq, url: "${url}", accessToken: { env: TOKEN } }]`);
  expect(faultsOf({ ...file, TOKEN: 't' })).toEqual([
    ['pbxs.0.url', `pbxs.0.url ${because}.`, expect.stringContaining('Write it with its port')],
  ]);
});

test.each(['all', 'ALL'])('a PBX must not be called %s, which means every PBX', (id) => {
  const file = configFile(
    `pbxs: [{ id: ${id}, url: "https://hq.example.com", accessToken: { env: TOKEN } }]`,
  );
  expect(faultsOf({ ...file, TOKEN: 't' })).toEqual([
    ['pbxs.0.id', 'pbxs.0.id must not be all, which means every PBX.', expect.stringContaining('such as hq')],
  ]);
});

test('a certificate authority that is none is refused where it stands', () => {
  const path = join(emptyFolder(), 'ca.pem');
  writeFileSync(path, 'hello');
  const file = configFile(
    `pbxs: [{ id: hq, url: "https://hq.example.com", accessToken: { env: TOKEN }, ca: { file: ${path} } }]`,
  );
  expect(faultsOf({ ...file, TOKEN: 't' }).map(([field, message]) => [field, message])).toEqual([
    ['pbxs.0.ca', `pbxs.0.ca refers to ${path}, which is not a certificate.`],
  ]);
});

test('the file says how sweeps go about the fleet and how far they go by themselves', () => {
  const config = readConfig(
    fleet(`
schedule: { cron: 0 3 * * *, timezone: Europe/Berlin }
sweep: { concurrency: 40, splay: 10m, digest: { cron: 30 8 * * 5 } }
guards:
  settings: 250
  share: 12.5%
  fewest: 5
  failures: 0.1
  flaps: { corrections: 2, within: 1d 12h, rearm: 30d }
  previews: false
windows:
  - { name: Nights, target: tag:emea, cron: 0 22 * * *, duration: 8h }
  - { name: Branch, target: branch, cron: 0 12 * * *, duration: 90m, timezone: Asia/Tokyo }
freezes:
  - { name: Year end, cron: 0 0 20 12 *, duration: 14d, timezone: UTC }
stopFile: /run/plumbline/STOP
`),
  );
  expect(config).toMatchObject({
    sweepPolicy: {
      concurrency: 40,
      splayMs: 600_000,
      digest: { expression: '30 8 * * 5', timezone: 'Europe/Berlin' },
    },
    guards: {
      settings: 250,
      share: 0.125,
      fewest: 5,
      failures: 0.1,
      flaps: { corrections: 2, withinMs: 1.5 * DAY_MS, rearmMs: 30 * DAY_MS },
      previews: false,
    },
    windows: [
      {
        name: 'Nights',
        target: 'tag:emea',
        expression: '0 22 * * *',
        timezone: 'Europe/Berlin',
        durationMs: DAY_MS / 3,
      },
      { name: 'Branch', target: 'Branch', timezone: 'Asia/Tokyo', durationMs: 5_400_000 },
    ],
    freezes: [{ name: 'Year end', target: 'all', timezone: 'UTC', durationMs: 14 * DAY_MS }],
    stopFile: '/run/plumbline/STOP',
  });
});

test('what a section leaves out is as if there were no section', () => {
  const { guards } = readConfig(fleet('guards: { flaps: { rearm: 1d } }\nsweep:\nwindows:\nstopFile:'));
  const { flaps } = defaultSweepConfig.guards;

  expect(guards).toEqual({ ...defaultSweepConfig.guards, flaps: { ...flaps, rearmMs: DAY_MS } });
});

test('the stop file is beside the database, or where the environment says', () => {
  const database = { ...ONE_PBX, DATABASE_URL: 'sqlite:/var/lib/plumbline/plumbline.db' };

  expect(readConfig(database).stopFile).toBe('/var/lib/plumbline/STOP');
  expect(readConfig({ ...ONE_PBX, DATABASE_URL: 'postgres://db/plumbline' }).stopFile).toBe('data/STOP');
  expect(readConfig({ ...database, PLUMBLINE_STOP_FILE: '/tmp/STOP' }).stopFile).toBe('/tmp/STOP');
  expect(errorsOf({ ...fleet('stopFile: a'), PLUMBLINE_STOP_FILE: 'b' }).map(({ field }) => field)).toEqual([
    'PLUMBLINE_STOP_FILE',
  ]);
});

test('reports about a tag may have a channel of their own', () => {
  const slack = { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_APP_TOKEN: 'xapp-1', PLUMBLINE_APPROVERS: 'S0APPROVERS' };
  const file = fleet('channels: { approvals: C0APPROVALS, tags: { emea: C0EMEA, apac: G0APAC } }');

  expect(readConfig({ ...file, ...slack }).slack).toMatchObject({
    reportsChannel: 'C0APPROVALS',
    tagChannels: { emea: 'C0EMEA', apac: 'G0APAC' },
  });
});

test.each([
  [
    'channels: { tags: { emeaa: C0EMEA } }',
    'channels.tags.emeaa',
    'names a tag that no PBX has',
    'Known tags are emea, critical, apac.',
  ],
  [
    'channels: { tags: { emea: "#emea" } }',
    'channels.tags.emea',
    'is “#emea”, which is not a Slack',
    'such as C0123456789',
  ],
  ['channels: { tags: [C0EMEA] }', 'channels.tags', 'must be a', 'Write it as {emea: C0123456789}.'],
  ['sweep: { concurency: 4 }', 'sweep.concurency', 'is not known here', 'Did you mean concurrency?'],
  ['sweep: { concurrency: 0 }', 'sweep.concurrency', 'must be at least 1', 'from 1 to 256'],
  ['sweep: { splay: 13h }', 'sweep.splay', 'is “13h”, which is not between 0s and 12 hours', 'Write it as'],
  ['sweep: { splay: 10 }', 'sweep.splay', 'must be a duration', 'Write it as'],
  ['sweep: { digest: { cron: weekly } }', 'sweep.digest.cron', 'cannot be used', 'Use a cron expression'],
  ['sweep: { digest: { cron: [] } }', 'sweep.digest.cron', 'must be a text', 'Use a cron expression'],
  ['sweep: { digest: { timezone: CEST+1 } }', 'sweep.digest.timezone', 'cannot be used', 'Europe/Berlin'],
  ['sweep: { digest: { hour: 9 } }', 'sweep.digest.hour', 'is not known here', 'Known are cron, timezone.'],
  ['guards: { settings: none }', 'guards.settings', 'must be a number', 'whole number'],
  ['guards: { share: 25 }', 'guards.share', 'must be a share such as 25%', 'Write it as 25% or 0.25.'],
  ['guards: { share: 101% }', 'guards.share', 'must be a share such as 25%', 'Write it as 25% or 0.25.'],
  ['guards: { share: a quarter }', 'guards.share', 'must be a share such as 25%', 'Write it as 25% or 0.25.'],
  ['guards: { failures: -0.1 }', 'guards.failures', 'must be a share such as 25%', 'Write it as'],
  [
    'guards: { flaps: { within: 1m } }',
    'guards.flaps.within',
    'not between 5 minutes and 365 days',
    '90m, 24h',
  ],
  [
    'guards: { flaps: { corections: 1 } }',
    'guards.flaps.corections',
    'is not known',
    'Did you mean corrections?',
  ],
  ['guards: { flaps: 3 }', 'guards.flaps', 'must be a group', 'Write {corrections: 3'],
  ['guards: { previews: maybe }', 'guards.previews', 'must be true or false', 'Write true or false.'],
  ['windows: { name: A }', 'windows', 'must be a list', 'Begin every one with a hyphen.'],
  ['windows: [{ name: A, duration: 1h }]', 'windows.0.cron', 'is missing', 'Use a cron expression'],
  [
    'windows: [{ name: A, cron: 0 1 30 2 *, duration: 1h }]',
    'windows.0.cron',
    'it never comes due',
    'Use a cron',
  ],
  ['windows: [{ name: A, cron: 0 1 * * * }]', 'windows.0.duration', 'is missing', 'from a minute to a year'],
  [
    'windows: [{ name: A, cron: 0 1 * * *, duration: 0h }]',
    'windows.0.duration',
    'not between a minute',
    '90m',
  ],
  ['windows: [{ name: A, cron: 0 1 * * *, duration: 365d }]', 'windows.0.duration', 'and a year', '90m'],
  ['windows: [{ cron: 0 1 * * *, duration: 1h }]', 'windows.0.name', 'is missing', 'Give it a short name'],
  [
    'freezes: [{ name: A, cron: 0 1 * * *, duration: 1h, target: tag:us }]',
    'freezes.0.target',
    'is “tag:us”',
    'Known are all, hq, Branch, tag:emea',
  ],
  [
    'freezes: [{ name: A, cron: 0 1 * * *, duration: 1h, timezone: Mars }]',
    'freezes.0.timezone',
    'cannot be',
    'IANA',
  ],
  [
    'freezes: [{ name: A, cron: 0 1 * * *, duration: 1h, until: 2027 }]',
    'freezes.0.until',
    'is not known',
    'Known are',
  ],
  ['stopFile: [STOP]', 'stopFile', 'must be a text', 'Write a path'],
])('%s is refused at its path, with a mend', (text, field, because, mend) => {
  expect(faultsOf(fleet(text))).toEqual([
    [field, expect.stringContaining(because), expect.stringContaining(mend)],
  ]);
});

test('two windows may not have one name, and everything that is wrong with them is said at once', () => {
  const faults = faultsOf(
    fleet(`
windows:
  - { name: Nights, cron: 0 22 * * *, duration: 8h }
  - { name: nights, cron: 0 1 * * *, duration: 2h }
  - { name: Noon, cron: noon, duration: 2h, timezone: Mars }
guards: { share: 2 }
freezes: [{ name: Nights, cron: 0 22 * * *, duration: 8h }]
`),
  );
  expect(faults.map(([field]) => field)).toEqual([
    'guards.share',
    'windows.2.timezone',
    'windows.2.cron',
    'windows.1.name',
  ]);
});
