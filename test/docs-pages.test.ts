import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { readConfig } from '../src/config.js';
import { CHECK_LABELS } from '../src/fleet/preflight-checks.js';
import { configFile } from './helpers/config-file.js';
import { codesOf, pages, proseOf } from './helpers/docs-pages.js';
import { ORDER } from './helpers/import-order.js';

/** A file of the project by the look of it, not one on a reader's machine. */
const PROJECT_FILE =
  /^(?:src|test|docs|migrations|bench|deploy|\.ci)\/[\w./-]+$|^[\w-]+\/[\w./-]+\.(?:ts|sql|svg|md)$/;

const Manifest = z.object({
  oauth_config: z.object({ scopes: z.object({ bot: z.array(z.string()) }) }),
  settings: z.object({ event_subscriptions: z.object({ bot_events: z.array(z.string()) }) }),
});

function expectNone(faults: readonly string[]): void {
  expect(faults, faults.join('\n')).toEqual([]);
}

/** A heading as GitHub makes an anchor of it. */
function anchorsOf(page: string): readonly string[] {
  return proseOf(page).flatMap(({ text }) => {
    const heading = /^#+ (.+)$/.exec(text)?.[1];
    if (heading === undefined) return [];
    const plain = heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '');
    return [plain.replace(/ /g, '-')];
  });
}

/** The first cells of the table under a heading, as the names between backticks in them. */
function namesUnder(page: string, heading: string): readonly (readonly string[])[] {
  const lines = proseOf(page).map(({ text }) => text);
  const from = lines.indexOf(heading);
  const length = lines.slice(from + 1).findIndex((line) => line.startsWith('#'));
  const section = lines.slice(from + 1, length < 0 ? undefined : from + 1 + length);
  const cells = section.flatMap((line) => /^\| ([^|]+) \|/.exec(line)?.[1] ?? []);
  return cells
    .map((cell) => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? ''))
    .filter((names) => names.length > 0);
}

test('every file that a page names is there', () => {
  const named = pages.flatMap((page) => codesOf(page).map((code) => ({ page, ...code })));
  const files = named.filter(({ text }) => PROJECT_FILE.test(text));
  const missing = files.filter(({ text }) => !existsSync(text) && !existsSync(join('src', text)));
  expectNone(missing.map(({ page, line, text }) => `${page}:${line} names ${text}, which is not there`));
  expect(files.length).toBeGreaterThan(60);
});

test('every link within the project leads somewhere', () => {
  const faults: string[] = [];
  for (const page of pages) {
    for (const { line, text } of proseOf(page)) {
      for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^[a-z]+:/.test(target)) continue;
        const [path = '', anchor] = target.split('#');
        const file = path === '' ? page : join(dirname(page), path);
        if (!existsSync(file)) faults.push(`${page}:${line} leads to ${file}, which is not there`);
        else if (anchor !== undefined && !anchorsOf(file).includes(anchor))
          faults.push(`${page}:${line} leads to #${anchor} of ${file}, which has no such heading`);
      }
    }
  }
  expectNone(faults);
});

test('docs/architecture.md and its picture tell the order of imports that is enforced', () => {
  const highestFirst = ORDER.toReversed().map((units) => [...units]);
  const picture = readFileSync('docs/architecture.svg', 'utf8');
  const drawn = [...picture.matchAll(/class="unit"[^>]*>([^<]+)</g)].map((match) => match[1]);

  expect(namesUnder('docs/architecture.md', '## The line of folders')).toEqual(highestFirst);
  expect(drawn).toEqual(highestFirst.flat());
});

test('docs/architecture.md has every table of the database', () => {
  const schema = readFileSync('src/storage/schema.ts', 'utf8');
  const tables = [...schema.matchAll(/^ {2}(\w+): \w+Table;$/gm)].map((match) => match[1] ?? '');

  expect(namesUnder('docs/architecture.md', '## The database').flat().toSorted()).toEqual(tables.toSorted());
});

test('the list of decisions is complete and in order', () => {
  const listed = proseOf('docs/decisions/README.md').flatMap(
    ({ text }) => /^- \[(.+)\]\((.+)\)$/.exec(text)?.slice(1) ?? [],
  );
  const decisions = pages.filter((page) => /^docs\/decisions\/\d/.test(page));
  const expected = decisions.flatMap((page) => [
    (proseOf(page)[0]?.text ?? '').replace('# ', ''),
    page.replace('docs/decisions/', ''),
  ]);
  expect(listed).toEqual(expected);
});

test('docs/install-slack.md explains every scope and every event of the manifest, and no other', () => {
  const { oauth_config: oauth, settings } = Manifest.parse(parse(readFileSync('manifest.yml', 'utf8')));
  const explained = namesUnder('docs/install-slack.md', '## What each scope is for').flat();
  expect(explained.toSorted()).toEqual(
    [...oauth.scopes.bot, ...settings.event_subscriptions.bot_events].toSorted(),
  );
});

test('docs/install-3cx.md explains every line of plumbline doctor, and no other', () => {
  const lines = proseOf('docs/install-3cx.md').map(({ text }) => text);
  const from = lines.findIndex((line) => line.startsWith('| line'));
  const rows = lines.slice(from + 2, from + lines.slice(from).indexOf(''));
  const explained = rows.map((line) => line.split('|')[1]?.trim() ?? '');
  expect(explained.toSorted()).toEqual(Object.values(CHECK_LABELS).toSorted());
});

test('the fleet of docs/install-3cx.md loads', () => {
  const [, yaml = ''] = /^```yaml\n(.*?)^```$/ms.exec(readFileSync('docs/install-3cx.md', 'utf8')) ?? [];
  const env = { HQ: 'hush', LAB_SECRET: 'hush' };
  const own = yaml.replace('{ file: /run/secrets/hq }', '{ env: HQ }').replace(/^ {4}ca: .+\n/m, '');
  expect(readConfig({ ...env, ...configFile(own) }).pbxs.map(({ id }) => id)).toEqual(['hq', 'lab']);
  expect(yaml).toContain('ca: { file:');
});
