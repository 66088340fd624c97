import { join } from 'node:path';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ARTIFACTS, browserPath } from './browser.js';
import { openLine } from './line.js';
import { ANN, BEN, message, type Playground, REPORTS, startPlayground, types } from './playground.js';

const SIZES = { wide: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };
const PANES = ['Slack', 'Phone systems', 'Tour'];

interface Finding {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly html: string }[];
}

/** What axe finds serious or critical, with the places. */
async function seriousFaults(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<{ readonly violations: readonly Finding[] }>('axe.run()');
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join('\n')}`);
}

describe.skipIf(browserPath() === null)('the page', () => {
  let playground: Playground;
  beforeAll(async () => {
    playground = await startPlayground();
    const page = await playground.open(ANN);
    await types(page, '/pbx set hq HideCRMContacts on --because less clutter');
    await page.getByRole('button', { name: 'Approve request 1' }).waitFor();
    await playground.ask('/pbxs/pbxs/hq/change', {
      resource: 'GeneralSettingsForApps',
      properties: { EnableChat: false, AvatarStyle: 'Circle' },
    });
    await playground.ask('/playground/clock', { to: '02:00' });
    await page.close();
  });
  afterAll(() => playground.stop());

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const [size, viewport] of Object.entries(SIZES)) {
      test(`has no serious fault for people with assistive technology, ${colorScheme} and ${size}`, async () => {
        const page = await playground.open(BEN, REPORTS, { colorScheme, viewport });
        const shot = (name: string) =>
          page.screenshot({ path: join(ARTIFACTS, `${name}-${colorScheme}-${size}.png`) });
        await message(page, 'Drift report #1').waitFor();
        for (const pane of size === 'phone' ? PANES : PANES.slice(0, 1)) {
          if (size === 'phone') await page.getByRole('button', { name: pane, exact: true }).click();
          await shot(pane.toLowerCase().replace(' ', '-'));
          expect(await seriousFaults(page)).toEqual([]);
        }
        if (size === 'phone') await page.getByRole('button', { name: 'Slack', exact: true }).click();
        await page
          .getByRole('button', { name: /repl(y|ies)$/ })
          .first()
          .click();
        await page.getByRole('complementary', { name: 'Thread' }).waitFor();
        await shot('thread');
        expect(await seriousFaults(page)).toEqual([]);
        await page.getByRole('button', { name: 'Home tab' }).click();
        await page.getByText('Waits for you').waitFor();
        await shot('home');
        expect(await seriousFaults(page)).toEqual([]);
        await page.getByRole('button', { name: 'pbx-approvals' }).click();
        await types(page, '/pbx change hq');
        await page.getByRole('dialog').getByLabel('Avatar style').waitFor();
        await shot('form');
        expect(await seriousFaults(page)).toEqual([]);
        await page.keyboard.press('Escape');
        await page.getByRole('dialog').waitFor({ state: 'detached' });
      });
    }
  }

  test('is the same after a reload, and catches up after a broken connection', async () => {
    const line = await openLine(playground.url);
    const page = await playground.open(BEN, REPORTS, {}, line.url);
    await message(page, 'Drift report #1').waitFor();
    await page.reload();
    await message(page, 'Drift report #1').waitFor();
    expect(await page.getByLabel('You are').inputValue()).toBe(BEN);

    line.cut();
    await page.getByText('connecting…').waitFor();
    await playground.ask('/playground/clock', { to: '02:00' });
    line.mend();
    await message(page, 'Drift report #2').waitFor();
    await page.getByText('live', { exact: true }).waitFor();
    await page.context().close();
    line.close();
  });

  test('can be used with the keyboard alone', async () => {
    const page = await playground.open(BEN);
    await page.getByRole('combobox', { name: /^Message/ }).focus();
    await page.keyboard.type('/pbx');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Tab');
    await page.keyboard.type('li');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await message(page, 'Headquarters').waitFor();
    await page.getByRole('button', { name: 'Approve request 1' }).focus();
    await page.keyboard.press('Enter');
    await message(page, '#1 · Headquarters · applied').waitFor();
  });

  test('has complained about nothing', () => {
    const ownFault = playground.complaints.filter(
      (words) => !/ERR_(CONNECTION|EMPTY|SOCKET|INCOMPLETE)/.test(words),
    );
    expect(ownFault).toEqual([]);
  });
});
