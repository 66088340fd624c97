import { idsOfRule } from '../changes/approval-rule.js';
import { expiryOf } from '../changes/due.js';
import { diffOf } from '../changes/impact.js';
import type { Facts, JudgedVote, Refusal } from '../changes/judge.js';
import {
  type ChangeRequest,
  type Content,
  type PartResult,
  type Vote,
  revertOf,
  waitsFor,
} from '../changes/request.js';
import { never, sentence } from '../errors.js';
import { getSetting } from '../settings/catalogue.js';
import { diffLines, impactLines } from './baseline-words.js';
import { actorWords, table } from './command.js';
import { leftWords } from './rollout-words.js';
import { counted, movedWords, outcomeLine, plain, stepWords } from './words.js';

/** What is known of how a request is decided. */
export interface Standing {
  readonly facts: Facts;
  /** The votes of the round that is under way, or was the last one. */
  readonly votes: readonly JudgedVote[];
  /** Slack user ids and, where nobody here knows their members, user group ids. */
  readonly waitsFor: readonly string[];
}

/** Everything about a request, for people. */
export function requestView(request: ChangeRequest, standing: Standing): readonly string[] {
  return [
    ...headLines(request),
    ...section('Asks for', askedLines(request.content)),
    ...section('Asked again', againLines(request)),
    ...section('Waits', heldLines(request)),
    ...section('Votes', voteLines(request, standing.votes)),
    ...section('Approval', approvalLines(request, standing)),
    ...section('Result', resultLines(request)),
    ...section('Break-glass', breakGlassLines(request)),
  ];
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)];
}

function headLines(request: ChangeRequest): readonly string[] {
  const { number, state, round, target, requestedBy, editors, createdAt, reason, risk, content } = request;
  const taken = revertOf(content);
  const reverts = taken === undefined ? [] : [['takes back', `#${taken.number}`]];
  const edited = editors.length === 0 ? [] : [['edited by', editors.map(actorWords).join(', ')]];
  const failure = request.failure === null ? [] : [['failure', sentence(request.failure)]];
  const rows = [
    ['target', target],
    ['risk', risk],
    ['asked by', `${actorWords(requestedBy)} at ${createdAt}`],
    ['reason', plain(reason)],
    ...edited,
    ...reverts,
    ...(request.decidedAt === null ? [] : [['decided at', request.decidedAt]]),
    ...(request.finishedAt === null ? [] : [['finished at', request.finishedAt]]),
    ...failure,
  ];
  return [`Request #${number}: ${state}${round === 1 ? '' : `, round ${round}`}`, ...table(rows, '  ')];
}

function askedLines(content: Content): readonly string[] {
  if (content.kind === 'settings') {
    const rows = content.parts.flatMap(({ pbxId, items }) =>
      items.map(({ key, before, value }) => [
        pbxId,
        getSetting(key).label,
        key,
        stepWords(key, before, value),
      ]),
    );
    return [...table(rows), ...leftWords({ content }).map((line) => line.trim()), ...holdLines(content)];
  }
  if (content.kind === 'pause')
    return [
      `Sweeps leave ${content.target} alone until ${content.untilAt}; ${content.owner} answers for it.`,
    ];
  if (content.kind === 'exception') {
    const rows = content.keys.map((key) => [
      content.target,
      getSetting(key).label,
      key,
      `until ${content.untilAt}`,
    ]);
    return [...table(rows), `${content.owner} answers for it.`];
  }
  const { impact } = content;
  return [...diffLines(diffOf(content)), ...(impact === undefined ? [] : impactLines(impact))];
}

function holdLines({ hold }: Extract<Content, { kind: 'settings' }>): readonly string[] {
  switch (hold.kind) {
    case 'none':
      return [];
    case 'baseline':
      return ['The baseline holds the new values from then on.'];
    case 'exception':
      return [`An exception to the baseline until ${hold.untilAt}.`];
    default:
      return never(hold);
  }
}

function againLines({ again, blocked, state }: ChangeRequest): readonly string[] {
  return [
    ...again.flatMap(({ round, at, because, moved }) => [
      `Round ${round} ended at ${at}: ${sentence(because)}`,
      ...moved.map((one) => `  ${movedWords(one)}`),
    ]),
    ...(blocked === null || state !== 'pending' ? [] : [sentence(blocked)]),
  ];
}

