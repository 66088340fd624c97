import type { Ctx, Pbx } from '../../ctx.js';
import { getPbx, pbxOrOnly } from '../../fleet/pbx.js';
import { findObject, findSetting, getSetting, resources, settings } from '../../settings/catalogue.js';
import type { Resource, Setting } from '../../settings/setting.js';
import { nearest } from '../../settings/suggest.js';

type Fleet = Pick<Ctx, 'pbxs'>;

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

function isNameOfSettings(word: string): boolean {
  return (findSetting(word) ?? findObject(word) ?? findResource(word)) !== undefined;
}

function allNames(): readonly string[] {
  const objects = resources.flatMap((resource) => resource.objects.map(({ key }) => key));
  return [...settings.map(({ key }) => key), ...objects, ...resources.map(({ name }) => name)];
}
