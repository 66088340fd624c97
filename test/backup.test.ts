import { expect, test, vi } from 'vitest';
import { openTerminal } from './helpers/terminal.js';

// Every command is a process of its own, and a busy machine starts them slowly.
vi.setConfig({ testTimeout: 120_000 });

test('a backup that is taken while Plumbline serves has everything, and is never written over another', async () => {
  const { run, start, env, folder } = await openTerminal();
  await run('set', 'AvatarStyle', 'Circle');
  const serving = start('serve');
  await serving.said('Plumbline runs');
  const copied = await run('backup', 'copy.db');
  const again = await run('backup', 'copy.db');
  serving.child.kill('SIGTERM');
  await serving.ended;
  const original = await run('audit');
  env['DATABASE_URL'] = `sqlite:${folder}/copy.db`;
  const fromCopy = await run('audit');
  const verified = await run('audit', 'verify');

  expect(copied).toMatchObject({ code: 0, stdout: '', stderr: 'The database is copied to copy.db.\n' });
  expect(again).toMatchObject({ code: 1, stdout: '' });
  expect(again.stderr).toContain('Name a file that is not there yet, in a folder that is.');
  expect(fromCopy.stdout).toBe(original.stdout);
  expect(fromCopy.stdout).toContain('change.applied');
  expect(verified.code).toBe(0);
});
