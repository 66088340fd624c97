import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { getRequest, unfinishedRequests } from '../changes/queries.js';
import type { ChangeRequest } from '../changes/request.js';
import { isFinal } from '../changes/transitions.js';
import { never } from '../errors.js';
import { type Outcome, outcomeWords } from '../fleet/outcome.js';
import { getSetting } from '../settings/catalogue.js';
import { formatValue } from '../settings/kind.js';
import { wholeNumber } from './command.js';
import type { ExitCode, Opened, World } from './world.js';

const POLL_MS = 500;
const DEFAULT_TIMEOUT_SECONDS = 3600;

export interface WaitOptions {
  readonly wait?: true;
  /** In seconds. */
  readonly timeout: number;
}

/** Gives a command that asks for something its options for waiting. */
export function addWaitOptions(command: Command): Command {
  return command
    .option('--wait', 'where approvers are configured: wait for the decision and the result')
    .option('--timeout <seconds>', 'how long to wait', wholeNumber(1), DEFAULT_TIMEOUT_SECONDS);
}

/** Carries out what an interrupted command has left unfinished. */
export async function resumeRequests({ ctx, idle }: Opened): Promise<void> {
  for (const id of await unfinishedRequests(ctx.db)) ctx.wake({ kind: 'change', id });
  await idle();
}

/** Lets a request be carried out as far as it may, and with `--wait` waits for others to decide it. */
export async function settleRequest(
  world: World,
  { ctx, idle }: Opened,
  { id, number, state }: Pick<ChangeRequest, 'id' | 'number' | 'state'>,
  options: WaitOptions,
): Promise<ChangeRequest> {
  await idle();
  if (options.wait === true && state === 'pending') world.err(`Request #${number} waits for approval…\n`);
  const deadline = Date.now() + options.timeout * 1000;
  for (;;) {
    const request = await getRequest(ctx.db, id);
    const isWaiting = options.wait === true && !isFinal(request.state) && Date.now() < deadline;
    if (!isWaiting) return request;
    await sleep(Math.min(POLL_MS, Math.max(0, deadline - Date.now())));
  }
}

/** What became of a request, for people, a line for each of its settings where it was carried out. */
export function requestWords(request: ChangeRequest, options: WaitOptions): readonly string[] {
  const name = `Request #${request.number}`;
  const lines = (request.outcomes ?? []).map(outcomeLine);
  switch (request.state) {
    case 'pending':
      return options.wait === true
        ? [`${name} still waits for approval after ${options.timeout} s.`]
        : [`${name} waits for approval.`];
    case 'denied':
      return [denialWords(name, request)];
    case 'approved':
    case 'applying':
      return [`${name} is approved, but could not be carried out yet; plumbline serve goes on with it.`];
    case 'failed':
      return [...lines, `${name} failed.${request.failure === null ? '' : ` ${request.failure}`}`];
    case 'applied':
      return lines;
    default:
      return never(request.state);
  }
}

/** 0 where all went as asked; a request that still waits is all that was asked for, unless the person waits too. */
export function requestExitCode(request: ChangeRequest, options: WaitOptions): ExitCode {
  if (request.state === 'applied') return 0;
  return request.state === 'pending' && options.wait !== true ? 0 : 1;
}

function denialWords(name: string, { votes }: ChangeRequest): string {
  const denial = votes.findLast(({ verdict }) => verdict === 'deny');
  const by = denial === undefined ? '' : ` by ${denial.voter}`;
  return `${name} was denied${by}${denial?.reason == null ? '.' : `: ${denial.reason}`}`;
}

function outcomeLine({ key, status, before, value, because }: Outcome): string {
  const setting = getSetting(key);
  const step = `${formatValue(setting, before)} → ${formatValue(setting, value)}`;
  const reason = because === undefined ? '' : ` (${because})`;
  return `${setting.label}: ${step}, ${outcomeWords(status)}${reason}`;
}
