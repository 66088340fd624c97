import { expiryOf } from '../../changes/due.js';
import { type ChangeRequest, type Vote, votesNow } from '../../changes/request.js';
import type { Actor } from '../../ctx.js';
import type { CardFacts } from './card-facts.js';
import { lookingButtons } from './change-buttons.js';
import { diffBlocks, spokenCard } from './change-card.js';
import { againBlocks, breakGlassBlocks, decisionBlocks, movedLines, newestAgain } from './change-standing.js';
import { hasBecome } from './change-words.js';
import { type Message, quotation, section } from './kit.js';
import { mentions, time, who } from './people.js';
import { clip, clipMarked, counted, escape, spoken } from './text.js';

const REASON_TEXT = 1000;
const BECAUSE = 600;

/** A reminder in the thread of a waiting card: whom it waits for, and until when. */
export function reminderMessage(request: ChangeRequest, facts: CardFacts): Message {
  const expiry = expiryOf(request);
  const until = expiry === null ? '' : ` It expires ${time(expiry)}.`;
  return said([`:hourglass_flowing_sand: ${pleaText(request, facts)}${until}`]);
}

function pleaText(request: ChangeRequest, { waitingFor, judgement, name }: CardFacts): string {
  const of = `request #${request.number} for *${escape(name)}*`;
  if (request.blocked !== null) {
    return `${who(request.requestedBy)}: nobody can approve ${of} before it is edited.`;
  }
  if (waitingFor.length === 0) return `Nobody can approve ${of} right now; an admin can add approvers.`;
  const missing = judgement.verdict === 'waiting' ? judgement.missing : 1;
  return `${mentions(waitingFor)}: ${of} still waits for ${counted(missing, 'approval')}.`;
}

/** A reminder in the thread of a card whose review is still open. */
export function reviewReminderMessage(request: ChangeRequest, facts: CardFacts): Message {
  return said([
    `:hourglass_flowing_sand: ${mentions(reviewers(request, facts))}: the review of request #${request.number} is still open. Please look at it and close it.`,
  ]);
}

/** Tells the approvers, in the thread of the card, that a request is carried out without them. */
export function breakGlassMessage(request: ChangeRequest, facts: CardFacts): Message {
  const { breakGlass } = request;
  if (breakGlass === null) throw new Error(`request ${request.id} broke no glass`);
  const first = `:rotating_light: ${mentions(reviewers(request, facts))}: ${who(breakGlass.by)} skipped the approval of request #${request.number}, because:`;
  const last = 'Please look at it. One of you who was not part of it must close the review.';
  return {
    text: spoken([first, escape(breakGlass.reason), last]),
    blocks: [section(first), quotation(clip(breakGlass.reason, REASON_TEXT)), section(last)],
  };
}

function reviewers({ breakGlass, requestedBy, editors }: ChangeRequest, facts: CardFacts): readonly string[] {
  const involved = [requestedBy, ...editors, ...(breakGlass === null ? [] : [breakGlass.by])];
  return facts.approvers.filter((id) => involved.every((actor) => actor.id !== id));
}

/** Tells those whose approval was voided, in the thread of the card, why it is asked for again. */
export function againMessage(request: ChangeRequest, facts: CardFacts): Message {
  const again = newestAgain(request);
  const voided = voidedBy(request);
  const plea =
    request.blocked === null
      ? 'your approval does not count any more. Please look at the request once more.'
      : 'your approval does not count any more.';
  const edit =
    request.blocked === null
      ? []
      : [`${who(request.requestedBy)}: ${clipMarked(escape(request.blocked), BECAUSE)}`];
  return said([
    `*Asked again*: ${clipMarked(again === undefined ? editedText(request) : escape(again.because), BECAUSE)}`,
    ...(again === undefined ? [] : movedLines(request, facts.nameOf)),
    ...(voided.length === 0 ? [] : [`${mentions(voided)}: ${plea}`]),
    ...edit,
  ]);
}

/** The Slack user ids of those who had approved the round before the present one. */
export function voidedBy({ votes, round }: ChangeRequest): readonly string[] {
  return votesNow({ votes, round: round - 1 }).flatMap(({ voter, verdict }) =>
    verdict === 'approve' ? [voter] : [],
  );
}

function editedText({ editors, requestedBy }: ChangeRequest): string {
  return `${who(editors.at(-1) ?? requestedBy)} edited the request.`;
}

/** What became of a request, as a direct message to the person who asked, or to one who voted on it. */
export function outcomeMessage(
  request: ChangeRequest,
  facts: CardFacts,
  reader: 'requester' | Vote['verdict'],
): Message {
  const whose = reader === 'requester' ? 'Your request' : 'Request';
  const which = reader === 'requester' ? '' : `, which you ${reader === 'approve' ? 'approved' : 'denied'},`;
  const became = hasBecome(request).replace(/^(is|has) (.*)$/, '$1 *$2*');
  const first = `${whose} #${request.number} for *${escape(facts.name)}*${which} ${became}.`;
  return {
    text: spokenCard(request, facts),
    blocks: [
      section(first),
      ...breakGlassBlocks(request),
      ...diffBlocks(request, facts, 5000),
      ...(request.state === 'expired' ? againBlocks(request, facts.nameOf) : []),
      ...decisionBlocks(request, facts),
      lookingButtons(request),
    ],
  };
}

/** Tells the one who skipped an approval how the review ended. */
export function reviewedMessage(request: ChangeRequest, by: Actor, note: string): Message {
  const first = `${who(by)} closed the review of request #${request.number}, whose approval you skipped:`;
  return {
    text: spoken([first, escape(note)]),
    blocks: [section(first), quotation(clip(note, REASON_TEXT)), lookingButtons(request)],
  };
}

function said(lines: readonly string[]): Message {
  return { text: spoken(lines), blocks: [section(lines.join('\n'))] };
}
