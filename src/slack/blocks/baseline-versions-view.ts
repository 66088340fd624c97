import { type BaselineDiff, type DiffCounts, isSameBaseline } from '../../baseline/diff.js';
import type { ListedVersion } from '../../baseline/store.js';
import type { Finding } from '../../drift/finding.js';
import { answer } from './answers.js';
import { ruleLines } from './baseline-words.js';
import { context, listed, type Message, preformatted, section } from './kit.js';
import { time, who } from './people.js';
import { labelOf, stepOf, valueOf } from './setting-words.js';
import { counted, escape, spoken } from './text.js';

const SHOWN_TEXT = 10_000;
const SHOWN_VERSIONS = 40;
/** Slack takes about 13,200 characters in all blocks of a message. */
const FILE_BYTES = 11_000;

/** All versions, newest first, with what each has otherwise than the one before it. */
export function historyMessage(versions: readonly ListedVersion[], counts: readonly DiffCounts[]): Message {
  const lines = versions.slice(0, SHOWN_VERSIONS).map((version, index) => {
    const { added = 0, changed = 0, removed = 0 } = counts[index] ?? {};
    const request = version.requestNumber === null ? '' : ` by request #${version.requestNumber}`;
    const state = version.releasedAt === null ? ', a preview until it is released' : '';
    return `• *v${version.version}* ${time(version.publishedAt)}, asked by ${who(version.publishedBy)}${request}: ${counted(version.rules.length, 'rule')} (+${added} ~${changed} −${removed})${state}`;
  });
  const title = `*${counted(versions.length, 'version')} of the baseline*, the newest first`;
  return {
    text: spoken([title, ...lines]),
    blocks: [
      section(title),
      ...listed(lines, SHOWN_TEXT, olderLeft),
      ...(versions.length > SHOWN_VERSIONS ? [context(olderLeft(versions.length - SHOWN_VERSIONS))] : []),
      context(
        '`/pbx-baseline diff 3 4` compares two of them, `/pbx-baseline rollback 3 --because reason` asks to go back to one.',
      ),
    ],
  };
}

/** What leads from one version to another. */
export function diffMessage(from: number, to: number, diff: BaselineDiff): Message {
  if (isSameBaseline(diff)) return answer(`v${from} and v${to} say the same.`);
  return linesMessage(`From v${from} to v${to}`, ruleLines(diff));
}

/** What a PBX has otherwise than a version says; `findings` has nothing that is in sync. */
export function pbxDiffMessage(version: number, name: string, findings: readonly Finding[]): Message {
  if (findings.length === 0) return answer(`*${escape(name)}* is as v${version} says.`);
  return linesMessage(`v${version} and what *${escape(name)}* has now`, findings.map(findingLine));
}

/** A baseline file that could not be uploaded, as far as it fits into a message. */
export function fileMessage(title: string, text: string): Message {
  return { text: spoken([title]), blocks: [section(title), ...preformatted(text, FILE_BYTES)] };
}

function findingLine(finding: Finding): string {
  const { key, value, mode } = finding.rule;
  if (finding.status === 'drifted') {
    return `• *${labelOf(key)}* ${stepOf(key, finding.live, value)} (${mode})`;
  }
  const why = 'because' in finding ? `: ${escape(finding.because)}` : '';
  return `• *${labelOf(key)}* should be ${valueOf(key, value)}, ${finding.status}${why}`;
}

function linesMessage(title: string, lines: readonly string[]): Message {
  const more = (left: number): string =>
    `${counted(left, 'more line')}: \`plumbline baseline diff\` shows all.`;
  return {
    text: spoken([title, ...lines]),
    blocks: [section(`*${title.replaceAll('*', '')}*`), ...listed(lines, SHOWN_TEXT, more)],
  };
}

function olderLeft(left: number): string {
  return `${counted(left, 'older version')}: \`plumbline baseline history\` lists all.`;
}
