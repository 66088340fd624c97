import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { getRequest, unfinishedRequests } from '../changes/queries.js';
import type { ChangeRequest } from '../changes/request.js';
import { isFinal, unfinishedStates } from '../changes/transitions.js';
import { timestamp } from '../ctx.js';
import { notice, wholeNumber } from './command.js';
import { againWords, type Patience } from './request-words.js';
import { missedPbxs, progressWords } from './rollout-words.js';
import type { ExitCode, Opened, World } from './world.js';

const POLL_MS = 500;
const PROGRESS_MS = 100;
const DEFAULT_TIMEOUT_SECONDS = 3600;

export type WaitOptions = Patience;

/** Gives a command that asks for something its options for waiting. */
export function addWaitOptions(command: Command): Command {
  return command
    .option('--wait', 'where approvers are configured: wait for the decision and the result')
    .option('--timeout <seconds>', 'how long to wait', wholeNumber(1), DEFAULT_TIMEOUT_SECONDS);
}

/**
 * Carries out what an interrupted command has left unfinished. What people approved and nobody began to write is left to
 * the process that knows the people: their approval is judged once more before the write.
 */
export async function resumeRequests({ ctx, idle }: Opened): Promise<void> {
  for (const id of await unfinishedRequests(ctx.db, timestamp(ctx))) {
    const { state, approval } = await getRequest(ctx.db, id);
    const isOurs = state === 'applying' || approval.kind !== 'people';
    if (unfinishedStates.includes(state) && isOurs) ctx.wake({ kind: 'change', id });
  }
  await idle();
}

/**
 * Lets a request be carried out as far as it may, and with `--wait` waits for others to decide it. Says meanwhile which
 * PBXs are done and why approval is asked for once more.
 */
export async function settleRequest(
  world: World,
  { ctx, idle }: Opened,
  proposed: ChangeRequest,
  options: WaitOptions,
): Promise<ChangeRequest> {
  const tell = createTeller(world, proposed, options);
  const deadline = Date.now() + options.timeout * 1000;
  const work = { isDone: false };
  const working = idle().then(() => void (work.isDone = true));
  if (proposed.results.length < 2) await working;
  for (;;) {
    const wasDone = work.isDone;
    const request = await getRequest(ctx.db, proposed.id);
    tell(request);
    if (wasDone) {
      const isWaiting = options.wait === true && !isFinal(request.state) && Date.now() < deadline;
      if (!isWaiting) return request;
      await sleep(Math.min(POLL_MS, Math.max(0, deadline - Date.now())));
    } else await Promise.race([working, sleep(PROGRESS_MS)]);
  }
}

/** 0 where all went as asked; a request that still waits is all that was asked for, unless the person waits too. */
export function requestExitCode(request: ChangeRequest, options: WaitOptions): ExitCode {
  if (request.state === 'applied') return missedPbxs(request).length === 0 ? 0 : 1;
  return request.state === 'pending' && options.wait !== true ? 0 : 1;
}

/** Says once what is new in a request each time it is looked at. */
function createTeller(
  world: World,
  { number, state, again }: ChangeRequest,
  { wait }: WaitOptions,
): (request: ChangeRequest) => void {
  const told = new Set<string>();
  const once = (key: string, words: () => string): void => {
    if (told.has(key)) return;
    told.add(key);
    notice(world, [words()]);
  };
  if (wait === true && state === 'pending') notice(world, [`Request #${number} waits for approval…`]);
  return (request) => {
    if (wait === true) {
      for (const one of request.again.slice(again.length)) {
        once(`again ${one.round}`, () => againWords({ ...request, round: one.round + 1 }, one));
      }
    }
    const { results, round } = request;
    if (results.length < 2) return;
    for (const result of results) {
      if (result.state === 'waiting') continue;
      const ended = [...told].filter((key) => key.startsWith(`${round} `)).length + 1;
      once(`${round} ${result.pbxId}`, () => progressWords(result, ended, results.length));
    }
  };
}
