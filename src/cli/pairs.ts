import pLimit from 'p-limit';
import type { Ctx, Pbx } from '../ctx.js';
import { UserError } from '../errors.js';
import { observe } from '../fleet/observe.js';
import { type Assignment, parseAssignments } from '../settings/assignment.js';
import { findObject, findSetting, getSetting } from '../settings/catalogue.js';
import { imageFromFile } from '../settings/image.js';
import type { ResourceName } from '../settings/setting.js';

const CONCURRENCY = 16;

/** What a person typed: the name of a setting or of a nested object, and a value. */
export interface Pair {
  readonly key: string;
  readonly text: string;
}

/** Words as pairs. Throws `UserError` where one is left over or a name is not in the catalogue, before any PBX is asked. */
export function pairsOf(words: readonly string[]): readonly Pair[] {
  const pairs: Pair[] = [];
  for (let index = 0; index < words.length; index += 2) {
    const [key = '', text] = words.slice(index, index + 2);
    const known = findObject(key)?.object.key ?? getSetting(key).key;
    if (text === undefined) {
      throw new UserError('invalid', `${known} has no value.`, {
        field: known,
        mend: `Write plumbline set ${known} VALUE.`,
      });
    }
    pairs.push({ key: known, text });
  }
  return pairs;
}

/**
 * Pairs as assignments; `@path` for a picture stands for the file's content. Asks the PBXs for their versions only where a
 * limit depends on it; a value then has to fit one of them. Throws `UserError` for what does not fit.
 */
export async function assignmentsOf(
  ctx: Pick<Ctx, 'db' | 'now'>,
  pbxs: readonly Pbx[],
  pairs: readonly Pair[],
  readFile: (path: string) => Promise<Uint8Array>,
): Promise<readonly Assignment[]> {
  const limited = pairs.map(({ key }) => findSetting(key)).find((setting) => setting?.kind === 'image');
  const versions = limited === undefined ? [] : await versionsOf(ctx, pbxs, limited.resource);
  const [first = null, ...others] = versions;
  const parse = (version: string | null): Promise<readonly Assignment[]> =>
    assignmentsFor(version, pairs, readFile);
  return others.reduce((parsed, version) => parsed.catch(() => parse(version)), parse(first));
}

/** The versions of PBXs, each once. */
async function versionsOf(
  ctx: Pick<Ctx, 'db' | 'now'>,
  pbxs: readonly Pbx[],
  resource: ResourceName,
): Promise<readonly (string | null)[]> {
  const limit = pLimit(CONCURRENCY);
  const observed = await Promise.all(pbxs.map((pbx) => limit(() => observe(ctx, pbx, [resource]))));
  return [...new Set(observed.map(({ version }) => version))];
}

async function assignmentsFor(
  version: string | null,
  pairs: readonly Pair[],
  readFile: (path: string) => Promise<Uint8Array>,
): Promise<readonly Assignment[]> {
  const assignments: Assignment[] = [];
  for (const pair of pairs) assignments.push(...(await assignmentsOfPair(pair, version, readFile)));
  return assignments;
}

async function assignmentsOfPair(
  { key, text }: Pair,
  version: string | null,
  readFile: (path: string) => Promise<Uint8Array>,
): Promise<readonly Assignment[]> {
  const setting = findSetting(key);
  if (setting?.kind !== 'image' || !text.startsWith('@')) return parseAssignments(key, text, version);
  const bytes = await contentOf(key, text.slice(1), readFile);
  return [{ key: setting.key, value: imageFromFile(setting, bytes, version) }];
}

async function contentOf(
  key: string,
  path: string,
  readFile: (path: string) => Promise<Uint8Array>,
): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch {
    throw new UserError('not-found', `The file “${path}” cannot be read.`, {
      field: key,
      mend: 'After @ comes the path of a picture file.',
    });
  }
}
