import type { BaselineDiff } from '../../baseline/diff.js';
import { inOrder } from '../../baseline/document-write.js';
import type { Rule } from '../../baseline/rules.js';
import { labelOf, stepOf, valueOf } from './setting-words.js';
import { clip, code, escape } from './text.js';

const REASON = 200;

/** What leads from one set of rules to another, a line a rule: added, changed, removed. */
export function ruleLines({ added, changed, removed }: BaselineDiff): readonly string[] {
  return [
    ...inOrder(added).map((rule) => `• Added: ${ruleText(rule)}`),
    ...changed.map(({ before, after }) => `• Changed: ${changedText(before, after)}`),
    ...inOrder(removed).map(({ key, target }) => `• Removed: *${labelOf(key)}* for ${code(target)}`),
  ];
}

/** A rule on one line: what it holds at what, how, for whom, and why. */
export function ruleText(rule: Rule): string {
  return `*${labelOf(rule.key)}* ${valueOf(rule.key, rule.value)} (${termsOf(rule)})${reasonOf(rule)}`;
}

/** The mode and, where it has one, the severity of a rule, and its target. */
export function termsOf({ mode, severity, target }: Rule): string {
  return `${mode}${severity === undefined ? '' : `, ${severity}`}, for ${code(target)}`;
}

/** Why a rule is there, as far as it says so. */
export function reasonOf({ reason = '' }: Rule): string {
  return reason.trim() === '' ? '' : `: _${escape(clip(reason.replace(/[_\s]+/g, ' ').trim(), REASON))}_`;
}

function changedText(before: Rule, after: Rule): string {
  const step = stepOf(after.key, before.value, after.value);
  const isSameTerms = termsOf(before) === termsOf(after);
  const terms = isSameTerms ? termsOf(after) : `${termsOf(after)}; was ${termsOf(before)}`;
  const isSameReason = reasonOf(before) === reasonOf(after);
  return `*${labelOf(after.key)}* ${step} (${terms})${isSameReason ? '' : reasonOf(after)}`;
}
