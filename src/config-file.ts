import { existsSync, readFileSync } from 'node:fs';
import type { Document } from 'yaml';
import { z } from 'zod';
import { yamlDocument } from './baseline/yaml-document.js';
import type { Environment } from './config-env.js';
import { fileFault, gatherFaults, variableFault } from './config-faults.js';
import { textOfBytes } from './config-text.js';
import type { UserError } from './errors.js';
import { nearest } from './settings/suggest.js';
import type { PbxConnection } from './xapi/connection.js';

/** One PBX as configured, with its secret resolved. */
export interface PbxConfig extends PbxConnection {
  readonly name: string;
  readonly tags: readonly string[];
}

const SECTIONS = [
  'defaults',
  'pbxs',
  'roles',
  'channels',
  'schedule',
  'sweep',
  'guards',
  'windows',
  'freezes',
  'approvals',
  'stopFile',
] as const;

type Section = (typeof SECTIONS)[number];

/** A configuration file whose sections are not judged yet; one that does not exist has none. */
export interface ConfigFile {
  readonly path: string;
  readonly content: Readonly<Record<string, unknown>>;
}

/** What to do about a fault, by the name of the entry that has it, or `outer.inner` for one entry of a group. */
export type Mends = Readonly<Record<string, string>>;

/** A value, and what it is called where it was given. */
export interface Given {
  readonly value: string;
  /** A fault of the value, at the variable or the path of the file it comes from. */
  fault(what: string, mend: string): UserError;
}

/** Some ten thousand PBXs. */
const MOST_ENTRIES = 200_000;
const DEFAULT_PATH = 'plumbline.yml';
const YAML_MEND = 'Check indentation, colons and quotes there.';
const Mapping = z.record(z.string(), z.unknown());

/** A file whose text is known already. Throws `UserError` where it is not YAML, or no mapping. */
export function configFileOf(path: string, text: string): ConfigFile {
  return { path, content: contentOf(path, text) };
}

/** Opens the file PLUMBLINE_CONFIG names, or `plumbline.yml` where it exists. Throws `UserError` where it cannot be read. */
export function openConfigFile(named: string | undefined): ConfigFile {
  const path = named ?? DEFAULT_PATH;
  if (existsSync(path)) return configFileOf(path, textOf(path));
  if (named === undefined) return { path, content: {} };
  throw variableFault('PLUMBLINE_CONFIG', `names ${path}, which does not exist`);
}

/** Throws `UserErrors` for every section the file has that there is not. */
export function refuseUnknownSections(file: ConfigFile): void {
  const unknown = Object.keys(file.content).filter(
    (key) => !key.startsWith('x-') && !SECTIONS.some((section) => section === key),
  );
  const faults = gatherFaults();
  for (const key of unknown) faults.keep(unknownKey(file, key, key, SECTIONS));
  faults.raise();
}

/** Whether the file has a section, be it usable or not. */
export function hasSection(file: ConfigFile, section: Section): boolean {
  return file.content[section] !== undefined;
}

/** The entries of a section that is a list, none where it is absent or empty. Throws `UserError` for anything else. */
export function listOfSection(file: ConfigFile, section: Section, mend: string): readonly unknown[] {
  const entries = file.content[section];
  if (entries === undefined || entries === null) return [];
  if (Array.isArray(entries)) return entries;
  throw fileFault(file.path, section, 'must be a list', mend);
}

/** A section of named entries, all of them absent where the section is absent or empty. Throws as `readEntry`. */
export function readSection<S extends z.ZodObject>(
  file: ConfigFile,
  section: Section,
  schema: S,
  mends: Mends,
): z.infer<S> {
  return readEntry(file, section, schema, file.content[section] ?? {}, mends);
}

