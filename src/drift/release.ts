import { record } from '../audit/record.js';
import { releaseVersion } from '../baseline/store.js';
import { type Actor, type Ctx, type Role, timestamp } from '../ctx.js';
import { UserError } from '../errors.js';
import { getPbx } from '../fleet/pbx.js';
import { getSetting } from '../settings/catalogue.js';
import { takeTurn } from '../storage/turn.js';
import { inspectionsOf, saveReleased } from './inspection-store.js';
import { findMemory, saveMemory } from './memory-store.js';
import { rearmed } from './restraint.js';
import {
  findHeldSweep,
  findOpenSweep,
  findSweepByNumber,
  type Hold,
  moveSweep,
  type Sweep,
} from './store.js';
import { isReleasable } from './withheld.js';

/** Who decides about a held sweep. Operators on a terminal decide where no approvers are configured. */
export interface Decider {
  readonly actor: Actor;
  readonly roles: ReadonlySet<Role>;
  /** The Slack message or command it came from, for the audit log. */
  readonly source?: string;
}

/** The sweep of a number that waits for release, or the one that does where no number is given. Throws `UserError`. */
export async function getHeldSweep(
  ctx: Pick<Ctx, 'db'>,
  number?: number,
): Promise<Sweep & { readonly hold: Hold }> {
  const sweep = number === undefined ? await findHeldSweep(ctx.db) : await findSweepByNumber(ctx.db, number);
  if (sweep?.state === 'held' && sweep.hold !== null) return { ...sweep, hold: sweep.hold };
  if (sweep === undefined)
    throw new UserError(
      'not-found',
      number === undefined ? 'No sweep waits for release.' : `There is no sweep #${number}.`,
    );
  const how = sweep.hold?.ended?.how;
  throw new UserError(
    'conflict',
    how === undefined
      ? `Sweep #${sweep.number} does not wait for release.`
      : `Sweep #${sweep.number} was ${how} already.`,
  );
}

/**
 * Lets a held sweep carry out what it showed; each value is read again before it is written, and what moved meanwhile is
 * left alone. New rules among it are released for the sweeps to come, where all PBXs were looked at with them. Throws
 * `UserError` for whoever may not, for a sweep that no longer waits, and while another one is under way.
 */
export async function releaseSweep(
  ctx: Ctx,
  sweep: Sweep & { readonly hold: Hold },
  decider: Decider,
): Promise<void> {
  checkMayRelease(ctx, decider);
  const at = timestamp(ctx);
  const released: string[] = [];
  for await (const { pbxId, withheld } of inspectionsOf(ctx.db, sweep.id)) {
    if (withheld.some(isReleasable)) released.push(pbxId);
  }
  await ctx.db.transaction().execute(async (tx) => {
    await takeTurn(tx);
    const open = await findOpenSweep(tx);
    if (open !== undefined) {
      throw new UserError('conflict', `Sweep #${open.number} is under way.`, {
        mend: 'Its own report comes when it ends.',
      });
    }
    const hold = ended(sweep.hold, 'released', decider, at);
    if (!(await moveSweep(tx, sweep.id, { from: 'held', to: 'releasing', hold }))) throw tooLate(sweep);
    await saveReleased(tx, sweep.id, released);
    await note(tx, sweep, decider, 'sweep.released', at);
    const { version, reasons } = sweep.hold;
    if (version !== undefined && reasons.some(({ kind }) => kind === 'preview')) {
      await releaseVersion(tx, version, decider.actor, at);
    }
  });
  ctx.wake({ kind: 'sweep', id: sweep.id });
}

/** Ends a held sweep without writing what waited. Throws `UserError` as `releaseSweep` does. */
export async function dismissSweep(
  ctx: Ctx,
  sweep: Sweep & { readonly hold: Hold },
  decider: Decider,
): Promise<void> {
  checkMayRelease(ctx, decider);
  const at = timestamp(ctx);
  await ctx.db.transaction().execute(async (tx) => {
    await takeTurn(tx);
    const hold = ended(sweep.hold, 'dismissed', decider, at);
    if (!(await moveSweep(tx, sweep.id, { from: 'held', to: 'finished', hold }))) throw tooLate(sweep);
    await note(tx, sweep, decider, 'sweep.dismissed', at);
  });
  ctx.wake({ kind: 'sweep', id: sweep.id });
}

/** Gives a setting that is left alone another chance at the next sweep. Throws `UserError` for whoever may not. */
export async function rearmSetting(
  ctx: Ctx,
  { pbxId, key }: { readonly pbxId: string; readonly key: string },
  decider: Decider,
): Promise<void> {
  checkMayRelease(ctx, decider);
  const pbx = getPbx(ctx, pbxId);
  const setting = getSetting(key);
  const memory = await findMemory(ctx.db, pbx.id, setting.key);
  if (memory.quarantinedAt === null && memory.attempts === 0) {
    throw new UserError(
      'conflict',
      `${setting.label} on ${pbx.name} is not left alone; the next sweep looks at it anyway.`,
    );
  }
  const at = timestamp(ctx);
  await ctx.db.transaction().execute(async (tx) => {
    await saveMemory(tx, pbx.id, setting.key, rearmed(ctx.now()));
    const detail = { key: setting.key, was: memory.because, source: decider.source ?? null };
    const subject = { kind: 'pbx', id: pbx.id } as const;
    await record(tx, { at, actor: decider.actor, action: 'drift.rearmed', subject, detail });
  });
}

/** Refuses whoever may not decide what the sweeps write. */
export function checkMayRelease({ roles }: Pick<Ctx, 'roles'>, { actor, roles: own }: Decider): void {
  if (own.has('admin') || own.has('approver')) return;
  if (actor.kind === 'operator' && roles.approvers.length === 0) return;
  throw new UserError('forbidden', 'Only admins and approvers decide what a sweep writes.', {
    mend: actor.kind === 'operator' ? 'Release it in Slack.' : 'Ask one of them.',
  });
}

function ended(hold: Hold, how: 'released' | 'dismissed', { actor }: Decider, at: string): Hold {
  return { ...hold, ended: { how, by: actor, at } };
}

async function note(
  tx: Parameters<typeof record>[0],
  sweep: Sweep & { readonly hold: Hold },
  { actor, source }: Decider,
  action: string,
  at: string,
): Promise<void> {
  const { reasons, writes, pbxs } = sweep.hold;
  const detail = { number: sweep.number, reasons, writes, pbxs, source: source ?? null };
  await record(tx, { at, actor, action, subject: { kind: 'sweep', id: sweep.id }, detail });
}

function tooLate({ number }: Sweep): UserError {
  return new UserError('conflict', `Sweep #${number} does not wait for release any more.`);
}
