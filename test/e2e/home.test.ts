import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { browserPath } from './browser.js';
import { ANN, BEN, becomes, message, type Playground, startPlayground, types } from './playground.js';

describe.skipIf(browserPath() === null)('the Home tab', () => {
  let playground: Playground;
  beforeAll(async () => (playground = await startPlayground()));
  afterAll(() => playground.stop());

  test('shows an approver what waits for them, and leads to the form', async () => {
    const page = await playground.open(ANN);
    await types(page, '/pbx set berlin HideCRMContacts on --because less clutter');
    await page.getByRole('button', { name: 'Approve request 1' }).waitFor();
    await becomes(page, BEN);
    await page.getByRole('button', { name: 'Home tab' }).click();
    const home = page.getByRole('region', { name: 'Home tab' });
    await home.getByText('Berlin: Hide CRM contacts').waitFor();
    expect(await home.innerText()).toContain('4 PBXs, baseline v1');

    await home.getByLabel('Ask for a change of').selectOption({ label: 'Madrid' });
    await page.getByRole('button', { name: /Plumbline.*new/ }).click();
    await message(page, 'What do you want to change on Madrid?').waitFor();
    await page.getByRole('button', { name: 'General settings for apps' }).click();
    const form = page.getByRole('dialog', { name: 'Change settings' });
    await form.getByText('Madrid').first().waitFor();
    await page.keyboard.press('Escape');
    await form.waitFor({ state: 'detached' });
  });
});
