import type { HistoryEntry, WriteEntry } from '../../changes/history.js';
import type { Page } from '../../changes/history-merge.js';
import { isRevertible } from '../../changes/revert.js';
import { type ChangeRequest, revertOf } from '../../changes/request.js';
import { isFinal } from '../../changes/transitions.js';
import { type Outcome, outcomeWords } from '../../fleet/outcome.js';
import { requestLine, targetName } from './change-words.js';
import { actions, type Block, button, type Message, section } from './kit.js';
import { time, who } from './people.js';
import { labelOf, stepOf } from './setting-words.js';
import { clipMarked, escape, spoken } from './text.js';

/** What a history is about, and who looks at it. */
export interface HistoryFacts {
  /** What stands in the title, marked up. */
  readonly of: string;
  /** The one setting it is about, or null for several of which the names are shown. */
  readonly key: string | null;
  readonly nameOf: (pbxId: string) => string;
  readonly mayPropose: boolean;
  /** The values of the buttons that turn to the neighbouring pages. */
  readonly older: string | null;
  readonly newer: string | null;
}

const MOST_LINES = 5;
const BECAUSE = 300;

/** One page of what happened to a setting, or to a whole PBX, newest first. */
export function historyMessage({ entries }: Page<HistoryEntry>, facts: HistoryFacts): Message {
  const title = `*History of ${facts.of}*${facts.newer === null ? '' : ', continued'}`;
  const lines = entries.map((entry) => entryText(entry, facts));
  const turning = [
    ...(facts.newer === null ? [] : [button('history.newer', 'Newer', facts.newer)]),
    ...(facts.older === null ? [] : [button('history.older', 'Older', facts.older)]),
  ];
  const nothing = 'Nothing was asked for or written yet.';
  return {
    text: spoken([title, ...(lines.length === 0 ? [nothing] : lines)]),
    blocks: [
      section(title),
      ...(lines.length === 0 ? [section(nothing)] : []),
      ...entries.flatMap((entry, index) => [section(lines[index] ?? ''), ...revertButton(entry, facts)]),
      ...(turning.length === 0 ? [] : [actions(...turning)]),
    ],
  };
}

function entryText(entry: HistoryEntry, facts: HistoryFacts): string {
  if (entry.kind === 'request') {
    const { request } = entry;
    const name = targetName(request.target, facts.nameOf);
    const note = request.failure === null ? '' : `: ${clipMarked(escape(request.failure), BECAUSE)}`;
    return `• ${requestLine(request, name, facts.key ?? undefined)}${note}${marks(request)}`;
  }
  const by = entry.by.kind === 'sweep' ? sweepWords(entry.by.number) : requestWords(entry.by.request);
  const [only, ...others] = entry.outcomes;
  if (facts.key !== null && only !== undefined && others.length === 0)
    return `• ${time(entry.at)} ${outcomeLine(only)}, ${by}`;
  return [`• ${time(entry.at)} ${by}`, ...outcomeLines(entry)].join('\n');
}

function outcomeLines({ outcomes }: WriteEntry): readonly string[] {
  const shown = outcomes
    .slice(0, MOST_LINES)
    .map((outcome) => `      *${labelOf(outcome.key)}* ${outcomeLine(outcome)}`);
  const left = outcomes.length - shown.length;
  return left === 0 ? shown : [...shown, `      and ${left} more`];
}

function outcomeLine({ key, status, before, value, because }: Outcome): string {
  const why = because === undefined ? '' : ` (${clipMarked(escape(because), BECAUSE)})`;
  return `${stepOf(key, before, value)}, ${outcomeWords(status)}${why}`;
}

function requestWords(request: ChangeRequest): string {
  return `request *#${request.number}* by ${who(request.requestedBy)}${breakGlassMark(request)}${marks(request)}`;
}

function sweepWords(number: number | null): string {
  return `corrected by sweep${number === null ? '' : ` *#${number}*`}`;
}

function breakGlassMark({ breakGlass }: ChangeRequest): string {
  return breakGlass === null ? '' : ', :rotating_light: break-glass';
}

function marks({ content }: ChangeRequest): string {
  const taken = revertOf(content);
  return taken === undefined ? '' : `, takes back #${taken.number}`;
}

function revertButton(entry: HistoryEntry, { mayPropose }: HistoryFacts): readonly Block[] {
  const request = requestOf(entry);
  if (request === null || !mayPropose || !isFinal(request.state) || !isRevertible(request)) return [];
  const label = `Ask to revert request ${request.number}`;
  return [actions(button('change.revert', `Revert #${request.number}`, request.id, { label }))];
}

function requestOf(entry: HistoryEntry): ChangeRequest | null {
  if (entry.kind === 'request') return entry.request;
  return entry.by.kind === 'request' ? entry.by.request : null;
}
