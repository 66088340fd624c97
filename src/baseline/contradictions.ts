import type { Pbx } from '../ctx.js';
import { UserError } from '../errors.js';
import { getSetting } from '../settings/catalogue.js';
import { formatValue } from '../settings/kind.js';
import { type Baseline, desiredFor, type Rule } from './rules.js';

type Place = Pick<Pbx, 'id' | 'tags'>;

/** Two rules of equal rank that ask for different things, and the PBXs which both are for. */
interface Contradiction {
  readonly rules: readonly [Rule, Rule];
  readonly pbxIds: string[];
}

const MOST_NAMES = 3;

/**
 * Which rules of `next` contradict each other on which PBXs, where those of `current` do not yet. A contradiction that a
 * tag brought about later is no reason to refuse anything else, nor to refuse one mend because it is not all of them.
 */
export function newContradictions(
  current: Baseline,
  next: Baseline,
  pbxs: readonly Place[],
  now: Date,
): readonly UserError[] {
  const found = new Map<string, Contradiction>();
  for (const pbx of pbxs) {
    const known = new Set(conflictsOn(current, pbx, now).map(([{ key }]) => key));
    for (const rules of conflictsOn(next, pbx, now).filter(([{ key }]) => !known.has(key))) {
      const name = rules.map(({ key, target }) => `${key} ${target}`).join(' ');
      const same = found.get(name) ?? { rules, pbxIds: [] };
      same.pbxIds.push(pbx.id);
      found.set(name, same);
    }
  }
  return [...found.values()].map(fault);
}

/** The order of a PBX's own tags must not make two contradictions of one. */
function conflictsOn(baseline: Baseline, pbx: Place, now: Date): readonly (readonly [Rule, Rule])[] {
  return desiredFor(baseline, [], pbx, now).flatMap(({ rule, conflict }) => {
    if (conflict === undefined) return [];
    return [rule.target < conflict.target ? ([rule, conflict] as const) : ([conflict, rule] as const)];
  });
}

function fault({ rules: [one, other], pbxIds }: Contradiction): UserError {
  const setting = getSetting(one.key);
  const said = ({ target, value, mode }: Rule): string =>
    `${target} says ${formatValue(setting, value)} (${mode})`;
  const names = pbxIds.slice(0, MOST_NAMES).join(', ');
  const left = pbxIds.length - MOST_NAMES;
  const both = pbxIds.length === 1 ? 'is both' : `${left > 0 ? `and ${left} more ` : ''}are both`;
  const whose = pbxIds.length === 1 ? `${names} itself` : 'each of them itself';
  return new UserError(
    'conflict',
    `${setting.label}: ${said(one)} and ${said(other)}, and ${names} ${both}.`,
    {
      field: setting.key,
      mend: `Tags rank equal. Add a rule for ${whose}, or take one of the two away.`,
    },
  );
}
