import { describe, expect, test } from 'vitest';
import { patch, read, startPbx } from './pbx-simulator-client.js';

const APPS = 'GeneralSettingsForApps';
const PBX = 'GeneralSettingsForPbx';
const SCRIPT = { user: '119 Jane Roe', ip: '198.51.100.7' };

describe('another admin who insists', () => {
  test('sets the value at once, and puts it back before a writer can read it', async () => {
    const pbx = await startPbx();
    pbx.insist(APPS, { EnableChat: false }, SCRIPT);
    expect(pbx.resource(APPS)['EnableChat']).toBe(false);
    expect((await patch(pbx, APPS, { EnableChat: true })).status).toBe(204);
    expect((await read(pbx, APPS)).json).toMatchObject({ EnableChat: false });
    expect(pbx.writes()).toHaveLength(1);
    expect(pbx.auditLog.map(({ UserName, Ip, NewData }) => [UserName, Ip, NewData])).toEqual([
      ['119 Jane Roe', '198.51.100.7', '{"EnableChat":false}'],
      ['static', '127.0.0.1', '{"EnableChat":true}'],
      ['119 Jane Roe', '198.51.100.7', '{"EnableChat":false}'],
    ]);
  });

  test('lets the writer read the value back first, where told so', async () => {
    const pbx = await startPbx();
    pbx.insist(APPS, { EnableChat: false }, { ...SCRIPT, onReadBack: true });
    await patch(pbx, APPS, { EnableChat: true });
    await read(pbx, PBX);
    expect((await read(pbx, APPS)).json).toMatchObject({ EnableChat: true });
    expect((await read(pbx, APPS)).json).toMatchObject({ EnableChat: false });
    expect(pbx.auditLog).toHaveLength(3);
  });

  test('puts the value back by the clock, whoever changed it', async () => {
    const pbx = await startPbx();
    pbx.insist(APPS, { AutoSchedulerSettings: { Enabled: true } }, { ...SCRIPT, everyMs: 1 });
    pbx.change(APPS, { AutoSchedulerSettings: { Enabled: false, ProfileAway: 'Out' } });
    await pbx.until('the value again', () => pbx.auditLog.length === 3);
    expect(pbx.resource(APPS)['AutoSchedulerSettings']).toMatchObject({ Enabled: true, ProfileAway: 'Out' });
  });

  test('leaves alone what is as it should be, and a write of something else', async () => {
    const pbx = await startPbx();
    pbx.insist(APPS, { EnableChat: true }, SCRIPT);
    await patch(pbx, APPS, { BrandUrl: 'new' });
    expect(pbx.auditLog.map(({ NewData }) => NewData)).toEqual(['{"BrandUrl":"new"}']);
  });

  test('gives up when told, one by one or all together, and two of them do not fight each other', async () => {
    const pbx = await startPbx();
    const stop = pbx.insist(APPS, { EnableChat: false }, SCRIPT);
    pbx.insist(APPS, { EnableChat: true }, { user: '120 Jim Poe' });
    await patch(pbx, APPS, { BrandUrl: 'a' });
    expect(pbx.auditLog.length).toBeLessThan(6);
    stop();
    await patch(pbx, APPS, { EnableChat: false });
    expect(pbx.resource(APPS)['EnableChat']).toBe(true);
    pbx.relent();
    await patch(pbx, APPS, { EnableChat: false });
    expect(pbx.resource(APPS)['EnableChat']).toBe(false);
  });

  test('cannot insist on what a PBX does not have', async () => {
    const pbx = await startPbx();
    expect(() => pbx.insist(APPS, { Typo: 1 })).toThrow('Typo');
  });
});
