import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Playground } from '../../src/demo/playground/playground.js';
import type { servePage } from '../../src/demo/playground/server.js';
import type { startPbxSimulator } from '../../src/simulators/pbx/server.js';
import type { startSlackSimulator } from '../../src/simulators/slack/server.js';
import { ARTIFACTS, browserPath, startBrowser } from './browser.js';

const ROOM = 'C0ROOM';
const plain = (text: string) => ({ type: 'plain_text', text });
const option = (text: string) => ({ text: plain(text), value: text.toLowerCase() });
const confirm = {
  title: plain('Really?'),
  text: plain('It cannot be undone.'),
  confirm: plain('Do it'),
  deny: plain('No'),
};
const cell = (text: string) => ({ type: 'raw_text', text });

/** A message with every kind of block and element that a message can have. */
const BLOCKS = [
  { type: 'header', text: plain('All kinds') },
  { type: 'section', fields: [{ type: 'mrkdwn', text: '*Left*\none' }, plain('Right two')] },
  { type: 'context', elements: [{ type: 'mrkdwn', text: 'said by <@U0ANN> in <#C0ROOM>' }] },
  { type: 'divider' },
  {
    type: 'table',
    rows: [
      [cell('PBX'), cell('State')],
      [cell('hq'), cell('plumb')],
    ],
  },
  { type: 'image', image_url: 'https://example.invalid/x.png', alt_text: 'a picture of a plumb line' },
  {
    type: 'rich_text',
    elements: [
      {
        type: 'rich_text_list',
        style: 'bullet',
        elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: 'a point' }] }],
      },
    ],
  },
  {
    type: 'section',
    text: { type: 'mrkdwn', text: 'with a menu' },
    accessory: { type: 'overflow', action_id: 'more', options: [option('Archive')], confirm },
  },
  {
    type: 'actions',
    elements: [
      { type: 'button', action_id: 'go', text: plain('Go'), value: '1', style: 'primary', confirm },
      {
        type: 'static_select',
        action_id: 'pick',
        placeholder: plain('Pick one'),
        options: [option('First')],
      },
      { type: 'checkboxes', action_id: 'tick', options: [option('Ticked')] },
      { type: 'radio_buttons', action_id: 'radio', options: [option('This'), option('That')] },
      { type: 'datepicker', action_id: 'date', placeholder: plain('A date') },
    ],
  },
];

interface Built {
  readonly startSlackSimulator: typeof startSlackSimulator;
  readonly startPbxSimulator: typeof startPbxSimulator;
  readonly servePage: typeof servePage;
}

/** What `npm run build` made: only there does the server have a page beside it. */
async function built(): Promise<Built> {
  const paths = ['simulators/slack/server.js', 'simulators/pbx/server.js', 'demo/playground/server.js'];
  const modules = await Promise.all(
    paths.map((path) => import(new URL(`../../dist/${path}`, import.meta.url).href)),
  );
  return Object.assign({}, ...modules) as Built;
}

/** The page as it was built, on a workspace to which no app is connected. */
async function serve() {
  const { startSlackSimulator, startPbxSimulator, servePage } = await built();
  const people = [{ id: 'U0ANN', name: 'ann' }];
  const slack = await startSlackSimulator({ people, channels: [{ id: ROOM, name: 'room' }] });
  const pbxs = await startPbxSimulator({ pbxs: [{ id: 'hq' }] });
  const playground = {
    world: { slack, pbxs },
    run: 'none',
    face: () => ({ now: new Date().toISOString(), nextSweepAt: null, run: 'none' }),
    held: async () => [],
    onJump: () => () => undefined,
  } as object as Playground;
  const page = await servePage(playground, 0);
  return { slack, pbxs, page };
}

describe.skipIf(browserPath() === null)('Block Kit in the playground', () => {
  let served: Awaited<ReturnType<typeof serve>>;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    served = await serve();
    browser = await startBrowser();
    page = await browser.newPage({ viewport: { width: 1280, height: 1100 } });
    const { slack } = served;
    const body = new URLSearchParams({ channel: ROOM, text: 'All kinds', blocks: JSON.stringify(BLOCKS) });
    const headers = { authorization: `Bearer ${slack.botToken}` };
    const posted = await fetch(`${slack.apiUrl}chat.postMessage`, { method: 'POST', headers, body });
    expect(await posted.json()).toMatchObject({ ok: true });
    await page.goto(`${served.page.url}/?as=U0ANN&in=${ROOM}`);
  });
  afterAll(async () => {
    await browser.close();
    await served.page.close();
    await Promise.all([served.slack.close(), served.pbxs.close()]);
  });

  test('says everything that a message says', async () => {
    const message = page.getByRole('article').last();
    await message
      .getByRole('heading', { name: 'All kinds' })
      .or(message.getByText('All kinds'))
      .first()
      .waitFor();
    const words = await message.innerText();
    for (const word of ['Left', 'Right two', '@ann', '#room', 'plumb', 'a point', 'with a menu']) {
      expect(words).toContain(word);
    }
    expect(await message.getByAltText('a picture of a plumb line').count()).toBe(1);
    await page.screenshot({ path: join(ARTIFACTS, 'blocks.png') });
  });

  test('asks before it does what has to be confirmed, and says that no app is there', async () => {
    await page.getByRole('button', { name: 'Go', exact: true }).click();
    const question = page.getByRole('dialog', { name: 'Really?' });
    await question.getByRole('button', { name: 'No' }).click();
    await question.waitFor({ state: 'detached' });
    expect(served.slack.deliveries).toHaveLength(0);

    await page.getByLabel('More actions').selectOption({ label: 'Archive' });
    await question.getByText('It cannot be undone.').waitFor();
    await question.getByRole('button', { name: 'Do it' }).click();
    await page.getByText('The app is not connected.').waitFor();
  });

  test.each([
    ['a menu', () => page.getByLabel('Pick one').selectOption({ label: 'First' })],
    ['a tick box', () => page.getByLabel('Ticked').click()],
    ['a choice', () => page.getByLabel('That').click()],
    ['a date', () => page.getByLabel('A date').fill('2026-12-24')],
  ])('tells the app of %s at once', async (_, act) => {
    const answered = page.waitForResponse((answer) => answer.url().endsWith('/press'));
    await act();
    expect(await (await answered).json()).toMatchObject({ error: 'not_connected' });
  });
});
