import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { rulesFor } from '../src/changes/approval-rule.js';
import { checkRules } from '../src/changes/rule-check.js';
import { readConfig } from '../src/config.js';
import type { ApprovalRule, Roles } from '../src/ctx.js';
import { configFile, emptyFolder, errorsOf, ONE_PBX } from './helpers/config-file.js';

const HOUR_MS = 3_600_000;

/** Groups whose members nobody knows when the configuration loads. */
const GROUPS = { PLUMBLINE_APPROVERS: 'S0APPROVERS', PLUMBLINE_ADMINS: 'S0ADMINS' };

const FLEET = `
pbxs:
  - { id: hq, url: "https://hq.example.com", tags: [emea, critical], accessToken: { env: TOKEN } }
  - { id: branch, url: "https://branch.example.com", tags: [emea], accessToken: { env: TOKEN } }
`;

function ruleFile(...rules: readonly string[]): {
  readonly PLUMBLINE_CONFIG: string;
  readonly TOKEN: string;
} {
  return {
    ...configFile(`${FLEET}\napprovals:\n${rules.map((rule) => `  - ${rule}\n`).join('')}`),
    TOKEN: 't',
  };
}

function rulesOf(...rules: readonly string[]): readonly ApprovalRule[] {
  return readConfig({ ...ruleFile(...rules), ...GROUPS }).approvalRules;
}

function faultsOf(...rules: readonly string[]): readonly (readonly [string | undefined, string])[] {
  const file = ruleFile(...rules);
  return errorsOf({ ...file, ...GROUPS }).map(({ field, message }) => [
    field,
    message.replace(`${file.PLUMBLINE_CONFIG}: `, ''),
  ]);
}

test('a rule needs a name and a number; the rest has defaults', () => {
  expect(rulesOf('{ name: Two of us, approvals: 2 }')).toEqual([
    {
      name: 'Two of us',
      risks: ['low', 'medium', 'high'],
      target: 'all',
      approvals: 2,
      from: ['approvers'],
      isVeto: true,
      waitMs: 72 * HOUR_MS,
      validMs: 24 * HOUR_MS,
      stopsOnFailure: true,
    },
  ]);
});

test('the example of the documentation loads', () => {
  const file = configFile(`
# plumbline.yml
pbxs:
  - id: hq
    url: https://hq.example.com:5001
    tags: [critical]
    clientId: plumbline
    clientSecret: { env: HQ_SECRET }
  - id: branch
    url: https://branch.example.com
    clientId: plumbline
    clientSecret: { env: BRANCH_SECRET }

roles:
  admins: [U0123456789]
  approvers: [S0123456789] # a user group
  requesters: [] # everyone
  breakGlass: [U0123456789]

channels:
  approvals: C0123456789
  reports: C9876543210

schedule:
  cron: 0 2 * * *
  timezone: Europe/Berlin

# The first rule that is for a change's risk and its PBX counts. After the last one
# follow the defaults: two approvals for a high risk, one for any other.
approvals:
  - name: Critical sites
    risk: high
    target: tag:critical
    approvals: 3
    from: [approvers, admins]
    wait: 1d 12h # then the request expires
    valid: 8h # how long an approval counts
  - name: Everyday changes
    risk: [low, medium]
    approvals: 1
    veto: false # a deny does not end the request by itself
    stopOnFailure: false # a roll-out goes on when one PBX fails
`);
  const { approvalRules } = readConfig({ ...file, HQ_SECRET: 'a', BRANCH_SECRET: 'b' });

  expect(approvalRules).toMatchObject([
    { name: 'Critical sites', risks: ['high'], target: 'tag:critical', waitMs: 36 * HOUR_MS },
    { name: 'Everyday changes', risks: ['low', 'medium'], isVeto: false, stopsOnFailure: false },
  ]);
  expect(rulesFor(approvalRules, 'high', [{ id: 'branch', tags: [] }])).toMatchObject([
    { name: 'default for high risk', approvals: 2 },
  ]);
});

test('a PBX may be named in any case; the rule has its own', () => {
  expect(rulesOf('{ name: Site, approvals: 1, target: HQ }')).toMatchObject([{ target: 'hq' }]);
});

test.each([
  ['90m', 1.5],
  ['24h', 24],
  ['3d', 72],
  ['1d 12h', 36],
  ['5m', 5 / 60],
  ['90d', 2160],
])('a rule may wait %s', (text, hours) => {
  const [rule] = rulesOf(`{ name: Patient, approvals: 1, wait: ${text}, valid: ${text} }`);
  expect(rule).toMatchObject({ waitMs: hours * HOUR_MS, validMs: hours * HOUR_MS });
});

