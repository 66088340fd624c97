import { createReadStream, existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { createApp } from '../../src/app.js';
import type { Questions } from '../../src/cli/prompt.js';
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
  answers: readonly string[] = [],
): (...args: readonly string[]) => Promise<Answer> {
  return async (...args) => {
    const heard = { stdout: '', stderr: '' };
    const world = worldOf(env, user, adapt, answers, {
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
  answers: readonly string[],
  output: Pick<World, 'out' | 'err'>,
): World {
  return {
    user,
    ...output,
    write: async (text) => output.out(text),
    readFile: (path) => readFile(path),
    readChunks: (path) => createReadStream(path),
    variables: env,
    openQuestions: () => typist(answers, output),
    isThere: existsSync,
    makeFolder: async (path) => void (await mkdir(path, { recursive: true })),
    createFile,
    open: async () => adapt(await createApp({ ...readConfig(env), slack: null, logLevel: 'silent' })),
    openServer: () => Promise.reject(new Error('nothing is served here')),
    stopPath: () => readStopPath(env),
    isTerminal: false,
    isDebugging: () => false,
    onHangup: () => undefined,
    signalled: () => Promise.reject(new Error('no signal comes here')),
    quit: (code) => {
      throw new Error(`quit with ${code}`);
    },
  };
}

/** Somebody who answers every question with the next of these, and then goes away. */
function typist(answers: readonly string[], { err }: Pick<World, 'err'>): Questions {
  const left = [...answers];
  return {
    async ask(text) {
      err(text);
      return left.shift() ?? null;
    },
    close: () => undefined,
  };
}
