import type { BaselineDiff } from '../../baseline/diff.js';
import { diffOf, impactCounts } from '../../changes/impact.js';
import type { BaselineContent, Impact } from '../../changes/request.js';
import { labelOf, stepOf } from './setting-words.js';
import { ruleLines } from './baseline-words.js';
import { clipMarked, code, counted, escape } from './text.js';

const MOST_PBXS = 5;
const MOST_ITEMS = 5;
const MOST_NAMES = 10;
const BECAUSE = 600;

type NameOf = (pbxId: string) => string;

/** What a request is to do to the baseline, and what that would change where, counts first, so that nobody approves it unseen. */
export function baselineLines(content: BaselineContent, nameOf: NameOf): readonly string[] {
  const diff = diffOf(content);
  return [
    [ruleCounts(diff), ...(content.impact === undefined ? [] : [impactCountWords(content.impact)])].join(
      '; ',
    ),
    ...(content.impact === undefined ? [] : [...impactLines(content.impact, nameOf), '*Rules:*']),
    ...ruleLines(diff),
  ];
}

/** The counts of `baselineLines` alone. */
export function baselineSummary(content: BaselineContent): string {
  return baselineLines(content, (pbxId) => pbxId)[0] ?? '';
}

/** What the window shows of every PBX by itself: a heading with its lines. */
export function impactParts(
  { changes, unread, absent = [] }: Impact,
  nameOf: NameOf,
): readonly (readonly string[])[] {
  const heading = (pbxId: string): string => `*${escape(nameOf(pbxId))}* (${code(pbxId)})`;
  return [
    ...changes.map(({ pbxId, items }) => [
      heading(pbxId),
      ...items.map((item) => `    • *${labelOf(item.key)}* ${itemWords(item)}`),
    ]),
    ...unread.map(({ pbxId, because }) => [
      `${heading(pbxId)}: not known, ${clipMarked(escape(because), BECAUSE)}`,
    ]),
    ...absent.map(({ pbxId, keys }) => [
      `${heading(pbxId)}: not applicable, its 3CX has no ${keys.map(labelOf).join(', ')}`,
    ]),
  ];
}

function ruleCounts({ added, changed, removed }: BaselineDiff): string {
  const counts = [
    ...(added.length === 0 ? [] : [`${added.length} added`]),
    ...(changed.length === 0 ? [] : [`${changed.length} changed`]),
    ...(removed.length === 0 ? [] : [`${removed.length} removed`]),
  ];
  return counts.length === 0 ? 'No rule changes' : `Rules: ${counts.join(', ')}`;
}

function impactCountWords(impact: Impact): string {
  const { pbxs, changes, unread, absent = [] } = impact;
  if (pbxs === 0) return 'no PBX is held to anything new';
  const { enforce, ask, report } = impactCounts(impact);
  const parts = [
    ...(enforce === 0 ? [] : [`*${counted(enforce, 'setting')} would change*`]),
    ...(ask === 0 ? [] : [`${counted(ask, 'setting')} would be asked about`]),
    ...(report === 0 ? [] : [`${counted(report, 'setting')} would be reported`]),
  ];
  const where = `${changes.length} of ${counted(pbxs, 'PBX')}`;
  const said =
    parts.length === 0
      ? `*nothing would change now* on ${counted(pbxs, 'PBX')}`
      : `${parts.join(', ')} on ${where}`;
  const lost = unread.length === 0 ? [] : [`${counted(unread.length, 'PBX')} could not be read`];
  const none = absent.length === 0 ? [] : [`not applicable in part on ${counted(absent.length, 'PBX')}`];
  return [said, ...lost, ...none].join(', ');
}

function impactLines({ changes, unread, absent = [] }: Impact, nameOf: NameOf): readonly string[] {
  const shown = changes
    .slice(0, MOST_PBXS)
    .flatMap(({ pbxId, items }) => [
      `• *${escape(nameOf(pbxId))}*`,
      ...items.slice(0, MOST_ITEMS).map((item) => `      ${labelOf(item.key)} ${itemWords(item)}`),
      ...(items.length > MOST_ITEMS ? [`      and ${items.length - MOST_ITEMS} more settings`] : []),
    ]);
  const left = changes.length - MOST_PBXS;
  const more = left > 0 ? [`• and ${counted(left, 'more PBX')}: see *Values per PBX*`] : [];
  const names = (of: readonly { readonly pbxId: string }[]): string => {
    const some = of.slice(0, MOST_NAMES).map(({ pbxId }) => escape(nameOf(pbxId)));
    return `${some.join(', ')}${of.length > MOST_NAMES ? ', …' : ''}`;
  };
  const keys = [...new Set(absent.flatMap((one) => one.keys))];
  return [
    ...shown,
    ...more,
    ...(unread.length === 0 ? [] : [`• Not known: ${names(unread)}`]),
    ...(absent.length === 0
      ? []
      : [`• Not applicable: ${names(absent)} (${keys.slice(0, MOST_ITEMS).map(labelOf).join(', ')})`]),
  ];
}

function itemWords({ key, live, value, mode }: Impact['changes'][number]['items'][number]): string {
  return `${stepOf(key, live, value)}${mode === 'enforce' ? '' : ` (${mode})`}`;
}
