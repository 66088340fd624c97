import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError, UserErrors } from '../src/errors.js';
import { parseAssignments } from '../src/settings/assignment.js';
import { findObject, getResource, getSetting, resources, settings } from '../src/settings/catalogue.js';
import { imageFromFile } from '../src/settings/image.js';
import {
  checkValue,
  expects,
  formatValue,
  isSameValue,
  jsonValue,
  parseValue,
  readValue,
} from '../src/settings/kind.js';
import type { Value } from '../src/settings/setting.js';
import { compareVersions, isAtLeast } from '../src/settings/version.js';
import { anySetting, anyValue, goodValue, NEWEST, png, typedText } from './helpers/values.js';

const words = (text: string): readonly string[] => text.trim().split(/\s+/);
const VERSION = /^\d+\.\d+\.\d+$/;

describe('the catalogue', () => {
  test('holds all 15 general settings for apps, the scheduler leaf by leaf', () => {
    const { settings: apps } = getResource('GeneralSettingsForApps');
    expect(apps.map(({ key }) => key).toSorted()).toEqual(
      words(`
        AllowBlockCalls AllowChangePassword AutoSchedulerSettings.Enabled
        AutoSchedulerSettings.ProfileAvailable AutoSchedulerSettings.ProfileAway
        AutoSchedulerSettings.ProfileDND AvatarStyle BrandLogoImage BrandMainImage BrandUrl
        EnableChat EnableSelectorCallerId HideAbandonedQueueCalls HideCRMContacts
        HideInteractionHistory HideSystemExtensions NameOfCustomAvailableStatus
        NameOfCustomOutOfOfficeStatus
      `),
    );
    expect(new Set(apps.map(({ path }) => path[0])).size).toBe(15);
    expect(findObject('autoschedulersettings')?.leaves).toHaveLength(4);
  });

  test('holds all 15 general settings for the PBX', () => {
    const { settings: pbx } = getResource('GeneralSettingsForPbx');
    expect(pbx.map(({ key }) => key).toSorted()).toEqual(
      words(`
        AllRolesCanApproveApps AllowFwdToExternal BusyMonitor BusyMonitorTimeout
        DisableOutboundCallsOutOfficeHours EnableVMenuOutboundCalls HDAutoLogoutEnabled
        HDAutoLogoutTime LimitCallPickup OAuthCimdEnabled OAuthDcrEnabled
        OAuthOpenIdConnectEnabled OperatorExtension PlayBusy ScheduledReportGenerationTime
      `),
    );
  });

  test('gives every setting a key of its own, whatever the case', () => {
    const keys = settings.map(({ key }) => key.toLowerCase());
    expect(new Set(keys).size).toBe(keys.length);
    for (const { key } of settings) expect(getSetting(key.toUpperCase()).key).toBe(key);
  });

  test.each(resources)('tells the settings of $name apart by their labels', ({ settings: all, objects }) => {
    const labels = all.map(({ label }) => label);
    for (const { label, help } of [...all, ...objects]) {
      expect(label.trim()).toBe(label);
      expect(label).not.toBe('');
      expect(help).toMatch(/^\S.*\.$/s);
    }
    expect(new Set(labels).size).toBe(labels.length);
  });

  test('names well-formed versions, and limits that only change with a newer one', () => {
    for (const setting of settings) {
      expect(setting.since).toMatch(VERSION);
      const limits = 'limits' in setting ? (setting.limits ?? []) : [];
      limits.forEach(({ since, maxLength }, index) => {
        expect(since).toMatch(VERSION);
        expect(maxLength).toBeGreaterThan(0);
        expect(compareVersions(since, limits[index - 1]?.since ?? '0.0.0')).toBeGreaterThan(0);
        expect(isAtLeast(since, setting.since)).toBe(true);
      });
    }
  });

  test('warns before every setting of high risk, and bounds what is counted', () => {
    for (const setting of settings) {
      if (setting.risk === 'high') expect(setting.warning, setting.key).toMatch(/\.$/);
      if (setting.kind === 'number') expect(setting.min).toBeLessThan(setting.max);
      if (setting.kind === 'duration') expect(setting.minSeconds).toBeLessThan(setting.maxSeconds);
      expect(expects(setting)).not.toBe('');
    }
  });

  test('offers the choices that 3CX knows', () => {
    const choices = settings.flatMap((setting) => (setting.kind === 'choice' ? [setting] : []));
    expect(choices.map(({ key, options }) => [key, options])).toEqual([
      ['AvatarStyle', ['Square', 'Circle']],
    ]);
  });

  test('puts every leaf on the wire where its key says', () => {
    for (const { key, path } of settings) expect(path.join('.')).toBe(key);
    const leaves = settings.filter(({ path }) => path.length > 1);
    for (const { path } of leaves) expect(findObject(path[0]), path[0]).toBeDefined();
  });
});

