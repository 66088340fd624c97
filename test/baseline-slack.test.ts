import { afterEach, beforeEach, expect, test } from 'vitest';
import { currentBaseline } from '../src/baseline/store.js';
import { APPROVALS } from '../src/demo/world.js';
import type { Person } from '../src/simulators/slack/server.js';
import { APPS, type Flow, startFlow, stopFlow, viewWords, wordsOf } from './helpers/slack-flow.js';

const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==',
  'base64',
);

let flow: Flow;

beforeEach(async () => {
  flow = await startFlow({
    pbxs: [{ id: 'hq' }, { id: 'branch' }, { id: 'lab' }, { id: 'old', version: '20.0.3.100' }],
    tags: { hq: ['emea'], branch: ['emea', 'vip'], lab: ['vip'], old: [] },
  });
});
afterEach(() => stopFlow(flow));

const say = async (line: string): Promise<string> => wordsOf(await flow.ask(flow.ann, line));

/** Approves the newest request and waits until it is applied. */
async function approve(): Promise<string> {
  const { slack } = flow.world;
  const card = await slack.until('a waiting card', () =>
    slack.messages(APPROVALS).findLast((one) => / · waiting /.test(wordsOf(one))),
  );
  const number = /#\d+/.exec(wordsOf(card))?.[0] ?? '';
  await flow.ben.press(card, 'change.approve');
  if (wordsOf(card).includes('Risk: high')) {
    await confirmed(flow.ben);
    await flow.cleo.press(card, 'change.approve');
    await confirmed(flow.cleo);
  }
  await slack.until(`${number} applied`, () =>
    slack.messages(APPROVALS).some((one) => new RegExp(`${number} · .* · applied`).test(wordsOf(one))),
  );
  return number;
}

async function confirmed(person: Person): Promise<void> {
  await flow.world.slack.until('the window', () => person.modal()?.callbackId === 'approve.form');
  person.fill({ confirmation: 'baseline' });
  expect(await person.submit()).toMatchObject({ ok: true });
}

async function submitted(): Promise<string> {
  const result = await flow.ann.submit();
  if (!result.ok) return JSON.stringify(result);
  return viewWords(await flow.modal(flow.ann, 'Request #'));
}

const rules = async () => (await currentBaseline(flow.app.ctx.db)).rules;

test('the card says what would change on which PBX before anybody approves it, counts first, and writes nothing', async () => {
  flow.world.pbxs.pbx('branch').change(APPS, { EnableChat: false, AvatarStyle: 'Circle' });
  flow.world.pbxs.pbx('lab').fault({ kind: 'down' });
  const line = '/pbx-baseline capture hq EnableChat AvatarStyle --for all --because the standard';
  await flow.ann.command(APPROVALS, line);
  expect(wordsOf(await flow.answer(flow.ann, 'Request #1 waits for approval'))).toContain(
    '2 settings would change',
  );

  const card = await flow.card('#1 · ');
  const words = wordsOf(card);
  expect(words).toContain(
    'Rules: 2 added; *2 settings would change* on 1 of 4 PBXs, 1 PBX could not be read',
  );
  expect(words).toMatch(/• \*branch\*\n {6}Chat `off` → `on`\n {6}Avatar style `Circle` → `Square`/);
  expect(words).toContain('• Not known: lab');
  expect(words).toContain('• Added: *Chat* `on` (enforce, for `all`)');
  await flow.eve.press(card, 'Values per PBX');
  expect(viewWords(await flow.modal(flow.eve, 'not known'))).toMatch(/branch[\s\S]*Avatar style[\s\S]*lab/);
  expect(flow.world.pbxs.ids.flatMap((id) => flow.world.pbxs.pbx(id).writes())).toEqual([]);
});

test('what was just read for a capture is not read again for what it would change there', async () => {
  await say('/pbx-baseline capture hq EnableChat --for tag:emea --because the standard');
  await flow.card('#1 · ');
  const reads = (id: string): number =>
    flow.world.pbxs.pbx(id).requests.filter(({ path }) => path.includes(APPS)).length;
  expect([reads('hq'), reads('branch'), reads('lab')]).toEqual([1, 1, 0]);
});

