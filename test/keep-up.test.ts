import { expect, test } from 'vitest';
import { listAudit, verifyAudit } from '../src/audit/queries.js';
import { breakGlass, closeReview } from '../src/changes/break-glass.js';
import { decideChange } from '../src/changes/decide.js';
import { editChange } from '../src/changes/edit.js';
import { keepUp } from '../src/changes/keep-up.js';
import { getRequest, listRequests, unfinishedRequests } from '../src/changes/queries.js';
import type { ChangeRequest } from '../src/changes/request.js';
import { insertRequest } from '../src/changes/store.js';
import { withdrawChange } from '../src/changes/withdraw.js';
import type { Ctx } from '../src/ctx.js';
import { UserError } from '../src/errors.js';
import type { Db } from '../src/storage/database.js';
import { ALL_ROLES, slackActor } from './helpers/deeds.js';
import { inTx, openFor } from './helpers/databases.js';
import { ANN, AT, ctxOf, requestOf, RULE } from './helpers/rows.js';
import { createClock } from './helpers/sweep-fleet.js';

const HOUR_MS = 3_600_000;
const hours = (count: number): string => new Date(Date.parse(AT) + count * HOUR_MS).toISOString();
const TWO = { kind: 'people', rules: [{ ...RULE, name: 'two', approvals: 2 }] } as const;
const ROLES = { admins: [], approvers: ['U0BEN', 'U0CAT'], requesters: [], breakGlass: ['U0ANN'] };

interface Stage {
  readonly ctx: Ctx;
  readonly db: Db;
  readonly request: ChangeRequest;
  readonly moveTo: (hour: number) => void;
  /** The request after what came due was done, as the periodic look does it. */
  look(): Promise<ChangeRequest>;
  approve(who: string): Promise<ChangeRequest>;
}

/** One request in a database of its own, and a clock. */
async function stage(rest: Partial<ChangeRequest> = {}, changed: Partial<Ctx> = {}): Promise<Stage> {
  const db = await openFor('sqlite::memory:');
  const clock = createClock(AT);
  const ctx = ctxOf(db, { now: clock.now, roles: ROLES, ...changed });
  const request = requestOf(1, rest);
  await inTx(db, (tx) => insertRequest(tx, request, null));
  const standing = (id: string) => ({ isActive: true, ids: new Set([id]) });
  return {
    ctx,
    db,
    request,
    moveTo: (hour) => clock.moveTo(hours(hour)),
    async look() {
      if ((await unfinishedRequests(db, ctx.now().toISOString())).includes(request.id)) {
        await keepUp(ctx, request.id);
      }
      return getRequest(db, request.id);
    },
    approve: (who) =>
      decideChange(ctx, {
        requestId: request.id,
        round: 1,
        actor: slackActor(who),
        standing: standing(who),
        verdict: 'approve',
        reason: null,
      }),
  };
}

const actions = async (db: Db): Promise<readonly string[]> => {
  expect((await verifyAudit(db)).fault).toBeNull();
  return (await listAudit(db, { limit: 50 })).map(({ action }) => action).toReversed();
};

test('a request that nobody decides is reminded of ever more rarely and expires once its time is over', async () => {
  const { look, moveTo, db } = await stage();
  const seen: (readonly [number, number])[] = [];
  let revision = 0;
  for (let hour = 0; hour <= 73; hour += 0.5) {
    moveTo(hour);
    const request = await look();
    if (request.revision > revision && request.state === 'pending') seen.push([hour, request.reminders]);
    revision = request.revision;
    expect(request.state, String(hour)).toBe(hour < 72 ? 'pending' : 'expired');
  }

  expect(seen.slice(1)).toEqual([
    [1, 1],
    [3, 2],
    [7, 3],
    [15, 4],
    [31, 5],
    [63, 6],
  ]);
  expect(await actions(db)).toEqual(['change.expired']);
  const [expired] = await listRequests(db, { limit: 1 });
  expect(expired).toMatchObject({ state: 'expired', finishedAt: hours(72) });
});

test('reminders that were missed while Plumbline was down come as one', async () => {
  const { look, moveTo } = await stage();
  await look();
  moveTo(40);
  const request = await look();
  expect(request).toMatchObject({ reminders: 5, revision: 2, lookAt: hours(63) });
  expect(await look()).toEqual(request);
});

test.each([
  ['approve', ({ approve }: Stage) => approve('U0BEN')],
  [
    'break the glass',
    ({ ctx, request: { id } }: Stage) =>
      breakGlass(ctx, {
        requestId: id,
        round: 1,
        actor: ANN,
        roles: ALL_ROLES,
        reason: 'fire',
        confirmation: 'hq',
      }),
  ],
  [
    'edit',
    ({ ctx, request: { id } }: Stage) =>
      editChange(ctx, {
        requestId: id,
        round: 1,
        actor: ANN,
        roles: ALL_ROLES,
        reason: 'x',
        assignments: [],
        hold: { kind: 'none' },
      }),
  ],
])('after its time is over nobody can %s, although nobody has looked yet', async (_, act) => {
  const on = await stage();
  on.moveTo(72);
  await expect(act(on)).rejects.toThrow('This request has expired');
  expect((await on.look()).state).toBe('expired');
  expect(await actions(on.db)).toEqual(['change.expired']);
});

