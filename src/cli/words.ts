import { type ChangeRequest, type Content, type Moved, revertOf } from '../changes/request.js';
import { type Outcome, outcomeWords } from '../fleet/outcome.js';
import { getSetting } from '../settings/catalogue.js';
import { formatValue } from '../settings/kind.js';
import type { Value } from '../settings/setting.js';
import { visible } from '../settings/text.js';
import { actorWords } from './command.js';

/** A number with its noun. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** What somebody typed, on one line and with a mark for each character that a terminal would obey. */
export function plain(text: string): string {
  return visible(text.trim());
}

/** A setting from one value to another. */
export function stepWords(key: string, before: Value, value: Value): string {
  const setting = getSetting(key);
  return `${formatValue(setting, before)} → ${formatValue(setting, value)}`;
}

/** How the write of one setting ended. */
export function outcomeLine({ key, status, before, value, because }: Outcome): string {
  const reason = because === undefined ? '' : ` (${because})`;
  return `${getSetting(key).label}: ${stepWords(key, before, value)}, ${outcomeWords(status)}${reason}`;
}

/** Both values of a setting that somebody else changed. */
export function movedWords({ pbxId, key, before, after }: Moved): string {
  const setting = getSetting(key);
  return `${setting.label} on ${pbxId} was ${formatValue(setting, before)} and is ${formatValue(setting, after)}.`;
}

/** Who applied a request without approval, and how far its review is; empty for any other request. */
export function breakGlassWords({
  breakGlass,
  review,
}: Pick<ChangeRequest, 'breakGlass' | 'review'>): string {
  if (breakGlass === null) return '';
  const reviewed = review?.state === 'closed' ? `reviewed by ${actorWords(review.by)}` : 'review open';
  return `break-glass by ${actorWords(breakGlass.by)}, ${reviewed}`;
}

/** What a request is about, in a few words. */
export function contentWords(content: Content): string {
  const taken = revertOf(content);
  const reverts = taken === undefined ? '' : `revert of #${taken.number}: `;
  if (content.kind === 'settings') return `${reverts}${settingsWords(content.parts)}`;
  if (content.kind === 'pause') return `pause sweeps of ${content.target} until ${content.untilAt}`;
  if (content.kind === 'exception')
    return `exception for ${content.keys.join(', ')} until ${content.untilAt}`;
  const removed = content.removed?.length ?? 0;
  const gone = removed === 0 ? '' : `, ${counted(removed, 'rule')} removed`;
  return `${reverts}baseline, ${counted(content.rules.length, 'rule')}${gone}`;
}

type Parts = Extract<Content, { kind: 'settings' }>['parts'];

/** The same step on several PBXs is said once, with their number. */
function settingsWords(parts: Parts): string {
  const steps = new Map<string, number>();
  for (const { key, before, value } of parts.flatMap(({ items }) => items)) {
    const step = `${key} ${stepWords(key, before, value)}`;
    steps.set(step, (steps.get(step) ?? 0) + 1);
  }
  const place = (count: number): string => (parts.length === 1 ? '' : ` on ${counted(count, 'PBX')}`);
  return [...steps].map(([step, count]) => `${step}${place(count)}`).join('; ');
}
