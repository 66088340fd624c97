import { expiryOf, lapses } from '../../changes/due.js';
import type { JudgedVote, Refusal, RuleProgress } from '../../changes/judge.js';
import { type Again, type ChangeRequest, confirmationOf, keysOf, waitsFor } from '../../changes/request.js';
import { findSetting } from '../../settings/catalogue.js';
import type { CardFacts } from './card-facts.js';
import { isForMany } from './change-words.js';
import { type Block, context, quotation, section } from './kit.js';
import { mentions, time, who } from './people.js';
import { labelOf, valueOf } from './setting-words.js';
import { clip, clipMarked, escape } from './text.js';

const NOTE_TEXT = 1000;
const DENIAL_TEXT = 1500;
const BECAUSE = 600;
const MOST_MOVED = 10;
const MOST_VOTES = 8;

/** The mark of a request whose approval was skipped: who did, why, and what the review came to. */
export function breakGlassBlocks({ breakGlass, review }: ChangeRequest): Block[] {
  if (breakGlass === null) return [];
  const mark = `:rotating_light: *Break-glass*: ${who(breakGlass.by)} skipped the approval ${time(breakGlass.at)}, because:`;
  if (review?.state !== 'closed') {
    const open = 'The review is *open*: an approver who was not part of this must look at it and close it.';
    return [section(mark), quotation(clip(breakGlass.reason, NOTE_TEXT)), section(open)];
  }
  const closed = `The review was closed by ${who(review.by)} ${time(review.at)}:`;
  return [
    section(mark),
    quotation(clip(breakGlass.reason, NOTE_TEXT)),
    section(closed),
    quotation(clip(review.note, NOTE_TEXT)),
  ];
}

/** Why an approved request is not written yet, or which freeze an emergency passed. */
export function heldBlocks(request: ChangeRequest): Block[] {
  const mark = waitsFor(request) === null ? ':rotating_light:' : ':hourglass_flowing_sand:';
  return heldTexts(request).map((text) => section(`${mark} ${text}`));
}

/** The same in sentences. */
export function heldTexts(request: ChangeRequest): readonly string[] {
  const { heldBack } = request;
  if (heldBack?.kind === 'passed') return [`*It passed a freeze*: ${because(heldBack.because)}.`];
  const waits = waitsFor(request);
  if (waits === null) return [];
  const { untilAt } = waits;
  const isTooLate = untilAt !== null && lapses(request).some((at) => at <= untilAt);
  const after = isTooLate
    ? 'An approval will have grown too old by then, so approval will be asked for once more.'
    : 'When that is over it is written, and nobody need do anything.';
  const mark = request.breakGlass === null ? 'Approved; waits' : 'Waits';
  return [`*${mark}*: ${because(waits.because)}. ${after}`];
}

function because(text: string): string {
  return clipMarked(escape(text), BECAUSE);
}

/** Why approval was asked for again, with both values of what moved, and what keeps it from being approved. */
export function againBlocks(request: ChangeRequest, nameOf: (pbxId: string) => string): Block[] {
  const { again, blocked, state, round } = request;
  const newest = again.at(-1);
  const moved = movedLines(request, nameOf);
  const earlier = again.length > 1 ? [`It was asked for ${round} times in all.`] : [];
  const isBlocked = blocked !== null && state === 'pending';
  return [
    ...(newest === undefined
      ? []
      : [
          section(
            [`*Asked again*: ${clipMarked(escape(newest.because), BECAUSE)}`, ...moved, ...earlier].join(
              '\n',
            ),
          ),
        ]),
    ...(isBlocked
      ? [section(`:no_entry: *Nobody can approve this as it is.* ${clipMarked(escape(blocked), BECAUSE)}`)]
      : []),
  ];
}

/** Why the present round was begun, or undefined where it is the first or somebody edited the request. */
export function newestAgain({ again, round }: Pick<ChangeRequest, 'again' | 'round'>): Again | undefined {
  const newest = again.at(-1);
  return newest?.round === round - 1 ? newest : undefined;
}

/** Both values of every setting that moved when approval was last asked for again. */
export function movedLines(request: ChangeRequest, nameOf: (pbxId: string) => string): readonly string[] {
  const moved = request.again.at(-1)?.moved ?? [];
  const isNow = request.state === 'pending' && newestAgain(request) !== undefined;
  const lines = moved.slice(0, MOST_MOVED).map(({ pbxId, key, before, after }) => {
    const on = isForMany(request.content) ? ` on ${escape(nameOf(pbxId))}` : '';
    const became = isNow ? `is ${valueOf(key, after)} now` : `then became ${valueOf(key, after)}`;
    return `• *${labelOf(key)}*${on} was ${valueOf(key, before)} when this was asked for, and ${became}`;
  });
  return moved.length > MOST_MOVED ? [...lines, `and ${moved.length - MOST_MOVED} more`] : lines;
}

