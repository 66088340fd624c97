import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { readConfig } from '../../src/config.js';
import { UserError, UserErrors } from '../../src/errors.js';

/** The one PBX `hq`, without Slack. */
export const ONE_PBX = {
  THREECX_URL: 'https://hq.example.com:5001',
  THREECX_CLIENT_ID: 'plumbline',
  THREECX_CLIENT_SECRET: 'hush',
};

/** A folder that is gone after the test. */
export function emptyFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'plumbline-config-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A `plumbline.yml` in a folder of its own, as the variable that names it. */
export function configFile(text: string): { readonly PLUMBLINE_CONFIG: string } {
  const path = join(emptyFolder(), 'plumbline.yml');
  writeFileSync(path, text);
  return { PLUMBLINE_CONFIG: path };
}

/** Everything that is refused; nothing where the configuration loads. */
export function errorsOf(env: Readonly<Record<string, string>>): readonly UserError[] {
  try {
    readConfig(env);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error instanceof UserErrors ? error.errors : [error];
  }
  return [];
}
