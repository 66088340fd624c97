import type { ChangeRequest, PartResult } from '../../changes/request.js';
import { impactParts } from './baseline-impact.js';
import { failureWords, itemLines, leftWords, linesOf } from './change-diff.js';
import { hasBecome } from './change-words.js';
import { context, listed, modal, section, type View } from './kit.js';
import { code, escape } from './text.js';

/** Slack docs: a view has at most 250 kB; twenty full sections stay far below. */
const VIEW_TEXT = 55_000;
const WHEN_READ = 'What a PBX has is what was read when approval was asked for.';

/** A modal with what a request wants of every PBX by itself: its own before-values, and what became of them. */
export function partsView(request: ChangeRequest, nameOf: (pbxId: string) => string): View {
  const title = `Request #${request.number}`;
  const { content } = request;
  if (content.kind !== 'settings') {
    const impact = content.kind === 'baseline' ? content.impact : undefined;
    const lines = impact === undefined ? linesOf(request, nameOf) : impactParts(impact, nameOf).flat();
    return modal(title, [
      ...listed(lines, VIEW_TEXT, leftOver),
      ...(impact === undefined ? [] : [context(WHEN_READ)]),
    ]);
  }
  const heading = (pbxId: string): string => `*${escape(nameOf(pbxId))}* (${code(pbxId)})`;
  const lines = [
    ...content.parts.flatMap(({ pbxId, items }) => {
      const result = request.results.find((one) => one.pbxId === pbxId);
      const values = itemLines(items, result?.outcomes ?? null).map((line) => `    ${line}`);
      return [`${heading(pbxId)}${resultWords(result)}`, ...values];
    }),
    ...content.left.map((left) => `${heading(left.pbxId)}: ${leftWords(left)}`),
  ];
  return modal(title, [
    section(`The values of each PBX. This request ${hasBecome(request)}.`),
    ...listed(lines, VIEW_TEXT, leftOver),
    context(WHEN_READ),
  ]);
}

function resultWords(result: PartResult | undefined): string {
  if (result === undefined || result.state === 'waiting') return '';
  if (result.state === 'applied') return ': applied';
  return result.outcomes === null ? `: failed, ${failureWords(result)}` : ': failed';
}

function leftOver(left: number): string {
  return `${left} more lines do not fit here: press “Show JSON” on the card to see all of them.`;
}
