import type { Desired, Rule } from '../../baseline/rules.js';
import { actions, button, context, listed, type Message, section } from './kit.js';
import { time } from './people.js';
import { labelOf, valueOf } from './setting-words.js';
import { code, counted, escape, spoken } from './text.js';

const SHOWN_TEXT = 11_000;

/** Rules of a baseline version, as they were published. */
export function rulesMessage(version: number, rules: readonly Rule[], of: string | null): Message {
  const lines = rules.map(
    ({ key, value, mode, target }) => `${ruleWords(key, value)} (${mode}, for ${code(target)})`,
  );
  const whose = of === null ? '' : ` for ${code(of)}`;
  return listMessage(`Baseline v${version}: ${counted(rules.length, 'rule')}${whose}`, lines);
}

/** What one PBX is held to, whatever target the rules are for, with its exceptions. */
export function desiredMessage(version: number, pbxName: string, desired: readonly Desired[]): Message {
  const lines = desired.map(({ rule, exception }) => {
    const until = exception === undefined ? '' : `, exception until ${time(exception.untilAt)}`;
    return `${ruleWords(rule.key, rule.value)} (${rule.mode}, for ${code(rule.target)}${until})`;
  });
  return listMessage(
    `Baseline v${version}: ${counted(desired.length, 'rule')} for *${escape(pbxName)}*`,
    lines,
  );
}

function listMessage(title: string, lines: readonly string[]): Message {
  return {
    text: spoken([title, ...lines]),
    blocks: [
      section(`*${title.replaceAll('*', '')}*`),
      ...listed(
        lines,
        SHOWN_TEXT,
        (left) => `${counted(left, 'more rule')}: \`plumbline baseline show\` lists all.`,
      ),
      context('Modes: _enforce_ corrects drift at the next sweep; _ask_ and _report_ leave it to a person.'),
      actions(button('drift.check', 'Check for drift', 'all')),
    ],
  };
}

function ruleWords(key: string, value: Rule['value']): string {
  return `• *${labelOf(key)}* ${valueOf(key, value)}`;
}