test('a rule for a setting that a PBX does not have yet is said to be not applicable there, and is no error', async () => {
  await say('/pbx-baseline capture hq BrandLogoImage --for all --because brand');
  const words = wordsOf(await flow.card('#1 · '));
  expect(words).toMatch(/not applicable in part on 1 PBX/);
  expect(words).toMatch(/• Not applicable: old \(/);
});

test('a whole PBX is captured but for what cannot be read there', async () => {
  flow.hq.fault({ kind: 'forbidden', resource: 'ConsoleRestrictions' });
  const refused = await say('/pbx-baseline capture hq --because x');
  expect(refused).toContain('--except ConsoleRestrictions');
  await say('/pbx-baseline capture hq --except ConsoleRestrictions, AvatarStyle --because x');
  await approve();
  const keys = (await rules()).map(({ key }) => key);
  expect(keys).toContain('EnableChat');
  expect(keys).not.toContain('AvatarStyle');
  expect(keys).not.toContain('AccessRestricted');
});

test('a rule is added, changed and taken away in a window, with its severity and why it is there', async () => {
  await flow.ann.command(APPROVALS, '/pbx-baseline edit');
  await flow.modal(flow.ann, 'For which PBXs');
  flow.ann.fill({ setting: 'AvatarStyle', target: 'tag:emea' });
  await flow.ann.submit();
  await flow.modal(flow.ann, 'There is no such rule yet');
  flow.ann.fill({ reason: 'as agreed' });
  expect(await flow.ann.submit()).toMatchObject({
    ok: false,
    errors: { AvatarStyle: expect.stringMatching(/Say what/) },
  });
  flow.ann.fill({ AvatarStyle: 'Circle', mode: 'ask', severity: 'critical', why: 'the brand is _round_' });
  expect(await submitted()).toContain('2 settings would be asked about');
  await approve();
  const rule = { key: 'AvatarStyle', value: 'Circle', mode: 'ask', target: 'tag:emea', severity: 'critical' };
  expect(await rules()).toEqual([{ ...rule, reason: 'the brand is _round_' }]);

  await flow.ann.dismiss();
  await flow.ann.command(APPROVALS, '/pbx-baseline edit TAG:emea avatarstyle');
  await flow.modal(flow.ann, 'Now: ');
  flow.ann.fill({ reason: 'x' });
  expect(await flow.ann.submit()).toMatchObject({
    ok: false,
    errors: { mode: expect.stringMatching(/Nothing is changed/) },
  });
  flow.ann.fill({ mode: 'enforce' });
  expect(await submitted()).toContain('Rules: 1 changed; *2 settings would change*');
  expect(wordsOf(await flow.card('#2 · '))).toContain('was ask, critical, for `tag:emea`');
  await approve();
  expect(await rules()).toMatchObject([{ mode: 'enforce', reason: 'the brand is _round_' }]);

  await say('/pbx-baseline capture hq AvatarStyle --for all --because all');
  await approve();
  expect(await say('/pbx-baseline show hq')).toMatch(
    /`Circle` \(enforce, critical, for `tag:emea`\): _the brand is round_; wins over `Square` for `all`/,
  );

  await flow.ann.dismiss();
  await flow.ann.command(APPROVALS, '/pbx-baseline edit tag:emea AvatarStyle');
  await flow.modal(flow.ann, 'Rules for other targets');
  flow.ann.fill({ mode: 'remove', reason: 'no longer' });
  expect(await submitted()).toContain('Rules: 1 removed');
  await approve();
  expect(await rules()).toMatchObject([{ target: 'all' }]);
});

test('a picture is put into a rule as a file and stays when only its mode is changed', async () => {
  await flow.ann.command(APPROVALS, '/pbx-baseline edit hq BrandLogoImage');
  await flow.modal(flow.ann, 'There is no such rule yet');
  flow.ann.fill({
    'BrandLogoImage:file': { file: { name: 'logo.png', bytes: PICTURE } },
    reason: 'brand',
  });
  expect(await submitted()).toContain('1 setting would change');
  await approve();
  await flow.ann.dismiss();
  await flow.ann.command(APPROVALS, '/pbx-baseline edit hq BrandLogoImage');
  await flow.modal(flow.ann, 'Now: ');
  flow.ann.fill({ mode: 'report', reason: 'brand' });
  await submitted();
  await approve();
  expect(await rules()).toMatchObject([{ mode: 'report', value: PICTURE.toString('base64') }]);
});

test('the baseline goes out as a file and comes back in, and all that is wrong with a file is told at its input', async () => {
  await flow.capture('hq EnableChat AvatarStyle --for all');
  expect(await say('/pbx-baseline export')).toContain('in your direct messages');
  const sent = await flow.world.slack.until('the file', () =>
    flow.world.slack.directMessages(flow.ann.id).find(({ fileIds }) => fileIds.length > 0),
  );
  expect(sent.text).toBe('Baseline v1: 2 rules as YAML');
  const file = flow.world.slack.files().find(({ id }) => id === sent.fileIds[0]);
  const text = Buffer.from(file?.bytes ?? []).toString('utf8');
  expect(text).toMatch(/^# Baseline v1, published .* by slack:U0ANN\.\nbasedOn: 1\nrules:\n/);

  await flow.ann.command(APPROVALS, '/pbx-baseline import');
  await flow.modal(flow.ann, 'Baseline file');
  flow.ann.fill({ reason: 'as reviewed' });
  expect(await flow.ann.submit()).toMatchObject({
    ok: false,
    errors: { text: expect.stringMatching(/neither a file nor a text/) },
  });
  const upload = (content: string) => ({ file: { file: { name: 'b.yml', bytes: Buffer.from(content) } } });
  flow.ann.fill(
    upload('rules:\n  - {setting: EnableChats, value: on}\n  - {setting: AvatarStyle, value: Oval}\n'),
  );
  expect(await flow.ann.submit()).toMatchObject({
    ok: false,
    errors: {
      file: expect.stringMatching(
        /b\.yml, line 2: There is no setting “EnableChats”[\s\S]*b\.yml, line 3: Avatar style/,
      ),
    },
  });
  flow.ann.fill(upload(text.replace('value: Square', 'value: Circle')));
  expect(await submitted()).toContain('Rules: 1 changed');
  await approve();
  expect(await rules()).toMatchObject([{ value: true }, { value: 'Circle' }]);

  await flow.ann.dismiss();
  await flow.ann.command(APPROVALS, '/pbx-baseline import');
  await flow.modal(flow.ann, 'Baseline file');
  flow.ann.fill({ text, reason: 'again' });
  expect(await flow.ann.submit()).toMatchObject({
    ok: false,
    errors: { text: expect.stringMatching(/made from v1, and the baseline is v2 now/) },
  });
});

test('versions are listed, compared with each other and with a PBX, and gone back to', async () => {
  expect(await say('/pbx-baseline history')).toContain('There is no baseline yet');
  await flow.capture('hq EnableChat AvatarStyle --for all');
  flow.hq.change(APPS, { AvatarStyle: 'Circle' });
  await flow.capture('hq AvatarStyle --for hq');

  const history = await say('/pbx-baseline history');
  expect(history).toMatch(/v2\*.*request #2: 3 rules \(\+1 ~0 −0\)/);
  expect(history).toMatch(/v1\*.*request #1: 2 rules \(\+2 ~0 −0\)/);
  expect(await say('/pbx-baseline diff 1')).toContain('• Added: *Avatar style* `Circle`');
  expect(await say('/pbx-baseline diff 2 1')).toContain('• Removed: *Avatar style* for `hq`');
  expect(await say('/pbx-baseline diff v1 v1')).toContain('say the same');
  expect(await say('/pbx-baseline diff 2 hq')).toContain('is as v2 says');
  expect(await say('/pbx-baseline diff 1 hq')).toContain('• *Avatar style* `Circle` → `Square`');
  expect(await say('/pbx-baseline diff 1 hqq')).toContain('Did you mean hq?');
  expect(await say('/pbx-baseline diff 7')).toContain('There is no baseline v7. The newest is v2.');
  expect(await say('/pbx-baseline diff')).toContain('Usage: /pbx-baseline diff');

  expect(await say('/pbx-baseline rollback 1')).toContain('A reason is missing');
  expect(await say('/pbx-baseline rollback 1 --because v2 was wrong')).toContain(
    'Rules: 1 removed; *1 setting would change* on 1 of 1 PBX',
  );
  await approve();
  expect(await say('/pbx-baseline diff 1 3')).toContain('say the same');
  expect(await say('/pbx-baseline rollback 1 --because again')).toContain('says what v1 says already');
  expect(wordsOf(await flow.ask(flow.eve, '/pbx-baseline rollback 2 --because x'))).toContain('but not ask');
});
