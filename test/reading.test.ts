import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { readDotenv } from '../src/config-dotenv.js';
import { textOfBytes } from '../src/config-text.js';
import { openTerminal, SECRET, type Terminal } from './helpers/terminal.js';

// Every command is a process of its own, and a busy machine starts them slowly.
vi.setConfig({ testTimeout: 120_000 });

/** Types `set` in a folder whose `.env` holds everything, after a line that may be spoilt. */
async function setWith(dotenv: (rest: string) => string | Uint8Array, more: Terminal['env'] = {}) {
  const terminal = await openTerminal();
  const { pbx, env } = terminal;
  const rest = [
    `THREECX_URL=${pbx.url}`,
    'THREECX_CLIENT_ID=plumbline',
    `THREECX_CLIENT_SECRET=${SECRET}`,
    '',
  ].join('\n');
  for (const name of Object.keys(env)) if (name.startsWith('THREECX_')) env[name] = undefined;
  Object.assign(env, more);
  terminal.file('.env', dotenv(rest));
  const answer = await terminal.run('set', 'AvatarStyle', 'Circle');
  return { ...terminal, answer };
}

test.each([
  ['after a colon', (rest: string) => `${rest}PLUMBLINE_APPROVERS: U0ANN\n`, 'line 4 is no variable'],
  ['in lower case', (rest: string) => `${rest}plumbline_approvers=U0ANN\n`, 'Write PLUMBLINE_APPROVERS.'],
  ['after a no-break space', (rest: string) => `${rest}\u00A0PLUMBLINE_APPROVERS=U0ANN\n`, '‹U+00A0›'],
  [
    'with an empty twin',
    (rest: string) => `${rest}PLUMBLINE_APPROVERS=U0ANN\nPLUMBLINE_APPROVERS=\n`,
    'line 5 gives PLUMBLINE_APPROVERS, which line 4 gives too',
  ],
  ['under a section', (rest: string) => `${rest}[approvals]\nPLUMBLINE_APPROVERS=U0ANN\n`, 'line 4'],
  ['wrapped', (rest: string) => `${rest}PLUMBLINE_APPROVERS=U0ANN,\nU0BOB\n`, 'line 5 is no variable'],
  ['with a # inside', (rest: string) => `${rest}PLUMBLINE_APPROVERS=U0ANN#,U0BOB\n`, 'has a # inside'],
  ['with an open quote', (rest: string) => `${rest}PLUMBLINE_APPROVERS="U0ANN\n`, 'nothing closes'],
])(
  'a line of .env that names the approvers %s is refused, and nothing is written',
  async (_, dotenv, words) => {
    const { answer, pbx } = await setWith(dotenv);

    expect(answer.code).toBe(1);
    expect(answer.stderr).toContain(words);
    expect(pbx.requests).toEqual([]);
  },
);

test.each([
  ['a byte-order mark', (rest: string) => `\uFEFFPLUMBLINE_APPROVERS=U0ANN\n${rest}`],
  ['Windows line ends', (rest: string) => `PLUMBLINE_APPROVERS=U0ANN\r\n${rest.replaceAll('\n', '\r\n')}`],
  ['export and quotes', (rest: string) => `export PLUMBLINE_APPROVERS = "U0ANN" # who approves\n${rest}`],
])('approvers in a .env with %s are in force', async (_, dotenv) => {
  const { answer, pbx } = await setWith(dotenv);

  expect(answer.stderr).toContain('approv');
  expect(pbx.requests.filter(({ operation }) => operation === 'write')).toEqual([]);
});

test('a variable whose name differs by an invisible character is refused', async () => {
  const { answer, pbx } = await setWith((rest) => rest, { 'PLUMBLINE_APPROVERS\u200B': 'U0ANN' });

  expect(answer.code).toBe(1);
  expect(answer.stderr).toContain('Write PLUMBLINE_APPROVERS.');
  expect(pbx.requests).toEqual([]);
});

