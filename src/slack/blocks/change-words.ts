import { never } from '../../errors.js';
import {
  type ChangeRequest,
  type Content,
  type Hold,
  keysOf,
  revertOf,
  waitsFor,
} from '../../changes/request.js';
import { time, who } from './people.js';
import { labelOf, stepOf, valueOf } from './setting-words.js';
import { counted, escape } from './text.js';

/** A target as people call it: the name of its PBX, or which PBXs it means. Not escaped. */
export function targetName(target: string, nameOf: (pbxId: string) => string): string {
  if (target === 'all') return 'all PBXs';
  if (target === 'baseline') return 'the baseline';
  return target.startsWith('tag:') ? `PBXs tagged ${target.slice('tag:'.length)}` : nameOf(target);
}

/** Whether a window with the values of each PBX says more than the card. */
export function hasParts(content: Content): boolean {
  if (content.kind !== 'baseline') return isForMany(content);
  const { changes = [], unread = [], absent = [] } = content.impact ?? {};
  return changes.length + unread.length + absent.length > 0;
}

/** Whether a request is for several PBXs, which are counted rather than listed. */
export function isForMany(content: Content): boolean {
  return content.kind === 'settings' && content.parts.length + content.left.length > 1;
}

type Standing = Pick<ChangeRequest, 'state' | 'content' | 'results' | 'approval' | 'blocked' | 'heldBack'>;

/** Where a request stands, in a few words; `missing` is how many more approvals it needs, where that is known. */
export function stateWords(request: Standing, missing?: number): string {
  const { state, content } = request;
  switch (state) {
    case 'pending':
      return request.blocked === null ? waitingWords(request, missing) : 'waiting for an edit';
    case 'approved':
    case 'applying':
      return underWayWords(request);
    case 'failed': {
      const count = countOf(request, 'applied');
      const isPartly = isForMany(content) && count > 0;
      return isPartly ? `partly applied: ${count} of ${request.results.length}` : 'failed';
    }
    case 'applied':
    case 'denied':
    case 'withdrawn':
    case 'expired':
      return state;
    default:
      return never(state);
  }
}

/** Where a request stands, as a sentence goes on after its name: `is applied`, `has failed`. */
export function hasBecome(request: Standing, missing?: number): string {
  const words = stateWords(request, missing);
  return ['failed', 'expired'].includes(words) ? `has ${words}` : `is ${words}`;
}

function waitingWords({ approval }: Standing, missing: number | undefined): string {
  const needed = approval.kind === 'people' ? Math.max(...approval.rules.map((rule) => rule.approvals)) : 1;
  const isOnlyOne = missing === undefined || (missing === 1 && needed === 1);
  return isOnlyOne
    ? 'waiting for approval'
    : `waiting for ${missing} more ${missing === 1 ? 'approval' : 'approvals'}`;
}

function underWayWords(request: Standing): string {
  const isBroken = request.approval.kind === 'break-glass';
  if (waitsFor(request) !== null) return isBroken ? 'waiting, without approval' : 'approved, waiting';
  return `${isBroken ? 'applying without approval' : 'approved, applying'}${progressWords(request)}`;
}

function progressWords(request: Standing): string {
  const { results } = request;
  const done = results.length - countOf(request, 'waiting');
  return results.length > 1 && done > 0 ? ` ${done} of ${results.length}…` : '…';
}

function countOf({ results }: Standing, state: 'applied' | 'waiting'): number {
  return results.filter((result) => result.state === state).length;
}

/** Who asks for what, in one sentence; `name` is the target's. */
export function askWords({ requestedBy, state, content }: ChangeRequest, name: string): string {
  return `${who(requestedBy)} ${state === 'pending' ? 'asks' : 'asked'} to ${subjectOf(content, name)}:`;
}

function subjectOf(content: Content, name: string): string {
  const of = `*${escape(name)}*`;
  if (content.kind === 'pause') return `pause the sweeps of ${of} until ${time(content.untilAt)}`;
  if (content.kind === 'exception') {
    return `suspend ${counted(content.keys.length, 'rule')} of the baseline for ${of} until ${time(content.untilAt)}`;
  }
  const reverts = revertOf(content);
  const taken = reverts === undefined ? null : `take back request #${reverts.number}`;
  if (content.kind === 'baseline') return taken ?? rulesWords(content, of);
  const what = taken ?? `change ${counted(keysOf(content).length, 'setting')}`;
  return `${what} of ${of}${holdWords(content.hold)}`;
}

function rulesWords({ rules, removed = [] }: Extract<Content, { kind: 'baseline' }>, of: string): string {
  const from = of === '*the baseline*' ? '' : `, captured from ${of},`;
  const put = rules.length === 0 ? [] : [`put ${counted(rules.length, 'rule')}${from} into the baseline`];
  const take = removed.length === 0 ? [] : [`take ${counted(removed.length, 'rule')} out of the baseline`];
  return [...put, ...take].join(' and ');
}

/** A request in one line, for lists; with a setting's key also what it was to become. */
export function requestLine(request: ChangeRequest, name: string, key?: string): string {
  const of = key === undefined ? namesOf(request.content) : stepIn(request, key);
  const by = `asked by ${who(request.requestedBy)} ${time(request.createdAt)}`;
  const mark = request.breakGlass === null ? '' : ', :rotating_light: break-glass';
  return `*#${request.number}* ${escape(name)}: ${of}, ${stateWords(request)}${mark}, ${by}`;
}

function namesOf(content: Content): string {
  if (content.kind === 'pause') return `pause until ${time(content.untilAt)}`;
  const keys = keysOf(content);
  const more = keys.length > 3 ? ` and ${keys.length - 3} more` : '';
  const names = `${keys.slice(0, 3).map(labelOf).join(', ')}${more}`;
  if (content.kind === 'exception') return `exception for ${names} until ${time(content.untilAt)}`;
  return content.kind === 'settings' ? names : `baseline rules for ${names}`;
}

function stepIn({ content }: ChangeRequest, key: string): string {
  if (content.kind === 'settings') {
    const item = content.parts.flatMap(({ items }) => items).find((candidate) => candidate.key === key);
    return item === undefined ? namesOf(content) : stepOf(key, item.before, item.value);
  }
  if (content.kind !== 'baseline') return namesOf(content);
  const rule = content.rules.find((candidate) => candidate.key === key);
  return rule === undefined ? namesOf(content) : `baseline rule ${valueOf(key, rule.value)} (${rule.mode})`;
}

function holdWords(hold: Hold): string {
  if (hold.kind === 'baseline') return ' and make the new value the baseline';
  return hold.kind === 'exception' ? `, with an exception to the baseline until ${time(hold.untilAt)}` : '';
}
