import type { Ctx } from '../ctx.js';
import { type Frozen, frozenNow } from '../fleet/period.js';
import { findStop, stopWords } from '../fleet/stop.js';
import { pbxsOf } from './approval.js';
import type { ChangeRequest, HeldBack } from './request.js';

type HeldCtx = Pick<Ctx, 'db' | 'now' | 'pbxs' | 'freezes' | 'stopFile'>;
type Held = Pick<ChangeRequest, 'content' | 'breakGlass'>;

/**
 * Why an approved request waits before anything is written: everything is stopped, or a PBX of it is frozen. Null where it
 * need not wait. An emergency passes a freeze, but not a stop; what writes to no PBX waits for neither.
 */
export async function heldBack(ctx: HeldCtx, request: Held): Promise<HeldBack | null> {
  if (request.content.kind !== 'settings') return null;
  const stop = await findStop(ctx);
  if (stop !== null) return { kind: 'waits', because: stopWords(stop), untilAt: null };
  return request.breakGlass === null ? waits(freezeOf(ctx, request)) : null;
}

/** The freeze that an emergency does not wait for, or null. */
export function passedFreeze(ctx: Pick<HeldCtx, 'now' | 'pbxs' | 'freezes'>, request: Held): HeldBack | null {
  if (request.content.kind !== 'settings' || request.breakGlass === null) return null;
  const frozen = freezeOf(ctx, request);
  return frozen === null ? null : { kind: 'passed', because: frozen.because };
}

function waits(frozen: Frozen | null): HeldBack | null {
  if (frozen === null) return null;
  return { kind: 'waits', because: frozen.because, untilAt: frozen.end.toISOString() };
}

/** Of several PBXs the one that stays frozen longest is named: nothing is written before all of them may be. */
function freezeOf(ctx: Pick<HeldCtx, 'now' | 'pbxs' | 'freezes'>, { content }: Held): Frozen | null {
  const pbxs = pbxsOf(ctx, content);
  const all = pbxs.flatMap((pbx) => {
    const frozen = frozenNow(pbx, ctx, ctx.now());
    return frozen === null ? [] : [{ ...frozen, name: pbx.name }];
  });
  const last = all.toSorted((one, other) => +other.end - +one.end)[0];
  if (last === undefined) return null;
  return pbxs.length === 1 ? last : { ...last, because: `${last.name}: ${last.because}` };
}
