import type { SimMessage, SlackSimulator } from '../simulators/slack/server.js';

type Part = Readonly<Record<string, unknown>>;

const WIDTH = 100;

/** Prints what people do and see, as plain text for a terminal. */
export interface Transcript {
  chapter(title: string): void;
  does(name: string, what: string): void;
  sees(where: string, message: Pick<SimMessage, 'text' | 'blocks'>): void;
  note(text: string): void;
}

/** A transcript that writes lines; names of people and channels come from the simulated workspace. */
export function createTranscript(
  slack: SlackSimulator,
  people: readonly string[],
  write: (line: string) => void,
): Transcript {
  const names = new Map(people.map((id) => [id, slack.person(id).name]));
  const readable = (text: string): string =>
    text
      .replace(/<!date\^[^|>]*\|([^>]*)>/g, '$1')
      .replace(/<@(\w+)>/g, (_, id: string) => `@${names.get(id) ?? id}`)
      .replace(/<#(\w+)>/g, (_, id: string) => `#${id.replace(/^C0/, 'pbx-').toLowerCase()}`)
      .replace(/<!subteam\^\w+>/g, '@pbx-approvers')
      .replaceAll(':warning:', '⚠')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&amp;', '&');
  return {
    chapter: (title) => write(`\n── ${title} ${'─'.repeat(Math.max(0, WIDTH - title.length))}`),
    does: (name, what) => write(`  ${name.padEnd(10)} ${what}`),
    note: (text) => write(`  ${'✓'.padEnd(10)} ${text}`),
    sees(where, message) {
      const parts =
        message.blocks.length === 0 ? [message.text] : message.blocks.map((block) => textOf(block));
      const lines = readable(parts.filter((part) => part !== '').join('\n')).split('\n');
      for (const [index, line] of lines.entries())
        write(`  ${(index === 0 ? where : '').padEnd(10)} │ ${line}`);
    },
  };
}

function textOf(block: Part): string {
  switch (block['type']) {
    case 'header':
      return `# ${plain(block)}`;
    case 'context':
      return elementsOf(block).map(plain).join(' · ');
    case 'actions':
      return elementsOf(block)
        .map((element) => `[ ${plain(element)} ]`)
        .join(' ');
    case 'divider':
      return '';
    case 'rich_text':
      return `“${elementsOf(block).flatMap(elementsOf).map(plain).join('')}”`;
    case 'input':
      return `${plain({ text: block['label'] })}: [            ]`;
    default:
      return plain(block);
  }
}

function elementsOf(block: Part): readonly Part[] {
  return Array.isArray(block['elements']) ? block['elements'] : [];
}

function plain({ text }: Part): string {
  if (typeof text === 'string') return text;
  return typeof text === 'object' && text !== null && 'text' in text ? String(text.text) : '';
}
