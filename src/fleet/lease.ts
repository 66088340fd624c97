import { setTimeout as sleep } from 'node:timers/promises';
import type { Ctx } from '../ctx.js';
import { UserError } from '../errors.js';
import type { LeaseTable } from '../storage/schema.js';

const LEASE_MS = 30_000;
const WAIT_MS = 60_000;
const POLL_MS = 100;

type LeaseCtx = Pick<Ctx, 'db' | 'now' | 'holder'>;

/** A lock that other processes on the same database respect; it runs out by itself when its holder dies. */
export interface Lease {
  /** Renews the lease. Throws where somebody else has taken it meanwhile. */
  renew(): Promise<void>;
}

const queues = new WeakMap<object, Map<string, Promise<unknown>>>();
/** Owners of this very process: one with the same process id that is not among them is an earlier one. */
const ownersHere = new Set<string>();

/** Runs `work` while holding the lock of a PBX, without which nothing is written to it. See `withLease`. */
export function withPbx<T>(ctx: LeaseCtx, pbxId: string, work: (lease: Lease) => Promise<T>): Promise<T> {
  return withLease(ctx, `pbx:${pbxId}`, work);
}

/** Runs `work` while holding the lease `name`; callers in one process queue up. Throws `UserError` after a minute of waiting. */
export async function withLease<T>(
  ctx: LeaseCtx,
  name: string,
  work: (lease: Lease) => Promise<T>,
): Promise<T> {
  const queue = queues.get(ctx.db) ?? new Map<string, Promise<unknown>>();
  queues.set(ctx.db, queue);
  const turn = (queue.get(name) ?? Promise.resolve())
    .catch(() => undefined)
    .then(() => hold(ctx, name, work));
  queue.set(name, turn);
  try {
    return await turn;
  } finally {
    if (queue.get(name) === turn) queue.delete(name);
  }
}

async function hold<T>(ctx: LeaseCtx, name: string, work: (lease: Lease) => Promise<T>): Promise<T> {
  ownersHere.add(ctx.holder.owner);
  await acquire(ctx, name);
  const lease = { renew: () => renew(ctx, name) };
  const heartbeat = setInterval(() => void lease.renew().catch(() => undefined), LEASE_MS / 3).unref();
  try {
    return await work(lease);
  } finally {
    clearInterval(heartbeat);
    await ctx.db
      .deleteFrom('leases')
      .where('name', '=', name)
      .where('owner', '=', ctx.holder.owner)
      .execute();
  }
}

async function acquire(ctx: LeaseCtx, name: string): Promise<void> {
  const deadline = Date.now() + WAIT_MS;
  for (;;) {
    if (await take(ctx, name)) return;
    if (Date.now() > deadline) {
      throw new UserError('conflict', `${name} is being worked on by another process.`, {
        mend: 'Try again in a minute.',
      });
    }
    await sleep(POLL_MS);
  }
}

async function take(ctx: LeaseCtx, name: string): Promise<boolean> {
  const mine = { name, ...ctx.holder, expires_at: expiry(ctx) };
  const inserted = await ctx.db
    .insertInto('leases')
    .values(mine)
    .onConflict((conflict) => conflict.column('name').doNothing())
    .executeTakeFirst();
  if (inserted.numInsertedOrUpdatedRows === 1n) return true;
  const current = await ctx.db.selectFrom('leases').selectAll().where('name', '=', name).executeTakeFirst();
  if (current === undefined || !isStale(ctx, current)) return false;
  const taken = await ctx.db
    .updateTable('leases')
    .set(mine)
    .where('name', '=', name)
    .where('owner', '=', current.owner)
    .where('expires_at', '=', current.expires_at)
    .executeTakeFirst();
  return taken.numUpdatedRows === 1n;
}

async function renew(ctx: LeaseCtx, name: string): Promise<void> {
  const renewed = await ctx.db
    .updateTable('leases')
    .set({ expires_at: expiry(ctx) })
    .where('name', '=', name)
    .where('owner', '=', ctx.holder.owner)
    .executeTakeFirst();
  if (renewed.numUpdatedRows !== 1n) throw new Error(`the lease ${name} was lost`);
}

/** Stale is a lease that ran out, or whose holder was a process of this machine that is gone. */
function isStale(ctx: LeaseCtx, lease: LeaseTable): boolean {
  if (lease.expires_at < ctx.now().toISOString()) return true;
  if (lease.host !== ctx.holder.host || lease.owner === ctx.holder.owner) return false;
  return lease.pid === ctx.holder.pid ? !ownersHere.has(lease.owner) : !isAlive(lease.pid);
}

/** Whether a process of this machine is there, whosever it is. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function expiry(ctx: LeaseCtx): string {
  return new Date(ctx.now().getTime() + LEASE_MS).toISOString();
}
