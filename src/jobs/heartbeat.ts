import { type Ctx, timestamp } from '../ctx.js';
import { forgetHeartbeats, type Heartbeat, saveHeartbeat } from './heartbeat-store.js';

const EVERY_MS = 30_000;
/** After this time a process that died without a word is of no interest to anybody. */
const FORGOTTEN_MS = 86_400_000;

/** How Slack is reached and whether it is right now, or null where it is not configured. */
export type Pulse = () => { readonly kind: 'socket' | 'http'; readonly isConnected: boolean } | null;

export interface Heart {
  /** Takes the sign of life away: the process ends on purpose. */
  stop(): Promise<void>;
}

/** Writes a sign of life into the database at once and then every few seconds, for `plumbline health` to look at. */
export async function startHeart(ctx: Ctx, pulse: Pulse): Promise<Heart> {
  const startedAt = timestamp(ctx);
  let slackSeenAt: string | null = null;
  const beat = async (): Promise<void> => {
    const at = timestamp(ctx);
    const slack = pulse();
    if (slack?.isConnected === true) slackSeenAt = at;
    const sign: Heartbeat = { holder: ctx.holder, startedAt, at, slack: slack?.kind ?? null, slackSeenAt };
    await logged(ctx, () => saveHeartbeat(ctx.db, sign));
  };
  let last = beat();
  await last;
  const timer = setInterval(() => void (last = last.then(beat)), EVERY_MS).unref();
  return {
    async stop() {
      clearInterval(timer);
      await last;
      const forgotten = new Date(ctx.now().getTime() - FORGOTTEN_MS).toISOString();
      await logged(ctx, () => forgetHeartbeats(ctx.db, ctx.holder.owner, forgotten));
    },
  };
}

/** A sign of life that cannot be written is one that is missing, and no reason to end. */
async function logged(ctx: Ctx, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    ctx.log.error({ err: error }, 'the sign of life could not be written');
  }
}