test('an approval counts until its last hour, then the card shows that it lapsed, and it can be given again', async () => {
  const { look, moveTo, approve } = await stage({ approval: TWO });
  await approve('U0BEN');
  moveTo(23);
  await look();
  moveTo(24);
  const before = await look();
  expect(before).toMatchObject({ state: 'pending', votes: [{ voter: 'U0BEN', at: AT }] });

  expect((await approve('U0CAT')).state).toBe('pending');
  expect((await approve('U0BEN')).state).toBe('approved');
});

test('a second click of the same person is the same vote, and noted once', async () => {
  const { approve, moveTo, db } = await stage({ approval: TWO });
  await approve('U0BEN');
  moveTo(1);
  const again = await approve('U0BEN');
  expect(again).toMatchObject({ state: 'pending', votes: [{ voter: 'U0BEN', at: AT }] });
  expect(await actions(db)).toEqual(['change.approved']);
});

test('votes whose voters nobody could look up count as soon as somebody can', async () => {
  let isDown = true;
  const standing: Ctx['directory']['standing'] = async (id) => {
    if (isDown) throw new UserError('conflict', 'Slack is away.');
    return { isActive: true, ids: new Set([id]) };
  };
  const { approve, look, moveTo } = await stage(
    { approval: TWO },
    { directory: { standing, members: async () => [] } },
  );
  await approve('U0BEN');
  expect((await approve('U0CAT')).state).toBe('pending');
  expect((await look()).state).toBe('pending');
  isDown = false;
  moveTo(1 / 60);
  expect((await look()).state).toBe('approved');
});

test('what was withdrawn stays withdrawn, and only the one who asked may do it, until the writing begins', async () => {
  const { ctx, request, look, approve, moveTo } = await stage();
  const withdraw = (who: string) => withdrawChange(ctx, { requestId: request.id, actor: slackActor(who) });
  await expect(withdraw('U0BEN')).rejects.toMatchObject({ code: 'forbidden' });
  expect((await approve('U0BEN')).state).toBe('approved');
  expect(await withdraw('U0ANN')).toMatchObject({ state: 'withdrawn', finishedAt: AT });
  await expect(withdraw('U0ANN')).rejects.toMatchObject({ code: 'conflict' });
  await expect(approve('U0BEN')).rejects.toMatchObject({ code: 'conflict' });
  moveTo(100);
  expect((await look()).state).toBe('withdrawn');
});

test('breaking the glass needs its role, a reason and the typed name, and leaves a review others must close', async () => {
  const { ctx, db, request, look, moveTo } = await stage();
  const order = { requestId: request.id, round: 1, actor: ANN, roles: ALL_ROLES, reason: 'fire' };
  const without = breakGlass(ctx, { ...order, roles: new Set(['admin', 'approver']), confirmation: 'hq' });
  await expect(without).rejects.toMatchObject({ code: 'forbidden' });
  await expect(breakGlass(ctx, { ...order, confirmation: 'branch' })).rejects.toThrow('Type hq to confirm.');
  await expect(breakGlass(ctx, { ...order, reason: ' ', confirmation: 'hq' })).rejects.toThrow(/reason/);
  const broken = await breakGlass(ctx, { ...order, confirmation: ' HQ ' });
  expect(broken).toMatchObject({
    state: 'approved',
    approval: { kind: 'break-glass' },
    breakGlass: { by: ANN, reason: 'fire', at: AT },
    review: { state: 'open' },
  });
  await db.updateTable('change_requests').set({ state: 'applied' }).execute();

  for (const [hour, reminders] of [
    [23, 0],
    [24, 1],
    [72, 2],
    [24 * 40, 5],
  ] as const) {
    moveTo(hour);
    expect((await look()).reminders, `after ${hour} hours`).toBe(reminders);
  }
  const review = { requestId: request.id, actor: slackActor('U0BEN'), roles: ALL_ROLES, note: 'fair enough' };
  await expect(closeReview(ctx, { ...review, actor: ANN })).rejects.toThrow(/another person must review/);
  await expect(closeReview(ctx, { ...review, roles: new Set(['requester']) })).rejects.toThrow(/approver/);
  await expect(closeReview(ctx, { ...review, note: '' })).rejects.toThrow(/reason is missing/);
  expect(await listRequests(db, { isReviewOpen: true, limit: 9 })).toHaveLength(1);
  const closed = await closeReview(ctx, review);
  expect(closed).toMatchObject({ review: { state: 'closed', note: 'fair enough' }, breakGlass: { by: ANN } });
  await expect(closeReview(ctx, review)).rejects.toMatchObject({ code: 'conflict' });
  expect(await listRequests(db, { isReviewOpen: true, limit: 9 })).toEqual([]);
  expect(await actions(db)).toEqual(['change.broke-glass', 'review.closed']);
});
