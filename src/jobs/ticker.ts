import { schedule } from 'node-cron';
import type { Ctx } from '../ctx.js';
import type { Log } from '../telemetry/log.js';
import { unfinishedJobs } from './run.js';
import type { Runner } from './runner.js';
import { startDueSweep } from './schedule.js';

const EVERY_MINUTE = '0 * * * * *';
const EVERY_FEW_SECONDS = '*/3 * * * * *';

export interface Ticker {
  stop(): Promise<void>;
}

/**
 * Looks at once and then regularly for what is due and what is unfinished. node-cron only ticks, in UTC: when a sweep is
 * due comes from croner and the database, which get both daylight-saving edges and missed runs right.
 */
export async function startTicker(ctx: Ctx, runner: Runner): Promise<Ticker> {
  const look = async (): Promise<void> => {
    for (const job of await unfinishedJobs(ctx)) runner.retry(job);
  };
  const due = (): Promise<void> => startDueSweep(ctx);
  await look();
  await due();
  const options = {
    timezone: 'UTC',
    noOverlap: true,
    logger: quietLogger(ctx.log),
    suppressMissedWarning: true,
  };
  const tasks = [
    schedule(EVERY_MINUTE, () => logged(ctx.log, due), options),
    schedule(EVERY_FEW_SECONDS, () => logged(ctx.log, look), options),
  ];
  return {
    async stop() {
      await Promise.all(tasks.map(async (task) => task.destroy()));
    },
  };
}

async function logged(log: Log, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    log.error({ err: error }, 'a periodic look failed');
  }
}

function quietLogger(log: Log) {
  const debug = (message: string | Error): void => log.debug(String(message));
  return { info: debug, warn: debug, error: debug, debug };
}
