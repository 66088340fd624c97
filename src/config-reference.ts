import { readFileSync } from 'node:fs';
import type { Env } from './config-env.js';
import { fileFault } from './config-faults.js';
import type { ConfigFile } from './config-file.js';
import { secretMend } from './config-places.js';

/** Where a secret is: in a variable, or alone in a file. */
export type Reference = { readonly env: string } | { readonly file: string };

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'Plumbline may not read it',
  EPERM: 'Plumbline may not read it',
};

/** What a reference refers to, without spaces around it. Throws `UserError` where there is nothing. */
export function readReference(file: ConfigFile, at: string, reference: Reference, env: Env): string {
  if ('env' in reference) {
    const value = env[reference.env];
    if (value !== undefined && value !== '') return value;
    const mend = secretMend(`Set ${reference.env} in .env or in the environment.`);
    throw fileFault(file.path, at, `refers to ${reference.env}, which is not set`, mend);
  }
  const text = textOf(file, at, reference.file);
  if (text !== '') return text;
  const mend = secretMend('Put it into the file, alone.');
  throw fileFault(file.path, at, `refers to ${reference.file}, which is empty`, mend);
}

function textOf(file: ConfigFile, at: string, path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'no reason given';
    const what = `refers to ${path}, which cannot be read: ${REASONS[code] ?? code}`;
    const mend = 'Check that it is there and that the user who runs Plumbline may read it.';
    throw fileFault(file.path, at, what, mend);
  }
}
