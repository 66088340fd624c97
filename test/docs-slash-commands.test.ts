import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { APPROVALS } from '../src/demo/world.js';
import { codesOf, pages } from './helpers/docs-pages.js';
import { type Flow, startFlow, viewWords, wordsOf } from './helpers/slack-flow.js';

vi.setConfig({ testTimeout: 60_000 });

/** How Plumbline says that it does not know a word. */
const UNKNOWN =
  /has no “|There is no (?:setting|resource|option|PBX|list|tag)\b|one word too many|Did you mean|Usage:/;

let flow: Flow;
beforeAll(async () => {
  flow = await startFlow({
    pbxs: [{ id: 'hq' }, { id: 'branch' }],
    tags: { hq: ['emea'], branch: ['emea'] },
  });
  await flow.capture('hq EnableChat --mode enforce');
});
afterAll(() => flow.world.stop());

/** Types a line as an admin and returns what they are shown, in a message of their own or in a window. */
async function shown(line: string): Promise<string> {
  const { ann, world } = flow;
  const before = world.slack.ephemerals(ann.id).length;
  const typed = await ann.command(APPROVALS, line);
  if (!('acked' in typed) || !typed.acked) return `Slack does not know ${line}`;
  return world.slack.until(`an answer to ${line}`, () => {
    const message = world.slack.ephemerals(ann.id)[before];
    const view = ann.modal();
    if (message !== undefined) return wordsOf(message);
    return view === undefined ? undefined : viewWords(view);
  });
}

const spoken = pages.map((page) => ({
  page,
  codes: codesOf(page).filter(({ text }) => /^\/pbx[a-z-]*( [a-z]|$)/.test(text)),
}));

test.each(spoken.filter(({ codes }) => codes.length > 0))(
  'Plumbline knows every slash command that $page speaks of',
  async ({ page, codes }) => {
    const faults: string[] = [];
    for (const { line, text } of codes) {
      const words = await shown(text);
      if (UNKNOWN.test(words) || words.startsWith('Slack does not'))
        faults.push(`${page}:${line} \`${text}\` is answered with: ${words}`);
      while (flow.ann.modal() !== undefined) await flow.ann.dismiss();
    }
    expect(faults, faults.join('\n')).toEqual([]);
  },
);
