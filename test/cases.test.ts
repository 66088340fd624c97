import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { playCase } from '../src/cli/case.js';

const FOLDER = new URL('cases/', import.meta.url);
const names = readdirSync(FOLDER);

const fileIn = (name: string, file: string): string =>
  readFileSync(new URL(`${name}/${file}`, FOLDER), 'utf8');

describe('one sweep, decided by values alone', () => {
  test.each(names)('%s', (name) => {
    expect(playCase(parse(fileIn(name, 'inputs.yml')))).toEqual(parse(fileIn(name, 'expected.yml')));
  });
});

test('there are at least forty cases, and each says in its first line what it shows', () => {
  expect(names.length).toBeGreaterThanOrEqual(40);
  for (const name of names) expect(fileIn(name, 'inputs.yml'), name).toMatch(/^# \S.*\n/);
});
