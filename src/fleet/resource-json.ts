import { settings } from '../settings/catalogue.js';
import { jsonValue } from '../settings/kind.js';
import type { ResourceName } from '../settings/setting.js';
import type { Observation, Properties } from './observation.js';

/** The resources of an observation as the PBX sent them, whole, but pictures as type, size and hash. */
export function resourceJson(observation: Observation): Readonly<Record<ResourceName, Properties>> {
  return Object.fromEntries(
    Object.entries(observation.properties).map(([name, properties]) => [
      name,
      withoutPictures(name, properties),
    ]),
  );
}

function withoutPictures(name: ResourceName, properties: Properties): Properties {
  const images = settings.filter(({ resource, kind }) => resource === name && kind === 'image');
  const shown = images.flatMap((setting) => {
    const value = properties[setting.path[0]];
    return typeof value === 'string' ? [[setting.path[0], jsonValue(setting, value)] as const] : [];
  });
  return { ...properties, ...Object.fromEntries(shown) };
}
