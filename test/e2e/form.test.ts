import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { browserPath } from './browser.js';
import { ANN, message, type Playground, startPlayground, types } from './playground.js';

const LOGO = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFElEQVR4nGP8z8Dwn4GBgYGJAQoAHxcCAr7cGDwAAAAASUVORK5CYII=',
  'base64',
);

describe.skipIf(browserPath() === null)('the form for a change', () => {
  let playground: Playground;
  beforeAll(async () => (playground = await startPlayground()));
  afterAll(() => playground.stop());

  test('says at the field what is missing, keeps what was typed, and is sent once it is right', async () => {
    const page = await playground.open(ANN);
    await types(page, '/pbx change hq');
    const form = page.getByRole('dialog', { name: 'Change settings' });
    expect(await form.getByLabel('Brand URL').inputValue()).toBe('https://www.example.com');

    await form.getByLabel('Hide CRM contacts').selectOption('on');
    await form.getByRole('button', { name: 'Ask for approval' }).click();

    const reason = form.getByLabel('Reason');
    await form.getByText('Please complete this required field.').waitFor();
    expect(await reason.getAttribute('aria-invalid')).toBe('true');
    expect(await reason.evaluate((element) => element === element.ownerDocument.activeElement)).toBe(true);
    expect(await form.getByLabel('Hide CRM contacts').inputValue()).toBe('on');

    await reason.fill('less clutter');
    await form.getByRole('button', { name: 'Ask for approval' }).click();
    const done = page.getByRole('dialog', { name: 'Asked for' });
    await done.getByText('Request #1 waits for approval').waitFor();
    await done.getByRole('button', { name: 'Close', exact: true }).click();
    const card = message(page, 'Change #1');
    expect(await card.innerText()).toContain('Hide CRM contacts');
    expect(await card.innerText()).toContain('less clutter');
  });

  test('says what the app itself refuses, at the field', async () => {
    const page = await playground.open(ANN);
    await types(page, '/pbx change hq');
    const form = page.getByRole('dialog', { name: 'Change settings' });
    const field = form.locator('[data-block="AutoSchedulerSettings"]');
    await field.getByRole('textbox').fill('{"Enabled": maybe}');
    await form.getByLabel('Reason').fill('a mistake');
    await form.getByRole('button', { name: 'Ask for approval' }).click();
    expect(await field.getByRole('alert').innerText()).toContain('malformed JSON at line 1');
    await page.keyboard.press('Escape');
    await form.waitFor({ state: 'detached' });
  });

  test('takes a file, and shows what it is of', async () => {
    const page = await playground.open(ANN);
    await types(page, '/pbx change hq BrandLogoImage');
    const form = page.getByRole('dialog', { name: 'Change settings' });
    await form.getByLabel(/: file/).setInputFiles({ name: 'logo.png', mimeType: 'image/png', buffer: LOGO });
    await form.getByText('Given: logo.png').waitFor();
    await form.getByLabel('Reason').fill('the new brand');
    await form.getByRole('button', { name: 'Ask for approval' }).click();
    await page
      .getByRole('dialog', { name: 'Asked for' })
      .getByRole('button', { name: 'Close', exact: true })
      .click();
    expect(await message(page, 'Brand logo').innerText()).toContain(`${LOGO.length} bytes`);
  });

  test('takes people and dates, as for an exception', async () => {
    const page = await playground.open(ANN);
    await types(page, '/pbx-baseline except hq EnableChat');
    const form = page.getByRole('dialog');
    const tomorrow = new Date(Date.now() + 36 * 3_600_000).toISOString().slice(0, 10);
    await form.getByLabel('Until the end of').fill(tomorrow);
    await form.getByLabel('Who answers for it').selectOption({ label: '@ben' });
    await form.getByLabel('Reason').fill('a test of the chat');
    await form.locator('button[type=submit]').click();
    const card = message(page, 'a test of the chat');
    await card.waitFor();
    expect(await card.innerText()).toContain(tomorrow);
    expect(await card.innerText()).toContain('@ben');
  });
});
