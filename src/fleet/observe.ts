import { type Ctx, type Pbx, timestamp } from '../ctx.js';
import { resources } from '../settings/catalogue.js';
import type { ResourceName } from '../settings/setting.js';
import { XapiError } from '../xapi/errors.js';
import { readResource } from '../xapi/resource.js';
import { type Observation, observationOf, type ResourceRead } from './observation.js';
import { saveObservation } from './store.js';

const ALL: readonly ResourceName[] = resources.map((resource) => resource.name);

/**
 * Reads resources (all where none is named) from a PBX, one after the other. Never throws for what the PBX or the network
 * does: what could not be read is `unknown` in the observation, with the reason.
 */
export async function observe(
  ctx: Pick<Ctx, 'db' | 'now'>,
  pbx: Pbx,
  names: readonly ResourceName[] = ALL,
): Promise<Observation> {
  const reads: Record<ResourceName, ResourceRead> = {};
  for (const name of names) reads[name] = await read(pbx, name);
  const observation = observationOf(pbx.id, timestamp(ctx), reads);
  await saveObservation(ctx.db, observation);
  return observation;
}

async function read(pbx: Pbx, name: ResourceName): Promise<ResourceRead> {
  try {
    const { properties, version } = await readResource(pbx.xapi, name);
    return { status: 'read', properties, version };
  } catch (error) {
    if (!(error instanceof XapiError)) throw error;
    return { status: 'failed', because: error.message };
  }
}
