import type { ChangeRequest } from '../../changes/request.js';
import { findSetting } from '../../settings/catalogue.js';
import { askWords, linesOf, stateWords } from './change-words.js';
import {
  actions,
  type Block,
  button,
  context,
  header,
  listed,
  type Message,
  quotation,
  section,
} from './kit.js';
import { mentions, time } from './people.js';
import { clip, clipMarked, escape, spoken } from './text.js';

/** Slack takes about 13,200 characters in all blocks of a message; the rest of a card needs up to 6,000. */
const DIFF_TEXT = 7000;
const REASON_TEXT = 2000;
const SPOKEN_LINES = 5;

/** What a card needs to know beside the request itself. */
export interface CardFacts {
  readonly pbxName: string;
  /** Who may decide: Slack user ids and user group ids. */
  readonly approvers: readonly string[];
}

/** The card of a request in the approvals channel; one message through the request's whole life. */
export function changeCard(request: ChangeRequest, facts: CardFacts): Message {
  const kind = request.content.kind === 'settings' ? 'Change' : 'Baseline';
  return {
    text: spokenCard(request, facts),
    blocks: [
      header(`${kind} #${request.number} · ${clip(facts.pbxName, 60)} · ${stateWords(request)}`),
      section(askWords(request, facts.pbxName)),
      ...diffBlocks(request),
      section('*Reason*'),
      quotation(clip(request.reason, REASON_TEXT)),
      section(riskLine(request)),
      ...standing(request, facts),
      actions(...buttons(request)),
    ],
  };
}

/** What became of a request, as a direct message to the person who asked. */
export function requesterMessage(request: ChangeRequest, facts: CardFacts): Message {
  const first = `Your request #${request.number} for *${escape(facts.pbxName)}* is *${stateWords(request)}*.`;
  return {
    text: spokenCard(request, facts),
    blocks: [
      section(first),
      ...diffBlocks(request),
      ...decisionBlocks(request),
      actions(jsonButton(request)),
    ],
  };
}

/** The whole card in one text, the most important first: notifications and screen readers have nothing else. */
function spokenCard(request: ChangeRequest, facts: CardFacts): string {
  const lines = linesOf(request);
  const more = lines.length > SPOKEN_LINES ? [`and ${lines.length - SPOKEN_LINES} more`] : [];
  const by = request.votes.map(({ voter, verdict, reason }) => {
    const why = reason === null ? '' : ` because: ${escape(reason)}`;
    return `${verdict === 'approve' ? 'Approved' : 'Denied'} by <@${voter}>${why}.`;
  });
  const { failure } = request;
  return spoken(
    [
      `Request #${request.number} for ${escape(facts.pbxName)} is ${stateWords(request)}. ${by.join(' ')}`,
      ...(failure === null ? [] : [escape(failure)]),
      askWords(request, facts.pbxName),
      ...lines.slice(0, SPOKEN_LINES),
      ...more,
      `Reason: ${escape(request.reason)}`,
      `Risk: ${request.risk}.`,
    ],
    3500,
  );
}

function diffBlocks(request: ChangeRequest): Block[] {
  return listed(linesOf(request), DIFF_TEXT, (left) => `${left} more: press “Show JSON” to see all of them.`);
}

function riskLine(request: ChangeRequest): string {
  const risk = `*Risk: ${request.risk}*`;
  if (request.state !== 'pending' || request.content.kind !== 'settings') return risk;
  const warnings = request.content.items.flatMap(({ key }) => findSetting(key)?.warning ?? []);
  return [risk, ...[...new Set(warnings)].map((warning) => `:warning: ${escape(warning)}`)].join('\n');
}

function standing(request: ChangeRequest, facts: CardFacts): Block[] {
  const { requestedBy, state, createdAt } = request;
  if (state !== 'pending') return decisionBlocks(request);
  const others = facts.approvers.filter((id) => id !== requestedBy.id);
  const whom = others.length === 0 ? 'an approver other than the requester' : mentions(others);
  return [context(`Waiting for ${whom}`, `Asked ${time(createdAt)}`)];
}

/** Who decided and why, and what went wrong afterwards. */
function decisionBlocks(request: ChangeRequest): Block[] {
  const { votes, approval, failure, finishedAt, state } = request;
  const decided = votes.map(
    ({ voter, verdict, at }) => `${verdict === 'approve' ? 'Approved' : 'Denied'} by <@${voter}> ${time(at)}`,
  );
  const operator =
    approval.kind === 'operator' ? [`Approved by the operator’s own act: ${escape(approval.because)}`] : [];
  const finished = finishedAt === null || state === 'denied' ? [] : [`Finished ${time(finishedAt)}`];
  const notes = [...decided, ...operator, ...finished];
  const denied = votes.flatMap(({ verdict, reason }) =>
    verdict === 'deny' && reason !== null ? [reason] : [],
  );
  return [
    ...denied.flatMap((reason) => [section('*Denied because*'), quotation(clip(reason, REASON_TEXT))]),
    ...(failure === null ? [] : [section(`:warning: ${clipMarked(escape(failure), 600)}`)]),
    ...(state === 'failed'
      ? [section('Look at what was not written, then ask again where it is still wanted.')]
      : []),
    context(...(notes.length === 0 ? ['Not decided yet'] : notes)),
  ];
}

function buttons(request: ChangeRequest): ReturnType<typeof button>[] {
  if (request.state !== 'pending') return [jsonButton(request)];
  const of = `request ${request.number}`;
  return [
    button('change.approve', 'Approve', request.id, { style: 'primary', label: `Approve ${of}` }),
    button('change.deny', 'Deny', request.id, { style: 'danger', label: `Deny ${of}` }),
    jsonButton(request),
  ];
}

function jsonButton(request: ChangeRequest): ReturnType<typeof button> {
  return button('change.json', 'Show JSON', request.id, { label: `Show JSON of request ${request.number}` });
}
