import { expect, test } from 'vitest';
import { breakGlass, closeReview } from '../src/changes/break-glass.js';
import { proposeSettings } from '../src/changes/propose.js';
import { getRequestByNumber } from '../src/changes/queries.js';
import { type FleetTerminal, openFleetTerminal } from './helpers/fleet-terminal.js';
import { APPS, json } from './helpers/terminal.js';

const CIRCLE = ['set', 'AvatarStyle', 'Circle'] as const;
const EMEA = ['--target', 'tag:emea', '--confirm', 'tag:emea'] as const;
const APPROVERS = { PLUMBLINE_APPROVERS: 'U0BEN,U0CLEO' };

function styles({ pbx }: FleetTerminal): readonly unknown[] {
  return ['hq', 'branch', 'lab', 'depot'].map((id) => pbx(id).resource(APPS)['AvatarStyle']);
}

/** Ann in Slack asks for another avatar style on the head office's PBX. */
async function askInSlack({ elsewhere }: FleetTerminal): Promise<void> {
  await elsewhere(async ({ ctx }) =>
    proposeSettings(ctx, {
      actor: { kind: 'slack', id: 'U0ANN' },
      roles: new Set(['requester']),
      reason: 'our new brand\u001b[31m is round',
      target: 'hq',
      assignments: [{ key: 'AvatarStyle', value: 'Circle' }],
      hold: { kind: 'none' },
    }),
  );
}

async function breakGlassOn({ elsewhere }: FleetTerminal): Promise<void> {
  await elsewhere(async ({ ctx }) => {
    const { id, round } = await getRequestByNumber(ctx.db, 1);
    await breakGlass(ctx, {
      requestId: id,
      round,
      actor: { kind: 'slack', id: 'U0EVE' },
      roles: new Set(['break-glass']),
      reason: 'phones are down',
      confirmation: 'hq',
    });
  });
}

test('a tag is changed PBX by PBX, and the answer has the resource of each that has it now', async () => {
  const terminal = await openFleetTerminal();
  terminal.pbx('lab').change(APPS, { AvatarStyle: 'Circle' });
  const answer = await terminal.run(...CIRCLE, ...EMEA);

  expect(answer.code).toBe(0);
  expect(answer.stderr.split('\n')).toEqual([
    '1 of 2: hq applied: Avatar style: Square → Circle, written and read back',
    '2 of 2: branch applied: Avatar style: Square → Circle, written and read back',
    'Request #1 was applied to 2 PBXs.',
    '  Applied: hq (first, as the canary), branch',
    '  Left out: lab: it is already so',
    '',
  ]);
  expect(json(answer)).toEqual({
    request: 1,
    state: 'applied',
    pbxs: {
      hq: expect.objectContaining({ AvatarStyle: 'Circle', EnableChat: true }),
      branch: expect.objectContaining({ AvatarStyle: 'Circle' }),
    },
    failed: {},
    left: [{ pbxId: 'lab', kind: 'same', because: 'it is already so' }],
  });
  expect(styles(terminal)).toEqual(['Circle', 'Circle', 'Circle', 'Square']);
});

test('a PBX that fails is named first, and the results of the others still show', async () => {
  const terminal = await openFleetTerminal();
  terminal.pbx('branch').fault({ kind: 'not-stored', on: 'write' });
  const answer = await terminal.run(...CIRCLE, ...EMEA);
  const lines = answer.stderr.split('\n');

  expect(answer.code).toBe(1);
  expect(lines).toContain('Request #1 failed: of 3 PBXs 2 applied, 1 failed, 0 not tried.');
  expect(lines[lines.indexOf('  Applied: hq (first, as the canary), lab') - 1]).toMatch(
    /^ {2}branch failed: Avatar style: Square → Circle, accepted, but not stored by the PBX/,
  );
  expect(json(answer)).toMatchObject({
    state: 'failed',
    pbxs: { hq: { AvatarStyle: 'Circle' }, lab: { AvatarStyle: 'Circle' } },
    failed: { branch: expect.stringContaining('not stored by the PBX') },
  });
});

test('where the first PBX fails, nothing is sent to the others', async () => {
  const terminal = await openFleetTerminal();
  terminal.pbx('hq').fault({ kind: 'not-stored', on: 'write' });
  const answer = await terminal.run(...CIRCLE, ...EMEA);
  const shown = await terminal.run('requests', 'show', '1');

  expect(answer.code).toBe(1);
  expect(answer.stderr).toContain('of 3 PBXs 0 applied, 1 failed, 2 not tried.');
  expect(answer.stderr).toContain('  branch, lab: Not sent: the roll-out stopped after hq failed.\n');
  expect(terminal.pbx('branch').writes()).toEqual([]);
  expect(shown.stdout).toMatch(/ {2}lab: failed at .*\n {4}Not sent: the roll-out stopped after hq failed\./);
});

