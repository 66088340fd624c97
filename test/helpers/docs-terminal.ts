import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startPbxSimulator } from '../../src/simulators/pbx/server.js';
import { cliInProcess } from './cli-in-process.js';
import { png } from './values.js';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const APPS = 'GeneralSettingsForApps';
/** What goes on until a signal ends it. */
const LASTS = /^(npx )?plumbline (serve|simulate)\b/;
/** What has just begun to speak may not listen to signals yet. */
const LISTENS_AFTER_MS = 300;
/** 2 says that something drifted, which is an answer too. */
const FINE: readonly unknown[] = [0, 2];
/** The reader's PBX may have a value already that the page sets. */
const NOTHING_TO_DO = 'nothing would change';

/** Where the commands of the docs are typed: a folder of a reader who has followed them up to here. */
export interface Reader {
  /** Types the commands one after the other into a fresh folder; returns what went wrong, or null. */
  type(commands: readonly string[]): Promise<string | null>;
  close(): Promise<void>;
}

/**
 * Prepares what the commands of the docs may rely on: one simulated PBX `hq` with the tag `emea`, without Slack; twelve
 * requests, the last of which switched chat on; a baseline; the files `logo.png`, `baseline.yml` and `.env.example`.
 */
export async function openReader(): Promise<Reader> {
  const root = mkdtempSync(join(tmpdir(), 'plumbline-docs-'));
  const simulator = await startPbxSimulator({ pbxs: [{ id: 'hq' }] });
  const hq = simulator.pbx('hq');
  const seed = join(root, 'seed');
  await prepare(seed, hq.url);
  const settings = hq.resource(APPS);
  mkdirSync(join(root, 'bin'));
  // npx would take a second to find the same program.
  for (const [name, text] of [
    ['plumbline', `exec "${process.execPath}" "${CLI}" "$@"`] as const,
    ['npx', 'exec "$@"'] as const,
  ]) {
    writeFileSync(join(root, 'bin', name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(root, 'bin', name), 0o755);
  }
  const env = { PATH: `${join(root, 'bin')}:${process.env['PATH'] ?? ''}`, HQ_SECRET: 'secret-hq' };
  let count = 0;
  return {
    async type(commands) {
      const folder = join(root, `folder-${(count += 1)}`);
      cpSync(seed, folder, { recursive: true });
      hq.change(APPS, settings);
      for (const command of commands) {
        const fault = await typed(command, folder, env);
        if (fault !== null) return `${command}\n${fault}`;
      }
      return null;
    },
    async close() {
      await simulator.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

async function prepare(folder: string, url: string): Promise<void> {
  mkdirSync(join(folder, 'data'), { recursive: true });
  const file = join(folder, 'plumbline.yml');
  writeFileSync(
    file,
    `pbxs: [{ id: hq, url: '${url}', tags: [emea], clientId: plumbline, clientSecret: { env: HQ_SECRET } }]\n`,
  );
  writeFileSync(join(folder, 'logo.png'), png(200));
  copyFileSync('.env.example', join(folder, '.env.example'));
  const database = { DATABASE_URL: `sqlite:${join(folder, 'data', 'plumbline.db')}` };
  const run = cliInProcess({ PLUMBLINE_CONFIG: file, HQ_SECRET: 'secret-hq', ...database }, 'reader');
  const done = async (...words: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await run(...words);
    if (code !== 0) throw new Error(`${words.join(' ')}: ${stderr}`);
    return stdout;
  };
  for (let number = 1; number <= 12; number += 1) {
    await done('set', 'EnableChat', number % 2 === 0 ? 'on' : 'off');
  }
  await done('baseline', 'capture', 'HideCRMContacts');
  writeFileSync(join(folder, 'baseline.yml'), await done('baseline', 'export'));
}

/** Types one line; what goes on until a signal ends it is ended when it has said something. */
async function typed(
  command: string,
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<string | null> {
  const isLasting = LASTS.test(command);
  const line = isLasting ? `exec ${command.replace(/--port \d+/, '--port 0')}` : command;
  const child = spawn('sh', ['-c', line], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  const hear = (text: string): void => {
    if (isLasting && said === '') setTimeout(() => child.kill('SIGTERM'), LISTENS_AFTER_MS);
    said += text;
  };
  child.stdout.setEncoding('utf8').on('data', hear);
  child.stderr.setEncoding('utf8').on('data', hear);
  const [code]: unknown[] = await once(child, 'close');
  return FINE.includes(code) || said.includes(NOTHING_TO_DO)
    ? null
    : `  ended with ${String(code)}:\n${said.replace(/^/gm, '  ')}`;
}
