import type { ChangeRequest, LeftOut, PartResult, SettingsContent } from '../../changes/request.js';
import { type Outcome, outcomeWords } from '../../fleet/outcome.js';
import { baselineLines } from './baseline-impact.js';
import { isForMany } from './change-words.js';
import { ownerName } from './people.js';
import { labelOf, stepOf } from './setting-words.js';
import { clipMarked, counted, escape } from './text.js';

const BECAUSE = 600;
const MOST_NAMES = 10;
const MOST_GROUPS = 5;
const MOST_FAULTS = 3;

type NameOf = (pbxId: string) => string;
type Shown = Pick<ChangeRequest, 'content' | 'results' | 'state' | 'target'>;

/** What a request is to change and how it ended: of one PBX every setting, of several the counts and exceptions first. */
export function linesOf(request: Shown, nameOf: NameOf): readonly string[] {
  const { content } = request;
  if (content.kind === 'settings') {
    return isForMany(content) ? manyLines(request, content, nameOf) : singleLines(request, content, nameOf);
  }
  if (content.kind === 'pause')
    return ['• Nothing is compared or corrected there until then', ownerLine(content)];
  if (content.kind === 'exception')
    return [...content.keys.map((key) => `• *${labelOf(key)}*`), ownerLine(content)];
  return baselineLines(content, nameOf);
}

function ownerLine({ owner }: { readonly owner: string }): string {
  return `• ${ownerName(owner)} answers for it`;
}

/** One line a setting of one PBX: before → after, and how its write ended. */
export function itemLines(
  items: SettingsContent['parts'][number]['items'],
  outcomes: readonly Outcome[] | null,
): readonly string[] {
  return items.map(({ key, before, value }) => {
    const outcome = outcomes?.find((candidate) => candidate.key === key);
    const note = outcome === undefined ? '' : `\n      ${outcomeNote(outcome)}`;
    return `• *${labelOf(key)}* ${stepOf(key, before, value)}${note}`;
  });
}

/** Why a PBX of the target is left alone. */
export function leftWords({ kind, because }: LeftOut): string {
  if (kind === 'same') return 'already so';
  return `${kind === 'unreadable' ? 'not read' : 'left alone'}: ${clipMarked(escape(because), BECAUSE)}`;
}

function singleLines(request: Shown, { parts }: SettingsContent, nameOf: NameOf): readonly string[] {
  return parts.flatMap(({ pbxId, items }) => {
    const outcomes = request.results.find((result) => result.pbxId === pbxId)?.outcomes ?? null;
    const title = pbxId === request.target ? [] : [`On *${escape(nameOf(pbxId))}*:`];
    return [...title, ...itemLines(items, outcomes)];
  });
}

function manyLines(request: Shown, content: SettingsContent, nameOf: NameOf): readonly string[] {
  return [
    summaryLine(request, content, nameOf),
    ...failureLines(request, nameOf),
    ...groupLines(content, nameOf),
  ];
}

function summaryLine({ state, results }: Shown, { parts, left }: SettingsContent, nameOf: NameOf): string {
  const isBegun = results.some((result) => result.state !== 'waiting');
  const counts = isBegun
    ? appliedWords(results)
    : [`*${parts.length} of ${counted(parts.length + left.length, 'PBX')} ${willChange(state)}*`];
  return [...counts, ...leftOutWords(left, nameOf)].join('; ');
}

function willChange(state: Shown['state']): string {
  if (state === 'pending') return 'would change';
  return ['approved', 'applying'].includes(state) ? 'will change' : 'would have changed';
}

function appliedWords(results: readonly PartResult[]): readonly string[] {
  const count = (state: PartResult['state']): number =>
    results.filter((result) => result.state === state).length;
  const failed = count('failed');
  return [
    `*Applied on ${count('applied')} of ${counted(results.length, 'PBX')}*`,
    ...(failed === 0 ? [] : [`${failed} failed`]),
  ];
}

function leftOutWords(left: readonly LeftOut[], nameOf: NameOf): readonly string[] {
  const of = (kind: LeftOut['kind']): readonly string[] =>
    left.filter((one) => one.kind === kind).map(({ pbxId }) => nameOf(pbxId));
  const [unreadable, unfit, same] = [of('unreadable'), of('unfit'), of('same')];
  return [
    ...(unreadable.length === 0 ? [] : [`${unreadable.length} could not be read: ${names(unreadable)}`]),
    ...(unfit.length === 0 ? [] : [`${unfit.length} cannot have this: ${names(unfit)}`]),
    ...(same.length === 0 ? [] : [`${same.length} ${same.length === 1 ? 'is' : 'are'} already so`]),
  ];
}

/** PBXs that failed for the same reason share a line. */
function failureLines({ results }: Shown, nameOf: NameOf): readonly string[] {
  const byReason = new Map<string, string[]>();
  for (const result of results.filter(({ state }) => state === 'failed')) {
    const reason = failureWords(result);
    byReason.set(reason, [...(byReason.get(reason) ?? []), nameOf(result.pbxId)]);
  }
  return [...byReason].map(([reason, of]) => `• :warning: *${names(of)}*: ${reason}`);
}

/** Why a PBX failed, in one line. */
export function failureWords({ failure, outcomes }: PartResult): string {
  if (failure !== null) return clipMarked(escape(failure), BECAUSE);
  const faults = (outcomes ?? []).filter(({ status }) => status !== 'written' && status !== 'unchanged');
  const byNote = new Map<string, string[]>();
  for (const fault of faults) {
    const note = outcomeNote(fault);
    byNote.set(note, [...(byNote.get(note) ?? []), labelOf(fault.key)]);
  }
  const shown = [...byNote].slice(0, MOST_FAULTS).map(([note, labels]) => `${labels.join(', ')}: ${note}`);
  return [...shown, ...(byNote.size > MOST_FAULTS ? ['and more'] : [])].join('; ');
}

/** Per setting the steps with how many PBXs take each, the most frequent first. */
function groupLines({ parts }: SettingsContent, nameOf: NameOf): readonly string[] {
  const byKey = new Map<string, Map<string, string[]>>();
  for (const { pbxId, items } of parts) {
    for (const { key, before, value } of items) {
      const steps = byKey.get(key) ?? new Map<string, string[]>();
      const step = stepOf(key, before, value);
      byKey.set(key, steps.set(step, [...(steps.get(step) ?? []), nameOf(pbxId)]));
    }
  }
  return [...byKey].map(([key, steps]) => `• *${labelOf(key)}* ${stepsWords(steps)}`);
}

function stepsWords(steps: ReadonlyMap<string, readonly string[]>): string {
  const sorted = [...steps].toSorted(([, one], [, other]) => other.length - one.length);
  const shown = sorted.slice(0, MOST_GROUPS).map(([step, of]) => `${step} on ${pbxWords(of)}`);
  const rest = sorted.slice(MOST_GROUPS).flatMap(([, of]) => of);
  return [...shown, ...(rest.length === 0 ? [] : [`other values on ${pbxWords(rest)}`])].join(', ');
}

function pbxWords(of: readonly string[]): string {
  const [only, ...others] = of;
  return only !== undefined && others.length === 0 ? escape(only) : counted(of.length, 'PBX');
}

function names(of: readonly string[]): string {
  const more = of.length > MOST_NAMES ? ` and ${of.length - MOST_NAMES} more` : '';
  return `${of.slice(0, MOST_NAMES).map(escape).join(', ')}${more}`;
}

function outcomeNote({ status, because }: Outcome): string {
  return `${outcomeWords(status)}${because === undefined ? '' : `: ${clipMarked(escape(because), BECAUSE)}`}`;
}
