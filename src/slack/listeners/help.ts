import { button, actions, code, escape, type Message, section } from '../blocks/kit.js';
import type { Command, Conversation } from '../conversation.js';

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
  const first =
    command === '/pbx'
      ? [
          actions(
            button('show.pick', 'Show settings', 'all'),
            button('requests.list', 'Open requests', 'open'),
          ),
        ]
      : [];
  return {
    text: `What ${command} can do`,
    blocks: [
      section(`*What ${command} can do*`),
      section(lines.join('\n')),
      section(`See also ${others.map((name) => code(`${name} help`)).join(' and ')}.`),
      ...first,
    ],
  };
}