test('a PBX that cannot be read is left out and named, and the command says that not all is done', async () => {
  const terminal = await openFleetTerminal();
  terminal.pbx('lab').fault({ kind: 'html' });
  const answer = await terminal.run(...CIRCLE, '--target', 'all', '--confirm', 'ALL');

  expect(answer.code).toBe(1);
  expect(answer.stderr).toContain('Request #1 was applied to 3 PBXs.');
  expect(answer.stderr).toContain('  Left out: lab: Avatar style could not be read from lab');
  expect(json(answer)).toMatchObject({ state: 'applied', left: [{ pbxId: 'lab', kind: 'unreadable' }] });
});

test('without approvers several PBXs and a high risk must be confirmed by typing the target', async () => {
  const terminal = await openFleetTerminal();
  const several = await terminal.run(...CIRCLE, '--target', 'tag:emea');
  const risky = await terminal.run('set', 'AllowFwdToExternal', 'on', '--pbx', 'hq');
  const other = await terminal.run('set', 'AllowFwdToExternal', 'on', '--pbx', 'hq', '--confirm', 'branch');

  expect([several.code, risky.code, other.code]).toEqual([1, 1, 1]);
  expect(several.stderr).toBe(
    'plumbline: This changes 3 PBXs at once. Nobody else would look at it. It must be confirmed.\n' +
      '  Add --confirm tag:emea to do it all the same.\n',
  );
  expect(risky.stderr).toContain(
    'High risk: Forwarding to outside numbers. Forwarding to outside numbers is a',
  );
  expect(risky.stderr).toContain('Add --confirm hq to do it all the same.');
  expect(other.stderr).toContain('“branch” does not confirm it.');
  expect(terminal.pbx('hq').requests).toEqual([]);

  const now = terminal.pbx('hq').resource('GeneralSettingsForPbx')['AllowFwdToExternal'] === true;
  const confirmed = ['set', 'AllowFwdToExternal', now ? 'off' : 'on', '--pbx', 'hq', '--confirm', 'hq'];
  expect((await terminal.run(...confirmed)).code).toBe(0);
});

test('with approvers nothing is typed: the request waits, also for several PBXs', async () => {
  const terminal = await openFleetTerminal(APPROVERS);
  const answer = await terminal.run(...CIRCLE, '--target', 'tag:emea');
  const shown = await terminal.run('requests', 'show', '#1');

  expect(answer.code).toBe(0);
  expect(answer.stderr).toContain('Request #1 waits for approval.');
  expect(json(answer)).toMatchObject({ request: 1, state: 'pending', pbxs: {}, failed: {} });
  expect(shown.stdout).toContain('  Rule “default”: 1 approval of approvers (U0BEN, U0CLEO)\n');
  expect(shown.stdout).toContain('  Waits for: U0BEN, U0CLEO\n');
  expect(styles(terminal)).toEqual(['Square', 'Square', 'Square', 'Square']);
});

test('a target that is named twice, or not known, is refused with the option and the mend', async () => {
  const { run } = await openFleetTerminal();
  const twice = await run(...CIRCLE, '--target', 'tag:emea', '--pbx', 'hq');
  const unknown = await run(...CIRCLE, '--target', 'tag:apac');
  const tag = await run(...CIRCLE, '--pbx', 'tag:emea');
  const none = await run(...CIRCLE);

  for (const { code } of [twice, unknown, tag, none]) expect(code).toBe(1);
  expect(twice.stderr).toContain('--target and --pbx mean the same.\n  Write one of them');
  expect(unknown.stderr).toContain('No PBX has the tag “apac”.\n  Known tags are emea, us.');
  expect(tag.stderr).toContain('There is no PBX “tag:emea”.');
  expect(none.stderr).toContain('Say which PBX you mean.');
});

test('a value that moves under the operator’s own request fails it with both values, and nothing is written', async () => {
  const terminal = await openFleetTerminal();
  terminal.meanwhile(() => terminal.pbx('branch').change(APPS, { AvatarStyle: 'Hexagon' }));
  const one = await terminal.run(...CIRCLE, '--pbx', 'branch');
  terminal.meanwhile(() => terminal.pbx('lab').change(APPS, { AvatarStyle: 'Hexagon' }));
  const several = await terminal.run(...CIRCLE, ...EMEA);

  for (const { code, stderr } of [one, several]) {
    expect(code).toBe(1);
    expect(stderr).not.toContain('asked again');
  }
  expect(one.stderr).toContain('Avatar style on branch was Square and is Hexagon.');
  expect(several.stderr).toContain('Request #2 failed; nothing was written.');
  expect(several.stderr).toContain('Avatar style on lab was Square and is Hexagon.');
  expect(terminal.pbx('hq').writes()).toEqual([]);
});

