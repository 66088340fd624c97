import fc from 'fast-check';
import { expect, test } from 'vitest';
import { getSetting } from '../src/settings/catalogue.js';
import { parseValue } from '../src/settings/kind.js';
import { parseWords, valueAfter } from '../src/slack/words.js';

const QUOTES = [
  ['"', '"'],
  ['“', '”'],
  ['„', '“'],
  ['„', '”'],
  ['”', '”'],
  ['«', '»'],
  ['»', '«'],
  ['‘', '’'],
] as const;
const words = fc
  .array(fc.stringMatching(/^[A-Za-z0-9äöü]{1,8}$/), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.join(' '));

test('a value and a reason in the quotes of any keyboard come out without them, and no option is swallowed', () => {
  fc.assert(
    fc.property(
      words,
      words,
      fc.constantFrom(...QUOTES),
      fc.constantFrom(...QUOTES),
      (value, why, one, other) => {
        const typed = parseWords(
          `set BrandUrl ${one[0]}${value}${one[1]} --because ${other[0]}${why}${other[1]}`,
        );
        expect(parseValue(getSetting('BrandUrl'), valueAfter(typed.rest, 'BrandUrl'))).toBe(value);
        expect(typed.options).toEqual({ because: why });
      },
    ),
  );
  expect(parseWords('set BrandUrl „Lunch“ --because seit ”gestern”').options).toEqual({
    because: 'seit ”gestern”',
  });
  expect(parseWords('set BrandUrl «a --because b» --because x').options).toEqual({ because: 'x' });
});

test('an option takes its value also behind an equals sign', () => {
  expect(parseWords('set hq EnableChat off --because=x y --until=2026-12-31 --baseline').options).toEqual({
    because: 'x y',
    until: '2026-12-31',
    baseline: '',
  });
  expect(parseWords('set hq EnableChat off --because="a --until b"').options).toEqual({
    because: 'a --until b',
  });
});

test('marks and unseen characters around names and choices, and links that Slack made, are taken off', () => {
  const typed = parseWords('\u200Bset `hq` *AvatarStyle* `Circle` --because x');
  expect(typed).toMatchObject({ verb: 'set', args: ['hq', 'AvatarStyle', 'Circle'] });
  expect(parseValue(getSetting('AvatarStyle'), valueAfter(typed.rest, 'AvatarStyle'))).toBe('Circle');
  expect(parseValue(getSetting('EnableChat'), '\u200B*off*\u200B')).toBe(false);
  for (const [link, address] of [
    ['<https://x.example|https://x.example>', 'https://x.example'],
    ['<https://x.example>', 'https://x.example'],
    ['<http://x.example|x.example>', 'x.example'],
  ]) {
    expect(valueAfter(parseWords(`set hq BrandUrl ${link} --because x`).rest, 'BrandUrl')).toBe(address);
  }
  expect(parseWords('list <!channel> <@U0EVE>').args).toEqual(['<!channel>', '<@U0EVE>']);
});
