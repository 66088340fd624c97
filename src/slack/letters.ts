import type { ChangeRequest } from '../changes/request.js';
import { isFinal } from '../changes/transitions.js';
import type { Db } from '../storage/database.js';
import type { CardFacts } from './blocks/card-facts.js';
import {
  againMessage,
  breakGlassMessage,
  outcomeMessage,
  reminderMessage,
  reviewedMessage,
  reviewReminderMessage,
  voidedBy,
} from './blocks/change-letters.js';
import { newestAgain } from './blocks/change-standing.js';
import type { Message } from './blocks/kit.js';
import { findPreference } from './preference-store.js';

/** A reply in the thread of a card. `audience` names the occasion, of which there is one reply at most. */
export interface Note {
  readonly audience: string;
  readonly message: Message;
}

/** A direct message to the Slack user `person`. */
export interface Direct extends Note {
  readonly person: string;
}

/** What a request as it stands has to say in the thread of its card; of reminders only the newest. */
export function threadNotes(request: ChangeRequest, facts: CardFacts): readonly Note[] {
  const { breakGlass, reminders, review, round, state } = request;
  const isWaiting = state === 'pending';
  const isAskedAgain = newestAgain(request) !== undefined || voidedBy(request).length > 0;
  return [
    ...(breakGlass === null ? [] : [{ audience: 'break-glass', message: breakGlassMessage(request, facts) }]),
    ...(isWaiting && round > 1 && isAskedAgain
      ? [{ audience: `again:${round - 1}`, message: againMessage(request, facts) }]
      : []),
    ...(isWaiting && reminders > 0
      ? [{ audience: `reminder:${round}:${reminders}`, message: reminderMessage(request, facts) }]
      : []),
    ...(!isWaiting && review?.state === 'open' && reminders > 0
      ? [{ audience: `review-reminder:${reminders}`, message: reviewReminderMessage(request, facts) }]
      : []),
  ];
}

/** Whom to tell in a direct message how a request ended, each as they prefer. */
export async function directLetters(
  db: Db,
  request: ChangeRequest,
  facts: CardFacts,
): Promise<readonly Direct[]> {
  if (!isFinal(request.state)) return [];
  const wanted = await Promise.all(
    [...requesterLetters(request, facts), ...voterLetters(request, facts), ...reviewLetters(request)].map(
      async (letter) => ({ ...letter, preference: await findPreference(db, letter.person) }),
    ),
  );
  return wanted.filter(({ preference, audience }) =>
    audience.startsWith('voter:') ? preference === 'all' : preference !== 'none',
  );
}

/** Whoever withdraws a request knows that it is withdrawn. */
function requesterLetters(request: ChangeRequest, facts: CardFacts): readonly Direct[] {
  const { requestedBy, state } = request;
  if (requestedBy.kind !== 'slack' || state === 'withdrawn') return [];
  return [
    { audience: 'requester', person: requestedBy.id, message: outcomeMessage(request, facts, 'requester') },
  ];
}

function voterLetters(request: ChangeRequest, facts: CardFacts): readonly Direct[] {
  const verdicts = new Map(request.votes.map(({ voter, verdict }) => [voter, verdict]));
  return [...verdicts].map(([person, verdict]) => ({
    audience: `voter:${person}`,
    person,
    message: outcomeMessage(request, facts, verdict),
  }));
}

function reviewLetters(request: ChangeRequest): readonly Direct[] {
  const { breakGlass, review } = request;
  if (breakGlass?.by.kind !== 'slack' || review?.state !== 'closed') return [];
  const message = reviewedMessage(request, review.by, review.note);
  return [{ audience: 'breaker', person: breakGlass.by.id, message }];
}
