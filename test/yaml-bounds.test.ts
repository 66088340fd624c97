import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readDocument } from '../src/baseline/document.js';
import { yamlDocument } from '../src/baseline/yaml-document.js';
import { configFileOf, refuseUnknownSections } from '../src/config-file.js';

const messages = (text: string): readonly string[] => yamlDocument(text).errors.map(({ message }) => message);

test('a map with 40,000 keys, ten thousand levels and a bomb of aliases are refused as files, not as accidents', () => {
  const wide = Array.from({ length: 40_000 }, (_, index) => `k${index}: 1`).join('\n');
  const deep = '['.repeat(4_000) + ']'.repeat(4_000);
  const steps = Array.from({ length: 2_000 }, () => '- ').join('');
  const bomb = [
    'a0: &a0 [x, x]',
    ...Array.from(
      { length: 20 },
      (_, index) => `a${index + 1}: &a${index + 1} [*a${index}, *a${index}, *a${index}]`,
    ),
  ].join('\n');

  expect(messages(wide)).toEqual(['it has more than 5000 entries']);
  expect(messages(deep)).toEqual(['it has more than 40 levels']);
  expect(messages(`${steps}x`)).toEqual(['it has more than 40 levels']);
  for (const text of [wide, deep, bomb]) {
    expect(() => readDocument(text, 'baseline.yml')).toThrow('baseline.yml');
  }
  for (const text of [deep, bomb]) {
    expect(() => configFileOf('plumbline.yml', text)).toThrow('plumbline.yml');
  }
});

test('a second roles: does not win over the first, and is named with both lines', () => {
  const text = 'roles:\n  approvers: [U0ANN]\nstopFile: STOP\nroles:\n  approvers: []\n';

  expect(() => configFileOf('plumbline.yml', text)).toThrow(
    'the key “roles” is given twice, in line 1 and in line 4',
  );
});

test('whatever keys a map has, it is refused exactly where one of them is there twice', () => {
  const key = fc.stringMatching(/^[a-c]{1,2}$/);
  fc.assert(
    fc.property(fc.array(key, { maxLength: 8 }), fc.boolean(), (keys, isNested) => {
      const entries = keys.map((one) => `${one}: 1`);
      const text = isNested
        ? `top:\n${entries.map((one) => `  ${one}\n`).join('')}`
        : `{${entries.join(', ')}}`;
      expect(messages(text).some((one) => one.includes('is given twice'))).toBe(
        new Set(keys).size < keys.length,
      );
    }),
  );
});

test('merge keys and sections that begin with x- work in plumbline.yml', () => {
  const text =
    'x-common: &common\n  clientId: plumbline\n  tags: [emea]\npbxs:\n  - <<: *common\n    id: hq\n    tags: [apac]\n';
  const file = configFileOf('plumbline.yml', text);

  expect(() => refuseUnknownSections(file)).not.toThrow();
  expect(file.content['pbxs']).toEqual([{ clientId: 'plumbline', id: 'hq', tags: ['apac'] }]);
});
