import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const ENTRY = 'test/helpers/killable-app';
const OPTIONS = [
  '--target',
  'ES2023',
  '--module',
  'NodeNext',
  '--skipLibCheck',
  '--noCheck',
  '--ignoreConfig',
];

/** Plumbline as JavaScript, because a process that is started a hundred times should start fast. */
export interface CompiledApp {
  /** The file to run. */
  readonly entry: string;
  readonly remove: () => Promise<void>;
}

/** Compiles the sources as they are now into a temporary folder. */
export async function compileApp(): Promise<CompiledApp> {
  const folder = await mkdtemp(join(tmpdir(), 'plumbline-app-'));
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
  const paths = ['--rootDir', ROOT, '--outDir', folder, join(ROOT, `${ENTRY}.ts`)];
  await promisify(execFile)(process.execPath, [compiler, ...OPTIONS, ...paths]);
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  await symlink(join(ROOT, 'migrations'), join(folder, 'migrations'));
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  return {
    entry: join(folder, `${ENTRY}.js`),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
