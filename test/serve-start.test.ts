import { expect, test, vi } from 'vitest';
import { APPROVALS, REPORTS } from '../src/demo/world.js';
import { hasScript, openPty } from './helpers/pty.js';
import { entriesIn, openServed, type ServedProcess } from './helpers/served-process.js';
import { wordsOf } from './helpers/slack-flow.js';

// Every command is a process of its own, and a busy machine starts them slowly.
vi.setConfig({ testTimeout: 120_000 });

/** The fields of a start that was refused, and all that was said. */
async function refusal({ run }: ServedProcess): Promise<string> {
  const { code, stdout, stderr } = await run('serve');
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  return stderr;
}

test('the log says once what Plumbline is connected to, what it governs and when it sweeps next', async () => {
  const served = await openServed(['hq', 'lab'], {
    defaults: { tags: ['emea'] },
    sweep: { concurrency: 1 },
  });
  const serving = served.start('serve');
  const said = await serving.said('All 2 PBXs let Plumbline in.');
  serving.child.kill('SIGTERM');

  expect(await serving.ended).toMatchObject({ code: 0, stdout: '' });
  const [entry, ...others] = entriesIn(said).filter(({ msg }) => msg === 'Plumbline runs');
  expect(others).toEqual([]);
  expect(entry).toMatchObject({
    version: '0.1.0',
    slack: 'socket',
    workspace: 'Simulated workspace',
    bot: 'plumbline',
    database: 'SQLite, ./data/plumbline.db',
    pbxs: [{ id: 'hq' }, { id: 'lab' }],
    tags: { emea: 2 },
    baseline: { version: 0, rules: 0 },
    approvers: ['U0ANN', 'S0APPROVERS'],
    channels: { approvals: APPROVALS, reports: REPORTS },
    nextSweepAt: expect.stringMatching(/T17:00:00.000Z$/),
    nextSweep: expect.stringMatching(/, 02:00 \(Asia\/Tokyo\)$/),
  });
  expect(said).not.toMatch(/secret-|xoxb-|xapp-/);
});

test('serving introduces Plumbline', async () => {
  const served = await openServed();
  const serving = served.start('serve');
  const { slack } = served.world;
  const message = await slack.until('the introduction', () => slack.messages(REPORTS)[0]);
  serving.child.kill('SIGTERM');

  expect(wordsOf(message)).toContain('Plumbline is here');
  expect((await serving.ended).code).toBe(0);
});

// Without `script` of util-linux there is no terminal to type into.
test.skipIf(!hasScript())('on a terminal the start is told in a few plain lines', async () => {
  const served = await openServed(['hq', 'lab']);
  const pty = openPty(['serve'], served.folder, served.env);
  await pty.said('let Plumbline in.');
  pty.type('\u0003');
  const { code, said } = await pty.ended;

  expect(code).toBe(0);
  const lines = said.split(/\r?\n/);
  expect(lines[0]).toBe('Plumbline 0.1.0 runs. Ctrl-C ends it.');
  expect(said).toMatch(/ {2}Slack +workspace Simulated workspace, as @plumbline, by Socket Mode/);
  expect(said).toMatch(/ {2}2 PBXs +hq, lab/);
  expect(said).toMatch(/ {2}Baseline +none yet, so nothing is corrected; plumbline baseline capture hq/);
  expect(said).toMatch(/ {2}Approvals +by U0ANN, S0APPROVERS, in C0APPROVALS/);
  expect(said).toMatch(/ {2}Next sweep +\w+, .* 02:00 \(Asia\/Tokyo\)/);
  expect(said).toContain('All 2 PBXs let Plumbline in.');
  expect(said).not.toContain('"msg":"Plumbline runs"');
});

