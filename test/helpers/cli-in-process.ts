import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createApp } from '../../src/app.js';
import { runCli } from '../../src/cli/run.js';
import { createFile } from '../../src/cli/sink.js';
import type { Opened, World } from '../../src/cli/world.js';
import { readConfig, readStopPath } from '../../src/config.js';
import type { Answer } from './terminal.js';

/** Runs the commands of a person in this process, for many of them one after the other. `adapt` may put itself between. */
export function cliInProcess(
  env: Readonly<Record<string, string | undefined>>,
  user: string,
  adapt: (app: Opened) => Opened = (app) => app,
): (...args: readonly string[]) => Promise<Answer> {
  return async (...args) => {
    const heard = { stdout: '', stderr: '' };
    const world = worldOf(env, user, adapt, {
      out: (text) => void (heard.stdout += text),
      err: (text) => void (heard.stderr += text),
    });
    const code = await runCli(args, world);
    return { code, ...heard };
  };
}

function worldOf(
  env: Readonly<Record<string, string | undefined>>,
  user: string,
  adapt: (app: Opened) => Opened,
  output: Pick<World, 'out' | 'err'>,
): World {
  return {
    user,
    ...output,
    write: async (text) => output.out(text),
    readFile: (path) => readFile(path),
    readChunks: (path) => createReadStream(path),
    createFile,
    open: async () => adapt(await createApp({ ...readConfig(env), slack: null, logLevel: 'silent' })),
    openServer: () => Promise.reject(new Error('nothing is served here')),
    stopPath: () => readStopPath(env),
    isDebugging: () => false,
    onHangup: () => undefined,
    signalled: () => Promise.reject(new Error('no signal comes here')),
    quit: (code) => {
      throw new Error(`quit with ${code}`);
    },
  };
}