describe('a value', () => {
  test('that a person types as it is shown comes out as it was', () => {
    fc.assert(
      fc.property(typedText, ([setting, value]) => {
        expect(parseValue(setting, formatValue(setting, value))).toEqual(value);
      }),
    );
  });

  test('that was checked stays as it is when it is checked again', () => {
    fc.assert(
      fc.property(goodValue, ([setting, value]) => {
        const once = checkValue(setting, value, NEWEST);
        expect(checkValue(setting, once, NEWEST)).toEqual(once);
        expect(readValue(setting, once)).toEqual(once);
        expect(isSameValue(setting, once, value)).toBe(true);
      }),
    );
  });

  test('is the same as itself, and the same both ways round', () => {
    fc.assert(
      fc.property(goodValue, goodValue, ([setting, left], [, other]) => {
        expect(isSameValue(setting, left, left)).toBe(true);
        expect(isSameValue(setting, left, other)).toBe(isSameValue(setting, other, left));
      }),
    );
  });

  test.each(settings)('of $key that is not set differs from an empty one and from off', (setting) => {
    expect(isSameValue(setting, null, null)).toBe(true);
    for (const other of ['', false, 0, 'null'] satisfies Value[]) {
      expect(isSameValue(setting, null, other)).toBe(false);
      expect(isSameValue(setting, other, null)).toBe(false);
    }
  });

  test('is shown in one line', () => {
    fc.assert(
      fc.property(anyValue, ([setting, value]) => {
        expect(formatValue(setting, value)).toMatch(/^[^\n\r]+$/);
      }),
    );
  });

  test('is never read from something of another type', () => {
    fc.assert(
      fc.property(anySetting, fc.jsonValue(), (setting, wire) => {
        const value = readValue(setting, wire);
        if (value === undefined) return;
        expect(value).toBe(wire);
        const types = { flag: 'boolean', number: 'number', list: 'object' } as const;
        const wanted = setting.kind in types ? types[setting.kind as keyof typeof types] : 'string';
        if (value !== null) expect(typeof value).toBe(wanted);
      }),
    );
  });

  test('of a kind that was not asked for is refused with a way out, and never passed on', () => {
    fc.assert(
      fc.property(anySetting, fc.jsonValue(), (setting, value) => {
        try {
          const checked = checkValue(setting, value, NEWEST);
          expect(readValue(setting, checked)).toEqual(checked);
        } catch (error) {
          expect(error).toMatchObject({ name: 'UserError', code: 'invalid', field: setting.key });
          expect(error instanceof UserError && error.mend).toMatch(/\S/);
        }
      }),
    );
  });

  test.each(['maybe', '', '2', 'o n'])('“%s” is neither on nor off', (text) => {
    expect(() => parseValue(getSetting('EnableChat'), text)).toThrow(/Chat: .*neither on nor off/);
  });

  test('typed in another case or in words is understood', () => {
    const chat = getSetting('EnableChat');
    expect(['ON', 'yes', 'True', ' 1 '].map((text) => parseValue(chat, text))).toEqual(Array(4).fill(true));
    expect(['Off', 'no', 'FALSE', '0'].map((text) => parseValue(chat, text))).toEqual(Array(4).fill(false));
    expect(parseValue(getSetting('AvatarStyle'), 'circle')).toBe('Circle');
    expect(() => parseValue(getSetting('AvatarStyle'), 'sqare')).toThrow(
      expect.objectContaining({ mend: expect.stringContaining('Did you mean Square?') as string }),
    );
  });

  test.each(['-1', '1.5', '2147483648', 'ten', '1e3', ''])('“%s” is no time-out', (text) => {
    expect(() => parseValue(getSetting('BusyMonitorTimeout'), text)).toThrow(UserError);
  });

  test('keeps the quotation marks and spaces a person put inside of quotation marks', () => {
    const name = getSetting('NameOfCustomAvailableStatus');
    expect(parseValue(name, '" At lunch "')).toBe(' At lunch ');
    expect(parseValue(name, '"“so”"')).toBe('“so”');
    expect(parseValue(name, '""')).toBe('');
  });
});

