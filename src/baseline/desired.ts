import { type Ctx, type Pbx, timestamp } from '../ctx.js';
import { type Baseline, type Desired, desiredFor, type Exception } from './rules.js';
import { activeExceptions } from './exception-store.js';
import { currentBaseline } from './store.js';

/** What the whole fleet is held to right now. */
export interface Held {
  readonly baseline: Baseline;
  readonly exceptions: readonly Exception[];
}

export async function currentlyHeld(ctx: Pick<Ctx, 'db' | 'now'>): Promise<Held> {
  const baseline = await currentBaseline(ctx.db);
  return { baseline, exceptions: await activeExceptions(ctx.db, timestamp(ctx)) };
}

/** What a PBX is held to right now, and by which baseline version; `held` where that was just looked up. */
export async function currentDesired(
  ctx: Pick<Ctx, 'db' | 'now'>,
  pbx: Pick<Pbx, 'id' | 'tags'>,
  held?: Held,
): Promise<{ readonly version: number; readonly desired: readonly Desired[] }> {
  const { baseline, exceptions } = held ?? (await currentlyHeld(ctx));
  return { version: baseline.version, desired: desiredFor(baseline, exceptions, pbx, ctx.now()) };
}
