import type { Ctx, Pbx } from '../ctx.js';
import { UserError } from '../errors.js';
import { covers } from '../fleet/covers.js';
import { descriptionOf } from '../fleet/describe.js';
import type { Description } from '../fleet/observation.js';
import { findLastSeen, lastVersions } from '../fleet/store.js';
import { getSetting } from '../settings/catalogue.js';
import { checkValue, isSameValue, unseenFault } from '../settings/kind.js';
import type { Rule } from './rules.js';

/** A text that a rule would write to a PBX which says that it takes fewer characters. */
interface Misfit {
  readonly pbx: Pbx;
  readonly version: string;
  readonly rule: Rule;
  readonly maxLength: number;
}

type FitCtx = Pick<Ctx, 'db' | 'now' | 'pbxs'>;

/**
 * What is wrong with rules that would write what cannot be kept: nothing at all, a value that some 3CX version refuses, or
 * a text that is longer than a PBX of the fleet takes, by the description that PBXs of its version serve of themselves; one
 * PBX of a version that is not described yet is asked for it. Rules that only report may say whatever a PBX can have.
 */
export async function unfit(ctx: FitCtx, rules: readonly Rule[]): Promise<readonly UserError[]> {
  const writing = rules.filter(({ mode }) => mode !== 'report');
  const judged = writing.map((rule) => ({ rule, fault: faultOf(rule) }));
  const faults = judged.flatMap(({ fault }) => fault ?? []);
  const left = judged.flatMap(({ rule, fault }) => (fault === null ? [rule] : []));
  return [...faults, ...(await unseen(ctx, left)), ...(await misfits(ctx, left))];
}

/** Rules with a text in which stands what nobody sees, unless a PBX of their target was last seen with it. */
async function unseen({ db, pbxs }: FitCtx, rules: readonly Rule[]): Promise<readonly UserError[]> {
  const faults: UserError[] = [];
  for (const { key, value, target } of rules) {
    const setting = getSetting(key);
    const fault = unseenFault(setting, value);
    if (fault === null) continue;
    const seen = await Promise.all(
      pbxs.filter((pbx) => covers(target, pbx)).map((pbx) => findLastSeen(db, pbx.id)),
    );
    const isThere = seen.some((one) => {
      const reading = one?.readings[key];
      return reading?.status === 'read' && isSameValue(setting, reading.value, value);
    });
    if (!isThere) faults.push(fault);
  }
  return faults;
}

/** A PBX that is updated must be able to keep what it is held to, so the strictest limits hold. */
function faultOf({ key, value }: Rule): UserError | null {
  const setting = getSetting(key);
  if (value === null) {
    return new UserError('invalid', `${setting.label} cannot be held at nothing.`, {
      field: key,
      mend: 'What 3CX does with null is not documented. Use a value, or mode report, which writes nothing.',
    });
  }
  try {
    checkValue(setting, value, null);
    return null;
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

async function misfits(ctx: FitCtx, rules: readonly Rule[]): Promise<readonly UserError[]> {
  const texts = rules.filter(({ value }) => typeof value === 'string');
  if (texts.length === 0) return [];
  const found: Misfit[] = [];
  for (const [version, pbxs] of await byVersion(ctx)) {
    const meant = pbxs.filter((pbx) => texts.some(({ target }) => covers(target, pbx)));
    const [first] = meant;
    const described = first === undefined ? null : await descriptionOf(ctx, first, version);
    if (described === null) continue;
    for (const pbx of meant) found.push(...tooLongFor(pbx, version, described, texts));
  }
  return texts.flatMap((rule) => {
    const of = found.filter((misfit) => misfit.rule === rule);
    return of.length === 0 ? [] : [tooLong(rule, of)];
  });
}

async function byVersion({ db, pbxs }: FitCtx): Promise<ReadonlyMap<string, readonly Pbx[]>> {
  const versions = await lastVersions(db);
  const groups = new Map<string, Pbx[]>();
  for (const pbx of pbxs) {
    const version = versions.get(pbx.id);
    if (version === undefined) continue;
    const group = groups.get(version);
    if (group === undefined) groups.set(version, [pbx]);
    else group.push(pbx);
  }
  return groups;
}

function tooLongFor(
  pbx: Pbx,
  version: string,
  described: Description,
  rules: readonly Rule[],
): readonly Misfit[] {
  return rules.flatMap((rule): readonly Misfit[] => {
    const setting = getSetting(rule.key);
    const maxLength = described[setting.resource]?.[setting.path.join('.')]?.maxLength ?? null;
    const isTooLong = maxLength !== null && String(rule.value).length > maxLength;
    return isTooLong && covers(rule.target, pbx) ? [{ pbx, version, rule, maxLength }] : [];
  });
}

function tooLong(rule: Rule, found: readonly Misfit[]): UserError {
  const { label, kind } = getSetting(rule.key);
  const [first] = found.toSorted((left, right) => left.maxLength - right.maxLength);
  const most = first?.maxLength ?? 0;
  const others = found.length > 1 ? ` and ${found.length - 1} more` : '';
  const fitting = kind === 'image' ? `a file of at most ${Math.floor(most / 4) * 3} bytes` : 'a shorter text';
  return new UserError(
    'invalid',
    `${label}: ${String(rule.value).length} characters are too many for ${first?.pbx.id}${others}: 3CX ${first?.version} takes ${most}.`,
    { field: rule.key, mend: `Use ${fitting}, or mode report, which writes nothing.` },
  );
}
