import { never } from '../../errors.js';
import type { ChangeRequest, Content, Hold } from '../../changes/request.js';
import { type Outcome, outcomeWords } from '../../fleet/outcome.js';
import { time, who } from './people.js';
import { labelOf, stepOf, valueOf } from './setting-words.js';
import { clipMarked, counted, escape } from './text.js';

const BECAUSE = 600;

/** Where a request stands, in a few words. */
export function stateWords(request: Pick<ChangeRequest, 'state'>): string {
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

/** Who asks for what, in one sentence. */
export function askWords({ requestedBy, state, content }: ChangeRequest, pbxName: string): string {
  return `${who(requestedBy)} ${state === 'pending' ? 'asks' : 'asked'} to ${subjectOf(content, pbxName)}:`;
}

function subjectOf(content: Content, pbxName: string): string {
  if (content.kind === 'baseline') {
    return `put ${counted(content.rules.length, 'rule')}, captured from *${escape(pbxName)}*, into the baseline`;
  }
  const what = `change ${counted(content.items.length, 'setting')} of *${escape(pbxName)}*`;
  return `${what}${holdWords(content.hold)}`;
}

/** One line a setting: before → after with how it ended, or the rule. */
export function linesOf(request: Pick<ChangeRequest, 'content' | 'outcomes'>): readonly string[] {
  const { content, outcomes } = request;
  if (content.kind === 'baseline') {
    return content.rules.map(
      ({ key, value, mode, target }) =>
        `• *${labelOf(key)}* ${valueOf(key, value)} (${mode}, for ${escape(target)})`,
    );
  }
  return content.items.map(({ key, before, value }) => {
    const outcome = outcomes?.find((candidate) => candidate.key === key);
    return `• *${labelOf(key)}* ${stepOf(key, before, value)}${outcomeNote(outcome)}`;
  });
}

/** A request in one line, for lists; with a setting's key also what it was to become. */
export function requestLine(request: ChangeRequest, pbxName: string, key?: string): string {
  const of = key === undefined ? namesOf(request.content) : stepIn(request, key);
  const by = `asked by ${who(request.requestedBy)} ${time(request.createdAt)}`;
  return `*#${request.number}* ${escape(pbxName)}: ${of}, ${stateWords(request)}, ${by}`;
}

function namesOf(content: Content): string {
  const keys = (content.kind === 'settings' ? content.items : content.rules).map(({ key }) => key);
  const more = keys.length > 3 ? ` and ${keys.length - 3} more` : '';
  const names = `${keys.slice(0, 3).map(labelOf).join(', ')}${more}`;
  return content.kind === 'settings' ? names : `baseline rules for ${names}`;
}

function stepIn({ content }: ChangeRequest, key: string): string {
  if (content.kind === 'settings') {
    const item = content.items.find((candidate) => candidate.key === key);
    return item === undefined ? namesOf(content) : stepOf(key, item.before, item.value);
  }
  const rule = content.rules.find((candidate) => candidate.key === key);
  return rule === undefined ? namesOf(content) : `baseline rule ${valueOf(key, rule.value)} (${rule.mode})`;
}

function outcomeNote(outcome: Outcome | undefined): string {
  if (outcome === undefined) return '';
  const because = outcome.because === undefined ? '' : `: ${clipMarked(escape(outcome.because), BECAUSE)}`;
  return `\n      ${outcomeWords(outcome.status)}${because}`;
}

function holdWords(hold: Hold): string {
  if (hold.kind === 'baseline') return ' and make the new value the baseline';
  return hold.kind === 'exception' ? `, with an exception to the baseline until ${time(hold.untilAt)}` : '';
}
