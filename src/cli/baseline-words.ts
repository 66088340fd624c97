import type { BaselineDiff } from '../baseline/diff.js';
import { inOrder } from '../baseline/document-write.js';
import type { Rule } from '../baseline/rules.js';
import { impactCounts } from '../changes/impact.js';
import type { ChangeRequest, Impact } from '../changes/request.js';
import { getSetting } from '../settings/catalogue.js';
import { formatValue } from '../settings/kind.js';
import { counted, plain } from './words.js';

/** What a diff would do to the baseline, a line a rule: `+` added, `~` changed, `-` removed. */
export function diffLines({ added, changed, removed }: BaselineDiff): readonly string[] {
  if (added.length + changed.length + removed.length === 0) return ['The baseline stays as it is.'];
  return [
    `Baseline: ${counted(added.length, 'rule')} added, ${changed.length} changed, ${removed.length} removed`,
    ...inOrder(added).map((rule) => `  + ${ruleWords(rule)}`),
    ...changed.flatMap(({ before, after }) => [
      `  ~ ${ruleWords(after)}`,
      `      before: ${ruleWords(before)}`,
    ]),
    ...inOrder(removed).map((rule) => `  - ${ruleWords(rule)}`),
  ];
}

/** What a request for rules says it would change; nothing of one that is no such request. */
export function impactIn({ content }: Pick<ChangeRequest, 'content'>): Impact {
  const impact = content.kind === 'baseline' ? content.impact : undefined;
  return impact ?? { pbxs: 0, changes: [], unread: [] };
}

/** What a version would change on which PBX, counts first. */
export function impactLines(impact: Impact): readonly string[] {
  const { pbxs, changes, unread, absent = [] } = impact;
  if (pbxs === 0) return ['No PBX is held to anything new.'];
  const labelsOf = (keys: readonly string[]): string => keys.map((key) => getSetting(key).label).join(', ');
  return [
    countsLine(impact),
    ...changes.flatMap(({ pbxId, items }) => [
      `  ${pbxId}`,
      ...items.map(({ key, live, value, mode }) => {
        const setting = getSetting(key);
        const only = mode === 'enforce' ? '' : ` (${mode})`;
        return `    ${setting.label}: ${formatValue(setting, live)} → ${formatValue(setting, value)}${only}`;
      }),
    ]),
    ...unread.map(({ pbxId, because }) => `  ${pbxId}: not known, ${plain(because)}`),
    ...absent.map(({ pbxId, keys }) => `  ${pbxId}: not applicable, its 3CX has no ${labelsOf(keys)}`),
  ];
}

function countsLine(impact: Impact): string {
  const { pbxs, changes, unread, absent = [] } = impact;
  const { enforce, ask, report } = impactCounts(impact);
  const parts = [
    `${counted(enforce, 'setting')} would change`,
    ...(ask === 0 ? [] : [`${ask} would be asked about`]),
    ...(report === 0 ? [] : [`${report} would be reported`]),
  ];
  const lost = unread.length === 0 ? '' : `; ${counted(unread.length, 'PBX')} could not be read`;
  const none = absent.length === 0 ? '' : `; not applicable in part on ${counted(absent.length, 'PBX')}`;
  return `On ${counted(pbxs, 'PBX')}: ${parts.join(', ')} on ${counted(changes.length, 'PBX')}${lost}${none}`;
}

/** A rule in a few words. */
function ruleWords({ key, value, mode, target, severity, reason }: Rule): string {
  const setting = getSetting(key);
  const extras = [severity, reason === undefined ? undefined : plain(reason)].filter(
    (one) => one !== undefined,
  );
  const more = extras.length === 0 ? '' : ` (${extras.join(': ')})`;
  return `${setting.label} (${key}) ${formatValue(setting, value)}, ${mode}, for ${target}${more}`;
}
