import { setTimeout as sleep } from 'node:timers/promises';
import { schedule } from 'node-cron';
import { watchRules } from '../changes/watch-rules.js';
import type { Ctx } from '../ctx.js';
import type { Log } from '../telemetry/log.js';
import { startDueDigest } from './digest.js';
import { warnOfEndings } from './endings.js';
import { type Pulse, startHeart } from './heartbeat.js';
import { unfinishedJobs } from './run.js';
import type { Runner } from './runner.js';
import { startDueSweep } from './schedule.js';

const EVERY_MINUTE = '0 * * * * *';
const EVERY_FEW_SECONDS = '*/3 * * * * *';
const EVERY_FEW_MINUTES = '30 */5 * * * *';
/** How long the end waits for Slack's answers. */
const PATIENCE_MS = 1_000;

export interface Ticker {
  /** Looks at once what is due, and takes note of a schedule that has changed. */
  due(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Looks at once and then regularly for what is due and what is unfinished. node-cron only ticks, in UTC: when a sweep is
 * due comes from croner and the database, which get both daylight-saving edges and missed runs right.
 */
export async function startTicker(ctx: Ctx, runner: Runner, pulse: Pulse): Promise<Ticker> {
  const look = async (): Promise<void> => {
    for (const job of await unfinishedJobs(ctx)) runner.retry(job);
  };
  const due = async (): Promise<void> => {
    await startDueSweep(ctx);
    await startDueDigest(ctx);
    await warnOfEndings(ctx);
  };
  const watch = (): Promise<void> => logged(ctx.log, () => watchRules(ctx));
  await look();
  await due();
  const heart = await startHeart(ctx, pulse);
  // Asking Slack who is there may take a while; nothing waits for it.
  const watched = watch();
  const options = {
    timezone: 'UTC',
    noOverlap: true,
    logger: quietLogger(ctx.log),
    suppressMissedWarning: true,
  };
  const tasks = [
    schedule(EVERY_MINUTE, () => logged(ctx.log, due), options),
    schedule(EVERY_FEW_SECONDS, () => logged(ctx.log, look), options),
    schedule(EVERY_FEW_MINUTES, watch, options),
  ];
  return {
    due: () => logged(ctx.log, due),
    async stop() {
      await Promise.all(tasks.map(async (task) => task.destroy()));
      await heart.stop();
      await Promise.race([watched, sleep(PATIENCE_MS, undefined, { ref: false })]);
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
