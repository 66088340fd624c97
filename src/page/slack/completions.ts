import type { Facts } from '../../demo/playground/face.js';

/** One way to go on with what was typed. */
export interface Completion {
  readonly text: string;
  readonly hint: string;
}

/** The commands, and then their first words, that what was typed can become. */
export function completionsOf(typed: string, commands: Facts['commands']): readonly Completion[] {
  if (!typed.startsWith('/')) return [];
  const [name = '', ...rest] = typed.split(' ');
  if (rest.length === 0) {
    return commands
      .filter(({ command }) => command.startsWith(name))
      .map(({ command, description }) => ({ text: command, hint: description }));
  }
  const [word = '', ...more] = rest;
  const words = commands.find(({ command }) => command === name)?.words ?? [];
  if (more.length > 0 || words.includes(word)) return [];
  return words.filter((one) => one.startsWith(word)).map((one) => ({ text: `${name} ${one}`, hint: '' }));
}