test.each([
  ['a misspelt word', '{ name: A, approvals: 1, veeto: false }', 'veeto', 'is not known here'],
  ['no name', '{ approvals: 1 }', 'name', 'is missing'],
  ['an empty name', '{ name: "", approvals: 1 }', 'name', 'must not be empty'],
  ['the name of a default', '{ name: Default rule, approvals: 1 }', 'name', 'must not begin with “default”'],
  ['no number', '{ name: A }', 'approvals', 'is missing'],
  ['none to approve', '{ name: A, approvals: 0 }', 'approvals', 'must be at least 1'],
  ['half a person', '{ name: A, approvals: 1.5 }', 'approvals', 'must be a whole number'],
  ['a crowd', '{ name: A, approvals: 21 }', 'approvals', 'must be at most 20'],
  ['an unknown risk', '{ name: A, approvals: 1, risk: [low, huge] }', 'risk', 'must be low, medium or high'],
  ['no risk', '{ name: A, approvals: 1, risk: [] }', 'risk', 'must not be empty'],
  ['an unknown PBX', '{ name: A, approvals: 1, target: brnch }', 'target', 'is “brnch”, which is no PBX'],
  [
    'an unknown tag',
    '{ name: A, approvals: 1, target: "tag:apac" }',
    'target',
    'is “tag:apac”, which is no PBX',
  ],
  ['nobody', '{ name: A, approvals: 1, from: [] }', 'from', 'must not be empty'],
  ['a handle', '{ name: A, approvals: 1, from: ["@ann"] }', 'from.0', 'is not a Slack user id'],
  ['the requesters', '{ name: A, approvals: 1, from: [requesters] }', 'from.0', 'nor approvers or admins'],
  ['a veto in words', '{ name: A, approvals: 1, veto: sometimes }', 'veto', 'must be true or false'],
  ['a bare number as time', '{ name: A, approvals: 1, wait: 24 }', 'wait', 'must be a duration'],
  ['a clock time', '{ name: A, approvals: 1, wait: "1:30" }', 'wait', 'is “1:30”, which is no duration'],
  ['a moment', '{ name: A, approvals: 1, wait: 4m }', 'wait', 'is not between 5 minutes and 90 days'],
  ['an age', '{ name: A, approvals: 1, valid: 91d }', 'valid', 'is not between 5 minutes and 90 days'],
  ['a word instead of a rule', 'two', '', 'must be a group of named entries'],
])('a rule with %s is refused at its path, with a mend', (_, rule, at, because) => {
  const file = ruleFile(rule);
  const errors = errorsOf({ ...file, ...GROUPS });
  const field = at === '' ? 'approvals.0' : `approvals.0.${at}`;

  expect(errors.map((error) => error.field)).toEqual([field]);
  expect(errors[0]?.message).toContain(`${file.PLUMBLINE_CONFIG}: ${field} `);
  expect(errors[0]?.message).toContain(because);
  expect(errors[0]?.mend).toMatch(/\S.*[.?]$/);
});

test('everything that is wrong with the rules is said at once', () => {
  const faults = faultsOf(
    '{ name: A, aprovals: 1, wait: soon }',
    '{ name: B, approvals: 1, target: apac }',
    '{ name: C, approvals: 1, risk: low }',
    '{ name: c, approvals: 3, risk: low, from: [U0ANN] }',
  );
  expect(faults).toEqual([
    ['approvals.0.approvals', 'approvals.0.approvals is missing.'],
    ['approvals.0.wait', 'approvals.0.wait is “soon”, which is no duration.'],
    ['approvals.0.aprovals', 'approvals.0.aprovals is not known here.'],
    ['approvals.1.target', 'approvals.1.target is “apac”, which is no PBX, no tag and not all.'],
    ['approvals.3.name', 'approvals.3.name is “c”, as another rule is named.'],
    ['approvals.3', 'approvals.3 can never apply: “C” comes before “c” and covers all of it.'],
    [
      'approvals.3',
      'approvals.3 cannot be satisfied. The approval rule “c” needs 3 approvals, but only 1 may approve.',
    ],
  ]);
});

test.each([
  ['the same target', '{ name: A, approvals: 1, target: hq }', '{ name: B, approvals: 1, target: HQ }'],
  ['all PBXs', '{ name: A, approvals: 1 }', '{ name: B, approvals: 2, target: "tag:emea", risk: high }'],
  [
    'a tag of the PBX',
    '{ name: A, approvals: 1, target: "tag:emea" }',
    '{ name: B, approvals: 2, target: hq }',
  ],
])('a rule behind one for %s is refused, and both are named', (_, first, second) => {
  expect(faultsOf(first, second)).toEqual([
    ['approvals.1', 'approvals.1 can never apply: “A” comes before “B” and covers all of it.'],
  ]);
});

test('a rule behind two that take its risks between them is refused, and all are named', () => {
  const low = '{ name: A, approvals: 1, risk: low }';
  const rest = '{ name: B, approvals: 1, risk: [medium, high] }';
  expect(faultsOf(low, rest, '{ name: C, approvals: 1, target: hq }')).toEqual([
    ['approvals.2', 'approvals.2 can never apply: “A” and “B” come before “C” and cover all of it.'],
  ]);
});

