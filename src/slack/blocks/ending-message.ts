import { never } from '../../errors.js';
import type { Lasting } from '../../baseline/ending-store.js';
import type { Rule } from '../../baseline/rules.js';
import { targetName } from './change-words.js';
import { actions, button, context, type Message, quotation, section } from './kit.js';
import { ownerName, time } from './people.js';
import { labelOf, valueOf } from './setting-words.js';
import { clip, counted, escape, spoken } from './text.js';

const MOST_LINES = 10;
const REASON_TEXT = 1000;

/** What the warning needs to know besides what ends. */
export interface EndingFacts {
  readonly nameOf: (pbxId: string) => string;
  /** The rules that come into force again where an exception ends. */
  readonly rulesOf: (lasting: Lasting) => readonly Rule[];
}

/** Warns that what one request granted ends soon: whose it is, when it ends, what sweeps do then, how to get more time. */
export function endingMessage(
  ending: readonly [Lasting, ...(readonly Lasting[])],
  facts: EndingFacts,
): Message {
  const [first] = ending;
  const { kind, requestId, owner, reason, untilAt } = first;
  const lead = `:hourglass_flowing_sand: ${ownerName(owner)}: ${whatEnds(ending, facts)} ends ${time(untilAt)}.`;
  const then = kind === 'pause' ? [PAUSE_THEN] : exceptionLines(ending, facts);
  const more = 'Nothing need be done where that is right. Where it is not, ask for more time before then.';
  return {
    text: spoken([lead, ...then, `It was granted because: ${escape(reason)}`, more]),
    blocks: [
      section([lead, ...then].join('\n')),
      quotation(clip(reason, REASON_TEXT)),
      actions(button('ending.more', 'Ask for more time…', requestId, { label: 'Ask for more time' })),
      context(more),
    ],
  };
}

const PAUSE_THEN = 'The next sweep after that looks at it again, and corrects what drifted meanwhile.';

function whatEnds([first, ...others]: readonly [Lasting, ...(readonly Lasting[])], { nameOf }: EndingFacts) {
  const targets = new Set([first, ...others].map(({ target }) => target));
  const of =
    targets.size === 1
      ? escape(targetName(first.target, nameOf))
      : `${targets.size.toLocaleString('en')} PBXs`;
  if (first.kind === 'pause') return `the pause of the sweeps of *${of}*`;
  const keys = new Set([first, ...others].map(({ key }) => key));
  const what = keys.size === 1 ? labelOf(first.key ?? '') : counted(keys.size, 'setting');
  return `the exception for *${what}* of *${of}*`;
}

/** What the next sweep does, once for every setting and value. */
function exceptionLines(ending: readonly Lasting[], { rulesOf }: EndingFacts): readonly string[] {
  const lines = ending.flatMap((lasting) => {
    const rules = rulesOf(lasting);
    return rules.length === 0 ? [`• ${goneWords(lasting)}`] : rules.map((rule) => `• ${thenWords(rule)}`);
  });
  const all = [...new Set(lines)];
  const more = all.length > MOST_LINES ? [`and ${all.length - MOST_LINES} more`] : [];
  return ['The next sweep after that:', ...all.slice(0, MOST_LINES), ...more];
}

function goneWords({ key }: Lasting): string {
  return `leaves *${labelOf(key ?? '')}* as it is: the baseline does not hold it any more`;
}

function thenWords({ key, value, mode }: Rule): string {
  const what = `*${labelOf(key)}*`;
  switch (mode) {
    case 'enforce':
      return `restores ${what} to ${valueOf(key, value)}`;
    case 'ask':
      return `asks to restore ${what} to ${valueOf(key, value)}`;
    case 'report':
      return `reports ${what} where it is not ${valueOf(key, value)}`;
    default:
      return never(mode);
  }
}
