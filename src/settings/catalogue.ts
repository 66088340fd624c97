import { UserError } from '../errors.js';
import { consoleRestrictions } from './catalogue/console-restrictions.js';
import { generalSettingsForApps } from './catalogue/general-settings-for-apps.js';
import { generalSettingsForPbx } from './catalogue/general-settings-for-pbx.js';
import type { NestedObject, Resource, ResourceName, Setting } from './setting.js';
import { nearest } from './suggest.js';

/** Every resource Plumbline governs. A new setting is a literal in its resource's file and nothing else. */
export const resources: readonly Resource[] = [
  generalSettingsForApps,
  generalSettingsForPbx,
  consoleRestrictions,
];

/** Every setting, in catalogue order. */
export const settings: readonly Setting[] = resources.flatMap((resource) => resource.settings);

const byKey = new Map(settings.map((setting) => [setting.key.toLowerCase(), setting]));
const resourceByName = new Map(resources.map((resource) => [resource.name.toLowerCase(), resource]));

/** The setting of a stored key, or undefined for one the catalogue does not have. */
export function findSetting(key: string): Setting | undefined {
  return byKey.get(key.toLowerCase());
}

/** The setting a person names, whatever the case. Throws `UserError` with the nearest names. */
export function getSetting(key: string): Setting {
  const setting = findSetting(key);
  if (setting !== undefined) return setting;
  const nested = findObject(key);
  if (nested !== undefined) throw notOneSetting(nested.object.key, nested.leaves);
  throw unknownName('setting', key, [...settings.map(({ key: known }) => known), ...objectKeys()]);
}

/** The resource a person names, whatever the case. Throws `UserError` with the nearest names. */
export function getResource(name: ResourceName): Resource {
  const resource = resourceByName.get(name.toLowerCase());
  if (resource !== undefined) return resource;
  throw unknownName(
    'resource',
    name,
    resources.map(({ name: known }) => known),
  );
}

/** The nested object (`AutoSchedulerSettings`) a person names, with its leaves, or undefined. */
export function findObject(
  key: string,
): { readonly object: NestedObject; readonly leaves: readonly Setting[] } | undefined {
  for (const { objects, settings: all } of resources) {
    const object = objects.find((candidate) => candidate.key.toLowerCase() === key.toLowerCase());
    if (object !== undefined)
      return { object, leaves: all.filter(({ path }) => path.length > 1 && path[0] === object.key) };
  }
  return undefined;
}

function objectKeys(): readonly string[] {
  return resources.flatMap(({ objects }) => objects.map(({ key }) => key));
}

function notOneSetting(key: string, leaves: readonly Setting[]): UserError {
  return new UserError('invalid', `${key} is not one setting but several.`, {
    field: key,
    mend: `Name one of ${leaves.map((leaf) => leaf.key).join(', ')}.`,
  });
}

function unknownName(what: string, name: string, known: readonly string[]): UserError {
  const guesses = nearest(name, known);
  const mend =
    guesses.length > 0
      ? `Did you mean ${guesses.join(', ')}?`
      : `Known are ${known.slice(0, 40).join(', ')}.`;
  return new UserError('not-found', `There is no ${what} “${name}”.`, { field: name, mend });
}