test('a request whose value moved after the approval shows both values and waits in a second round', async () => {
  const terminal = await openFleetTerminal(APPROVERS);
  await terminal.run(...CIRCLE, '--pbx', 'hq');
  terminal.pbx('hq').change(APPS, { AvatarStyle: 'Hexagon' });
  await terminal.vote('U0BEN', 1, 'approve');
  const list = await terminal.run('requests', '--open');
  const shown = await terminal.run('requests', 'show', '1');
  const program = json(await terminal.run('requests', 'show', '1', '--json'));
  await terminal.vote('U0CLEO', 1, 'approve');
  const applied = await terminal.run('requests', 'show', '1');

  expect(list.stdout).toMatch(/^#1 {2}pending \(round 2\) .* AvatarStyle Hexagon → Circle/);
  expect(shown.stdout).toContain('Request #1: pending, round 2\n');
  expect(shown.stdout).toMatch(/Round 1 ended at .*\n {4}Avatar style on hq was Square and is Hexagon\.\n/);
  expect(shown.stdout).toMatch(/ {2}round 1 {2}U0BEN {2}approved {2}.* void: that round is over\n/);
  expect(program).toMatchObject({
    waitsFor: ['U0BEN', 'U0CLEO'],
    votes: [{ voter: 'U0BEN', counts: false }],
  });
  expect(applied.stdout).toContain('Request #1: applied, round 2\n');
  expect(applied.stdout).toContain('Avatar style: Hexagon → Circle, written and read back');
});

test('what was changed can be taken back, and the sweep does not fight it', async () => {
  const terminal = await openFleetTerminal();
  const { run } = terminal;
  await run('baseline', 'capture', 'AvatarStyle', '--pbx', 'hq', '--for', 'tag:emea');
  await run(...CIRCLE, ...EMEA, '--baseline');
  const unconfirmed = await run('revert', '2');
  const reverted = await run('revert', '2', '--confirm', 'tag:emea', '--reason', 'callers complained');
  const sweep = await run('sweep');
  const again = await run('revert', '2', '--confirm', 'tag:emea');

  expect(unconfirmed.stderr).toContain('This changes 3 PBXs at once.');
  expect(reverted.code).toBe(0);
  expect(json(reverted)).toMatchObject({ request: 3, pbxs: { lab: { AvatarStyle: 'Square' } } });
  expect(sweep.code).toBe(0);
  expect(styles(terminal)).toEqual(['Square', 'Square', 'Square', 'Square']);
  expect(again).toMatchObject({ code: 1, stdout: '' });
  expect((await run('requests')).stdout).toMatch(/#3 .*revert of #2: AvatarStyle Circle → Square on 3 PBXs/);
});

test('a baseline version can be taken back, and a request that wrote nothing cannot', async () => {
  const { run } = await openFleetTerminal();
  await run('baseline', 'capture', 'AvatarStyle', '--pbx', 'hq');
  const reverted = await run('revert', '1');
  const pbx = await run('revert', '7');

  expect(reverted.code).toBe(0);
  expect(json(reverted)).toEqual({ request: 2, state: 'applied', baseline: 2 });
  expect(pbx.stderr).toContain('There is no request #7.');
});

test('only the one who asked withdraws a request, and only as long as it waits', async () => {
  const terminal = await openFleetTerminal(APPROVERS);
  await askInSlack(terminal);
  await terminal.run(...CIRCLE, '--pbx', 'lab');
  const foreign = await terminal.run('withdraw', '1');
  const own = await terminal.run('withdraw', '2');
  const late = await terminal.run('withdraw', '2');
  const word = await terminal.run('withdraw', 'two');

  expect(foreign.code).toBe(1);
  expect(foreign.stderr).toContain('slack:U0ANN asked for it, and you are operator:ann.');
  expect(own).toMatchObject({ code: 0, stdout: 'Request #2 was withdrawn; nothing was written.\n' });
  expect(late.stderr).toContain('Request #2 cannot be withdrawn any more (it is withdrawn).');
  expect(word.code).toBe(1);
  expect((await terminal.run('requests', '--state', 'withdrawn')).stdout).toMatch(/^#2 /);
});

test('break-glass stands in every list and report until another person has reviewed it', async () => {
  const terminal = await openFleetTerminal(APPROVERS);
  const { run, elsewhere } = terminal;
  await askInSlack(terminal);
  await breakGlassOn(terminal);
  await run('baseline', 'capture', 'AvatarStyle', '--pbx', 'hq');
  await terminal.vote('U0BEN', 2, 'approve');
  const list = await run('requests', '--reviews');
  const reports = [await run('check', 'hq'), await run('sweep')];
  const program = json(await run('check', 'hq', '--json'));
  const open = await run('requests', 'show', '1');
  await elsewhere(async ({ ctx }) =>
    closeReview(ctx, {
      requestId: (await getRequestByNumber(ctx.db, 1)).id,
      actor: { kind: 'slack', id: 'U0CLEO' },
      roles: new Set(['approver']),
      note: 'it was right',
    }),
  );
  const closed = await run('requests', 'show', '1');

  expect(list.stdout).toMatch(/^#1 {2}applied \(break-glass by slack:U0EVE, review open\) /);
  for (const { stdout } of reports) expect(stdout).toContain('Break-glass: #1 by slack:U0EVE, review open\n');
  expect(program['openReviews']).toMatchObject([{ request: 1, reason: 'phones are down' }]);
  expect(open.stdout).toMatch(/Applied without approval by slack:U0EVE at .*: phones are down\n/);
  expect(open.stdout).not.toContain('\u001b');
  expect(closed.stdout).toMatch(/Reviewed by slack:U0CLEO at .*: it was right\n/);
  expect((await run('check', 'hq')).stdout).not.toContain('Break-glass');
  expect((await run('requests')).stdout).toContain('break-glass by slack:U0EVE, reviewed by slack:U0CLEO');
});

test('the list is narrowed down and paged, and a mistyped state is answered with the nearest', async () => {
  const terminal = await openFleetTerminal(APPROVERS);
  const { run } = terminal;
  for (const id of ['hq', 'branch', 'lab']) await run(...CIRCLE, '--pbx', id);
  await terminal.vote('U0BEN', 2, 'deny', 'not now');
  const denied = await run('requests', '--state', 'denied,expired');
  const first = await run('requests', '--limit', '2');
  const next = await run('requests', '--limit', '2', '--before', '#2');
  const about = JSON.parse((await run('requests', '--pbx', 'LAB', '--json')).stdout);
  const mistyped = await run('requests', '--state', 'pendin');
  const both = await run('requests', '--state', 'denied', '--open');

  expect(denied.stdout).toMatch(/^#2 {2}denied .*\n$/);
  expect(first).toMatchObject({ code: 0, stderr: 'Older ones: --before 2\n' });
  expect(next.stdout).toMatch(/^#1 .*\n$/);
  expect(about).toMatchObject([{ number: 3 }]);
  expect(mistyped.stderr).toContain('--state: “pendin” is not a state.\n  Did you mean pending?');
  expect(both.stderr).toContain('Choose --state or --open, not both.');
  expect((await run('requests', 'show', '2')).stdout).toMatch(/U0BEN {2}denied .* not now\n/);
});

test('history tells the life of a setting on one PBX, sweeps and refused wishes included', async () => {
  const terminal = await openFleetTerminal();
  const { run } = terminal;
  await run(...CIRCLE, '--pbx', 'hq', '--reason', 'our brand');
  await run('baseline', 'capture', 'AvatarStyle', '--pbx', 'hq');
  terminal.pbx('hq').change(APPS, { AvatarStyle: 'Square' });
  await run('sweep');
  const words = await run('history', 'HQ', 'avatarstyle');
  const program: unknown = JSON.parse((await run('history', 'hq', 'AvatarStyle', '--json')).stdout);
  const unsaid = await run('history', 'AvatarStyle');
  const mistyped = await run('history', 'hk', 'AvatarStyle');

  expect(words.stdout.trim().split('\n')).toEqual([
    expect.stringMatching(/Square → Circle, written and read back +sweep #1$/),
    expect.stringMatching(/baseline Circle \(enforce, for hq\) +#2 applied, asked by operator:ann/),
    expect.stringMatching(
      /Square → Circle, written and read back +#1 applied, asked by operator:ann +our brand$/,
    ),
  ]);
  expect(program).toMatchObject([{ kind: 'write', sweep: 1 }, { kind: 'request' }, { kind: 'write' }]);
  expect(unsaid.stderr).toContain('Say which PBX you mean.');
  expect(mistyped.stderr).toContain('There is no PBX “hk”.\n  Did you mean hq?');
});
