import type { Ctx, Pbx } from '../../ctx.js';
import { UserError } from '../../errors.js';
import { getPbx, pbxOrOnly } from '../../fleet/pbx.js';
import { findObject, findSetting, getSetting, resources, settings } from '../../settings/catalogue.js';
import type { Resource, Setting } from '../../settings/setting.js';
import { nearest } from '../../settings/suggest.js';

type Fleet = Pick<Ctx, 'pbxs'>;

const KNOWN_SHOWN = 20;

/** Splits words into the PBX, which may be left out where there is only one, and what follows. */
export function pbxAndKeys(
  fleet: Fleet,
  args: readonly string[],
): { readonly pbx: Pbx; readonly keys: readonly string[] } {
  const [first, ...rest] = args;
  const ids = fleet.pbxs.map(({ id }) => id);
  if (first === undefined || isNameOfSettings(first)) return { pbx: pbxOrOnly(fleet, undefined), keys: args };
  const isPbx = ids.some((id) => id.toLowerCase() === first.toLowerCase());
  const isMistypedPbx = nearest(first, ids).length > 0 && nearest(first, allNames()).length === 0;
  if (isPbx || isMistypedPbx || ids.length > 1) return { pbx: getPbx(fleet, first), keys: rest };
  return { pbx: pbxOrOnly(fleet, undefined), keys: args };
}

/** Splits words into the target, which may be left out where there is only one PBX, and what follows. */
export function targetAndKeys(
  fleet: Fleet,
  args: readonly string[],
): { readonly target: string; readonly keys: readonly string[] } {
  const [first = '', ...rest] = args;
  const target = findTarget(fleet, first);
  if (target !== undefined) return { target, keys: rest };
  const isName = first === '' || isNameOfSettings(first);
  if (!isName && (first.includes(':') || nearest(first, allNames()).length === 0)) {
    const guesses = nearest(first, targetsOf(fleet));
    if (guesses.length > 0 || first.includes(':')) throw unknownTarget(fleet, first, guesses);
  }
  const { pbx, keys } = pbxAndKeys(fleet, args);
  return { target: pbx.id, keys };
}

/** The settings that a person's words name: settings, nested objects and resources; all where there is no word. */
export function settingsNamed(names: readonly string[]): readonly Setting[] {
  if (names.length === 0) return settings;
  const named = names.flatMap(
    (name) => findResource(name)?.settings ?? findObject(name)?.leaves ?? [getSetting(name)],
  );
  return [...new Set(named)];
}

/** The resource of this name, whatever the case. */
export function findResource(name: string | undefined): Resource | undefined {
  return resources.find((resource) => resource.name.toLowerCase() === name?.toLowerCase());
}

/** The name of a PBX for people; its id where it is no longer in the fleet. */
export function pbxNames(fleet: Fleet): (pbxId: string) => string {
  return (pbxId) => fleet.pbxs.find(({ id }) => id === pbxId)?.name ?? pbxId;
}

/** A target as it is stored, whatever the case it was typed in. */
function findTarget(fleet: Fleet, word: string): string | undefined {
  return targetsOf(fleet).find((target) => target.toLowerCase() === word.toLowerCase());
}

function targetsOf({ pbxs }: Fleet): readonly string[] {
  const tags = new Set(pbxs.flatMap((pbx) => pbx.tags));
  return [...pbxs.map(({ id }) => id), ...[...tags].map((tag) => `tag:${tag}`), 'all'];
}

function unknownTarget(fleet: Fleet, word: string, guesses: readonly string[]): UserError {
  const known = targetsOf(fleet);
  return new UserError('not-found', `There is no PBX and no tag “${word}”.`, {
    field: 'target',
    mend:
      guesses.length > 0
        ? `Did you mean ${guesses.join(', ')}?`
        : `Known are ${known.slice(0, KNOWN_SHOWN).join(', ')}.`,
  });
}

function isNameOfSettings(word: string): boolean {
  return (findSetting(word) ?? findObject(word) ?? findResource(word)) !== undefined;
}

function allNames(): readonly string[] {
  const objects = resources.flatMap((resource) => resource.objects.map(({ key }) => key));
  return [...settings.map(({ key }) => key), ...objects, ...resources.map(({ name }) => name)];
}