/** What stands at a path of the file. Throws `UserErrors` that name file, path and mend for everything that is wrong. */
export function readEntry<S extends z.ZodObject>(
  file: ConfigFile,
  at: string,
  schema: S,
  value: unknown,
  mends: Mends = {},
): z.infer<S> {
  const parsed = schema.safeParse(value, { error: inWords });
  if (parsed.success) return parsed.data;
  const faults = gatherFaults();
  for (const issue of parsed.error.issues) {
    const place = [at, ...issue.path].filter((part) => part !== '').join('.');
    const [entry] = issue.path;
    const known = knownAt(schema, issue.path);
    const mend =
      entry === undefined ? knownWords(known) : (mends[issue.path.join('.')] ?? mends[String(entry)]);
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) faults.keep(unknownKey(file, `${place}.${key}`, key, known));
    } else {
      faults.keep(fileFault(file.path, place, issue.message, mend));
    }
  }
  faults.raise();
  throw parsed.error;
}

/** What the environment or the file says, or null where neither does. Throws `UserError` where both do. */
export function givenIn(
  vars: Environment,
  name: keyof Environment,
  file: ConfigFile,
  at: string,
  inFile: string | undefined,
): Given | null {
  const inEnvironment = vars[name];
  refuseTwice(file, name, inEnvironment, at, inFile);
  if (inEnvironment !== undefined) {
    return { value: String(inEnvironment), fault: (what, mend) => variableFault(name, what, mend) };
  }
  if (inFile === undefined) return null;
  return { value: inFile, fault: (what, mend) => fileFault(file.path, at, what, mend) };
}

/** Throws `UserError` where the environment and the file both say the same thing, which one of them may contradict. */
export function refuseTwice(
  file: ConfigFile,
  name: string,
  inEnvironment: unknown,
  at: string,
  inFile: unknown,
): void {
  if (inEnvironment === undefined || inFile === undefined) return;
  throw variableFault(
    name,
    `and ${at} in ${file.path} say the same thing twice`,
    `Keep one of them: unset ${name}, or remove ${at} from ${file.path}.`,
  );
}

function contentOf(path: string, text: string): ConfigFile['content'] {
  const document = yamlDocument(text, { isMerging: true, mostEntries: MOST_ENTRIES });
  const [fault] = document.errors;
  if (fault !== undefined) throw fileFault(path, '', `is not YAML: ${firstLine(fault.message)}`, YAML_MEND);
  const parsed = Mapping.safeParse(valueOf(path, document) ?? {});
  if (parsed.success) return parsed.data;
  throw fileFault(path, '', 'must consist of sections', knownWords(SECTIONS));
}

/** An alias without its anchor is found only now. */
function valueOf(path: string, document: Document.Parsed): unknown {
  try {
    return document.toJS();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw fileFault(path, '', `is not YAML: ${firstLine(message)}`, YAML_MEND);
  }
}

function textOf(path: string): string {
  return textOfBytes(bytesOf(path), path, path);
}

function bytesOf(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch {
    throw fileFault(path, '', 'cannot be read', 'Check that it is a file and that Plumbline may read it.');
  }
}

function firstLine(message: string): string {
  return (message.split('\n')[0] ?? '').replace(/[.:]$/, '');
}

function unknownKey(file: ConfigFile, at: string, key: string, known: readonly string[]): UserError {
  const guesses = nearest(key, known);
  const mend = guesses.length > 0 ? `Did you mean ${guesses.join(' or ')}?` : knownWords(known);
  return fileFault(file.path, at, 'is not known here', mend);
}

/** The names a group at a path may have, none where there is no group. */
function knownAt(schema: z.ZodObject, path: readonly PropertyKey[]): readonly string[] {
  let at: unknown = schema;
  for (const key of path) at = at instanceof z.ZodObject ? unwrapped(at.shape[String(key)]) : undefined;
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

function unwrapped(schema: unknown): unknown {
  return schema instanceof z.ZodOptional ? unwrapped(schema.unwrap()) : schema;
}

function knownWords(known: readonly string[]): string | undefined {
  return known.length === 0 ? undefined : `Known are ${known.join(', ')}.`;
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a group of named entries',
  record: 'a group of named entries',
};

/** The words for faults whose schema has none of its own. */
function inWords(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'invalid_type') {
    return issue.input === undefined ? 'is missing' : `must be ${TYPES[issue.expected] ?? issue.expected}`;
  }
  if (issue.code === 'too_small') {
    return issue.origin === 'number' ? `must be at least ${issue.minimum}` : 'must not be empty';
  }
  return issue.code === 'too_big' ? `must be at most ${issue.maximum}` : undefined;
}
