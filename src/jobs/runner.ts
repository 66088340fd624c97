import type { Job } from '../ctx.js';
import type { Log } from '../telemetry/log.js';

const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 300_000;

/** Runs jobs in this process: one at a time per row, a wake-up during a run makes it run once more. */
export interface Runner {
  wake(job: Job): void;
  /** As `wake`, but leaves a row alone whose last run failed a short while ago. */
  retry(job: Job): void;
  /** Resolves when nothing runs. */
  idle(): Promise<void>;
  /** Takes no more wake-ups and waits for what runs. */
  stop(): Promise<void>;
}

interface Slot {
  running: Promise<void> | null;
  isWokenAgain: boolean;
  failures: number;
  notBefore: number;
}

async function attempt(run: (job: Job) => Promise<void>, job: Job, slot: Slot, log: Log): Promise<void> {
  try {
    await run(job);
    slot.failures = 0;
  } catch (error) {
    slot.failures += 1;
    slot.notBefore = Date.now() + Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (slot.failures - 1));
    log.warn({ err: error, job, failures: slot.failures }, 'a job failed and will be tried again');
  }
}

/** A runner that calls `run` for every job; a failed run is logged and left to the periodic look, with growing pauses. */
export function createRunner(run: (job: Job) => Promise<void>, log: Log): Runner {
  const slots = new Map<string, Slot>();
  const state = { isStopped: false };

  function slotOf(job: Job): Slot {
    const key = `${job.kind}:${job.id}`;
    const slot = slots.get(key) ?? { running: null, isWokenAgain: false, failures: 0, notBefore: 0 };
    slots.set(key, slot);
    return slot;
  }

  async function work(job: Job, slot: Slot): Promise<void> {
    do {
      slot.isWokenAgain = false;
      await attempt(run, job, slot, log);
    } while (slot.isWokenAgain && !state.isStopped);
    slot.running = null;
    if (slot.failures === 0) slots.delete(`${job.kind}:${job.id}`);
  }

  function wake(job: Job): void {
    if (state.isStopped) return;
    const slot = slotOf(job);
    slot.isWokenAgain = slot.running !== null;
    slot.running ??= work(job, slot);
  }

  async function idle(): Promise<void> {
    for (;;) {
      const running = [...slots.values()].flatMap((slot) => slot.running ?? []);
      if (running.length === 0) return;
      await Promise.all(running);
    }
  }

  return {
    wake,
    retry(job) {
      const slot = slots.get(`${job.kind}:${job.id}`);
      if (slot === undefined || (slot.running === null && slot.notBefore <= Date.now())) wake(job);
    },
    idle,
    async stop() {
      state.isStopped = true;
      await idle();
    },
  };
}