test('everything that is missing is said at once, each with where to get it', async () => {
  const served = await openServed();
  served.env['SLACK_BOT_TOKEN'] = served.world.slack.appToken;
  served.env['SLACK_APP_TOKEN'] = undefined;
  served.env['HQ_SECRET'] = undefined;
  served.env['PLUMBLINE_SCHEDUL'] = '0 3 * * *';
  served.env['PORT'] = 'x';
  const said = await refusal(served);

  expect(said).toContain('SLACK_BOT_TOKEN holds an app-level token (xapp-...), where the bot token');
  expect(said).toMatch(/Copy the Bot User OAuth Token.* > Install App; see docs\/install-slack\.md/);
  expect(said).toMatch(/SLACK_APP_TOKEN is missing\.\n {2}Make one .*App-Level Tokens/);
  expect(said).toMatch(/clientSecret refers to HQ_SECRET, which is not set\.\n .*docs\/install-3cx\.md/);
  expect(said).toContain('PLUMBLINE_SCHEDUL is not known.\n  Did you mean PLUMBLINE_SCHEDULE?');
  expect(said).toMatch(/PORT is not a number\.\n {2}Write the number of a port/);
  expect(said).not.toContain(served.world.slack.appToken);
});

test('Slack that is configured but has no tokens is said by serve, and keeps no other command back', async () => {
  const served = await openServed();
  served.env['SLACK_BOT_TOKEN'] = undefined;
  served.env['SLACK_APP_TOKEN'] = undefined;
  const said = await refusal(served);

  expect(said).toContain('SLACK_BOT_TOKEN is missing.');
  expect(said).toContain('SLACK_APP_TOKEN is missing.');
  expect(await served.run('show', 'AvatarStyle')).toMatchObject({ code: 0, stderr: '' });
});

test('tokens that Slack refuses are named, both at once, with where to get others', async () => {
  const served = await openServed();
  served.env['SLACK_BOT_TOKEN'] = 'xoxb-old';
  served.env['SLACK_APP_TOKEN'] = 'xapp-old';
  const said = await refusal(served);

  expect(said).toMatch(/Slack refused SLACK_BOT_TOKEN \(invalid_auth\)\.\n {2}Copy the Bot User OAuth Token/);
  expect(said).toMatch(/Slack refused SLACK_APP_TOKEN \(invalid_auth\)\.\n {2}Make one with the scope/);
});

test.each(['invalid_auth', 'missing_scope'])(
  'an app token alone that Slack refuses with %s ends the start as well',
  async (error) => {
    const served = await openServed();
    served.world.slack.faults.fail('apps.connections.open', { error, times: 100 });

    expect(await refusal(served)).toContain(`Slack refused SLACK_APP_TOKEN (${error}).`);
  },
);

test('a database that cannot be opened is said with its variable', async () => {
  const served = await openServed();
  served.env['DATABASE_URL'] = 'sqlite:/dev/null/plumbline.db';

  expect(await refusal(served)).toMatch(/The database cannot be opened: .*\n {2}Check DATABASE_URL/);
});

test('a channel Plumbline is not in, and PBXs that do not let it in, are said and stop nothing', async () => {
  const served = await openServed(['hq', 'lab', 'dead'], {
    channels: { approvals: APPROVALS, reports: 'C0ELSEWHERE' },
  });
  served.env['LAB_SECRET'] = 'wrong';
  served.world.pbxs.pbx('dead').fault({ kind: 'down' });
  const serving = served.start('serve');
  await serving.said('1 of 3 PBXs let Plumbline in.');
  const said = await serving.said('The channel C0ELSEWHERE is for reports');
  serving.child.kill('SIGTERM');

  const warned = entriesIn(said).filter(({ field }) => field !== undefined);
  const about = (field: string) => warned.find((entry) => entry['field'] === field);
  expect(about('C0ELSEWHERE')).toMatchObject({ mend: expect.stringContaining('/invite @plumbline') });
  expect(about('lab')).toMatchObject({
    msg: expect.stringContaining('lab: '),
    mend: expect.stringContaining('docs/install-3cx.md'),
  });
  expect(about('dead')).toMatchObject({ mend: expect.stringContaining('plumbline doctor dead') });
  expect(about('hq')).toBeUndefined();
  expect((await serving.ended).code).toBe(0);
});