test.each([
  ['a line break in it', 'secret\npbx', 'holds a line break'],
  ['quotes around it', '"secret-pbx"', 'has quotes around it'],
  ['a comment before it', '# the key\nsecret-pbx', 'begins with a comment'],
  ['an invisible character in it', 'secret\u200B-pbx', 'cannot be seen'],
])('a secret with %s is refused before it is sent, and not shown', async (_, secret, words) => {
  const { run, env, pbx } = await openTerminal();
  env['THREECX_CLIENT_SECRET'] = secret;
  const fromVariable = await run('show');
  const terminal = await openTerminal();
  terminal.file('secret', secret);
  const file = `pbxs:\n  - id: hq\n    url: ${terminal.pbx.url}\n    clientId: plumbline\n    clientSecret: { file: secret }\n`;
  terminal.file('plumbline.yml', file);
  for (const name of Object.keys(terminal.env)) {
    if (name.startsWith('THREECX_')) terminal.env[name] = undefined;
  }
  const fromFile = await terminal.run('show');

  for (const answer of [fromVariable, fromFile]) {
    expect(answer.code).toBe(1);
    expect(answer.stderr).toContain(words);
    expect(answer.stderr).not.toContain('secret-pbx');
  }
  expect([...pbx.requests, ...terminal.pbx.requests]).toEqual([]);
});

test('a secret with blanks and a line break at its end works, from a variable as from a file', async () => {
  const { run, env } = await openTerminal();
  env['THREECX_CLIENT_SECRET'] = ` ${SECRET}\n`;

  expect((await run('show')).code).toBe(0);
});

test('files in other encodings are refused with the place and the encoding, and nothing is asked', async () => {
  const { run, file, pbx, env } = await openTerminal();
  file('latin1.yml', Buffer.from('baseline:\n  - CustomAvailableName: Café Büro\n', 'latin1'));
  file('utf16.yml', Buffer.from('\uFEFFbaseline: []\n', 'utf16le'));
  const latin1 = await run('baseline', 'apply', 'latin1.yml');
  const utf16 = await run('baseline', 'plan', 'utf16.yml');
  file('plumbline.yml', Buffer.from('roles:\n  admins: [Büro]\n', 'latin1'));
  const config = await run('show');
  env['PLUMBLINE_CONFIG'] = 'none.yml';
  const argument = await run('set', 'AvatarStyle', 'Caf\uFFFD');

  expect(latin1.stderr).toContain('is not UTF-8: byte 39 (line 2) is 0xE9');
  expect(utf16.stderr).toContain('is UTF-16 (little endian), not UTF-8');
  expect(config.stderr).toContain('plumbline.yml is not UTF-8: byte 20 (line 2) is 0xFC');
  expect(argument.stderr).toContain('Argument 3 has the sign');
  for (const answer of [latin1, utf16, config, argument]) expect(answer.code).toBe(1);
  expect(pbx.requests).toEqual([]);
});

test('any text comes back from its bytes, and bytes that are no UTF-8 are refused where they begin', () => {
  const text = fc
    .string({ unit: 'binary' })
    .filter((one) => !one.includes('\0') && !one.startsWith('\uFEFF'));
  fc.assert(
    fc.property(text, fc.boolean(), (one, hasMark) => {
      const bytes = Buffer.from(`${hasMark ? '\uFEFF' : ''}${one}`);
      expect(textOfBytes(bytes, 'it', 'file')).toBe(one);
    }),
  );
  fc.assert(
    fc.property(text, fc.constantFrom(0xff, 0xc0, 0x80, 0xf8), text, (before, byte, after) => {
      const start = Buffer.from(`a${before}`);
      const bytes = Buffer.concat([start, Buffer.of(byte), Buffer.from(after)]);
      expect(() => textOfBytes(bytes, 'it', 'file')).toThrow(`byte ${start.length + 1} `);
    }),
  );
});

test('a value survives quotes of each kind, over several lines', () => {
  const value = fc.string({ unit: fc.constantFrom('a', ' ', '#', '=', '\n', "'", 'é') });
  fc.assert(
    fc.property(value, fc.constantFrom('`', '"'), (one, quote) => {
      expect(readDotenv(`A=${quote}${one}${quote}\nB=2\n`, '.env')).toEqual({ A: one, B: '2' });
    }),
  );
});
