import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findingsOf, planOf } from '../src/drift/finding.js';
import { getSetting, settings } from '../src/settings/catalogue.js';
import { isoOfSeconds } from '../src/settings/duration.js';
import { describeImage, imageContent } from '../src/settings/image.js';
import {
  canonical,
  checkValue,
  formatValue,
  isSameValue,
  jsonValue,
  parseValue,
  readValue,
} from '../src/settings/kind.js';
import type { Setting, Value } from '../src/settings/setting.js';
import { anyObservation, anyRules } from './helpers/fleet-values.js';
import { anyValue, goodValue, NEWEST, png, typedText, valueOf } from './helpers/values.js';

const logo = getSetting('BrandLogoImage');
const allowed = getSetting('IpWhitelist');

/** Ways to write a picture down that mean the same one. */
const spellings: readonly ((bytes: Buffer) => string)[] = [
  (bytes) => bytes.toString('base64'),
  (bytes) => `data:image/png;base64,${bytes.toString('base64')}`,
  (bytes) => `data:image/png;charset=utf-8;base64,${bytes.toString('base64')}`,
  (bytes) => `DATA:image/x-png;base64,${bytes.toString('base64')}`,
  (bytes) => bytes.toString('base64').replace(/.{76}/g, '$&\r\n'),
  (bytes) => bytes.toString('base64url'),
];

/** The same value written another way, as far as its kind has other ways. */
function respelled(setting: Setting, value: Value): fc.Arbitrary<Value> {
  if (value === null) return fc.constant(null);
  switch (setting.kind) {
    case 'choice':
      return fc.constantFrom(value, String(value).toUpperCase(), String(value).toLowerCase());
    case 'image':
      return imageContent(String(value)).form === 'text'
        ? fc.constant(value)
        : fc.constantFrom(...spellings).map((spell) => spell(Buffer.from(String(value), 'base64')));
    case 'list':
      return typeof value === 'object'
        ? fc
            .shuffledSubarray([...value], { minLength: value.length })
            .map((items) => [...items, ...items.slice(0, 1)])
        : fc.constant(value);
    default:
      return fc.constant(value);
  }
}

describe('two values of a setting', () => {
  const pair = goodValue.chain(([setting, value]) =>
    respelled(setting, value).map((other) => [setting, value, other] as const),
  );

  test('are the same however they are written', () => {
    fc.assert(
      fc.property(pair, ([setting, value, other]) => {
        expect(isSameValue(setting, value, other)).toBe(true);
        expect(isSameValue(setting, other, value)).toBe(true);
        expect(canonical(setting, value)).toBe(canonical(setting, other));
      }),
    );
  });

  test('are the same where both are the same as a third', () => {
    const three = anyValue.chain(([setting]) => {
      const one = valueOf(setting, true);
      return fc.tuple(fc.constant(setting), one, one, one);
    });
    fc.assert(
      fc.property(three, ([setting, a, b, c]) => {
        expect(isSameValue(setting, a, a)).toBe(true);
        if (isSameValue(setting, a, b) && isSameValue(setting, b, c))
          expect(isSameValue(setting, a, c)).toBe(true);
      }),
    );
  });

  test('are different where one is null, empty, off or an empty list and the other is another of these', () => {
    const nothings: readonly Value[] = [null, '', false, 0, [], ['']];
    for (const setting of settings) {
      for (const [i, one] of nothings.entries()) {
        for (const [j, other] of nothings.entries()) {
          expect([setting.key, one, other, isSameValue(setting, one, other)]).toEqual([
            setting.key,
            one,
            other,
            i === j,
          ]);
        }
      }
    }
  });

  test('are different pictures where a single bit differs', () => {
    fc.assert(
      fc.property(fc.nat(800), fc.nat(7), (offset, bit) => {
        const bytes = png(200);
        const other = Buffer.from(bytes);
        const at = 100 + (offset % 100);
        other[at] = (other[at] ?? 0) ^ (1 << bit);
        expect(isSameValue(logo, bytes.toString('base64'), other.toString('base64'))).toBe(false);
      }),
    );
  });

  test('are different lists where an address is missing or more', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.ipV4(), { minLength: 1, maxLength: 6 }), (addresses) => {
        expect(isSameValue(allowed, addresses, addresses.slice(1))).toBe(false);
        expect(isSameValue(allowed, addresses, addresses.toReversed())).toBe(true);
      }),
    );
  });
});

