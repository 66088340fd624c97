import { spawn } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { hasScript, openPty } from './helpers/pty.js';
import { CLI, openTerminal, SECRET } from './helpers/terminal.js';

// Every command is a process of its own, and a busy machine starts them slowly.
vi.setConfig({ testTimeout: 120_000 });

test('what init writes from options is all that doctor and serve need', async () => {
  const { run, start, env, pbx } = await openTerminal();
  for (const name of Object.keys(env)) if (name.startsWith('THREECX')) env[name] = undefined;
  env['PBX_HQ_SECRET'] = SECRET;
  const written = await run('init', '--yes', '--pbx', `hq=${pbx.url}`, '--name', 'hq=Head office');
  env['PBX_HQ_SECRET'] = undefined;
  const doctor = await run('doctor');
  const serving = start('serve');
  await serving.said('The PBX lets Plumbline in.');
  serving.child.kill('SIGTERM');

  expect(written).toMatchObject({ code: 0, stderr: '' });
  expect(doctor.stdout).toContain('It lets Plumbline in.');
  expect((await serving.ended).code).toBe(0);
});

test('answers may be piped in, all at once; where they end too early nothing is written', async () => {
  const { folder, env, pbx } = await openTerminal();
  const few = await piped(folder, env, 'hq\n');
  const answers = ['hq', pbx.url, 'Head office', 'emea', SECRET, 'no', '', 'no', 'UTC', ''];
  const all = await piped(folder, env, `${answers.join('\n')}\n`);

  expect(few.code).toBe(1);
  expect(few.said).toContain('There was no answer, so nothing was written.');
  expect(all.code, all.said).toBe(0);
  expect(readFileSync(join(folder, 'plumbline.yml'), 'utf8')).toContain('name: Head office');
  expect(readFileSync(join(folder, '.env'), 'utf8')).toContain(`PBX_HQ_SECRET=${SECRET}`);
  expect(statSync(join(folder, '.env')).mode & 0o777).toBe(0o600);
});

// Without `script` of util-linux there is no terminal to type into.
test.skipIf(!hasScript())(
  'on a terminal a key is not shown while it is typed, and Ctrl-C ends it',
  async () => {
    const { folder, env, pbx } = await openTerminal();
    const pty = openPty(['init', '--pbx', `hq=${pbx.url}`], folder, env);
    await pty.said('The key of the API client on hq');
    pty.type('not-to-be-seen\r');
    await pty.said('The client id');
    pty.type('robott\u007F\r');
    await pty.said('Connect Slack');
    pty.type('\u0003');
    const { code, said } = await pty.ended;

    expect(code).toBe(1);
    expect(said).not.toContain('not-to-be-seen');
    expect(said).toContain('robot');
    expect(said).toContain('nothing was written');
    expect(() => statSync(join(folder, '.env'))).toThrow('ENOENT');
  },
);

function piped(
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
  input: string,
): Promise<{ readonly code: number | null; readonly said: string }> {
  const child = spawn(process.execPath, [CLI, 'init'], { cwd, env: { ...env }, stdio: 'pipe' });
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  }
  child.stdin.end(input);
  return new Promise((resolve) => void child.once('close', (code) => resolve({ code, said })));
}
