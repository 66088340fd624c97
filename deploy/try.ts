import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { onlyOne, readDockerfile, wordsOf } from './dockerfile.js';
import { playDockerfile } from './play.js';

// Tries the image without a container engine: does what the Dockerfile says as plain commands in a temporary folder, then
// starts what it starts against simulators, asks its health check and ends it as an engine would.

const CONTEXT = fileURLToPath(new URL('../', import.meta.url));
const PATIENCE_MS = 60_000;
const GRACE_MS = 10_000;

type Env = Record<string, string>;

let lastSaid = '';
/** Says a line, but not twice in a row. */
const say = (line: string): void => {
  if (line !== lastSaid) process.stdout.write(`${line}\n`);
  lastSaid = line;
};
const running: ChildProcess[] = [];
const folder = await mkdtemp(join(tmpdir(), 'plumbline-image-'));

try {
  await tryImage();
  say('The image would be well.');
} finally {
  for (const child of running) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
}

async function tryImage(): Promise<void> {
  const instructions = readDockerfile(await readFile(join(CONTEXT, 'Dockerfile'), 'utf8'));
  const root = await playDockerfile(instructions, { from: CONTEXT, into: folder, say });
  const here = (name: string): readonly string[] =>
    wordsOf(onlyOne(instructions, name)).map((word) => word.replace(/^\//, `${root}/`));
  const entry = here('ENTRYPOINT');
  const env: Env = { ...variablesOf(instructions, root), PATH: process.env['PATH'] ?? '' };
  const cwd = join(root, 'config');
  await Promise.all([cwd, join(root, 'data')].map((path) => mkdir(path, { recursive: true })));
  for (const what of ['pbx', 'slack']) {
    Object.assign(env, await simulate([...entry, 'simulate', what, '--port', '0'], { cwd, env }));
  }
  const serving = start([...entry, ...wordsOf(onlyOne(instructions, 'CMD'))], { cwd, env });
  serving.stdout?.resume();
  const health = () => exitCode(here('HEALTHCHECK'), { cwd, env });
  expectCode('the health check before it is up', await untilWell(health), 0);
  expectCode('doctor', await exitCode([...entry, 'doctor'], { cwd, env }), 0);
  const ended = once(serving, 'exit');
  const began = Date.now();
  serving.kill(onlyOne(instructions, 'STOPSIGNAL').rest as NodeJS.Signals);
  const late = sleep(GRACE_MS, ['after the engine would have killed it'], { ref: false });
  const [code]: unknown[] = await Promise.race([ended, late]);
  expectCode(`the end, after ${Date.now() - began} ms,`, code, 0);
  expectCode('the health check after the end', await health(), 1);
}

/** What ENV sets, with the folders of the image where they are here. */
function variablesOf(instructions: ReturnType<typeof readDockerfile>, root: string): Env {
  const last = instructions.slice(instructions.findLastIndex(({ name }) => name === 'FROM'));
  const set = last.filter(({ name }) => name === 'ENV').map(({ rest }) => rest.split('='));
  return Object.fromEntries(set.map(([name = '', value = '']) => [name, value.replace(':/', `:${root}/`)]));
}

/** Starts a simulator and returns the variables that it prints. */
async function simulate(words: readonly string[], at: { cwd: string; env: Env }): Promise<Env> {
  const child = start(words, at);
  let said = '';
  for await (const chunk of child.stdout ?? []) {
    said += String(chunk);
    if (/# To change|PLUMBLINE_REQUESTERS/.test(said)) break;
  }
  const lines = [...said.matchAll(/^([A-Z][A-Z0-9_]+)=(.+)$/gm)];
  return Object.fromEntries(lines.map(([, name = '', value = '']) => [name, value]));
}

function start([command = '', ...args]: readonly string[], at: { cwd: string; env: Env }): ChildProcess {
  const child = spawn(command, args, { ...at, stdio: ['ignore', 'pipe', 'inherit'] });
  running.push(child);
  return child;
}

async function untilWell(health: () => Promise<number>): Promise<number> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const code = await health();
    if (code === 0 || Date.now() > deadline) return code;
    await sleep(500);
  }
}

function exitCode(
  [command = '', ...args]: readonly string[],
  at: { cwd: string; env: Env },
): Promise<number> {
  return new Promise((resolve) => {
    execFile(command, args, at, (error, stdout, stderr) => {
      say(`${args.slice(1).join(' ')}: ${(stdout + stderr).trim().split('\n').at(-1) ?? ''}`);
      resolve(error === null ? 0 : Number(error.code ?? 1));
    });
  });
}

function expectCode(what: string, found: unknown, wanted: number): void {
  if (found !== wanted) throw new Error(`${what} ended with ${String(found)}, not with ${wanted}`);
}
