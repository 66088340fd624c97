import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { cliInProcess } from './helpers/cli-in-process.js';
import { type Block, blocksOf, codesOf, pages, partsOf } from './helpers/docs-pages.js';
import { openReader, type Reader } from './helpers/docs-terminal.js';

// Whoever adds a command to a page finds here that it works. CONTRIBUTING.md, “Commands in the docs”, says what is run how.

const HOW = `
Each \`\`\`sh block is one of these:
- It is typed here, line by line, into a folder with a plumbline.yml for a simulated PBX \`hq\`, a baseline, twelve requests,
  logo.png and baseline.yml. Only plumbline and simple file commands are; each must end with 0, or with 2 for drift.
- Right before it stands <!-- run by: .ci/run -->, or another script or test, in which the same commands stand.
- Right before it stands <!-- needs: a container engine -->, or whatever else cannot be had here, such as a real account.
`;
const TYPED = /^([A-Z_]+=\S+ )*(npx plumbline|plumbline|cat|chmod|cp|ls|mkdir|mv|touch)( |$)/;

vi.setConfig({ testTimeout: 120_000 });

const blocks = pages.flatMap(blocksOf);
const nameOf = ({ page, line }: Block): string => `${page}:${line}`;

/** Says how to mend a page. */
function complain(what: string, commands: readonly string[]): void {
  if (commands.length > 0) throw new Error(`${what}:\n  ${commands.join('\n  ')}\n${HOW}`);
}

describe('every command of a page', () => {
  let reader: Reader;
  beforeAll(async () => {
    reader = await openReader();
  });
  afterAll(() => reader.close());

  test.each(blocks.filter(({ marker }) => marker === null).map((block) => [nameOf(block), block] as const))(
    'at %s does what it says',
    async (_name, { commands }) => {
      const strange = commands.flatMap(partsOf).filter((part) => !TYPED.test(part));
      complain('cannot be typed here', strange);
      const fault = await reader.type(commands);
      complain('did not work', fault === null ? [] : [fault]);
    },
  );

  const elsewhere = blocks.filter(({ marker }) => marker?.kind === 'run by');
  test.each(elsewhere.map((block) => [nameOf(block), block] as const))(
    'at %s is run by the script that it names',
    (_name, { commands, marker }) => {
      const script = readFileSync(marker?.text ?? '', 'utf8');
      const missing = commands.flatMap(partsOf).filter((part) => !script.includes(part));
      complain(`not found in ${marker?.text ?? ''}`, missing);
    },
  );
});

describe('what stands between backticks', () => {
  const run = cliInProcess({}, 'reader');
  const helpOf = async (...words: readonly string[]): Promise<string> =>
    (await run(...words, '--help')).stdout;
  /** Whether a help lists a word as a command. */
  const lists = (help: string, word: string): boolean =>
    help.split('\n').some((line) => line.startsWith(`  ${word} `));

  /** What is wrong with a `plumbline …` in a text: a command, or an option, that is not there. */
  async function faultOf(text: string): Promise<string | null> {
    const [verb = '', second = ''] = text.replace(/^(npx )?plumbline ?/, '').split(/\s+/);
    if (!/^[a-z]/.test(verb) || verb === 'help') return null;
    if (!lists(await helpOf(), verb)) return `there is no plumbline ${verb}`;
    const own = await helpOf(verb);
    const help = /^[a-z]/.test(second) && lists(own, second) ? await helpOf(verb, second) : own;
    const options = [...text.matchAll(/ (--[a-z-]+)/g)].map((match) => match[1] ?? '');
    const unknown = options.filter((option) => !help.includes(option));
    return unknown.length === 0 ? null : `there is no ${unknown.join(', ')}`;
  }

  test('every plumbline command that a page speaks of is there, with its options', async () => {
    const faults: string[] = [];
    for (const page of pages) {
      for (const { line, text } of codesOf(page)) {
        const fault = /^(npx )?plumbline( |$)/.test(text) ? await faultOf(text) : null;
        if (fault !== null) faults.push(`${page}:${line} \`${text}\`: ${fault}`);
      }
    }
    expect(faults, faults.join('\n')).toEqual([]);
  });

  test('every npm script that a page speaks of is there', () => {
    const scripts = Object.keys(JSON.parse(readFileSync('package.json', 'utf8')).scripts);
    const commands = [
      ...pages.flatMap((page) => codesOf(page).map(({ text }) => text)),
      ...blocks.flatMap((block) => block.commands),
    ];
    const named = commands.flatMap((text) => [...text.matchAll(/npm run (?:--?[a-z]+ )*([\w:]+)/g)]);
    expect(scripts).toEqual(expect.arrayContaining([...new Set(named.map((match) => match[1]))]));
    expect(named.length).toBeGreaterThan(3);
  });
});
