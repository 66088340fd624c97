import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { settings } from '../src/settings/catalogue.js';
import { settingsMarkdown } from '../src/settings/docs.js';
import { openTerminal } from './helpers/terminal.js';

const PAGE = fileURLToPath(new URL('../docs/settings.md', import.meta.url));

test('the page of all settings is up to date; npm run docs writes it anew', () => {
  expect(readFileSync(PAGE, 'utf8')).toBe(settingsMarkdown());
});

test('the page has a row for every setting', () => {
  const page = settingsMarkdown();
  for (const { key, label } of settings) expect(page).toContain(`| \`${key}\` | ${label} |`);
});

test('plumbline settings lists the catalogue without any configuration', async () => {
  const { run, env } = await openTerminal();
  env['THREECX_URL'] = undefined;
  const words = await run('settings');
  const list: unknown = JSON.parse((await run('settings', '--json')).stdout);
  const page = await run('settings', '--markdown');

  expect(words.stdout).toMatch(/AvatarStyle +Avatar style +Square or Circle +low risk\n/);
  expect(list).toHaveLength(settings.length);
  expect(list).toContainEqual(
    expect.objectContaining({ key: 'AvatarStyle', accepts: 'Square or Circle', since: '20.0.5' }),
  );
  expect(page).toMatchObject({ code: 0, stdout: settingsMarkdown() });
});
