import pLimit from 'p-limit';
import type { Ctx, Pbx } from '../ctx.js';
import type { XapiAnswer } from '../xapi/client.js';
import { XapiError } from '../xapi/errors.js';

/** How a PBX answered when Plumbline knocked. */
export interface Knock {
  readonly pbxId: string;
  /** The 3CX version, or null where it hides it. */
  readonly version: string | null;
  /** Why Plumbline was not let in, with what to do about it; null where it was. */
  readonly problem: string | null;
}

/**
 * Knocks at PBXs, as many at once as a sweep does: whether each answers and lets Plumbline in. One small read each, without
 * retries; a credential that was refused before is not sent again. Leaves off where Plumbline is about to end.
 */
export async function knockAll(
  { sweepPolicy, closing }: Pick<Ctx, 'sweepPolicy' | 'closing'>,
  pbxs: readonly Pbx[],
): Promise<readonly Knock[]> {
  const limit = pLimit(sweepPolicy.concurrency);
  const knocks = pbxs.map((pbx) => limit(async () => (closing.aborted ? [] : [await knock(pbx)])));
  return (await Promise.all(knocks)).flat();
}

async function knock(pbx: Pbx): Promise<Knock> {
  try {
    const { version } = await readDoor(pbx);
    return { pbxId: pbx.id, version, problem: null };
  } catch (error) {
    if (!(error instanceof XapiError)) throw error;
    return { pbxId: pbx.id, version: error.version, problem: error.message };
  }
}

/** 3CX docs: `/Defs` is what any role may read. Throws `XapiError` where the PBX does not let Plumbline in. */
export function readDoor(pbx: Pbx): Promise<XapiAnswer> {
  return pbx.xapi.get('/Defs', { $select: 'Id' }, true);
}
