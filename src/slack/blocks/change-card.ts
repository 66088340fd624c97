import { never } from '../../errors.js';
import type { ChangeRequest, Content, Hold } from '../../changes/request.js';
import type { Outcome } from '../../fleet/outcome.js';
import { outcomeWords } from '../../fleet/outcome.js';
import { getSetting } from '../../settings/catalogue.js';
import { formatValue } from '../../settings/kind.js';
import {
  actions,
  type Block,
  button,
  chunks,
  code,
  context,
  escape,
  header,
  type Message,
  quote,
  section,
} from './kit.js';
import { mentions, time, who } from './people.js';

const MOST_DIFF_TEXT = 8000;

/** What a card needs to know beside the request itself. */
export interface CardFacts {
  readonly pbxName: string;
  /** Who may decide: Slack user ids and user group ids. */
  readonly approvers: readonly string[];
}

/** The card of a request in the approvals channel; one message through the request's whole life. */
export function changeCard(request: ChangeRequest, facts: CardFacts): Message {
  const title = `${titleOf(request.content)} #${request.number} · ${facts.pbxName}`;
  return {
    text: summary(request, facts),
    blocks: [
      header(`${title} · ${stateWords(request)}`),
      section(`${who(request.requestedBy)} asks for ${subject(request.content, facts.pbxName)}:`),
      ...diffBlocks(request),
      section(`*Reason*\n${quote(request.reason)}`),
      ...warnings(request),
      context(...notes(request, facts)),
      actions(...buttons(request)),
    ],
  };
}

/** The same request as a direct message to the person who asked. */
export function requesterMessage(request: ChangeRequest, facts: CardFacts): Message {
  const text = summary(request, facts);
  return { text, blocks: [section(text), ...diffBlocks(request), context(...decisionNotes(request))] };
}

/** A request in one line, for lists. */
export function requestLine(request: ChangeRequest, pbxName: string): string {
  const { content } = request;
  const keys =
    content.kind === 'settings' ? content.items.map(({ key }) => key) : content.rules.map(({ key }) => key);
  const shown = keys.slice(0, 3).join(', ') + (keys.length > 3 ? ` and ${keys.length - 3} more` : '');
  return `*#${request.number}* ${escape(pbxName)}: ${escape(shown)}, ${stateWords(request)}, asked by ${who(request.requestedBy)} ${time(request.createdAt)}`;
}

/** Where a request stands, in a few words. */
export function stateWords(request: ChangeRequest): string {
  switch (request.state) {
    case 'pending':
      return 'waiting for approval';
    case 'approved':
    case 'applying':
      return 'approved, applying…';
    case 'applied':
      return 'applied';
    case 'failed':
      return 'failed';
    case 'denied':
      return 'denied';
    default:
      return never(request.state);
  }
}

function titleOf(content: Content): string {
  return content.kind === 'settings' ? 'Change' : 'Baseline';
}

function subject(content: Content, pbxName: string): string {
  if (content.kind === 'settings') return `a change of ${escape(pbxName)}`;
  return `${content.rules.length} baseline ${content.rules.length === 1 ? 'rule' : 'rules'}, captured from ${escape(pbxName)}`;
}

function summary(request: ChangeRequest, facts: CardFacts): string {
  const deny = request.votes.find(({ verdict }) => verdict === 'deny');
  const by =
    request.state === 'denied' && deny !== undefined
      ? ` by <@${deny.voter}>: ${escape(deny.reason ?? '')}`
      : '';
  const first = lines(request)[0] ?? '';
  return `Request #${request.number} for ${escape(facts.pbxName)} is ${stateWords(request)}${by}. ${first.replaceAll('*', '')}`.trim();
}

function diffBlocks(request: ChangeRequest): Block[] {
  const parts = chunks(lines(request), 3000);
  const shown: Block[] = [];
  let length = 0;
  for (const part of parts) {
    length += part.length;
    if (length > MOST_DIFF_TEXT)
      return [...shown, context('There is more than fits here: press “Show JSON”.')];
    shown.push(section(part));
  }
  return shown;
}

function lines(request: ChangeRequest): readonly string[] {
  const { content, outcomes } = request;
  if (content.kind === 'baseline') {
    return content.rules.map(
      ({ key, value, mode, target }) =>
        `• *${label(key)}* ${code(format(key, value))} (${mode}, for ${code(target)})`,
    );
  }
  return content.items.map(({ key, before, value }) => {
    const outcome = outcomes?.find((candidate) => candidate.key === key);
    return `• *${label(key)}* ${code(format(key, before))} → ${code(format(key, value))}${outcomeNote(outcome)}`;
  });
}

function outcomeNote(outcome: Outcome | undefined): string {
  if (outcome === undefined) return '';
  const because = outcome.because === undefined ? '' : `: ${escape(outcome.because)}`;
  return `\n      ${outcomeWords(outcome.status)}${because}`;
}

function warnings(request: ChangeRequest): Block[] {
  if (request.state !== 'pending' || request.content.kind !== 'settings') return [];
  const texts = request.content.items.flatMap(({ key }) => getSetting(key).warning ?? []);
  return texts.length === 0 ? [] : [section(`*Mind*\n${[...new Set(texts)].map(escape).join('\n')}`)];
}

function notes(request: ChangeRequest, facts: CardFacts): readonly string[] {
  const risk = `Risk: *${request.risk}*`;
  const hold = request.content.kind === 'settings' ? holdWords(request.content.hold) : [];
  return [
    risk,
    ...hold,
    ...(request.state === 'pending' ? [waiting(request, facts)] : decisionNotes(request)),
  ];
}

function waiting(request: ChangeRequest, facts: CardFacts): string {
  const others = facts.approvers.filter((id) => id !== request.requestedBy.id);
  return `Waiting for ${others.length === 0 ? 'an approver other than the requester' : mentions(others)}`;
}

function decisionNotes(request: ChangeRequest): readonly string[] {
  const votes = request.votes.map(({ voter, verdict, reason, at }) => {
    const why = reason === null ? '' : `: ${escape(reason)}`;
    return `${verdict === 'approve' ? 'Approved' : 'Denied'} by <@${voter}> ${time(at)}${why}`;
  });
  const operator =
    request.approval.kind === 'operator'
      ? [`Approved by the operator's own act: ${request.approval.because}`]
      : [];
  const failure = request.failure === null ? [] : [escape(request.failure)];
  const finished = request.finishedAt === null ? [] : [`Finished ${time(request.finishedAt)}`];
  const all = [...votes, ...operator, ...failure, ...finished];
  return all.length === 0 ? ['Not decided yet'] : all;
}

function holdWords(hold: Hold): readonly string[] {
  if (hold.kind === 'baseline') return ['Becomes part of the baseline'];
  return hold.kind === 'exception' ? [`Exception to the baseline until ${time(hold.untilAt)}`] : [];
}

function buttons(request: ChangeRequest): ReturnType<typeof button>[] {
  const of = `request ${request.number}`;
  const json = button('change.json', 'Show JSON', request.id, { label: `Show JSON of ${of}` });
  if (request.state !== 'pending') return [json];
  return [
    button('change.approve', 'Approve', request.id, { style: 'primary', label: `Approve ${of}` }),
    button('change.deny', 'Deny', request.id, { style: 'danger', label: `Deny ${of}` }),
    json,
  ];
}

function label(key: string): string {
  return escape(getSetting(key).label);
}

function format(key: string, value: Parameters<typeof formatValue>[1]): string {
  return formatValue(getSetting(key), value);
}
