import { expect, test, vi } from 'vitest';
import { settings } from '../src/settings/catalogue.js';
import { openTerminal } from './helpers/terminal.js';

// Every command is a process of its own, and a busy machine starts them slowly.
vi.setConfig({ testTimeout: 120_000 });

function variablesIn(text: string): Record<string, string> {
  const lines = [...text.matchAll(/^([A-Z][A-Z0-9_]+)=(.+)$/gm)];
  return Object.fromEntries(lines.map(([, name = '', value = '']) => [name, value]));
}

test('the simulated PBX says how to reach it, can be changed from outside and ends with the signal', async () => {
  const { start, run, env } = await openTerminal();
  const simulated = start('simulate', 'pbx', '--port', '0', '--version', '20.0.9.1000');
  const said = await simulated.said('/change -d');
  Object.assign(env, variablesIn(said));
  const shown = await run('show', 'AvatarStyle');
  const control = /curl (\S+)/.exec(said)?.[1] ?? '';
  const change = { resource: 'GeneralSettingsForApps', properties: { AvatarStyle: 'Circle' } };
  await fetch(control, { method: 'POST', body: JSON.stringify(change) });
  const changed = await run('show', 'AvatarStyle');
  simulated.child.kill('SIGTERM');

  expect(shown.stdout).toContain('3CX 20.0.9.1000');
  expect(shown.stdout).toContain('Square');
  expect(changed.stdout).toContain('Circle');
  expect((await simulated.ended).code).toBe(0);
});

test('several simulated PBXs come with the fleet file to reach them', async () => {
  const { start, run, env, file } = await openTerminal();
  const simulated = start('simulate', 'pbx', '--port', '0', '--count', '3', '--id', 'site');
  const said = await simulated.said('/change -d');
  Object.assign(env, variablesIn(said));
  file('plumbline.yml', said.slice(said.indexOf('pbxs:')));
  const shown = await run('show', '--pbx', 'site-3', 'EnableChat', '--json');

  expect(shown).toMatchObject({ code: 0, stdout: '{\n  "EnableChat": true\n}\n' });
});

test('the simulated Slack says how to reach it and ends with the signal', async () => {
  const { start } = await openTerminal();
  const simulated = start('simulate', 'slack', '--port', '0');
  const variables = variablesIn(await simulated.said('PLUMBLINE_REQUESTERS'));
  const answer = await fetch(`${variables['SLACK_API_URL'] ?? ''}auth.test`, {
    method: 'POST',
    headers: { authorization: `Bearer ${variables['SLACK_BOT_TOKEN'] ?? ''}` },
  });
  simulated.child.kill('SIGINT');

  expect(await answer.json()).toMatchObject({ ok: true });
  expect(Object.keys(variables)).toContain('SLACK_APP_TOKEN');
  expect((await simulated.ended).code).toBe(0);
});

test('a port that is taken is said with a way out', async () => {
  const { run, simulator } = await openTerminal();
  const answer = await run('simulate', 'pbx', '--port', new URL(simulator.url).port);

  expect(answer).toMatchObject({ code: 1, stdout: '' });
  expect(answer.stderr).toContain('is in use.\n  Choose another one; --port 0 takes any that is free.');
});

test('without Slack, serve keeps the schedule, says so and stops at the signal', async () => {
  const { start, pbx } = await openTerminal();
  const serving = start('serve');
  const log = await serving.said('Slack is not configured: only the schedule runs');
  serving.child.kill('SIGTERM');
  const answer = await serving.ended;

  expect(answer).toMatchObject({ code: 0, stdout: '' });
  expect(log).toContain(pbx.url);
  expect(log).toContain('nextSweepAt');
});

test('serve ends within seconds although a PBX hangs', async () => {
  const { start, run, pbx } = await openTerminal();
  await run('baseline', 'capture');
  pbx.fault({ kind: 'hang' });
  const sweeping = start('sweep');
  await pbx.until('the hanging read', () => pbx.requests.find(({ fault }) => fault === 'hang'));
  sweeping.child.kill('SIGKILL');
  await sweeping.ended;
  const asked = pbx.requests.length;
  const serving = start('serve');
  await serving.said('Plumbline runs');
  await pbx.until('the resumed sweep', () => pbx.requests.length > asked);
  serving.child.kill('SIGTERM');

  expect((await serving.ended).stderr).toContain('taken up at the next start');
});

test('a sweep that was cut off is taken to its end by the next one', async () => {
  const { start, run, pbx } = await openTerminal();
  await run('baseline', 'capture');
  pbx.fault({ kind: 'hang' });
  const sweeping = start('sweep');
  await pbx.until('the hanging read', () => pbx.requests.find(({ fault }) => fault === 'hang'));
  sweeping.child.kill('SIGKILL');
  await sweeping.ended;
  pbx.clearFaults();
  const again = await run('sweep');

  expect(again.code).toBe(0);
  expect(again.stderr).toContain('Sweep #1 is under way already; this is its report.');
  expect(again.stdout).toContain(`Sweep #1\npbx: ${settings.length} checked, in sync\n`);
});
