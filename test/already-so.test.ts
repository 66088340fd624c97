import { expect, test, vi } from 'vitest';
import { json, openTerminal } from './helpers/terminal.js';

// Every command is a process of its own, and a busy machine starts them slowly.
vi.setConfig({ testTimeout: 120_000 });

test('setting what is already so is done, and says that there was nothing to do', async () => {
  const { run, pbx } = await openTerminal();
  expect((await run('set', 'AvatarStyle', 'Circle')).code).toBe(0);
  const writes = pbx.writes().length;

  const again = await run('set', 'AvatarStyle', 'Circle');
  expect(again).toMatchObject({ code: 0, stdout: '' });
  expect(again.stderr).toContain('Already set: there was nothing to do.');

  const asJson = await run('set', 'AvatarStyle', 'Circle', '--json');
  expect(asJson.code).toBe(0);
  expect(json(asJson)).toEqual({ state: 'unchanged' });
  expect(pbx.writes()).toHaveLength(writes);
});

test('what was also to be held in the baseline is not said to be done', async () => {
  const { run } = await openTerminal();
  expect((await run('set', 'AvatarStyle', 'Circle')).code).toBe(0);
  expect((await run('set', 'AvatarStyle', 'Circle', '--baseline')).code).toBe(1);
});
