import { describe, expect, test } from 'vitest';
import { settingHistory } from '../src/changes/history.js';
import { listPage } from '../src/changes/lists.js';
import type { ChangeRequest } from '../src/changes/request.js';
import { insertRequest, transition } from '../src/changes/store.js';
import { watchRules } from '../src/changes/watch-rules.js';
import { insertIntent, settleWrite } from '../src/fleet/write-journal.js';
import { listViewers, saveViewer } from '../src/slack/home-store.js';
import { beginMessage, saveMessage, unmendedRules } from '../src/slack/message-store.js';
import type { Db } from '../src/storage/database.js';
import { databasesOf, type Engine, inTx, openFor } from './helpers/databases.js';
import { postgresAbsence } from './helpers/postgres.js';
import { ANN, AT, ctxOf, requestOf } from './helpers/rows.js';

const HQ = { id: 'hq', tags: [] };
const person = { actor: ANN, standing: { isActive: true, ids: new Set([ANN.id]) } };

function at(minute: number): string {
  return new Date(Date.parse(AT) + minute * 60_000).toISOString();
}

/** A request asked in some minute; where it is withdrawn, that ends it in a later one. */
async function ask(db: Db, number: number, endedIn?: number): Promise<ChangeRequest> {
  const request = requestOf(number, { createdAt: at(number), askedAt: at(number) });
  await inTx(db, async (tx) => {
    await insertRequest(tx, request, null);
    if (endedIn !== undefined)
      await transition(tx, request, 'pending', 'withdraw', { finished_at: at(endedIn) });
  });
  return request;
}

async function write(db: Db, id: string, cause: { kind: 'change' | 'sweep'; id: string }, minute: number) {
  const changes = [{ key: 'EnableChat', expected: true, value: false }];
  await inTx(db, (tx) => insertIntent(tx, { id, cause, pbxId: 'hq', changes, at: at(minute) }));
  const outcome = { key: 'EnableChat', status: 'written', before: true, value: false } as const;
  await inTx(db, (tx) => settleWrite(tx, id, [outcome], at(minute)));
}

const engines: readonly Engine[] = postgresAbsence === null ? ['SQLite', 'PostgreSQL'] : ['SQLite'];

describe.each(engines)('on %s', (engine) => {
  const newDatabase = databasesOf(engine);

  test('a history is read in both directions, by setting and whole', async () => {
    const db = await openFor(await newDatabase());
    const first = await ask(db, 1);
    await ask(db, 2, 30);
    await ask(db, 3);
    await write(db, 'w1', { kind: 'change', id: first.id }, 10);
    await write(db, 'w2', { kind: 'sweep', id: 'a sweep that is gone' }, 20);

    for (const keys of [['EnableChat'], []]) {
      const page = await settingHistory(db, { pbx: HQ, keys, limit: 3 });
      expect(page.entries.map((entry) => entry.at)).toEqual([30, 20, 10].map(at));
      expect([page.hasOlder, page.hasNewer]).toEqual([true, false]);
      const last = page.entries.at(-1);
      const rest = await settingHistory(db, { pbx: HQ, keys, limit: 3, ...(last && { before: last }) });
      expect(rest.entries.map((entry) => entry.at)).toEqual([at(3)]);
      const [oldest] = rest.entries;
      const back = await settingHistory(db, { pbx: HQ, keys, limit: 2, ...(oldest && { after: oldest }) });
      expect(back.entries.map((entry) => entry.at)).toEqual([20, 10].map(at));
    }
    const other = await settingHistory(db, { pbx: HQ, keys: ['AvatarStyle'], limit: 3 });
    expect(other.entries).toEqual([]);
  });

  test('lists are read in both directions, the decided ones by when they ended', async () => {
    const db = await openFor(await newDatabase());
    for (const [number, endedIn] of [
      [1, 50],
      [2, 20],
      [3, 20],
      [4, 40],
    ] as const) {
      await ask(db, number, endedIn);
    }
    await ask(db, 5);
    const ctx = ctxOf(db);
    const numbers = async (query: { before?: number; after?: number }): Promise<readonly number[]> => {
      const page = await listPage(ctx, { name: 'decided', person, limit: 2, ...query });
      return page.requests.map(({ number }) => number);
    };

    expect(await numbers({})).toEqual([1, 4]);
    expect(await numbers({ before: 4 })).toEqual([3, 2]);
    expect(await numbers({ after: 2 })).toEqual([4, 3]);
    const asked = await listPage(ctx, { name: 'asked', person, limit: 2, after: 2 });
    expect([asked.requests.map(({ number }) => number), asked.older, asked.newer]).toEqual([[4, 3], 3, 4]);
  });

  test('a rule that nobody can satisfy is recorded once, however many look at once', async () => {
    const db = await openFor(await newDatabase());
    const ctx = ctxOf(db);
    await Promise.all([watchRules(ctx), watchRules(ctx), watchRules(ctx)]);
    const mended = ctxOf(db, { roles: { ...ctx.roles, approvers: ['U0BEN', 'U0CLEO'] } });
    await Promise.all([watchRules(mended), watchRules(mended)]);

    const rows = await db.selectFrom('audit').select('action').orderBy('seq').execute();
    expect(rows.map(({ action }) => action)).toEqual(['rule.unsatisfiable', 'rule.satisfiable']);
  });

  test('what Slack is shown of people and rules is kept', async () => {
    const db = await openFor(await newDatabase());
    await saveViewer(db, 'U0ANN', at(1));
    await saveViewer(db, 'U0BEN', at(2));
    await saveViewer(db, 'U0ANN', at(3));
    expect(await listViewers(db, at(2), 10)).toEqual(['U0ANN', 'U0BEN']);
    expect(await listViewers(db, at(3), 10)).toEqual(['U0ANN']);

    const fault = { kind: 'rule', id: 'one', audience: 'fault' } as const;
    await beginMessage(db, fault, 'C0APPROVALS', at(1));
    expect(await unmendedRules(db)).toEqual([]);
    await saveMessage(db, fault, '1.2', 1);
    expect(await unmendedRules(db)).toEqual([{ id: 'one', ts: '1.2' }]);
    await beginMessage(db, { ...fault, audience: 'mended' }, 'C0APPROVALS', at(2));
    await saveMessage(db, { ...fault, audience: 'mended' }, '1.3', 1);
    expect(await unmendedRules(db)).toEqual([]);
  });
});
