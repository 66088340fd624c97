import { setTimeout as sleep } from 'node:timers/promises';
import { executeChange } from '../changes/execute.js';
import { keepUp } from '../changes/keep-up.js';
import { unfinishedRequests } from '../changes/queries.js';
import { type Ctx, type Job, timestamp } from '../ctx.js';
import { never } from '../errors.js';
import { findOpenSweep } from '../drift/store.js';
import { advanceSweep } from '../drift/sweep.js';

const SHOW_FIRST_MS = 2_000;

/** Does what a wake-up asks for: takes the row as far as it can go and shows it. Doing it twice is harmless. */
export async function runJob(ctx: Ctx, job: Job): Promise<void> {
  switch (job.kind) {
    case 'change':
      return runChange(ctx, job.id);
    case 'sweep':
      await advanceSweep(ctx, job.id);
      return ctx.announce.sweep(job.id);
    case 'episode':
      return ctx.announce.episode(job.id);
    case 'ending':
      return ctx.announce.ending(job.id);
    case 'digest':
      return ctx.announce.digest(job.id);
    case 'introduction':
      return ctx.announce.introduction();
    default:
      return never(job.kind);
  }
}

async function runChange(ctx: Ctx, id: string): Promise<void> {
  await showFirst(ctx, id);
  await keepUp(ctx, id);
  await executeChange(ctx, id);
  await ctx.announce.change(id);
}

/** The rows that deserve a look whatever wake-ups were lost: unfinished ones, and those whose message is out of date. */
export async function unfinishedJobs(ctx: Ctx): Promise<readonly Job[]> {
  const changes = await unfinishedRequests(ctx.db, timestamp(ctx));
  const sweep = await findOpenSweep(ctx.db);
  return [
    ...changes.map((id) => ({ kind: 'change', id }) as const),
    ...(sweep === undefined ? [] : [{ kind: 'sweep', id: sweep.id } as const]),
    ...(await ctx.announce.behind()),
  ];
}

/** "Approved, applying" is worth showing, but a slow Slack must not hold up the work. */
async function showFirst(ctx: Ctx, id: string): Promise<void> {
  const shown = ctx.announce
    .change(id)
    .catch((error: unknown) => ctx.log.warn({ err: error, request: id }, 'a card could not be shown yet'));
  await Promise.race([shown, sleep(SHOW_FIRST_MS, undefined, { ref: false })]);
}