describe('an address list', () => {
  test.each([
    ['10.0.0.1/32', '10.0.0.1'],
    ['::FFFF:10.0.0.1', '10.0.0.1'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['2001:db8:0:1:0:0:0:1/128', '2001:db8:0:1::1'],
    ['2001:db8::/32', '2001:db8::/32'],
    ['192.168.10.0/24', '192.168.10.0/24'],
  ])('has %s as %s', (typed, kept) => {
    expect(checkValue(allowed, parseValue(allowed, typed), NEWEST)).toEqual([kept]);
  });

  test('is taken from commas, spaces, lines or JSON, each address once', () => {
    const wanted = ['10.0.0.0/8', '192.0.2.7'];
    for (const text of [
      '10.0.0.0/8, 192.0.2.7',
      '10.0.0.0/8\n192.0.2.7\n',
      '["10.0.0.0/8","192.0.2.7"]',
      '10.0.0.0/8 192.0.2.7/32 192.0.2.7',
    ]) {
      expect(checkValue(allowed, parseValue(allowed, text), NEWEST)).toEqual(wanted);
    }
  });

  test.each([
    ['office', /“office” is neither an address nor a network/],
    ['10.0.0.1/24', /neither an address nor a network/],
    ['10.0.0.256', /neither/],
    [
      Array.from({ length: 501 }, (_, n) => `10.0.${n >> 8}.${n & 255}`).join(','),
      /501 entries are too many/,
    ],
  ])('refuses %s', (text, why) => {
    expect(() => parseValue(allowed, text)).toThrow(why);
  });
});

describe('a picture', () => {
  const mark = 'TheContentOfThePicture';
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"><desc>${mark}</desc></svg>`;
  const bmp = Buffer.concat([
    Buffer.from('424d4600000000000000360000002800000002000000020000000100180000000000100000', 'hex'),
    Buffer.alloc(64, 65),
  ]);
  const forms: readonly (readonly [string, string])[] = [
    ...spellings.map((spell, index) => [`form ${index} of a PNG`, spell(png(300, 65))] as const),
    ['an SVG as it is', svg],
    ['an SVG behind an XML head', `<?xml version="1.0"?>\n${svg}`],
    ['an SVG data URL', `data:image/svg+xml,${encodeURIComponent(svg)}`],
    ['an SVG data URL that is not encoded', `data:image/svg+xml;utf8,${svg}`],
    ['a bitmap', bmp.toString('base64')],
    ['a long text of no known type', `${mark} `.repeat(200)],
    ['a data URL of nothing known', `data:,${mark}`],
  ];

  test.each(forms)('is never told by its content, be it %s', (_, value) => {
    const said = [describeImage(value), JSON.stringify(jsonValue(logo, value)), formatValue(logo, value)];
    expect(imageContent(value).form).toBe('file');
    for (const text of said) {
      expect(text).not.toContain(mark);
      if (value.length > 100) expect(text).not.toContain(value.slice(60, 100));
    }
  });

  test.each(['https://brand.example.com/logo.png', 'logo-2026', 'QUJD', 'abcd1234', ''])(
    'may be an address or an identifier: %s',
    (value) => {
      expect(imageContent(value)).toEqual({ form: 'text', text: value });
    },
  );
});

describe('what a PBX sends', () => {
  test('is read as a value of the setting or not at all, whatever it is', () => {
    fc.assert(
      fc.property(fc.constantFrom(...settings), fc.jsonValue(), (setting, wire) => {
        const value = readValue(setting, wire);
        if (value === undefined) return;
        expect(value).toEqual(wire);
        expect(isSameValue(setting, value, value)).toBe(true);
        expect(typeof formatValue(setting, value)).toBe('string');
      }),
    );
  });

  test('is the same value after a round trip through JSON', () => {
    fc.assert(
      fc.property(anyValue, ([setting, value]) => {
        const wire: unknown = JSON.parse(JSON.stringify(value));
        const read = readValue(setting, wire);
        expect(read).toBeDefined();
        expect(isSameValue(setting, read ?? null, value)).toBe(true);
      }),
    );
  });

  test('may write a duration in several ways', () => {
    const duration = settings.find(({ kind }) => kind === 'duration');
    if (duration === undefined) return;
    fc.assert(
      fc.property(fc.nat(86_399), (seconds) => {
        expect(isSameValue(duration, isoOfSeconds(seconds), `PT${seconds}S`)).toBe(true);
        expect(isSameValue(duration, isoOfSeconds(seconds), `PT${seconds + 1}S`)).toBe(false);
      }),
    );
  });

  test('that is not known is never drift and never written', () => {
    fc.assert(
      fc.property(anyRules, anyObservation, (rules, observation) => {
        const findings = findingsOf(
          rules.map((rule) => ({ rule })),
          observation,
        );
        for (const finding of findings) {
          const reading = observation.readings[finding.rule.key];
          if (reading?.status === 'read') continue;
          expect(['unknown', 'not-applicable']).toContain(finding.status);
        }
        const readable = Object.entries(observation.readings).filter(([, { status }]) => status === 'read');
        const keys = new Set(readable.map(([key]) => key));
        for (const { key } of planOf(findings)) expect(keys.has(key)).toBe(true);
      }),
    );
  });
});

test('what a person sees of a value can be typed to mean the same value', () => {
  fc.assert(
    fc.property(typedText, ([setting, value]) => {
      const isShortened =
        typeof value === 'object' && value !== null && (value.length === 0 || value.length > 5);
      const isWordless = setting.kind === 'text' && formatValue(setting, value) !== `“${String(value)}”`;
      if (isShortened || isWordless || setting.kind === 'text') return;
      const typed = setting.kind === 'number' ? String(value) : formatValue(setting, value);
      expect(isSameValue(setting, checkValue(setting, parseValue(setting, typed), NEWEST), value)).toBe(true);
    }),
  );
});
