import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ARTIFACTS, browserPath } from './browser.js';
import { ANN, becomes, BEN, CLEO, message, type Playground, startPlayground } from './playground.js';

describe.skipIf(browserPath() === null)('the guided tour', () => {
  let playground: Playground;
  beforeAll(async () => (playground = await startPlayground()));
  afterAll(() => playground.stop());

  test('is taken to its end by three people, and ticks off what really happened', async () => {
    const page = await playground.open(ANN);
    const tour = page.getByRole('complementary', { name: 'Guided tour' });
    const done = (count: number) => tour.getByText(`${count} of 5 done`).waitFor();
    const send = page.getByRole('button', { name: 'Send' });
    await done(0);
    await page.screenshot({ path: join(ARTIFACTS, 'tour-0-start.png') });

    await tour.getByRole('button', { name: 'Type it for me' }).click();
    await send.click();
    await message(page, 'Settings of Headquarters').waitFor();
    await done(1);

    await tour.getByRole('button', { name: 'Type it for me' }).click();
    await send.click();
    await message(page, 'waiting for approval').waitFor();
    await done(2);

    await page.getByRole('button', { name: 'Approve request 1' }).click();
    await message(page, 'another person must decide').waitFor();
    await becomes(page, BEN);
    await page.getByRole('button', { name: 'Approve request 1' }).click();
    await message(page, '#1 · Headquarters · applied').waitFor();
    await done(3);
    await page.screenshot({ path: join(ARTIFACTS, 'tour-3-approved.png') });

    await page.getByRole('switch', { name: 'Chat' }).first().click();
    await done(4);

    await becomes(page, CLEO);
    await page.getByRole('button', { name: 'Jump to 02:00' }).click();
    await tour.getByRole('button', { name: 'Open #pbx-reports' }).click();
    await message(page, 'Drift report #1').waitFor();
    await done(5);
    await page.screenshot({ path: join(ARTIFACTS, 'tour-5-report.png') });

    const { resources, writes } = await playground.ask<{
      resources: Record<string, Record<string, unknown>>;
      writes: unknown[];
    }>('/pbxs/pbxs/hq');
    expect(resources['GeneralSettingsForApps']).toMatchObject({ HideCRMContacts: true, EnableChat: true });
    expect(writes).toHaveLength(2);
    expect(playground.complaints).toEqual([]);

    await page.reload();
    await done(5);
  });
});
