import { execFileSync, spawn } from 'node:child_process';
import { onTestFinished } from 'vitest';
import { CLI } from './terminal.js';

/** The built command on a terminal of its own. */
export interface Pty {
  type(keys: string): void;
  /** Resolves with everything said so far, once it contains `text`; throws where the command ends without saying it. */
  said(text: string): Promise<string>;
  readonly ended: Promise<{ readonly code: number | null; readonly said: string }>;
}

/** Whether this machine has the tool that makes terminals. */
export function hasScript(): boolean {
  try {
    execFileSync('script', ['--version']);
    return true;
  } catch {
    return false;
  }
}

/** Starts the command in a folder; it is killed with the test. */
export function openPty(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): Pty {
  const words = [process.execPath, CLI, ...args].map((word) => `'${word}'`);
  // Without a shell in between, which has its own mind about Ctrl-C.
  const command = ['exec', ...words].join(' ');
  const child = spawn('script', ['-qefc', command, '/dev/null'], {
    cwd,
    env: { ...env, TERM: 'xterm' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let heard = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (heard += text));
  return {
    type: (keys) => void child.stdin.write(keys),
    said: (text) =>
      new Promise((resolve, reject) => {
        const listen = (): void => {
          if (heard.includes(text)) resolve(heard);
        };
        child.stdout.on('data', listen);
        child.once('close', () => reject(new Error(`it ended without saying “${text}”, but: ${heard}`)));
        listen();
      }),
    ended: new Promise((resolve) => void child.once('close', (code) => resolve({ code, said: heard }))),
  };
}
