import { type Ctx, type Pbx, timestamp } from '../ctx.js';
import { resources } from '../settings/catalogue.js';
import type { Db } from '../storage/database.js';
import { type Description, readDescription } from '../xapi/description.js';
import { XapiError } from '../xapi/errors.js';
import { findDescription, saveDescription } from './description-store.js';

/** What this process is learning and could not learn, by PBX and version. */
interface Learning {
  readonly flights: Map<string, Promise<Description | null>>;
  readonly failedAt: Map<string, number>;
}

const NAMES: readonly string[] = resources.map(({ name }) => name);
const AGAIN_AFTER_MS = 24 * 3_600_000;

const learnings = new WeakMap<Db, Learning>();

/**
 * What PBXs of a version say of their settings: kept from any PBX of exactly that version, else learnt from this one with
 * one request. Null where the version is unknown or the PBX does not tell, which is asked again a day later. Never throws
 * for what the PBX or the network does.
 */
export async function descriptionOf(
  ctx: Pick<Ctx, 'db' | 'now'>,
  pbx: Pbx,
  version: string | null,
): Promise<Description | null> {
  if (version === null) return null;
  const known = await findDescription(ctx.db, version);
  if (isComplete(known)) return known;
  const learning = learningOf(ctx.db);
  const failedAt = learning.failedAt.get(`${version} ${pbx.id}`) ?? Number.NEGATIVE_INFINITY;
  if (ctx.now().getTime() - failedAt < AGAIN_AFTER_MS) return null;
  const flight = learning.flights.get(version) ?? learn(ctx, pbx, version);
  learning.flights.set(version, flight);
  return flight.finally(() => learning.flights.delete(version));
}

/** Asks a PBX for its description now, whatever is known, and keeps it. Throws `XapiError`. */
export async function learnDescription(
  ctx: Pick<Ctx, 'db' | 'now'>,
  pbx: Pbx,
  version: string,
): Promise<Description> {
  const description = await readDescription(pbx.xapi, NAMES);
  await saveDescription(ctx.db, { version, pbxId: pbx.id, at: timestamp(ctx), description });
  return description;
}

async function learn(ctx: Pick<Ctx, 'db' | 'now'>, pbx: Pbx, version: string): Promise<Description | null> {
  try {
    return await learnDescription(ctx, pbx, version);
  } catch (error) {
    if (!(error instanceof XapiError)) throw error;
    learningOf(ctx.db).failedAt.set(`${version} ${pbx.id}`, ctx.now().getTime());
    return null;
  }
}

/** A description learnt by a Plumbline that knew fewer resources says nothing of the others. */
function isComplete(known: Description | undefined): known is Description {
  return known !== undefined && NAMES.every((name) => name in known);
}

function learningOf(db: Db): Learning {
  const learning = learnings.get(db) ?? { flights: new Map(), failedAt: new Map() };
  learnings.set(db, learning);
  return learning;
}
