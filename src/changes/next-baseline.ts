import { type BaselineDiff, changeOf, diffRules, isSameBaseline, type RuleName } from '../baseline/diff.js';
import { readDocument } from '../baseline/document.js';
import type { Rule } from '../baseline/rules.js';
import { currentBaseline, findBaseline } from '../baseline/store.js';
import type { Ctx } from '../ctx.js';
import { UserError } from '../errors.js';
import { getTarget } from '../fleet/pbx.js';

/** What is to be done to the baseline in force so that it says something else. */
export interface NextBaseline {
  readonly diff: BaselineDiff;
  readonly rules: readonly Rule[];
  readonly removed: readonly RuleName[];
  /** The version that it was compared with. */
  readonly basedOn: number;
}

/**
 * What would make the baseline exactly what a file says. Throws `UserErrors` with all that is wrong with it, and where it was
 * made from another version than the one in force.
 */
export async function nextFromFile(
  ctx: Pick<Ctx, 'db' | 'pbxs'>,
  text: string,
  file: string,
): Promise<NextBaseline> {
  const { rules, basedOn } = readDocument(text, file, (target) => getTarget(ctx, target));
  const current = await currentBaseline(ctx.db);
  if (basedOn === null || basedOn === current.version)
    return nextOf(diffRules(current.rules, rules), current.version);
  const message = `${file} was made from v${basedOn}, and the baseline is v${current.version} now.`;
  throw new UserError('conflict', message, {
    field: 'basedOn',
    mend: 'Export it again and bring your changes to the new version, or remove basedOn to overrule it.',
  });
}

/** What would make the baseline say again what an older version says; version 0 is the empty one. Throws `UserError`. */
export async function nextFromVersion(ctx: Pick<Ctx, 'db' | 'pbxs'>, version: number): Promise<NextBaseline> {
  const current = await currentBaseline(ctx.db);
  const { rules } = version === 0 ? { rules: [] } : await getVersion(ctx, version);
  const next = nextOf(diffRules(current.rules, rules), current.version);
  const gone = goneTargets(ctx, next.rules);
  if (gone.length === 0) return next;
  const message = `v${version} has rules for ${gone.join(', ')}, which the fleet no longer has.`;
  throw new UserError('conflict', message, {
    field: 'version',
    mend: 'Export that version, take their rules out of the file, and import it.',
  });
}

/** A published version. Throws `UserError` where there is none of that number. */
export async function getVersion({ db }: Pick<Ctx, 'db'>, version: number) {
  const found = await findBaseline(db, version);
  if (found !== undefined) return found;
  const newest = (await currentBaseline(db)).version;
  if (newest === 0) {
    const mend =
      'Take one from a PBX that is as it should be (capture), or bring one in from a file (import).';
    throw new UserError('not-found', 'There is no baseline yet.', { field: 'version', mend });
  }
  throw new UserError('not-found', `There is no baseline v${version}.`, {
    field: 'version',
    mend: `The newest is v${newest}.`,
  });
}

/** The version that a person names as `3` or `v3`, or null for a word that names none. */
export function versionIn(word: string): number | null {
  const number = /^v?(\d{1,9})$/i.exec(word)?.[1];
  return number === undefined ? null : Number(number);
}

/** Whether the baseline says so already. */
export function isAlreadySo({ diff }: NextBaseline): boolean {
  return isSameBaseline(diff);
}

function nextOf(diff: BaselineDiff, basedOn: number): NextBaseline {
  return { diff, ...changeOf(diff), basedOn };
}

function goneTargets(ctx: Pick<Ctx, 'pbxs'>, rules: readonly Rule[]): readonly string[] {
  return [...new Set(rules.map(({ target }) => target))].filter((target) => {
    try {
      getTarget(ctx, target);
      return false;
    } catch (error) {
      if (error instanceof UserError) return true;
      throw error;
    }
  });
}
