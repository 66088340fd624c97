import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const PROCESS = fileURLToPath(new URL('helpers/opening-process.ts', import.meta.url));
const FILES = 60;
/** Until every process has loaded its code. */
const START_MS = 4_000;

test('several processes that open the same new database file at the same moment all get it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'plumbline-open-'));
  const begin = String(Date.now() + START_MS);
  const args = ['--import', 'tsx', PROCESS, folder, begin, String(FILES)];

  await Promise.all(Array.from({ length: 3 }, () => promisify(execFile)(process.execPath, args)));

  const files = (await readdir(folder)).filter((name) => name.endsWith('.db'));
  expect(files).toHaveLength(FILES);
  await rm(folder, { recursive: true });
});
