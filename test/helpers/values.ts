import fc from 'fast-check';
import { settings } from '../../src/settings/catalogue.js';
import { isoOfSeconds } from '../../src/settings/duration.js';
import type { Setting, Value } from '../../src/settings/setting.js';

export const NEWEST = '20.0.10';

export type Valued = readonly [Setting, Value];

/** A one-pixel PNG, optionally padded to a number of bytes: readers of pictures ignore what follows the end. */
export function png(bytes?: number, filler = 0): Buffer {
  const pixel = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
    'base64',
  );
  return bytes === undefined ? pixel : Buffer.concat([pixel], bytes).fill(filler, pixel.length);
}

export const anySetting = fc.constantFrom(...settings);

const wordless = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 });

/** A value that fits the setting; null where `isNullable`. */
export function valueOf(setting: Setting, isNullable: boolean): fc.Arbitrary<Value> {
  const value = presentValueOf(setting);
  return isNullable ? fc.option(value, { freq: 8 }) : value;
}

function presentValueOf(setting: Setting): fc.Arbitrary<Value> {
  switch (setting.kind) {
    case 'flag':
      return fc.boolean();
    case 'choice':
      return fc.constantFrom(...setting.options);
    case 'number':
      return fc.integer({ min: setting.min, max: setting.max });
    case 'duration':
      return fc.integer({ min: setting.minSeconds, max: setting.maxSeconds }).map(isoOfSeconds);
    case 'list':
      return fc.uniqueArray(fc.ipV4(), { maxLength: 4 });
    case 'text':
      return fc.oneof(fc.constant(''), wordless);
    case 'image':
      return fc.oneof(
        fc.constant(''),
        fc.webUrl(),
        fc.integer({ min: 0, max: 255 }).map((filler) => png(200, filler).toString('base64')),
      );
  }
}

/** A setting with a value that fits it, or none. */
export const goodValue: fc.Arbitrary<Valued> = anySetting.chain((setting) =>
  valueOf(setting, true).map((value) => [setting, value] as const),
);

/** As `goodValue`, with texts of several lines, as a PBX may hold them. */
export const anyValue: fc.Arbitrary<Valued> = anySetting.chain((setting) =>
  (setting.kind === 'text' || setting.kind === 'image'
    ? fc.oneof(valueOf(setting, true), fc.string(), fc.constant('two\nlines'))
    : valueOf(setting, true)
  ).map((value) => [setting, value] as const),
);

/** A setting with a value that is shown as a person may type it: everything but pictures and what is not set. */
export const typedText: fc.Arbitrary<Valued> = anySetting
  .filter(({ kind }) => kind !== 'image')
  .chain((setting) => valueOf(setting, false).map((value) => [setting, value] as const))
  .filter(([, value]) => value !== '' && !(Array.isArray(value) && value.length === 0));
