import fc from 'fast-check';
import { expect, test } from 'vitest';
import { splayOf } from '../src/drift/splay.js';
import { advanceSweep, startSweep } from '../src/drift/sweep.js';
import { ruleOf } from './helpers/deeds.js';
import { APPS, PBX } from './helpers/sweep-fleet.js';
import { type Field, HOUR_MS, openField } from './helpers/sweeping.js';

const IDS = Array.from({ length: 12 }, (_, index) => `pbx-${index}`);
const DIGEST = { expression: '0 9 * * 1', timezone: 'UTC' };

/** What each PBX was asked since the last look, sorted. */
function createLook({ pbx }: Field): () => readonly (readonly string[])[] {
  const seen = new Map<string, number>();
  return () =>
    IDS.map((id) => {
      const fresh = pbx(id).requests.slice(seen.get(id) ?? 0);
      seen.set(id, pbx(id).requests.length);
      return fresh.map(({ operation, resource }) => resource ?? operation).toSorted();
    });
}

test('a sweep reads each governed resource once and no other, and logs in once for as long as the token is good', async () => {
  const field = await openField({ pbxs: IDS });
  await field.hold([ruleOf('EnableChat', true), ruleOf('AvatarStyle', 'Square'), ruleOf('PlayBusy', true)]);
  for (const id of IDS) {
    field.pbx(id).change(APPS, { EnableChat: true, AvatarStyle: 'Square' });
    field.pbx(id).change(PBX, { PlayBusy: true });
  }
  const asked = createLook(field);
  expect(asked().map((one) => one.filter((what) => what === 'token'))).toEqual(IDS.map(() => ['token']));

  for (let sweeps = 0; sweeps < 3; sweeps += 1) {
    const { report } = await field.sweep();
    expect(report.counts['in-sync']).toBe(3 * IDS.length);
    expect(asked()).toEqual(IDS.map(() => [APPS, PBX]));
    field.pass(HOUR_MS / 4);
  }
  field.pass(HOUR_MS / 4);
  await field.sweep();
  expect(asked()).toEqual(IDS.map(() => [APPS, PBX, 'token']));
});

test('a scheduled sweep comes to the PBXs spread over its time, every night in the same order', async () => {
  const splayMs = 2_000;
  const field = await openField({
    pbxs: IDS,
    config: { sweepPolicy: { concurrency: 1, splayMs, digest: DIGEST } },
  });
  await field.hold([ruleOf('EnableChat', true)]);
  const came: string[] = [];
  for (const id of IDS) field.pbx(id).onChange(() => void (came.includes(id) || came.push(id)));

  const id = await startSweep(field.ctx, { kind: 'schedule', slot: field.now().toISOString() });
  await advanceSweep(field.ctx, id);

  const due = IDS.toSorted((one, other) => splayOf(one, splayMs) - splayOf(other, splayMs));
  expect(came).toEqual(due);
  expect(due).not.toEqual(IDS);
});

test('PBXs are spread evenly, none comes after the time is over, and without a splay none waits', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 86_400_000 }), (id, splayMs) => {
      const after = splayOf(id, splayMs);
      expect(after).toBeGreaterThanOrEqual(0);
      expect(after).toBeLessThan(splayMs);
      expect(splayOf(id, splayMs)).toBe(after);
      expect(splayOf(id, 0)).toBe(0);
    }),
  );
  const tenths = Array.from({ length: 1000 }, (_, index) => Math.floor(splayOf(`site-${index}`, 10)));
  for (let tenth = 0; tenth < 10; tenth += 1) {
    const share = tenths.filter((one) => one === tenth).length;
    expect(share).toBeGreaterThan(60);
    expect(share).toBeLessThan(140);
  }
});
