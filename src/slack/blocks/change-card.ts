import { type ChangeRequest, revertOf } from '../../changes/request.js';
import type { CardFacts } from './card-facts.js';
import { changeButtons } from './change-buttons.js';
import { linesOf } from './change-diff.js';
import {
  againBlocks,
  breakGlassBlocks,
  decisionBlocks,
  heldBlocks,
  heldTexts,
  movedLines,
  riskText,
  ruleLine,
  waitingBlocks,
  waitingText,
} from './change-standing.js';
import { askWords, hasBecome, hasParts, stateWords } from './change-words.js';
import { type Block, header, listed, type Message, quotation, section } from './kit.js';
import { who } from './people.js';
import { clip, escape, lengthOf, spoken } from './text.js';

/** Slack takes about 13,200 characters in all blocks of a message; the diff gets what the rest leaves of it. */
const CARD_TEXT = 12_700;
const DIFF_TEXT = 7000;
const LEAST_DIFF_TEXT = 1000;
const REASON_TEXT = 2000;
const SPOKEN_LINES = 5;

/** The card of a request in the approvals channel; one message through the request's whole life. */
export function changeCard(request: ChangeRequest, facts: CardFacts): Message {
  const before = [
    header(cardTitle(request, facts)),
    ...breakGlassBlocks(request),
    section(askWords(request, facts.name)),
  ];
  const after = [
    ...againBlocks(request, facts.nameOf),
    section('*Reason*'),
    quotation(clip(request.reason, REASON_TEXT)),
    section(riskText(request)),
    ...heldBlocks(request),
    ...(request.state === 'pending' ? waitingBlocks(request, facts) : decisionBlocks(request, facts)),
    ...changeButtons(request, facts.hasBreakGlass),
  ];
  const room = CARD_TEXT - lengthOf([...before, ...after]);
  return {
    text: spokenCard(request, facts),
    blocks: [...before, ...diffBlocks(request, facts, room), ...after],
  };
}

/** What a request is to change, in as many characters as there is room for. */
export function diffBlocks(request: ChangeRequest, { nameOf }: CardFacts, room = DIFF_TEXT): Block[] {
  const button = hasParts(request.content) ? 'Values per PBX' : 'Show JSON';
  return listed(
    linesOf(request, nameOf),
    Math.max(LEAST_DIFF_TEXT, Math.min(DIFF_TEXT, room)),
    (left) => `${left} more: press “${button}” to see all of them.`,
  );
}

const KINDS = { settings: 'Change', baseline: 'Baseline', exception: 'Exception', pause: 'Pause' } as const;

function cardTitle(request: ChangeRequest, { name, judgement }: CardFacts): string {
  const { content, number } = request;
  const missing = judgement.verdict === 'waiting' ? judgement.missing : undefined;
  const taken = revertOf(content);
  const reverts = taken === undefined ? '' : ` · Revert of #${taken.number}`;
  return `${KINDS[content.kind]} #${number}${reverts} · ${clip(name, 60)} · ${stateWords(request, missing)}`;
}

/** The whole card in one text, the most important first: notifications and screen readers have nothing else. */
export function spokenCard(request: ChangeRequest, facts: CardFacts): string {
  const lines = linesOf(request, facts.nameOf);
  const more = lines.length > SPOKEN_LINES ? [`and ${lines.length - SPOKEN_LINES} more`] : [];
  const { failure, blocked, content } = request;
  const taken = revertOf(content);
  const reverts = taken === undefined ? [] : [`It is a revert of request #${taken.number}.`];
  return spoken(
    [
      ...standingTexts(request, facts),
      ...(failure === null ? [] : [escape(failure)]),
      ...heldTexts(request),
      ...brokenText(request),
      askWords(request, facts.name),
      ...reverts,
      ...lines.slice(0, SPOKEN_LINES),
      ...more,
      ...againText(request, facts),
      ...(blocked === null || request.state !== 'pending' ? [] : [escape(blocked)]),
      `Reason: ${escape(request.reason)}`,
      `Risk: ${request.risk}.`,
    ],
    3500,
  );
}

function standingTexts(request: ChangeRequest, facts: CardFacts): readonly string[] {
  const { judgement, name } = facts;
  const missing = judgement.verdict === 'waiting' ? judgement.missing : undefined;
  const first = `Request #${request.number} for ${escape(name)} ${hasBecome(request, missing)}.`;
  if (request.state === 'pending') {
    const whom = waitingText(request, facts);
    return [first, whom.endsWith('.') ? whom : `${whom}.`, ...judgement.rules.map((rule) => ruleLine(rule))];
  }
  const counted = judgement.votes.filter(
    (vote) => request.approval.kind !== 'people' || vote.judgement.verdict === 'allowed',
  );
  const by = counted.map(({ vote: { voter, verdict, reason } }) => {
    const why = reason === null ? '' : ` because: ${escape(reason)}`;
    return `${verdict === 'approve' ? 'Approved' : 'Denied'} by <@${voter}>${why}.`;
  });
  return [[first, ...by].join(' ')];
}

function brokenText({ breakGlass, review }: ChangeRequest): readonly string[] {
  if (breakGlass === null) return [];
  const mark = `Break-glass: ${who(breakGlass.by)} skipped the approval because: ${escape(breakGlass.reason)}.`;
  return [mark, review?.state === 'closed' ? `${who(review.by)} closed the review.` : 'The review is open.'];
}

function againText(request: ChangeRequest, { nameOf }: CardFacts): readonly string[] {
  const newest = request.again.at(-1);
  if (newest === undefined) return [];
  const moved = movedLines(request, nameOf).slice(0, SPOKEN_LINES);
  return [`Asked again: ${escape(newest.because)}`, ...moved];
}
