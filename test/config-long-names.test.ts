import { expect, test } from 'vitest';
import { readConfig } from '../src/config.js';
import { configFile, errorsOf } from './helpers/config-file.js';

function fleet(id: string, tag: string, defaultTag: string): Record<string, string> {
  const file = configFile(`
defaults: { tags: [${defaultTag}] }
pbxs:
  - { id: ${id}, url: "https://hq.example.com", tags: [${tag}], accessToken: { env: TOKEN } }
`);
  return { ...file, TOKEN: 't' };
}

test('an id or a tag that no menu of Slack could offer is refused where it stands, and the longest one is taken', () => {
  const [long, most] = ['x'.repeat(147), 'x'.repeat(146)];
  const why = 'must have at most 146 characters, or no menu of Slack could offer it';
  for (const env of [fleet(long, 'a', 'b'), fleet('hq', long, 'b'), fleet('hq', 'a', long)]) {
    const errors = errorsOf(env);
    expect(errors).toHaveLength(1);
    expect(errors[0]?.message).toContain(why);
  }
  expect(readConfig(fleet(most, most, most)).pbxs[0]?.tags).toEqual([most]);
});
