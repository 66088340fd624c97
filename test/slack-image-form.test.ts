import { createHash } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { APPROVALS } from '../src/demo/world.js';
import {
  allShown,
  APPS,
  type Flow,
  initialOf,
  startFlow,
  stopFlow,
  viewWords,
  wordsOf,
} from './helpers/slack-flow.js';

const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==',
  'base64',
);

let flow: Flow;

beforeEach(async () => {
  flow = await startFlow();
  await flow.ann.command(APPROVALS, '/pbx change hq BrandLogoImage');
  await flow.world.slack.until('the form', () => flow.ann.modal()?.callbackId === 'change.form');
});

afterEach(() => stopFlow(flow));

/** A picture of this many bytes: what follows the picture itself does not make it another type. */
function picture(bytes: number): Buffer {
  return Buffer.concat([PIXEL, Buffer.alloc(bytes - PIXEL.length)]);
}

function upload(name: string, bytes: Uint8Array): void {
  flow.ann.fill({ 'BrandLogoImage:file': { file: { name, bytes } }, reason: 'the new brand' });
}

test('an uploaded picture is fetched, sent to the PBX as base64 and shown as type, size and hash only', async () => {
  const file = picture(5000);
  upload('logo.png', file);
  expect(await flow.ann.submit()).toEqual({ ok: true });

  const card = await flow.card('waiting for approval');
  const hash = createHash('sha256').update(file).digest('hex');
  expect(wordsOf(card)).toContain(`PNG, 4.9 KiB, sha256 ${hash.slice(0, 12)}`);
  await flow.ben.press(card, 'Show JSON');
  expect(viewWords(await flow.modal(flow.ben, hash))).toContain('"bytes": 5000');

  await flow.ben.press(card, 'change.approve');
  await flow.card('· applied');
  expect(flow.hq.writes().map(({ body }) => body)).toEqual([{ BrandLogoImage: file.toString('base64') }]);
  for (const message of allShown(flow)) {
    expect(JSON.stringify(message)).not.toContain(file.toString('base64').slice(0, 60));
  }
});

test('a picture that is asked for stays so when only the reason is edited, and another takes its place', async () => {
  upload('logo.png', picture(5000));
  await flow.ann.submit();
  const card = await flow.card('waiting for approval');
  const edit = async (): Promise<string> => {
    await flow.ann.press(card, 'Edit');
    await flow.world.slack.until('the form', () => flow.ann.modal()?.callbackId === 'edit.form');
    return JSON.stringify(flow.ann.modal()?.blocks);
  };
  expect(await edit()).toContain('Asked for: PNG, 4.9 KiB');
  flow.ann.fill({ reason: 'the brand of the year' });
  expect(await flow.ann.submit()).toEqual({ ok: true });
  expect(wordsOf(await flow.card('the brand of the year'))).toContain('PNG, 4.9 KiB');

  await edit();
  flow.ann.fill({ 'BrandLogoImage:file': { file: { name: 'logo.png', bytes: picture(9000) } } });
  expect(await flow.ann.submit()).toEqual({ ok: true });
  const edited = await flow.card('PNG, 8.8 KiB');
  expect(wordsOf(edited)).not.toContain('4.9 KiB');
});

test('a picture that is larger than this 3CX version takes is refused at its own input', async () => {
  upload('logo.png', picture(150_000));

  expect(await flow.ann.submit()).toEqual({
    ok: false,
    errors: {
      'BrandLogoImage:file': expect.stringContaining('150,000 bytes are too many. The file may have at most'),
    },
  });
  expect(flow.world.slack.messages(APPROVALS)).toEqual([]);
});

test('a file that only calls itself a picture is refused at its own input', async () => {
  upload('logo.png', Buffer.from('<script>alert(1)</script>'));

  expect(await flow.ann.submit()).toEqual({
    ok: false,
    errors: { 'BrandLogoImage:file': expect.stringContaining('the file is not a picture') },
  });
});

test('a file that Slack does not hand out is said at its own input', async () => {
  flow.world.slack.faults.fail('files.download', { status: 403 });
  upload('logo.png', picture(5000));

  expect(await flow.ann.submit()).toEqual({
    ok: false,
    errors: { 'BrandLogoImage:file': expect.stringContaining('scope files:read') },
  });
});

test('a URL or an identifier is passed through as it is', async () => {
  flow.ann.fill({ BrandLogoImage: 'https://cdn.example.com/logo.png', reason: 'the new brand' });
  expect(await flow.ann.submit()).toEqual({ ok: true });

  const card = await flow.card('waiting for approval');
  expect(wordsOf(card)).toContain('`“https://cdn.example.com/logo.png”`');
  await flow.ben.press(card, 'change.approve');
  await flow.card('· applied');
  expect(flow.hq.resource(APPS)['BrandLogoImage']).toBe('https://cdn.example.com/logo.png');

  await flow.ann.dismiss();
  await flow.ann.command(APPROVALS, '/pbx change hq BrandLogoImage');
  await flow.world.slack.until('the form', () => flow.ann.modal()?.callbackId === 'change.form');
  expect(initialOf(flow.ann.modal(), 'BrandLogoImage')).toBe('https://cdn.example.com/logo.png');
});

test('a file and a text for the same picture are refused: only one can be meant', async () => {
  upload('logo.png', picture(5000));
  flow.ann.fill({ BrandLogoImage: 'brand-logo-7' });

  expect(await flow.ann.submit()).toEqual({
    ok: false,
    errors: { BrandLogoImage: expect.stringContaining('There is a file as well as a text.') },
  });
});
