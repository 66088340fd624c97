import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { exportAudit, exportFormats } from '../src/audit/export.js';
import { ANN, APPROVALS } from '../src/demo/world.js';
import type { Db } from '../src/storage/database.js';
import { fillAuditLog, forge } from './helpers/audit-log.js';
import { cliInProcess } from './helpers/cli-in-process.js';
import { openFor } from './helpers/databases.js';
import type { Handle } from './helpers/pbx-proxy.js';
import { APPS, approve, approved, ask, startFleet, sweep } from './helpers/sweep-fleet.js';
import { openTerminal } from './helpers/terminal.js';

vi.setConfig({ testTimeout: 120_000 });

/** A picture that no other one begins like, so that a part of it can be recognised. */
function picture(bytes: number): Buffer {
  const pixel =
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';
  return Buffer.concat([Buffer.from(pixel, 'base64'), randomBytes(bytes)]);
}

/** Parts of a picture's base64, one of which would be in any excerpt of 80 characters behind its head. */
function partsOf(bytes: Buffer): readonly string[] {
  const base64 = bytes.toString('base64').slice(96);
  return Array.from({ length: Math.floor(base64.length / 40) }, (_, index) =>
    base64.slice(index * 40, index * 40 + 40),
  );
}

/** Everything the audit log says: the table as it is, and both exports. */
async function everythingIn(db: Db): Promise<readonly string[]> {
  const texts = [JSON.stringify(await db.selectFrom('audit').selectAll().execute())];
  for (const format of exportFormats) {
    let text = '';
    await exportAudit(db, {}, format, async (more) => void (text += more));
    texts.push(text);
  }
  return texts;
}

function expectNone(texts: readonly string[], secrets: readonly string[]): void {
  expect(secrets.filter((secret) => secret.length < 8)).toEqual([]);
  expect(secrets.filter((secret) => texts.some((text) => text.includes(secret)))).toEqual([]);
  expect(secrets.length).toBeGreaterThan(0);
}

test('neither credentials nor pictures get into the audit log by way of Slack, whatever goes wrong', async () => {
  const tokens = new Set<string>();
  const watch: Handle = async (asked, forward) => {
    const passed = await forward();
    const token = /"access_token"\s*:\s*"([^"]+)"/.exec(passed.body)?.[1];
    if (token !== undefined) tokens.add(token);
    return passed;
  };
  const [mine, theirs, another] = [picture(5000), picture(4000), picture(3000)];
  const values = { [APPS]: { BrandMainImage: `data:image/png;base64,${theirs.toString('base64')}` } };
  const fleet = await startFleet({ pbxs: [{ id: 'hq', values }], through: { hq: watch } });
  const { slack } = fleet.world;
  const hq = fleet.pbx('hq');
  const ann = slack.person(ANN);

  await ann.command(APPROVALS, '/pbx change hq BrandLogoImage');
  await slack.until('the form', () => ann.modal()?.callbackId === 'change.form');
  ann.fill({ 'BrandLogoImage:file': { file: { name: 'logo.png', bytes: mine } }, reason: 'the new brand' });
  expect(await ann.submit()).toEqual({ ok: true });
  const card = await slack.until('the card', () => slack.messages(APPROVALS)[0]);
  await approve(fleet, card);
  await approved(
    fleet,
    '/pbx-baseline capture hq BrandLogoImage BrandMainImage AvatarStyle --because the standard',
  );
  hq.change(APPS, { BrandLogoImage: another.toString('base64') });
  await sweep(fleet);
  hq.fault({ kind: 'rewritten', on: 'write', rewrite: { BrandLogoImage: another.toString('base64') } });
  hq.change(APPS, { BrandLogoImage: theirs.toString('base64') });
  await sweep(fleet);
  hq.clearFaults();
  const refused = await ask(fleet, '/pbx set hq AvatarStyle Circle --until 2099-01-01 --because x');
  hq.rotateSecret('plumbline', 'another-client-secret');
  await approve(fleet, refused, '· failed');
  await fleet.app.idle();

  const texts = await everythingIn(fleet.app.ctx.db);
  const [sha256] = [createHash('sha256').update(mine).digest('hex')];
  for (const text of texts) expect(text).toContain(sha256);
  expect(tokens.size).toBeGreaterThan(0);
  const credentials = ['secret-hq', 'another-client-secret', ...tokens, slack.botToken, slack.appToken];
  expectNone(texts, [...credentials, ...[mine, theirs, another].flatMap(partsOf)]);
});

test('neither credentials nor pictures get into the audit log by way of the terminal', async () => {
  const [mine, theirs] = [picture(6000), picture(5000)];
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-picture-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const log = await fillAuditLog(async (run, pbx) => {
    const path = join(folder, 'logo.png');
    writeFileSync(path, mine);
    expect((await run('set', 'BrandLogoImage', `@${path}`)).code).toBe(0);
    expect((await run('set', 'BrandMainImage', theirs.toString('base64'))).code).toBe(0);
    expect((await run('baseline', 'capture')).code).toBe(0);
    pbx.change(APPS, { BrandLogoImage: theirs.toString('base64') });
    expect((await run('sweep')).code).toBe(0);
    pbx.rotateSecret('plumbline', 'another-client-secret');
    expect((await run('set', 'EnableChat', 'off', '--baseline')).code).toBe(1);
  });
  const forgery = forge(log.copy());
  expect(forgery.rows.length).toBeGreaterThan(12);
  await forgery.close();
  const db = await openFor(`sqlite:${log.copy()}`);
  expectNone(await everythingIn(db), [
    'secret-pbx',
    'another-client-secret',
    ...[mine, theirs].flatMap(partsOf),
  ]);
  log.remove();
});

test('a ready-made access token gets into no audit log', async () => {
  const { env, simulator, databaseUrl } = await openTerminal();
  const accessToken = randomBytes(24).toString('base64url');
  const own = simulator.addPbx({ id: 'own', staticTokens: [accessToken] });
  const variables = { THREECX_URL: own.url, THREECX_ACCESS_TOKEN: accessToken, DATABASE_URL: databaseUrl };
  const run = cliInProcess({ ...env, ...variables }, 'ann');
  expect((await run('set', 'AvatarStyle', 'Circle')).code).toBe(0);
  own.fault({ kind: 'unauthorised', on: 'write' });
  expect((await run('set', 'AvatarStyle', 'Square')).code).toBe(1);

  const texts = await everythingIn(await openFor(databaseUrl));
  for (const text of texts) expect(text).toContain('change.failed');
  expectNone(texts, [accessToken]);
});
