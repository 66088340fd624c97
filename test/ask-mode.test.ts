import { expect, test } from 'vitest';
import { listRequests } from '../src/changes/queries.js';
import { listEpisodes } from '../src/drift/episode-store.js';
import { approveAndExecute, decide, ruleOf, written } from './helpers/deeds.js';
import { APPS } from './helpers/sweep-fleet.js';
import { type Field, openField } from './helpers/sweeping.js';

const IDS = ['hq', 'branch', 'lab'];

async function askingField(): Promise<Field> {
  const field = await openField({ pbxs: IDS });
  await field.hold([{ ...ruleOf('EnableChat', true), mode: 'ask' }]);
  return field;
}

/** What sweeps asked for, oldest first, without the baseline itself. */
async function asked({ ctx }: Field) {
  const requests = await listRequests(ctx.db, { limit: 20 });
  return requests.filter(({ content }) => content.kind === 'settings').toReversed();
}

test('drift that is restored only with approval is asked for once, for all PBXs together, and then restored', async () => {
  const field = await askingField();
  for (const id of ['hq', 'lab']) field.pbx(id).change(APPS, { EnableChat: false });

  await field.sweep();
  const again = await field.sweep();

  const [request, ...others] = await asked(field);
  expect(others).toEqual([]);
  expect(request).toMatchObject({
    target: 'all',
    state: 'pending',
    requestedBy: { kind: 'system', id: 'sweep' },
    content: { parts: [{ pbxId: 'hq' }, { pbxId: 'lab' }] },
  });
  expect(again.report.counts).toMatchObject({ drifted: 2, 'in-sync': 1 });
  const episodes = await listEpisodes(field.ctx.db, { limit: 9 });
  expect(new Set(episodes.map(({ requestId }) => requestId))).toEqual(new Set([request?.id]));

  await approveAndExecute(field.ctx, request!);
  expect(IDS.map((id) => written(field.pbx(id)))).toEqual([
    [{ EnableChat: true }],
    [],
    [{ EnableChat: true }],
  ]);
  expect((await field.sweep()).report.counts).toMatchObject({ 'in-sync': 3 });
  expect(await listEpisodes(field.ctx.db, { limit: 9 })).toEqual([]);
});

test('a no holds for as long as the drift lasts; when it comes back it is asked for anew', async () => {
  const field = await askingField();
  const hq = field.pbx('hq');
  hq.change(APPS, { EnableChat: false });
  await field.sweep();
  const [first] = await asked(field);

  await decide(field.ctx, first!, undefined, 'deny');
  await field.sweep();
  expect(await asked(field)).toMatchObject([{ state: 'denied', target: 'hq' }]);
  expect(written(hq)).toEqual([]);

  hq.change(APPS, { EnableChat: true });
  await field.sweep();
  hq.change(APPS, { EnableChat: false });
  await field.sweep();
  expect(await asked(field)).toMatchObject([{ state: 'denied' }, { state: 'pending' }]);
});
