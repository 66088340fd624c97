import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { configJsonSchema } from '../src/config-schema.js';
import { cliInProcess } from './helpers/cli-in-process.js';
import { configFile, errorsOf, ONE_PBX } from './helpers/config-file.js';

const PAGE = 'docs/plumbline.schema.json';

const ajv = new Ajv({ allErrors: true });
formats.default(ajv);
const check = ajv.compile(configJsonSchema());

/** Everything a file may say, in one file. */
const WHOLE = `
defaults: { clientId: plumbline, timeoutMs: 4000, tags: [emea] }
pbxs:
  - { id: hq, name: Head office, url: "https://hq.example.com:5001", clientSecret: { env: TOKEN } }
  - { id: lab, url: "https://lab.example.com", tags: [lab], timeoutMs: 9000, accessToken: { env: TOKEN } }
roles: { admins: [U0ANN], approvers: [S0APPROVERS], requesters: [], breakGlass: [U0ANN] }
channels: { approvals: C0APPROVALS, reports: G0REPORTS, tags: { emea: C0EMEA } }
schedule: { cron: 0 3 * * *, timezone: Europe/Berlin }
sweep: { concurrency: 40, splay: 10m, digest: { cron: 30 8 * * 5, timezone: UTC } }
guards:
  settings: 250
  share: 25%
  fewest: 5
  failures: 0.1
  flaps: { corrections: 2, within: 1d 12h, rearm: 30d }
  previews: false
windows: [{ name: Nights, target: tag:emea, cron: 0 22 * * *, duration: 8h, timezone: UTC }]
freezes: [{ name: Year end, target: HQ, cron: 0 0 20 12 *, duration: 14d }]
approvals:
  - name: Sites
    risk: [high, medium]
    target: tag:emea
    approvals: 2
    from: [approvers, admins, U0BEN]
    veto: false
    wait: 1d 12h
    valid: 8h
    stopOnFailure: false
stopFile: /run/plumbline/STOP
`;

/** The YAML blocks of a page. */
function examplesOf(path: string): readonly string[] {
  return [...readFileSync(path, 'utf8').matchAll(/^```yaml\n(.*?)^```$/gms)].map((match) => match[1] ?? '');
}

