import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { type PbxSimulator, type SimulatedPbx, startPbxSimulator } from '../../src/simulators/pbx/server.js';

export const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

export const APPS = 'GeneralSettingsForApps';
export const SECRET = 'secret-pbx';

export interface Answer {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that is under way. */
export interface Running {
  readonly child: ChildProcess;
  /** Resolves with everything said so far, once it contains `text`; throws where the command ends without saying it. */
  said(text: string): Promise<string>;
  readonly ended: Promise<Answer>;
}

/** A person at a terminal: an empty folder, the variables of one simulated PBX, and the built command. */
export interface Terminal {
  readonly folder: string;
  readonly simulator: PbxSimulator;
  readonly pbx: SimulatedPbx;
  readonly databaseUrl: string;
  /** Variables of every later command; undefined takes one away. */
  readonly env: Record<string, string | undefined>;
  run(...args: readonly string[]): Promise<Answer>;
  start(...args: readonly string[]): Running;
  file(name: string, content: string | Uint8Array): string;
}

/** Opens a terminal for the length of a test. */
export async function openTerminal(version = '20.0.10.1621'): Promise<Terminal> {
  const clients = [{ clientId: 'plumbline', clientSecret: SECRET }];
  const simulator = await startPbxSimulator({ pbxs: [{ id: 'pbx', version, clients }] });
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-cli-'));
  onTestFinished(async () => {
    await simulator.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const pbx = simulator.pbx('pbx');
  const env: Terminal['env'] = {
    PATH: process.env['PATH'],
    THREECX_URL: pbx.url,
    THREECX_CLIENT_ID: 'plumbline',
    THREECX_CLIENT_SECRET: SECRET,
  };
  const start = (...args: readonly string[]): Running => startCommand(args, folder, env);
  return {
    folder,
    simulator,
    pbx,
    env,
    databaseUrl: `sqlite:${join(folder, 'data', 'plumbline.db')}`,
    start,
    run: (...args) => start(...args).ended,
    file(name, content) {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    },
  };
}

/** Starts the built command in a folder; it is killed with the test. */
export function startCommand(args: readonly string[], cwd: string, env: Terminal['env']): Running {
  const child = spawn(process.execPath, [CLI, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const heard = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (heard.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (heard.stderr += text));
  const ended = new Promise<Answer>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...heard }));
  });
  return { child, ended, said: (text) => hear(child, text, () => heard.stdout + heard.stderr) };
}

function hear(child: ChildProcess, text: string, all: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    const listen = (): void => {
      if (all().includes(text)) resolve(all());
    };
    child.stdout?.on('data', listen);
    child.stderr?.on('data', listen);
    child.once('close', () => reject(new Error(`it ended without saying “${text}”, but: ${all()}`)));
    listen();
  });
}

/** Standard output as a JSON object. */
export function json(answer: Answer): Record<string, unknown> {
  const value: unknown = JSON.parse(answer.stdout);
  if (typeof value === 'object' && value !== null) return { ...value };
  throw new Error(`no JSON object: ${answer.stdout}`);
}
