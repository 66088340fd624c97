import { type Ctx, type Pbx, timestamp } from '../ctx.js';
import { UserError, UserErrors } from '../errors.js';
import { covers } from '../fleet/covers.js';
import { activeExceptions } from './exception-store.js';
import { activePauses } from './pause-store.js';

type Member = Pick<Pbx, 'id' | 'url' | 'tags'>;

/**
 * Throws `UserErrors`, one for each live pause and exception that the PBXs `next` would take from under it: its PBX or
 * the last PBX of its tag is gone, or a PBX that stays (by id or address) is no longer meant by it.
 */
export async function refuseUncovering(
  ctx: Pick<Ctx, 'db' | 'now' | 'pbxs'>,
  next: readonly Member[],
): Promise<void> {
  const now = timestamp(ctx);
  const pauses = (await activePauses(ctx.db, now)).map((one) => ({ ...one, what: 'The pause' }));
  const exceptions = (await activeExceptions(ctx.db, now)).map((one) => ({
    ...one,
    what: `The exception for ${one.key}`,
  }));
  const [first, ...others] = [...pauses, ...exceptions]
    .filter(({ target }) => isUncovered(target, ctx.pbxs, next))
    .map(({ what, target, untilAt }) => {
      const message = `${what} on ${target} until ${untilAt} would no longer protect what it protects now.`;
      const mend = `Keep the id and the tags that ${target} stands for, or end it first.`;
      return new UserError('conflict', message, { field: 'pbxs', mend });
    });
  if (first !== undefined) throw new UserErrors([first, ...others]);
}

function isUncovered(target: string, current: readonly Member[], next: readonly Member[]): boolean {
  const covered = current.filter((pbx) => covers(target, pbx));
  if (covered.length === 0) return false;
  if (target !== 'all' && !next.some((pbx) => covers(target, pbx))) return true;
  return covered.some((pbx) =>
    next.some((one) => (one.id === pbx.id || one.url === pbx.url) && !covers(target, one)),
  );
}
