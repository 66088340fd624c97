import { context, type Message, section } from './kit.js';
import { escape, spoken } from './text.js';

const MEND =
  'Requests it is for are refused until then: add people to its user groups in Slack or to the approvers, or change the rule in plumbline.yml.';

/** Tells the approvers that nobody can satisfy a rule; `because` is a sentence without its full stop. */
export function ruleMessage(because: string): Message {
  const lines = [`*An approval rule cannot be satisfied.* ${escape(because)}.`, MEND];
  return {
    text: spoken(lines),
    blocks: [section(`:warning: ${lines[0] ?? ''}`), context(MEND)],
  };
}

/** Tells that a rule can be satisfied again. */
export function mendedMessage(rule: string): Message {
  const line = `The approval rule “${escape(rule)}” can be satisfied again.`;
  return { text: spoken([line]), blocks: [section(`:white_check_mark: ${line}`)] };
}
