import { readFileSync } from 'node:fs';
import type { Env } from './config-env.js';
import { fileFault } from './config-faults.js';
import type { ConfigFile } from './config-file.js';
import { secretMend } from './config-places.js';
import { SECRET_MEND, secretFault } from './config-secret.js';
import { textOfBytes } from './config-text.js';
import { UserError } from './errors.js';

/** Where a secret is: in a variable, or alone in a file. */
export type Reference = { readonly env: string } | { readonly file: string };

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'Plumbline may not read it',
  EPERM: 'Plumbline may not read it',
};

/**
 * The secret that a reference refers to, without spaces around it. Throws `UserError` where there is none, or something that
 * cannot be one.
 */
export function readSecret(file: ConfigFile, at: string, reference: Reference, env: Env): string {
  const secret = readReference(file, at, reference, env);
  const fault = secretFault(secret);
  if (fault === null) return secret;
  const place = 'env' in reference ? reference.env : reference.file;
  throw fileFault(file.path, at, `refers to ${place}, which ${fault}`, SECRET_MEND);
}

/** What a reference refers to, without spaces around it. Throws `UserError` where there is nothing. */
export function readReference(file: ConfigFile, at: string, reference: Reference, env: Env): string {
  if ('env' in reference) {
    const value = env[reference.env];
    if (value !== undefined && value.trim() !== '') return value.trim();
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
    return textOfBytes(readFileSync(path), path, at).trim();
  } catch (error) {
    if (error instanceof UserError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'no reason given';
    const what = `refers to ${path}, which cannot be read: ${REASONS[code] ?? code}`;
    const mend = 'Check that it is there and that the user who runs Plumbline may read it.';
    throw fileFault(file.path, at, what, mend);
  }
}
