import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { browserPath } from './browser.js';
import { ANN, message, type Playground, startPlayground, types } from './playground.js';

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
});
