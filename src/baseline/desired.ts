import { type Ctx, type Pbx, timestamp } from '../ctx.js';
import { type Desired, desiredFor } from './rules.js';
import { activeExceptions } from './exception-store.js';
import { currentBaseline } from './store.js';

/** What a PBX is held to right now, and by which baseline version. */
export async function currentDesired(
  ctx: Pick<Ctx, 'db' | 'now'>,
  pbx: Pick<Pbx, 'id' | 'tags'>,
): Promise<{ readonly version: number; readonly desired: readonly Desired[] }> {
  const baseline = await currentBaseline(ctx.db);
  const exceptions = await activeExceptions(ctx.db, timestamp(ctx));
  return { version: baseline.version, desired: desiredFor(baseline, exceptions, pbx, ctx.now()) };
}