describe('a duration', () => {
  const time = getSetting('HDAutoLogoutTime');

  test.each([
    '23:30',
    '23:30:00',
    '23h 30m',
    '23h30m',
    '23 hours 30 minutes',
    '1410 min',
    'PT23H30M',
    'pt1410m',
  ])('typed as %s is half past eleven at night', (text) => {
    const value = parseValue(time, text);
    expect(value).toBe('PT23H30M');
    expect(formatValue(time, value)).toBe('23h 30m');
  });

  test.each(['', 'soon', '24:60', '25h', 'P', 'PT', '-PT1H', '1:2:3', '86401s'])(
    '“%s” is refused',
    (text) => {
      expect(() => parseValue(time, text)).toThrow(expect.objectContaining({ field: 'HDAutoLogoutTime' }));
    },
  );

  test('means the same however the PBX writes it', () => {
    expect(isSameValue(time, 'PT23H30M', 'PT1410M')).toBe(true);
    expect(isSameValue(time, 'PT84600S', 'P0DT23H30M0S')).toBe(true);
    expect(isSameValue(time, 'PT23H30M', 'PT23H31M')).toBe(false);
  });

  test('that is none is never the same as another that is none', () => {
    expect(isSameValue(time, 'soon', 'later')).toBe(false);
  });
});

describe('a setting the PBX does not have', () => {
  test('cannot be asked for', () => {
    const setting = getSetting('EnableSelectorCallerId');
    expect(() => checkValue(setting, true, '20.0.9')).toThrow(/3CX 20\.0\.9 does not have it/);
    expect(() => checkValue(setting, null, '20.0.9.1109')).toThrow(/does not have it/);
    expect(checkValue(setting, true, '20.0.10')).toBe(true);
    expect(checkValue(setting, true, null)).toBe(true);
  });

  test('is judged by numbers, not by letters', () => {
    expect(isAtLeast('20.0.10', '20.0.9')).toBe(true);
    expect(isAtLeast('20.0.9', '20.0.10')).toBe(false);
    expect(isAtLeast('20.0.8.1109', '20.0.8')).toBe(true);
  });
});

describe('a picture', () => {
  const logo = getSetting('BrandLogoImage');
  const main = getSetting('BrandMainImage');
  const base64 = (bytes: number): string => png(bytes).toString('base64');
  const fits = (text: string, version: string | null): boolean => {
    try {
      return checkValue(logo, text, version) === text;
    } catch (error) {
      if (error instanceof UserError) return false;
      throw error;
    }
  };

  test('is the same picture with and without its data-URL prefix', () => {
    const [one, other] = [png(300, 1).toString('base64'), png(300, 2).toString('base64')];
    expect(isSameValue(logo, one, `data:image/png;base64,${one}`)).toBe(true);
    expect(isSameValue(logo, `data:image/png;base64,${one}`, `data:image/x-png;base64,${one}`)).toBe(true);
    expect(isSameValue(logo, one, other)).toBe(false);
    expect(isSameValue(logo, one, '')).toBe(false);
  });

  test.each([
    ['102,399 bytes fit 3CX 20.0.9', 102_399, '20.0.9', true],
    ['102,400 bytes are too many for 3CX 20.0.9', 102_400, '20.0.9', false],
    ['102,400 bytes are too many for 3CX 20.0.10', 102_400, '20.0.10', false],
    ['102,400 bytes fit 3CX 20.0.8', 102_400, '20.0.8.1109', true],
    ['one byte less than a mebibyte fits 3CX 20.0.8', 1_048_575, '20.0.8', true],
    ['a mebibyte is too large for 3CX 20.0.8', 1_048_576, '20.0.8', false],
    ['the strictest limit holds where the version is not known', 102_400, null, false],
    ['what fits the strictest limit may be tried where the version is not known', 102_399, null, true],
  ])('as a logo: %s', (_, bytes, version, isFitting) => {
    expect(fits(base64(bytes), version)).toBe(isFitting);
  });

  test('that is too large is refused with the size that would do', () => {
    expect(() => checkValue(logo, base64(102_400), '20.0.9')).toThrow(
      expect.objectContaining({ mend: expect.stringContaining('102,399 bytes') as string }),
    );
    expect(checkValue(main, base64(2_000_000), '20.0.9')).toHaveLength(2_666_668);
  });

  test('from a file is sent as base64, and nothing but a picture is', () => {
    if (logo.kind !== 'image') throw new Error('the logo is a picture');
    expect(imageFromFile(logo, png(), NEWEST)).toBe(png().toString('base64'));
    expect(() => imageFromFile(logo, Buffer.from('%PDF-1.7'), NEWEST)).toThrow(/not a picture/);
    expect(() => imageFromFile(logo, png(102_400), NEWEST)).toThrow(/too many/);
  });

  test('is never shown or noted with its content', () => {
    const prefixes = fc.constantFrom('', 'data:image/png;base64,');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 255 }), prefixes, (filler, prefix) => {
        const content = png(600, filler).toString('base64');
        for (const text of [
          formatValue(logo, prefix + content),
          JSON.stringify(jsonValue(logo, prefix + content)),
        ]) {
          expect(text).not.toContain(content.slice(0, 16));
          expect(text).not.toContain(content.slice(-64));
        }
        expect(formatValue(logo, prefix + content)).toMatch(/^PNG, 600 bytes, sha256 [0-9a-f]{12}…$/);
      }),
    );
  });

  test('of a type that is not known is not shown or noted with its content either', () => {
    const bitmap = `data:image/x-unknown;base64,${Buffer.alloc(60_000, 7).toString('base64')}`;
    expect(JSON.stringify(jsonValue(logo, bitmap)).length).toBeLessThan(1000);
    expect(formatValue(logo, bitmap)).not.toContain('BwcHBwcH');
  });

  test('that is an address or a short name stays what it is', () => {
    for (const text of ['https://example.com/logo.png', 'logo', 'abcd', '']) {
      expect(checkValue(logo, text, NEWEST)).toBe(text);
      expect(jsonValue(logo, text)).toBe(text);
    }
  });
});

