import { inOrder } from '../../baseline/document-write.js';
import type { Desired, Rule } from '../../baseline/rules.js';
import { reasonOf, ruleText, termsOf } from './baseline-words.js';
import { actions, button, context, listed, type Message, section } from './kit.js';
import { time } from './people.js';
import { labelOf, valueOf } from './setting-words.js';
import { code, counted, escape, spoken } from './text.js';

const SHOWN_TEXT = 11_000;
const MODES =
  'Modes: _enforce_ corrects drift at the next sweep; _ask_ asks for its correction; _report_ only says so.';
const ORDER = 'A rule for a PBX wins over one for a tag, and that over one for `all`.';

/** Rules of a baseline version, as they were published. */
export function rulesMessage(version: number, rules: readonly Rule[], of: string | null): Message {
  const whose = of === null ? '' : ` for ${code(of)}`;
  return listMessage(
    `Baseline v${version}: ${counted(rules.length, 'rule')}${whose}`,
    inOrder(rules).map((rule) => `• ${ruleText(rule)}`),
  );
}

/** What one PBX is held to, whatever target the rules are for, with its exceptions and with what each rule wins over. */
export function desiredMessage(
  version: number,
  pbxName: string,
  desired: readonly Desired[],
  covering: readonly Rule[],
): Message {
  const rules = inOrder(desired.map(({ rule }) => rule));
  const lines = rules.flatMap((rule) => {
    const found = desired.find((one) => one.rule === rule);
    return found === undefined ? [] : [desiredLine(found, covering)];
  });
  return listMessage(
    `Baseline v${version}: ${counted(desired.length, 'rule')} for *${escape(pbxName)}*`,
    lines,
  );
}

function desiredLine({ rule, exception, conflict }: Desired, covering: readonly Rule[]): string {
  const until = exception === undefined ? '' : `, exception until ${time(exception.untilAt)}`;
  const what = `*${labelOf(rule.key)}* ${valueOf(rule.key, rule.value)} (${termsOf(rule)}${until})`;
  if (conflict !== undefined) {
    const other = `${valueOf(conflict.key, conflict.value)} (${termsOf(conflict)})`;
    return `• :warning: ${what} contradicts ${other}: neither is applied`;
  }
  const lost = covering.filter(({ key, target }) => key === rule.key && target !== rule.target);
  const over = lost.map(({ key, value, target }) => `${valueOf(key, value)} for ${code(target)}`);
  return `• ${what}${reasonOf(rule)}${over.length === 0 ? '' : `; wins over ${over.join(', ')}`}`;
}

function listMessage(title: string, lines: readonly string[]): Message {
  return {
    text: spoken([title, ...lines]),
    blocks: [
      section(`*${title.replaceAll('*', '')}*`),
      ...listed(
        lines,
        SHOWN_TEXT,
        (left) => `${counted(left, 'more rule')}: \`/pbx-baseline export\` has all.`,
      ),
      context(MODES, ORDER),
      actions(button('drift.check', 'Check for drift', 'all')),
    ],
  };
}