function heldLines(request: ChangeRequest): readonly string[] {
  const { heldBack } = request;
  if (heldBack?.kind === 'passed') return [`It passed a freeze: ${sentence(heldBack.because)}`];
  const waits = waitsFor(request);
  return waits === null ? [] : [`Approved, and not written yet: ${sentence(waits.because)}`];
}

function voteLines(request: ChangeRequest, judged: readonly JudgedVote[]): readonly string[] {
  const rows = request.votes.map((vote) => [
    `round ${vote.round}`,
    vote.voter,
    vote.verdict === 'approve' ? 'approved' : 'denied',
    vote.at,
    worthOf(vote, request, judged),
    plain(vote.reason ?? ''),
  ]);
  return table(rows);
}

function worthOf(vote: Vote, { round, state }: ChangeRequest, judged: readonly JudgedVote[]): string {
  if (vote.round !== round) return 'void: that round is over';
  const judgement = judged.find((one) => one.vote === vote)?.judgement;
  if (judgement === undefined) return '';
  if (judgement.verdict === 'allowed') return state === 'pending' ? 'counts' : 'counted';
  const isPast = judgement.refusal === 'unknown' && state !== 'pending';
  return isPast ? 'counted when it was given' : REFUSALS[judgement.refusal];
}

const REFUSALS: Readonly<Record<Refusal, string>> = {
  requester: 'does not count: asked for it',
  editor: 'does not count: edited it',
  inactive: 'does not count: a deactivated account or a bot',
  outsider: 'does not count: no approver for it',
  unknown: 'counted when it was given; only plumbline serve looks people up again',
  lapsed: 'does not count: too old by now',
};

function approvalLines(request: ChangeRequest, { facts, votes, waitsFor }: Standing): readonly string[] {
  const { approval, state } = request;
  switch (approval.kind) {
    case 'operator':
      return [`The operator's own act: ${approval.because}.`];
    case 'break-glass':
      return ['None: it was applied by break-glass.'];
    case 'people':
      return [
        ...approval.rules.map((rule) => {
          const whose = rule.from.map((entry) => whoseWords(entry, facts)).join(', ');
          return `Rule “${rule.name}”: ${counted(rule.approvals, 'approval')} of ${whose}`;
        }),
        ...(state === 'pending' ? waitLines(request, votes, waitsFor) : []),
      ];
    default:
      return never(approval);
  }
}

/** A role with the ids that hold it, or an id. */
function whoseWords(entry: string, { roles }: Facts): string {
  const ids = idsOfRule({ from: [entry] }, roles);
  return ids.length === 1 && ids[0] === entry ? entry : `${entry} (${ids.join(', ')})`;
}

function waitLines(
  request: ChangeRequest,
  votes: readonly JudgedVote[],
  waitsFor: readonly string[],
): readonly string[] {
  const given = votes.filter(
    ({ vote, judgement }) =>
      vote.verdict === 'approve' && (judgement.verdict === 'allowed' || judgement.refusal === 'unknown'),
  );
  return [
    `Given so far: ${given.length}`,
    `Waits for: ${waitsFor.length === 0 ? 'nobody who could approve it' : waitsFor.join(', ')}`,
    `Expires at ${expiryOf(request) ?? 'no time'}`,
  ];
}

function resultLines(request: ChangeRequest): readonly string[] {
  if (request.state === 'pending') return [];
  return request.results.flatMap(partLines);
}

function partLines({ pbxId, state, outcomes, failure, finishedAt }: PartResult): readonly string[] {
  const at = finishedAt === null ? '' : ` at ${finishedAt}`;
  return [
    `${pbxId}: ${state === 'waiting' ? 'nothing was written' : `${state}${at}`}`,
    ...(failure === null ? [] : [`  ${failure}`]),
    ...(outcomes ?? []).map((outcome) => `  ${outcomeLine(outcome)}`),
  ];
}

function breakGlassLines({ breakGlass, review }: ChangeRequest): readonly string[] {
  if (breakGlass === null) return [];
  const { by, at, reason } = breakGlass;
  const reviewed =
    review?.state === 'closed'
      ? `Reviewed by ${actorWords(review.by)} at ${review.at}: ${plain(review.note)}`
      : 'The review is open: another person must close it.';
  return [`Applied without approval by ${actorWords(by)} at ${at}: ${plain(reason)}`, reviewed];
}