describe('an assignment', () => {
  const refusal = (key: string, text: string): UserError => {
    try {
      parseAssignments(key, text, '20.0.9');
    } catch (error) {
      if (error instanceof UserError) return error;
    }
    throw new Error('nothing was refused');
  };

  test('of a nested object sets its leaves', () => {
    const text = '{"Enabled": true, "ProfileAway": null}';
    expect(parseAssignments('autoschedulersettings', text, null)).toEqual([
      { key: 'AutoSchedulerSettings.Enabled', value: true },
      { key: 'AutoSchedulerSettings.ProfileAway', value: null },
    ]);
  });

  test.each([
    ['{"Enabled": tru}', 'line 1, column 13'],
    ['{\n  "Enabled": true\n  "ProfileAway": "x"\n}', 'line 3, column 3'],
    ['{"Enabled": true', 'line 1, column 17'],
    ['{"Enabled": true,}', 'line 1, column 18'],
    ['', 'line 1, column 1'],
    ['{} {}', 'line 1, column 4'],
  ])('of malformed JSON %j is refused at %s', (text, place) => {
    expect(refusal('AutoSchedulerSettings', text).message).toContain(place);
    expect(refusal('AutoSchedulerSettings', text).mend).toContain('{"Enabled": true}');
  });

  test.each(['[]', '3', 'null', '"on"'])('of %s is JSON, but no object', (text) => {
    expect(refusal('AutoSchedulerSettings', text).message).toContain('not an object');
  });

  test('tells everything that is wrong in one object at once', () => {
    const error = refusal('AutoSchedulerSettings', '{"Enabld": true, "Enabled": "on", "ProfileDND": 3}');
    expect(error).toBeInstanceOf(UserErrors);
    expect(error).toMatchObject({
      errors: [
        { code: 'not-found', mend: 'Did you mean Enabled?' },
        { code: 'invalid', field: 'AutoSchedulerSettings.Enabled' },
        { code: 'invalid', field: 'AutoSchedulerSettings.ProfileDND' },
      ],
    });
  });

  test('with two letters swapped in the name is answered with the right name', () => {
    const swaps = fc
      .tuple(anySetting, fc.nat())
      .map(([{ key }, n]) => [key, n % (key.length - 1)] as const)
      .map(([key, at]) => [key, `${key.slice(0, at)}${key[at + 1]}${key[at]}${key.slice(at + 2)}`] as const)
      .filter(([key, typo]) => key.toLowerCase() !== typo.toLowerCase());
    fc.assert(
      fc.property(swaps, ([key, typo]) => {
        expect(refusal(typo, 'on')).toMatchObject({ code: 'not-found', field: typo });
        expect(refusal(typo, 'on').mend).toContain(key);
      }),
    );
  });

  test('of a setting that is newer than the PBX is refused', () => {
    expect(refusal('EnableSelectorCallerId', 'on')).toMatchObject({
      code: 'invalid',
      field: 'EnableSelectorCallerId',
      mend: 'It first appeared in 3CX 20.0.10.',
    });
  });
});
