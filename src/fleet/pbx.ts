import type { Ctx, Pbx } from '../ctx.js';
import { UserError } from '../errors.js';
import { nearest } from '../settings/suggest.js';

type Fleet = Pick<Ctx, 'pbxs'>;

const indexes = new WeakMap<readonly Pbx[], ReadonlyMap<string, Pbx>>();

/** The PBX with exactly this id, or undefined. */
export function findPbx({ pbxs }: Fleet, id: string): Pbx | undefined {
  const index = indexes.get(pbxs) ?? new Map(pbxs.map((pbx) => [pbx.id, pbx]));
  indexes.set(pbxs, index);
  return index.get(id);
}

/** The PBX a person names, whatever the case. Throws `UserError` with the nearest names. */
export function getPbx(fleet: Fleet, id: string): Pbx {
  const found = fleet.pbxs.find((pbx) => pbx.id.toLowerCase() === id.toLowerCase());
  if (found !== undefined) return found;
  const ids = fleet.pbxs.map((pbx) => pbx.id);
  const guesses = nearest(id, ids);
  throw new UserError('not-found', `There is no PBX “${id}”.`, {
    field: 'pbx',
    mend:
      guesses.length > 0
        ? `Did you mean ${guesses.join(', ')}?`
        : `Known are ${ids.slice(0, 20).join(', ')}.`,
  });
}

/** The PBX meant when a person may leave the name out: the only one there is. Throws `UserError` where there are several. */
export function pbxOrOnly(fleet: Fleet, id: string | undefined): Pbx {
  if (id !== undefined) return getPbx(fleet, id);
  const [only, ...others] = fleet.pbxs;
  if (only !== undefined && others.length === 0) return only;
  throw new UserError('invalid', 'Say which PBX you mean.', {
    field: 'pbx',
    mend: `Known are ${fleet.pbxs
      .map((pbx) => pbx.id)
      .slice(0, 20)
      .join(', ')}.`,
  });
}

/** The PBXs of a target: an id, `tag:NAME` or `all` (in any case). Throws `UserError` where there is none. */
export function selectPbxs(fleet: Fleet, target: string): readonly Pbx[] {
  if (isAll(target)) return fleet.pbxs;
  if (!target.startsWith('tag:')) return [getPbx(fleet, target)];
  const tag = target.slice('tag:'.length);
  const tagged = fleet.pbxs.filter((pbx) => pbx.tags.includes(tag));
  if (tagged.length > 0) return tagged;
  const tags = [...new Set(fleet.pbxs.flatMap((pbx) => pbx.tags))];
  throw new UserError('not-found', `No PBX has the tag “${tag}”.`, {
    field: 'target',
    mend: tags.length > 0 ? `Known tags are ${tags.join(', ')}.` : 'No PBX has any tag.',
  });
}

/** A target as it is stored: a PBX by its own id, whatever the case it was typed in. Throws `UserError` as `selectPbxs`. */
export function getTarget(fleet: Fleet, target: string): string {
  if (isAll(target)) return 'all';
  const [first] = selectPbxs(fleet, target);
  return target.startsWith('tag:') || first === undefined ? target : first.id;
}

function isAll(target: string): boolean {
  return target.toLowerCase() === 'all';
}
