import type { Hold, Sweep } from '../drift/store.js';
import { timeWords } from '../settings/time-words.js';
import { actorWords } from './command.js';
import { counted } from './words.js';

/** Why a sweep waits for a person, and what the person can do. */
export function holdLines(number: number, { reasons, writes, pbxs }: Hold): readonly string[] {
  const waiting = `${counted(writes, 'correction')} on ${counted(pbxs, 'PBX')}`;
  return [
    `Sweep #${number} is held: ${waiting} ${writes === 1 ? 'waits' : 'wait'} for a person.`,
    ...reasons.map(({ because }) => `  ${because}`),
    `  To make them: plumbline sweep release ${number}. Not to: plumbline sweep dismiss ${number}.`,
  ];
}

/** A sweep's number, when it was, and by whom or what it was begun. */
export function sweepLine({
  number,
  cause,
  state,
  baselineVersion,
  startedAt,
  finishedAt,
  hold,
}: Sweep): string {
  const by = cause.kind === 'schedule' ? 'on schedule' : `by ${actorWords(cause.actor)}`;
  const ended = hold?.ended;
  const fate = ended === undefined ? '' : `; ${ended.how} by ${actorWords(ended.by)}, ${timeWords(ended.at)}`;
  const stand = state === 'finished' && finishedAt !== null ? `ended ${timeWords(finishedAt)}` : state;
  return `Sweep #${number}, begun ${timeWords(startedAt)} ${by}, baseline v${baselineVersion}, ${stand}${fate}`;
}