/** The risk of a request; while it waits also what could happen, and what approving asks for. */
export function riskText(request: ChangeRequest): string {
  const risk = `*Risk: ${request.risk}*`;
  if (request.state !== 'pending') return risk;
  const warnings = keysOf(request.content).flatMap((key) => findSetting(key)?.warning ?? []);
  const typed = confirmationOf(request);
  return [
    risk,
    ...[...new Set(warnings)].map((warning) => `:warning: ${escape(warning)}`),
    ...(typed === null ? [] : [`Approving asks you to type \`${escape(typed)}\`.`]),
  ].join('\n');
}

/** How far a waiting request is: every rule, the votes that do not count, who can still approve, and until when. */
export function waitingBlocks(request: ChangeRequest, facts: CardFacts): Block[] {
  const { rules, votes } = facts.judgement;
  const notes = votes.slice(0, MOST_VOTES).flatMap((vote) => voidNote(vote) ?? []);
  const expiry = expiryOf(request);
  return [
    section(['*Approvals*', ...rules.map(ruleLine), ...notes.map((note) => `• ${note}`)].join('\n')),
    context(
      waitingText(request, facts),
      `Asked ${time(request.askedAt)}`,
      ...(expiry === null ? [] : [`Expires ${time(expiry)}`]),
    ),
  ];
}

/** Whom a request waits for. */
export function waitingText({ blocked }: ChangeRequest, { waitingFor }: CardFacts): string {
  if (blocked !== null) return 'Waiting for somebody to edit it';
  return waitingFor.length === 0
    ? 'Nobody can approve it right now; an admin can add approvers.'
    : `Waiting for ${mentions(waitingFor)}`;
}

/** Who decided and why, and what went wrong afterwards. */
export function decisionBlocks(request: ChangeRequest, facts: CardFacts): Block[] {
  const { failure, state } = request;
  const denied = facts.judgement.votes.flatMap(({ vote }) =>
    vote.verdict === 'deny' && vote.reason !== null ? [vote.reason] : [],
  );
  const room = Math.floor(DENIAL_TEXT / Math.max(1, denied.length));
  const notes = decisionNotes(request, facts);
  return [
    ...denied
      .slice(0, MOST_VOTES)
      .flatMap((reason) => [section('*Denied because*'), quotation(clip(reason, room))]),
    ...(failure === null ? [] : [section(`:warning: ${clipMarked(escape(failure), BECAUSE)}`)]),
    ...(state === 'failed'
      ? [section('Look at what was not written, then ask again where it is still wanted.')]
      : []),
    ...(notes.length === 0 ? [] : [context(...notes)]),
  ];
}

function decisionNotes(request: ChangeRequest, { judgement }: CardFacts): readonly string[] {
  const { approval, finishedAt, state, requestedBy } = request;
  const voted = judgement.votes.slice(0, MOST_VOTES).map((judged) => {
    const { voter, verdict, at } = judged.vote;
    const isVoid = approval.kind === 'people' ? voidNote(judged) : null;
    return isVoid ?? `${verdict === 'approve' ? 'Approved' : 'Denied'} by <@${voter}> ${time(at)}`;
  });
  const operator =
    approval.kind === 'operator' ? [`Approved by the operator’s own act: ${escape(approval.because)}`] : [];
  return [
    ...voted,
    ...operator,
    ...(finishedAt === null ? [] : endNote(state, finishedAt, who(requestedBy))),
  ];
}

function endNote(state: ChangeRequest['state'], at: string, requester: string): readonly string[] {
  if (state === 'denied') return [];
  if (state === 'withdrawn') return [`Withdrawn by ${requester} ${time(at)}`];
  return [state === 'expired' ? `Expired ${time(at)}: not enough approvals in time` : `Finished ${time(at)}`];
}

/** How far one rule is, and by whom. */
export function ruleLine({ rule, by }: RuleProgress): string {
  const approved = by.length === 0 ? '' : `, approved by ${mentions(by)}`;
  return `• ${escape(clip(rule.name, 80))}: ${by.length} of ${rule.approvals}${approved}`;
}

const REFUSALS: Readonly<Record<Refusal, string>> = {
  requester: 'they asked for this themselves',
  editor: 'they edited this request',
  inactive: 'their account is deactivated, or a bot',
  outsider: 'they are not an approver for this any more',
  unknown: 'Slack could not say who they are right now',
  lapsed: 'it is too old; they may approve once more',
};

/** Why a vote does not count, or null where it does. */
function voidNote({ vote, judgement }: JudgedVote): string | null {
  if (judgement.verdict === 'allowed') return null;
  const of = vote.verdict === 'approve' ? 'approval' : 'denial';
  return `The ${of} of <@${vote.voter}> does not count: ${REFUSALS[judgement.refusal]}`;
}