/** What the schema has against a file, as the editor would say it; nothing where it is fine. */
function complaintsOf(text: string): readonly string[] {
  check(parse(text) ?? {});
  return (check.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ''}`);
}

function isLoaded(text: string): boolean {
  return errorsOf({ ...ONE_PBX, TOKEN: 't', ...configFile(text) }).length === 0;
}

test('the schema in docs is up to date; npm run docs writes it anew', async () => {
  const printed = await cliInProcess({}, 'ann')('schema');

  expect(printed).toMatchObject({ code: 0, stderr: '' });
  expect(readFileSync(PAGE, 'utf8')).toBe(printed.stdout);
});

test('the help says how an editor finds the schema', async () => {
  const { stdout } = await cliInProcess({}, 'ann')('schema', '--help');
  expect(stdout).toContain('# yaml-language-server: $schema=');
});

test('the examples of the documentation are fine for the schema', () => {
  const examples = ['README.md', 'docs/approvals.md'].flatMap(examplesOf);

  expect(examples.length).toBeGreaterThan(2);
  for (const example of examples) expect(complaintsOf(example)).toEqual([]);
});

test('a file that says everything is fine for the schema and loads', () => {
  expect(complaintsOf(WHOLE)).toEqual([]);
  expect(isLoaded(WHOLE)).toBe(true);
});

test('sections that are left empty are fine for both', () => {
  const text =
    'roles:\nchannels:\nschedule:\nsweep:\nguards:\nwindows:\nfreezes:\napprovals:\ndefaults:\nstopFile:\n';
  expect(complaintsOf(text)).toEqual([]);
  expect(isLoaded(text)).toBe(true);
});

test.each([
  ['a section there is not', 'slack: {}'],
  ['no PBX', 'pbxs: []'],
  ['a PBX without an address', 'pbxs: [{ id: hq, accessToken: { env: TOKEN } }]'],
  ['a PBX without a credential', 'pbxs: [{ id: hq, url: "https://hq.example.com", clientId: a }]'],
  ['an address that is none', 'pbxs: [{ id: hq, url: hq, accessToken: { env: TOKEN } }]'],
  ['a literal secret', 'pbxs: [{ id: hq, url: "https://hq.example.com", clientId: a, clientSecret: hush }]'],
  ['an id with a space', 'pbxs: [{ id: h q, url: "https://hq.example.com", accessToken: { env: TOKEN } }]'],
  ['a handle for an admin', 'roles: { admins: ["@ann"] }'],
  ['a misspelt role', 'roles: { approver: [U0ANN] }'],
  ['a channel by its name', 'channels: { approvals: "#pbx" }'],
  ['a tag’s channel by its name', 'channels: { tags: { emea: "#pbx" } }'],
  ['a schedule as a list', 'schedule: [0 2 * * *]'],
  ['no concurrency at all', 'sweep: { concurrency: 0 }'],
  ['a time without a unit', 'sweep: { splay: 10 }'],
  ['a share of several wholes', 'guards: { share: 25 }'],
  ['a share in words', 'guards: { failures: some }'],
  ['a misspelt guard', 'guards: { flaps: { corections: 3 } }'],
  ['a window without a length', 'windows: [{ name: A, cron: 0 1 * * * }]'],
  ['one freeze that is no list', 'freezes: { name: A, cron: 0 1 * * *, duration: 1d }'],
  ['an approval rule without a number', 'approvals: [{ name: A }]'],
  ['an unknown risk', 'approvals: [{ name: A, approvals: 1, risk: huge }]'],
  ['two stop files', 'stopFile: [a, b]'],
])('a file with %s is refused by the schema as by the loader', (_, text) => {
  expect(complaintsOf(text)).not.toEqual([]);
  expect(isLoaded(text)).toBe(false);
});

test('an editor never complains about a file that loads, whatever is put at any place of it', () => {
  const places = placesIn(parse(WHOLE));
  const odd = fc.oneof(
    fc.constantFrom<unknown>(
      null,
      true,
      0,
      1,
      0.5,
      30,
      5000,
      'all',
      'hq',
      'tag:emea',
      '5%',
      '9m',
      '2d',
      'U0ANN',
      'C0ONE',
      'UTC',
    ),
    fc.constantFrom<unknown>([], {}, ['emea'], ['S0ONE'], { env: 'TOKEN' }, ['low'], 'https://x.example.com'),
  );
  let loaded = 0;
  fc.assert(
    fc.property(fc.constantFrom(...places), odd, fc.boolean(), (place, value, isGone) => {
      const file: unknown = parse(WHOLE);
      put(file, place, value, isGone);
      const text = stringify(file);
      if (!isLoaded(text)) return;
      loaded += 1;
      expect(complaintsOf(text)).toEqual([]);
    }),
    { numRuns: 400 },
  );
  expect(loaded).toBeGreaterThan(50);
});

test('every entry says what it is for', () => {
  const silent: string[] = [];
  const visit = (node: unknown, path: string): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const [key, value] of Object.entries(node)) {
      if (key === 'properties') {
        for (const [name, entry] of Object.entries<object>(value)) {
          if (!('description' in entry)) silent.push(`${path}/${name}`);
        }
      }
      visit(value, `${path}/${key}`);
    }
  };
  visit(configJsonSchema(), '');
  expect(silent).toEqual([]);
});

type Place = readonly (string | number)[];

function placesIn(value: unknown, at: Place = []): readonly Place[] {
  if (typeof value !== 'object' || value === null) return [at];
  const inner = Object.entries(value).flatMap(([key, entry]) => placesIn(entry, [...at, key]));
  return at.length === 0 ? inner : [at, ...inner];
}

function put(file: unknown, place: Place, value: unknown, isGone: boolean): void {
  const key = String(place.at(-1));
  let at: unknown = file;
  for (const step of place.slice(0, -1)) at = Reflect.get(Object(at), step);
  if (isGone) Reflect.deleteProperty(Object(at), key);
  else Reflect.set(Object(at), key, value);
}
