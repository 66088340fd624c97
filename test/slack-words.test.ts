import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UserError } from '../src/errors.js';
import { checkWords, parseWords, unknownVerb, valueAfter } from '../src/slack/words.js';
import { parseUntil } from '../src/baseline/until.js';

/** Characters that mean something, and some that do not. */
const TYPED = [...'ab1 \n\t"“”‘’—–-{}:,\\é'.split(''), '😀', '--', ' --because '];
const word = fc.stringMatching(/^[A-Za-z][A-Za-z0-9._]{0,20}$/);
/** A value as somebody may type it, with nothing in it that reads as an option. */
const value = fc
  .array(fc.stringMatching(/^[^\s"“”—–-][^\s"“”]{0,12}$/), { minLength: 1, maxLength: 6 })
  .map((parts) => parts.join(' '));

test('whatever is typed is taken apart without an error, and nothing is made up', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...TYPED) }), (text) => {
      const words = parseWords(text);
      for (const arg of words.args) expect(text).toContain(arg);
      expect(text).toContain(words.rest);
      for (const option of Object.values(words.options)) expect(text).toContain(option);
    }),
  );
});

test('a value comes out as it was typed, up to the options', () => {
  fc.assert(
    fc.property(word, word, value, value, (pbx, key, typed, reason) => {
      fc.pre(pbx.toLowerCase() !== key.toLowerCase());
      const words = parseWords(`set ${pbx} ${key} ${typed} --because ${reason} --baseline`);
      expect(words.verb).toBe('set');
      expect(words.args.slice(0, 2)).toEqual([pbx, key]);
      fc.pre(!typed.startsWith('{'));
      expect(valueAfter(words.rest, key)).toBe(typed);
      expect(words.options).toEqual({ because: reason, baseline: '' });
    }),
  );
});

test('inside of quotes nothing is an option, be they straight or curly', () => {
  fc.assert(
    fc.property(value, fc.constantFrom(['"', '"'], ['“', '”']), (typed, [open, close]) => {
      const quoted = `${open}${typed} --because ${typed}${close}`;
      const words = parseWords(`set key ${quoted} --because ${quoted}`);
      expect(valueAfter(words.rest, 'key')).toBe(quoted);
      expect(words.options).toEqual({ because: `${typed} --because ${typed}` });
    }),
  );
});

test('JSON comes out as the same JSON, also with the curly quotes of a phone', () => {
  const leaf = fc.oneof(fc.boolean(), fc.integer(), fc.stringMatching(/^[^"“”„\\]{0,20}$/));
  fc.assert(
    fc.property(
      fc.dictionary(fc.stringMatching(/^[A-Za-z]{1,10}$/), leaf),
      fc.boolean(),
      (object, isPhone) => {
        const json = JSON.stringify(object);
        let count = 0;
        const typed = isPhone ? json.replace(/"/g, () => (count++ % 2 === 0 ? '“' : '”')) : json;
        const words = parseWords(`set key ${typed} --because x`);
        expect(JSON.parse(valueAfter(words.rest, 'key'))).toEqual(object);
        expect(words.options).toEqual({ because: 'x' });
      },
    ),
  );
});

test('apostrophes and curly quotes within a value are left alone', () => {
  const words = parseWords('set key Ann’s “big” desk --because it’s “hers”, not Ben’s');

  expect(valueAfter(words.rest, 'key')).toBe('Ann’s “big” desk');
  expect(words.options).toEqual({ because: 'it’s “hers”, not Ben’s' });
});

test('a phone’s long dash is an option’s dash only where it stands like one', () => {
  expect(parseWords('set key off —because quiet –baseline').options).toEqual({
    because: 'quiet',
    baseline: '',
  });
  expect(parseWords('set key open — all day').options).toEqual({});
  expect(valueAfter(parseWords('set key 9–17 a--b c').rest, 'key')).toBe('9–17 a--b c');
});

test('a setting’s name is found as a word of its own', () => {
  expect(valueAfter('hq Chat on', 'Chat')).toBe('on');
  expect(valueAfter('Chats Chat on', 'Chat')).toBe('on');
  expect(valueAfter('hq A.b* (x)', 'A.b*')).toBe('(x)');
  expect(valueAfter('hq', 'Chat')).toBe('');
});

test('an unknown option, a word too many and an unknown verb are refused with what to do', () => {
  const rule = { usage: '/pbx list', options: ['because'], most: 1 };
  expect(() => checkWords(parseWords('list --becuase x'), rule)).toThrow('There is no option --becuase.');
  expect(() => checkWords(parseWords('list a b'), rule)).toThrow('“b” is one word too many.');
  expect(() => checkWords(parseWords('list a --because b c'), rule)).not.toThrow();
  expect(unknownVerb('/pbx', 'shwo', ['show', 'set']).mend).toBe('Did you mean /pbx show?');
});

test('a date ends with its last moment, and only real dates and times are dates', () => {
  expect(parseUntil('2026-12-31')).toBe('2026-12-31T23:59:59.999Z');
  expect(parseUntil('2026-12-31T12:00+02:00')).toBe('2026-12-31T10:00:00.000Z');
  for (const text of ['', 'tomorrow', '2026', '2026-1-5', '2026-02-31', '2026-13-01', '2026-12-31T12:00']) {
    expect(() => parseUntil(text)).toThrow(UserError);
  }
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        expect(parseUntil(text)).toMatch(/^\d{4}-\d{2}-\d{2}T/);
      } catch (error) {
        expect(error).toBeInstanceOf(UserError);
      }
    }),
  );
});
