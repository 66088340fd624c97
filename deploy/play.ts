import { execFile } from 'node:child_process';
import { cp, mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import type { Instruction } from './dockerfile.js';

/** Commands that only make sense as root of an image of its own. */
const NEEDS_AN_IMAGE = /^(apt-get|chmod|chown|ln|mkdir|rm)\s/;

interface Stage {
  readonly root: string;
  workdir: string;
}

/**
 * Does what a Dockerfile says with plain commands: each stage is a folder under `into`, the context is the folder `from`.
 * Returns the folder that stands for the root of the last stage, and what had to be left out.
 */
export async function playDockerfile(
  instructions: readonly Instruction[],
  { from, into, say }: { from: string; into: string; say: (line: string) => void },
): Promise<string> {
  const stages = new Map<string, Stage>();
  let stage: Stage | undefined;
  for (const { name, rest } of instructions) {
    if (name === 'FROM') {
      const called = / AS (\S+)$/i.exec(rest)?.[1] ?? 'last';
      stage = { root: join(into, called), workdir: '/' };
      stages.set(called, stage);
    }
    if (stage === undefined) throw new Error('a Dockerfile begins with FROM');
    if (name === 'WORKDIR') stage.workdir = rest;
    if (name === 'COPY') await copy(rest, stage, stages, from);
    if (name === 'RUN') for (const command of rest.split(/\s+&&\s+/)) await run(command, stage, say);
    await mkdir(join(stage.root, stage.workdir), { recursive: true });
  }
  if (stage === undefined) throw new Error('a Dockerfile begins with FROM');
  return stage.root;
}

async function copy(
  rest: string,
  stage: Stage,
  stages: ReadonlyMap<string, Stage>,
  context: string,
): Promise<void> {
  const other = /^--from=(\S+)\s+/.exec(rest);
  const source = other === null ? context : stages.get(other[1] ?? '')?.root;
  if (source === undefined) throw new Error(`there is no stage for COPY ${rest}`);
  const words = rest.slice(other?.[0].length ?? 0).split(/\s+/);
  const target = join(stage.root, stage.workdir, words.at(-1) ?? '');
  for (const word of words.slice(0, -1)) {
    const path = words.at(-1)?.endsWith('/') === true ? join(target, basename(word)) : target;
    await cp(join(source, word), path, { recursive: true, verbatimSymlinks: true });
  }
}

async function run(command: string, stage: Stage, say: (line: string) => void): Promise<void> {
  if (NEEDS_AN_IMAGE.test(command)) return say(`left out, it needs an image: ${command}`);
  say(`$ ${command}`);
  await promisify(execFile)('sh', ['-c', command], { cwd: join(stage.root, stage.workdir) });
}