test('a rule that is left with one risk or one PBX of its own is fine', () => {
  const rules = rulesOf(
    '{ name: Site, approvals: 1, target: hq }',
    '{ name: Region, approvals: 1, target: "tag:critical" }',
    '{ name: High, approvals: 2, risk: high }',
    '{ name: Rest, approvals: 1, target: all }',
  );
  expect(rules.map(({ name }) => name)).toEqual(['Site', 'Region', 'High', 'Rest']);
});

test('one approver alone cannot approve a high risk; the message says the rule to write, and that loads', () => {
  const path = join(emptyFolder(), 'plumbline.yml');
  const file = { PLUMBLINE_CONFIG: path };
  writeFileSync(path, '');
  const env = { ...ONE_PBX, ...file, PLUMBLINE_APPROVERS: 'U0BEN' };
  const errors = errorsOf(env);
  const [error] = errors;

  expect(errors).toHaveLength(1);
  expect(error?.message).toBe(
    'The approval rule “default for high risk” needs 2 approvals, but only 1 may approve.',
  );
  expect(error?.mend).toContain('Add approvers, or write a rule for this risk that needs fewer.');
  writeFileSync(path, error?.mend?.split(`In ${path} write `)[1] ?? '');
  expect(readConfig(env).approvalRules).toMatchObject([{ risks: ['high'], approvals: 1 }]);
});

test('where the file has rules already, the message says to write the missing one under them', () => {
  const file = ruleFile('{ name: Site, approvals: 1, target: hq }');
  const [error] = errorsOf({ ...file, PLUMBLINE_APPROVERS: 'U0BEN' });
  const rule = error?.mend?.split('under approvals: - ')[1] ?? '';
  const mended = ruleFile('{ name: Site, approvals: 1, target: hq }', rule);

  expect(readConfig({ ...mended, PLUMBLINE_APPROVERS: 'U0BEN' }).approvalRules).toHaveLength(2);
});

test('one person named twice is one approver; two people or a group are enough', () => {
  expect(errorsOf({ ...ONE_PBX, PLUMBLINE_APPROVERS: 'U0BEN,U0BEN' })).toHaveLength(1);
  expect(errorsOf({ ...ONE_PBX, PLUMBLINE_APPROVERS: 'U0BEN,U0CLEO' })).toEqual([]);
  expect(errorsOf({ ...ONE_PBX, PLUMBLINE_APPROVERS: 'S0APPROVERS' })).toEqual([]);
});

test('a rule for all PBXs takes the place of a default, one for some of them does not', () => {
  const one = { PLUMBLINE_APPROVERS: 'U0BEN' };
  const forAll = ruleFile('{ name: Enough, risk: high, approvals: 1 }');
  const forSome = ruleFile('{ name: Enough, risk: high, approvals: 1, target: "tag:emea" }');

  expect(errorsOf({ ...forAll, ...one })).toEqual([]);
  expect(errorsOf({ ...forSome, ...one }).map(({ message }) => message)).toEqual([
    'The approval rule “default for high risk” needs 2 approvals, but only 1 may approve.',
  ]);
});

test('a configured rule with too few people is refused, one with a group waits for Slack to say', () => {
  const people = '{ name: Three, approvals: 3, from: [U0ANN, U0BEN, U0ANN] }';
  const group = '{ name: Three, approvals: 3, from: [U0ANN, S0ONCALL] }';

  expect(faultsOf(people).map(([, message]) => message)).toEqual([
    'approvals.0 cannot be satisfied. The approval rule “Three” needs 3 approvals, but only 2 may approve.',
  ]);
  expect(faultsOf(group)).toEqual([]);
});

test('on a terminal without approvers no rule needs people: the operator’s own act counts', () => {
  const file = ruleFile('{ name: Three, approvals: 3, from: [U0ANN] }');
  expect(errorsOf(file)).toEqual([]);
  expect(errorsOf({ ...file, PLUMBLINE_ADMINS: 'U0ANN,U0BEN' })).toHaveLength(1);
});

test('once the members of a group are known, the rules they are too few for are found', () => {
  const roles: Roles = { admins: [], approvers: ['U0ANN', 'S0APPROVERS'], requesters: [], breakGlass: [] };
  const rules = rulesOf('{ name: Low, risk: [low, medium], approvals: 1, from: [S0ONCALL] }');
  const faultsWith = (members: Readonly<Record<string, readonly string[]>>): readonly (string | null)[] =>
    checkRules(rules, roles, (id) => members[id] ?? null).map(({ because }) => because);

  expect(faultsWith({})).toEqual([]);
  expect(faultsWith({ S0APPROVERS: ['U0ANN', 'U0BEN'], S0ONCALL: ['U0CLEO'] })).toEqual([]);
  expect(faultsWith({ S0APPROVERS: ['U0ANN'], S0ONCALL: [] })).toEqual([
    'The approval rule “Low” needs 1 approval, but nobody may approve',
    'The approval rule “default for high risk” needs 2 approvals, but only 1 may approve',
  ]);
});
