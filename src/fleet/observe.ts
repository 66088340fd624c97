import { type Ctx, type Pbx, timestamp } from '../ctx.js';
import { resources } from '../settings/catalogue.js';
import type { ResourceName } from '../settings/setting.js';
import { XapiError, type XapiFailure } from '../xapi/errors.js';
import { readResource } from '../xapi/resource.js';
import { descriptionOf } from './describe.js';
import { answersOf, hasGaps, type Observation, observationOf, type ResourceRead } from './observation.js';
import { saveObservation } from './store.js';

const ALL: readonly ResourceName[] = resources.map((resource) => resource.name);
/** Failures of the way to a PBX, not of one resource: whatever else was asked would end the same. */
const FAILURES_OF_ALL: readonly XapiFailure[] = [
  'unreachable',
  'untrusted',
  'timeout',
  'credential-refused',
  'breaker-open',
  'unauthorised',
  'throttled',
];

/**
 * Reads resources (all where none is named) from a PBX, one after the other, and where something is not there the
 * description that the PBX serves of itself. Never throws for what the PBX or the network does: what could not be read is
 * `unknown` in the observation, with the reason. A PBX that cannot be reached is asked once, not for each resource.
 */
export async function observe(
  ctx: Pick<Ctx, 'db' | 'now'>,
  pbx: Pbx,
  names: readonly ResourceName[] = ALL,
): Promise<Observation> {
  const observation = await readPbx(ctx, pbx, names);
  await saveObservation(ctx.db, observation);
  return observation;
}

/** As `observe`, for whoever saves the observation. */
export async function readPbx(
  ctx: Pick<Ctx, 'db' | 'now'>,
  pbx: Pbx,
  names: readonly ResourceName[],
): Promise<Observation> {
  const answers = answersOf(await readAll(pbx, names));
  const description = hasGaps(answers) ? await descriptionOf(ctx, pbx, answers.version) : null;
  return observationOf(pbx.id, timestamp(ctx), answers, description);
}

async function readAll(
  pbx: Pbx,
  names: readonly ResourceName[],
): Promise<Readonly<Record<ResourceName, ResourceRead>>> {
  const reads: Record<ResourceName, ResourceRead> = {};
  let last: ResourceRead | undefined;
  for (const name of names) {
    if (last?.status !== 'failed' || !last.isOfAll) last = await readOne(pbx, name);
    reads[name] = last;
  }
  return reads;
}

async function readOne(pbx: Pbx, name: ResourceName): Promise<ResourceRead> {
  try {
    const { properties, version } = await readResource(pbx.xapi, name);
    return { status: 'read', properties, version };
  } catch (error) {
    if (!(error instanceof XapiError)) throw error;
    const { failure, message: because, version } = error;
    if (failure === 'missing') return { status: 'missing', because, version };
    return { status: 'failed', because, isOfAll: FAILURES_OF_ALL.includes(failure) };
  }
}
