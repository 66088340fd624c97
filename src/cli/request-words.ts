import { type Again, type ChangeRequest, type Vote, waitsFor } from '../changes/request.js';
import { never, sentence } from '../errors.js';
import { isForSeveral, summaryWords } from './rollout-words.js';
import { movedWords, outcomeLine, plain } from './words.js';

/** Whether somebody waits for the decision, and for how many seconds at most. */
export interface Patience {
  readonly wait?: true;
  readonly timeout: number;
}

/** What became of a request, for people, a line for each of its settings where it was carried out. */
export function requestWords(request: ChangeRequest, patience: Patience): readonly string[] {
  const name = `Request #${request.number}`;
  switch (request.state) {
    case 'pending':
      return pendingWords(name, request, patience);
    case 'denied':
      return [denialWords(name, request.votes)];
    case 'withdrawn':
      return [`${name} was withdrawn; nothing was written.`];
    case 'expired':
      return [`${name} expired: nobody decided it in time. Nothing was written.`];
    case 'approved':
    case 'applying': {
      const waits = waitsFor(request);
      if (waits !== null)
        return [`${name} is approved and waits: ${sentence(waits.because)} Nothing was written yet.`];
      return [`${name} is approved, but could not be carried out yet; plumbline serve goes on with it.`];
    }
    case 'failed':
    case 'applied':
      return isForSeveral(request) ? summaryWords(request) : endWords(name, request);
    default:
      return never(request.state);
  }
}

/** Why a request is asked again, with both values of what moved, and that it waits once more. */
export function againWords(
  { number, round, blocked }: Pick<ChangeRequest, 'number' | 'round' | 'blocked'>,
  { because, moved }: Again,
): string {
  return [
    `Request #${number}: ${sentence(because)}`,
    ...moved.map(movedWords),
    `It was asked again and waits for approval (round ${round}).`,
    ...(blocked === null ? [] : [sentence(blocked)]),
  ].join(' ');
}

function pendingWords(name: string, request: ChangeRequest, patience: Patience): readonly string[] {
  const left = isForSeveral(request) ? summaryWords(request) : [];
  if (patience.wait === true) {
    return [...left, `${name} still waits for approval after ${patience.timeout} s.`];
  }
  const again = request.again.at(-1);
  return [...left, again === undefined ? `${name} waits for approval.` : againWords(request, again)];
}

function endWords(name: string, { state, results, failure }: ChangeRequest): readonly string[] {
  const lines = results.flatMap(({ outcomes }) => (outcomes ?? []).map(outcomeLine));
  if (state === 'applied') return lines;
  return [...lines, `${name} failed.${failure === null ? '' : ` ${sentence(failure)}`}`];
}

function denialWords(name: string, votes: readonly Vote[]): string {
  const denial = votes.findLast(({ verdict }) => verdict === 'deny');
  const by = denial === undefined ? '' : ` by ${denial.voter}`;
  return `${name} was denied${by}${denial?.reason == null ? '.' : `: ${plain(denial.reason)}`}`;
}
