import { actions, type Block, button, listed, type Message, section } from '../blocks/kit.js';
import { code, escape, spoken } from '../blocks/text.js';
import type { Command, Conversation } from '../conversation.js';

const LIST_TEXT = 9000;

/** What can be done at once, without typing. */
const SHORTCUTS: Readonly<Record<string, () => Block>> = {
  '/pbx': () =>
    actions(
      button('show.pick', 'Show settings', 'all'),
      button('requests.summary', 'Requests', 'all'),
      button('drift.report', 'Last drift report', 'last'),
    ),
  '/pbx-baseline': () => actions(button('baseline.show', 'Show the baseline', 'all')),
  '/pbx-drift': () =>
    actions(
      button('drift.status', 'Status', 'now'),
      button('drift.check', 'Check now', 'all'),
      button('drift.report', 'Last drift report', 'last'),
    ),
};

/** `help` of every slash command, made of the help beside each verb. A bare command is answered with it too. */
export function helpConversation(commands: readonly Command[]): Conversation {
  const names = [...new Set(commands.map(({ command }) => command))];
  return {
    commands: names.map((command) => ({
      command,
      verb: 'help',
      usage: `${command} help`,
      help: 'Shows this help.',
      run: ({ reply }) => reply(helpMessage(command, commands)),
    })),
  };
}

function helpMessage(command: string, commands: readonly Command[]): Message {
  const lines = commands
    .filter((entry) => entry.command === command)
    .map(({ usage, help }) => `${code(usage)}\n${escape(help)}`);
  const others = [...new Set(commands.map((entry) => entry.command))].filter((name) => name !== command);
  const title = `What ${command} can do`;
  const seeAlso = `See also ${others.map((name) => code(`${name} help`)).join(' and ')}.`;
  const shortcuts = SHORTCUTS[command]?.();
  return {
    text: spoken([title, ...lines, seeAlso], 3500),
    blocks: [
      section(`*${title}*`),
      ...listed(lines, LIST_TEXT, (left) => `${left} more.`),
      section(seeAlso),
      ...(shortcuts === undefined ? [] : [shortcuts]),
    ],
  };
}
