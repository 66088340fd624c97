import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkValue, formatValue, isSameValue, unseenFault } from '../src/settings/kind.js';
import { getSetting } from '../src/settings/catalogue.js';
import { harmlessJson, normalText, unseenIn, visible, visibleLines } from '../src/settings/text.js';
import { clip, code, escape } from '../src/slack/blocks/text.js';
import { plain, preformatted } from '../src/slack/blocks/kit.js';

const status = getSetting('NameOfCustomAvailableStatus');

/** Characters that steer a terminal, break a line, turn the direction or are not drawn, between letters. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '\u0000',
        '\u0007',
        '\u001B[2J',
        '\u001B]0;x\u0007',
        '\r\n',
        '\n',
        '\r',
        '\u009B',
        '\u0085',
      ),
      fc.constantFrom(
        '\u202E',
        '\u2066',
        '\u2028',
        '\u200B',
        '\uFEFF',
        '\u00AD',
        '\u2060',
        '\u200F',
        '\u{E0041}',
      ),
      fc.string({ unit: 'grapheme', maxLength: 5 }),
      fc.constantFrom('e\u0301', 'Ǆ', 'a', ' '),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

// eslint-disable-next-line no-control-regex
const OBEYED = /[\u0000-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069\u2028\u2029\u200B\uFEFF\u00AD]/;

test('nothing that a terminal or Slack obeys or does not draw gets out, and marking twice changes nothing', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      for (const shown of [visible(text), code(text), escape(text), formatValue(status, text)])
        expect(shown).not.toMatch(OBEYED);
      for (const shown of [visibleLines(text), clip(text, 50), plain(text).text])
        expect(shown.replaceAll('\n', '')).not.toMatch(OBEYED);
      expect(visible(visible(text))).toBe(visible(text));
      expect(harmlessJson(JSON.stringify(text))).not.toMatch(OBEYED);
      expect(JSON.parse(harmlessJson(JSON.stringify(text)))).toBe(text);
    }),
  );
});

test('the same text in another form is the same value, and entering it gives one form', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const forms = [text.normalize('NFC'), text.normalize('NFD'), normalText(text)];
      forms.push(normalText(text).replaceAll('\n', '\r\n'), `${text}\n`);
      for (const form of forms) {
        expect(isSameValue(status, text, form)).toBe(true);
        expect(checkValue(status, form, null)).toBe(checkValue(status, text, null));
      }
      expect(normalText(normalText(text))).toBe(normalText(text));
    }),
    { examples: [['Cafe\u0301'], ['one\r\ntwo']] },
  );
});

test('two values that differ never look the same', () => {
  fc.assert(
    fc.property(hostile, hostile, (one, other) => {
      fc.pre(Math.max(one.length, other.length) < 20 && !/[‹›␠↵\u2400-\u2426]/.test(one + other));
      if (isSameValue(status, one, other)) return;
      fc.pre(!/[\u2028\u2029\u0085]/.test(one + other));
      expect(formatValue(status, one)).not.toBe(formatValue(status, other));
    }),
    {
      examples: [
        ['a b', 'a\u00A0b'],
        ['a', 'a '],
        ['a', 'a\u200B'],
        ['a', 'a\u00AD'],
        ['a b', 'a\nb'],
      ],
    },
  );
  expect(formatValue(status, 'Line one\r\nLine two')).toBe('“Line one↵Line two”');
  expect(formatValue(status, 'Lunch ')).toBe('“Lunch␠”');
  expect(formatValue(status, 'At\u00A0lunch\u200B')).toBe('“At‹U+00A0›lunch‹U+200B›”');
});

test('what nobody sees is refused with its place, what Unicode joins and marks of direction are taken', () => {
  const refused = [
    'a\u200Bb',
    'a\uFEFFb',
    'a\u00ADb',
    'a\u202Eb',
    'a\u2066b',
    'a\u001Bb',
    'a\nb',
    'a\u200Db',
  ];
  for (const text of refused) expect(unseenIn(text)).toMatch(/ at character 2$/);
  expect(unseenIn('👋\u200Bb')).toBe('U+200B at character 2');
  expect(unseenFault(status, 'a\u00ADb')?.message).toContain('there is U+00AD at character 2');
  const taken = ['👩‍💻', '👩🏽‍⚕️', '❤️‍🔥', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', 'می‌خواهم', 'क्‍ष', 'a\u200Eb', 'א\u200F', 'Mittag – Büro', '🇩🇪'];
  for (const text of taken) {
    expect(unseenIn(text)).toBeNull();
    expect(normalText(text)).toBe(text.normalize('NFC'));
  }
  expect(visible('👩‍💻 می‌خواهم')).toBe('👩‍💻 می‌خواهم');
});

test('a text that is shown whole in Slack keeps its lines and their indentation', () => {
  const shown = JSON.stringify(preformatted('rules:\n  - setting: BrandUrl\n    value: a', 1000));
  expect(shown).toContain('rules:\\n  - setting: BrandUrl\\n    value: a');
});
