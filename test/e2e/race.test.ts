import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { browserPath } from './browser.js';
import { ANN, BEN, CLEO, message, type Playground, startPlayground, types } from './playground.js';

describe.skipIf(browserPath() === null)('two approvers in two windows', () => {
  let playground: Playground;
  beforeAll(async () => (playground = await startPlayground()));
  afterAll(() => playground.stop());

  test('who press at the same moment lead to one write, and both see how it ended', async () => {
    const [ann, ben, cleo] = await Promise.all([ANN, BEN, CLEO].map((person) => playground.open(person)));
    if (ann === undefined || ben === undefined || cleo === undefined) throw new Error('a window is missing');
    await types(ann, '/pbx set hq HideCRMContacts on --because less clutter');
    const approve = [ben, cleo].map((page) => page.getByRole('button', { name: 'Approve request 1' }));
    await Promise.all(approve.map((button) => button.waitFor()));

    await Promise.all(approve.map((button) => button.click()));

    for (const page of [ann, ben, cleo]) await message(page, '#1 · Headquarters · applied').waitFor();
    const card = await message(ann, '#1 · Headquarters · applied').innerText();
    expect(card.match(/Approved by/g)).toHaveLength(1);
    const { writes } = await playground.ask<{ writes: unknown[] }>('/pbxs/pbxs/hq');
    expect(writes).toHaveLength(1);
  });
});
