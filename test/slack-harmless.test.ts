import { afterEach, beforeEach, expect, test } from 'vitest';
import { visibleLines } from '../src/settings/text.js';
import { APPROVALS, EVE } from '../src/demo/world.js';
import { allShown, APPS, type Flow, initialOf, startFlow, stopFlow, wordsOf } from './helpers/slack-flow.js';

/** What would ring phones, become a link or change the look of a message where it stood in Slack's markup. */
const HOSTILE = [
  '<!channel> <!here> @channel',
  `<@${EVE}> <!subteam^S0APPROVERS>`,
  '<https://evil.example|Approve>',
  '*bold* `code` _it_ ~no~ :tada:',
  '```\n> quoted\n• *Risk: low*',
  'one\ntwo\r\nthree',
  '&lt;!channel&gt; & < >',
  '\u202Eteuqc\u202C right to left',
  '👩‍👩‍👧‍👦 ☎️ 🇩🇪'.repeat(20),
];

let flow: Flow;

beforeEach(async () => {
  flow = await startFlow();
});

// Every test ends with a look at all that was shown: no mention, links or values beside ids in any of it.
afterEach(() => stopFlow(flow));

/** All that Slack would read marks in: mrkdwn, and the text of a message. */
function markup(): readonly string[] {
  return allShown(flow).flatMap(({ text, blocks }) => [
    text,
    ...[...JSON.stringify(blocks).matchAll(/"type":"mrkdwn","text":("(?:[^"\\]|\\.)*")/g)].map((match) =>
      String(JSON.parse(match[1] ?? '""')),
    ),
  ]);
}

test('values that look like mentions, links or formatting are shown as they are and ring nobody’s phone', async () => {
  for (const value of HOSTILE) {
    flow.hq.change(APPS, { BrandUrl: value });
    const shown = await flow.ask(flow.ann, '/pbx show hq BrandUrl');
    expect(wordsOf(shown)).toContain('Brand URL');
    await flow.ann.command(APPROVALS, '/pbx change hq BrandUrl');
    await flow.world.slack.until('the form', () => flow.ann.modal()?.callbackId === 'change.form');
    expect(initialOf(flow.ann.modal(), 'BrandUrl')).toBe(value);
    await flow.ann.dismiss();
  }

  expect(markup().join('\n')).not.toContain(`<@${EVE}>`);
  expect(markup().join('\n')).not.toContain('<!subteam^S0APPROVERS>');
  expect(markup().join('\n')).not.toContain('\u202E');
});

test('a request with hostile values and reasons shows them harmlessly, from the card to the direct message', async () => {
  for (const [index, value] of HOSTILE.entries()) {
    await flow.ann.command(APPROVALS, '/pbx change hq BrandUrl NameOfCustomAvailableStatus');
    await flow.world.slack.until('the form', () => flow.ann.modal()?.callbackId === 'change.form');
    flow.ann.fill({ BrandUrl: value, reason: value });
    if (/[\n\u202E]/.test(value)) {
      // What breaks a line or is not drawn is refused with its place, and told harmlessly.
      expect(JSON.stringify(await flow.ann.submit())).toMatch(
        /there is (?:a line break|U\+202E) at character \d/,
      );
    }
    const typed = value.replace(/[\r\n]+/g, ' ').replace(/\p{Bidi_Control}/gu, '');
    flow.ann.fill({ BrandUrl: typed, NameOfCustomAvailableStatus: typed, reason: value });
    expect(await flow.ann.submit()).toEqual({ ok: true });
    await flow.ann.dismiss();
    const card = await flow.card(`#${index + 1} · Headquarters · waiting`);
    expect(wordsOf(card)).toContain(visibleLines(value.trim()));
    await flow.ben.press(card, 'Deny');
    await flow.modal(flow.ben, `Deny request #${index + 1}`);
    flow.ben.fill({ reason: `${value} indeed` });
    await flow.ben.submit();
    await flow.card(`#${index + 1} · Headquarters · denied`);
    await flow.direct(flow.ann, `#${index + 1} for`);
  }
  await flow.ask(flow.ann, '/pbx requests');
  await flow.ask(flow.ann, '/pbx history hq BrandUrl');

  expect(markup().join('\n')).not.toContain(`<@${EVE}>`);
});

test('an error that repeats what was typed does so harmlessly', async () => {
  const told = await flow.ask(flow.ann, `/pbx set hq EnableChat <!channel><@${EVE}> --because x`);
  expect(wordsOf(told)).toContain('&lt;!channel&gt;');
  await flow.ask(flow.ann, '/pbx <!channel>');
  await flow.ask(flow.ann, '/pbx show hq <!here>');
  await flow.ask(flow.ann, '/pbx list --<!everyone>');
  await flow.ask(flow.ann, '/pbx set hq EnableChat off --until <!everyone> --because x');

  expect(markup().join('\n')).not.toContain(`<@${EVE}>`);
});

test('two long texts are shown where they differ, and whole in the JSON', async () => {
  const common = 'The quick brown fox. '.repeat(140);
  flow.hq.change(APPS, { BrandUrl: `${common}before` });
  await flow.ann.command(APPROVALS, '/pbx change hq BrandUrl');
  await flow.world.slack.until('the form', () => flow.ann.modal()?.callbackId === 'change.form');
  flow.ann.fill({ BrandUrl: `${common}after & 🎉`, reason: 'r'.repeat(2000) });
  await flow.ann.submit();

  const card = await flow.card('waiting for approval');
  expect(wordsOf(card)).toMatch(
    /`“….*before”` \(2,946 characters\) → `“….*after &amp; 🎉”` \(2,950 characters\)/,
  );
  await flow.ben.press(card, 'Show JSON');
  const json = await flow.modal(flow.ben, '"before"');
  const shown = wordsOf(json).replace(/\s|```/g, '');
  expect(shown).toContain(`${common}before`.replace(/\s/g, ''));
  expect(shown).toContain(`${common}after&amp;🎉`.replace(/\s/g, ''));
});
