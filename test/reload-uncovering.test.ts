import { expect, test, vi } from 'vitest';
import { insertExceptions } from '../src/baseline/exception-store.js';
import { insertPause } from '../src/baseline/pause-store.js';
import { serveFleet } from './helpers/served-fleet.js';

vi.setConfig({ testTimeout: 60_000 });

const AT = '2026-01-01T00:00:00.000Z';
const LIVE = { owner: 'U1', reason: 'Works', untilAt: '2999-01-01T00:00:00.000Z' };

test('a PBX that is called otherwise, or loses its tag, while a pause or an exception means it is refused', async () => {
  const fleet = await serveFleet(['hq', 'branch'], ['hq', 'branch']);
  fleet.write((file) => {
    file.pbxs = [fleet.entry('hq', { tags: ['lab'] }), fleet.entry('branch', { tags: ['lab'] })];
  });
  await fleet.reload();
  await fleet.app.ctx.db.transaction().execute(async (tx) => {
    await insertPause(tx, 'r1', { ...LIVE, id: 'p1', target: 'hq' }, AT);
    const exception = { ...LIVE, id: 'e1', key: 'AvatarStyle', target: 'tag:lab', requestId: 'r2' };
    await insertExceptions(tx, 'r2', [exception], AT);
  });
  fleet.write((file) => {
    file.pbxs = [fleet.entry('hq', { id: 'main', tags: ['lab'] }), fleet.entry('branch', { tags: [] })];
  });

  await expect(fleet.reload()).rejects.toThrow(/The pause on hq[^]*The exception for AvatarStyle on tag:lab/);
  expect(fleet.app.ctx.pbxs.map(({ id }) => id)).toEqual(['hq', 'branch']);
  fleet.write((file) => {
    file.pbxs = [fleet.entry('hq', { tags: ['lab'] })];
  });
  expect(await fleet.reload()).toEqual(['branch was removed.']);
});
