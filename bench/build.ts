import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const PROCESSES = ['pbxs', 'sweep', 'floor', 'slack', 'acks', 'bare-bolt'] as const;
const OPTIONS = [
  '--target',
  'ES2023',
  '--module',
  'NodeNext',
  '--skipLibCheck',
  '--noCheck',
  '--ignoreConfig',
];

/** The measured processes as plain JavaScript: a loader of TypeScript would be measured with them. */
export interface Build {
  fileOf(process: (typeof PROCESSES)[number]): string;
  remove(): Promise<void>;
}

/** Compiles the sources as they are now into a temporary folder. */
export async function build(): Promise<Build> {
  const folder = await mkdtemp(join(tmpdir(), 'plumbline-bench-'));
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
  const entries = PROCESSES.map((name) => join(ROOT, `bench/processes/${name}.ts`));
  await promisify(execFile)(process.execPath, [
    compiler,
    ...OPTIONS,
    '--rootDir',
    ROOT,
    '--outDir',
    folder,
    ...entries,
  ]);
  for (const name of ['node_modules', 'migrations']) await symlink(join(ROOT, name), join(folder, name));
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  return {
    fileOf: (name) => join(folder, `bench/processes/${name}.js`),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
