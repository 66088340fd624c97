import { describe, expect, it } from 'vitest';
import { createRedactor } from '../src/xapi/redact.js';

const SECRET = 'p@ss w/rd+"Zürich"&9';

const percent = encodeURIComponent(SECRET);
const spellings: Readonly<Record<string, string>> = {
  plain: SECRET,
  'upper case': SECRET.toUpperCase(),
  percent,
  'percent in small letters': percent.toLowerCase(),
  form: new URLSearchParams({ s: SECRET }).toString(),
  json: JSON.stringify(SECRET),
  'json escapes': Array.from(SECRET)
    .map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join(''),
  html: SECRET.replaceAll('&', '&amp;').replaceAll('"', '&quot;'),
  'html numbers': Array.from(SECRET)
    .map((c) => `&#x${c.charCodeAt(0).toString(16)};`)
    .join(''),
  'percent twice': encodeURIComponent(percent),
  ...Object.fromEntries(
    ['', 'a', 'ab'].flatMap((before) => [
      [`base64 after ${before.length}`, Buffer.from(`${before}${SECRET}:x`).toString('base64')],
      [`base64url after ${before.length}`, Buffer.from(`${before}${SECRET}:x`).toString('base64url')],
    ]),
  ),
};

describe('a text of a PBX that repeats a secret', () => {
  it.each(Object.entries(spellings))('is withheld whole where it is spelled as %s', (_, spelled) => {
    expect(createRedactor([SECRET]).clean(`client ${spelled} is unknown`)).toBe('[hidden]');
  });

  it('is shown where it only resembles one', () => {
    expect(createRedactor([SECRET]).clean('client p@ss is unknown')).toBe('client p@ss is unknown');
  });
});
