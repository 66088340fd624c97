import { describe, expect, onTestFinished, test } from 'vitest';
import { listAudit, verifyAudit } from '../src/audit/queries.js';
import { breakGlass } from '../src/changes/break-glass.js';
import { askAgain } from '../src/changes/ask-again.js';
import { decideChange } from '../src/changes/decide.js';
import { executeChange } from '../src/changes/execute.js';
import { keepUp } from '../src/changes/keep-up.js';
import { findRequest, insertRequest, transition } from '../src/changes/store.js';
import { getRequest } from '../src/changes/queries.js';
import type { ChangeRequest } from '../src/changes/request.js';
import { withdrawChange } from '../src/changes/withdraw.js';
import type { Ctx } from '../src/ctx.js';
import { UserError } from '../src/errors.js';
import { startPbxSimulator } from '../src/simulators/pbx/server.js';
import { openXapi } from '../src/xapi/client.js';
import { memoryRefusals } from '../src/xapi/breaker.js';
import { ALL_ROLES, slackActor } from './helpers/deeds.js';
import { atOnce, databasesOf, type Engine, inTx, openFor } from './helpers/databases.js';
import { postgresAbsence } from './helpers/postgres.js';
import { ANN, AT, ctxOf, requestOf, RULE } from './helpers/rows.js';

const PEOPLE = Array.from({ length: 10 }, (_, index) => `U0P${index}`);
const ROLES = { admins: [], approvers: PEOPLE, requesters: [], breakGlass: ['U0ANN'] };
const TWO = { kind: 'people', rules: [{ ...RULE, name: 'two', approvals: 2 }] } as const;
const ONE = { kind: 'people', rules: [RULE] } as const;

if (postgresAbsence !== null) console.warn(`PostgreSQL is not tested: ${postgresAbsence}`);

describe('on SQLite', () => suite('SQLite'));
describe.skipIf(postgresAbsence !== null)('on PostgreSQL', () => suite('PostgreSQL'));

function suite(engine: Engine): void {
  const newUrl = databasesOf(engine);

  /** Two machines on one database (on SQLite one, whose connections wait for each other), and one request. */
  async function stage(rest: Partial<ChangeRequest>): Promise<readonly [Ctx, Ctx, ChangeRequest]> {
    const url = await newUrl();
    const db = await openFor(url);
    const other = engine === 'SQLite' ? db : await openFor(url);
    const ctx = ctxOf(db, { roles: ROLES });
    const request = requestOf(1, rest);
    await inTx(db, (tx) => insertRequest(tx, request, null));
    return [ctx, ctxOf(other, { roles: ROLES }), request];
  }

  const vote = (ctx: Ctx, { id }: ChangeRequest, who: string, verdict: 'approve' | 'deny' = 'approve') =>
    decideChange(ctx, {
      requestId: id,
      round: 1,
      actor: slackActor(who),
      standing: { isActive: true, ids: new Set([who]) },
      verdict,
      reason: 'so',
    });

  /** What became of acts at the same moment: an act that came too late is told so, and nothing else may go wrong. */
  async function outcomes(acts: readonly Promise<unknown>[]): Promise<readonly boolean[]> {
    const settled = await Promise.allSettled(acts);
    for (const one of settled) {
      if (one.status === 'rejected') expect(one.reason).toBeInstanceOf(UserError);
    }
    return settled.map(({ status }) => status === 'fulfilled');
  }

  async function deeds({ db }: Ctx): Promise<Readonly<Record<string, number>>> {
    expect((await verifyAudit(db)).fault).toBeNull();
    const counts: Record<string, number> = {};
    for (const { action } of await listAudit(db, { limit: 500 })) counts[action] = (counts[action] ?? 0) + 1;
    return counts;
  }

  test('fifty clicks of ten approvers at once are at most one vote a person and one decision', async () => {
    const [ctx, other, request] = await stage({ approval: TWO });
    await outcomes(
      Array.from({ length: 50 }, (_, index) =>
        vote(index % 2 === 0 ? ctx : other, request, PEOPLE[index % 10] ?? ''),
      ),
    );
    await keepUp(ctx, request.id);

    const after = await getRequest(ctx.db, request.id);
    expect(after.state).toBe('approved');
    expect(after.votes.length).toBeGreaterThanOrEqual(2);
    expect(new Set(after.votes.map(({ voter }) => voter)).size).toBe(after.votes.length);
    expect(await deeds(ctx)).toEqual({ 'change.approved': after.votes.length });
  });

  test('of an approval, a denial, a withdrawal, a broken glass and the expiry at once one wins', async () => {
    for (let run = 0; run < 8; run += 1) {
      const [ctx, other, request] = await stage({ approval: ONE });
      const late = { ...other, now: () => new Date(Date.parse(AT) + 73 * 3_600_000) };
      const order = { requestId: request.id, round: 1, actor: ANN, roles: ALL_ROLES };
      const acts = [
        () => vote(ctx, request, 'U0P1'),
        () => vote(other, request, 'U0P2', 'deny'),
        () => withdrawChange(other, { requestId: request.id, actor: ANN }),
        () => breakGlass(ctx, { ...order, reason: 'fire', confirmation: 'hq' }),
        () => keepUp(late, request.id),
      ];
      const first = run % acts.length;
      await outcomes([...acts.slice(first), ...acts.slice(0, first)].map((act) => act()));

      const { state } = await getRequest(ctx.db, request.id);
      const counts = await deeds(ctx);
      const ended = {
        approved: { 'change.approved': 1 },
        'broke-glass': { 'change.broke-glass': 1 },
        denied: { 'change.denied': 1 },
        expired: { 'change.expired': 1 },
      };
      const { 'change.withdrawn': withdrawn = 0, ...decided } = counts;
      expect(withdrawn).toBe(state === 'withdrawn' ? 1 : 0);
      if (state !== 'withdrawn') expect(Object.values(ended)).toContainEqual(decided);
      else expect(Object.values(decided).reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(1);
    }
  });

  test('an approved request is either withdrawn or carried out, never both', async () => {
    for (let run = 0; run < 6; run += 1) {
      const [ctx, other, request] = await stage({ state: 'approved', approval: { kind: 'break-glass' } });
      const claim = () => executeChange(other, request.id);
      const withdraw = () => withdrawChange(ctx, { requestId: request.id, actor: ANN });
      await outcomes(run % 2 === 0 ? [claim(), withdraw()] : [withdraw(), claim()]);
      const { state } = await getRequest(ctx.db, request.id);
      const counts = await deeds(ctx);
      expect(['withdrawn', 'failed']).toContain(state);
      expect(counts['change.withdrawn'] ?? 0).toBe(state === 'withdrawn' ? 1 : 0);
      expect(counts['change.applying'] ?? 0).toBe(state === 'withdrawn' ? 0 : 1);
    }
  });

  test('of twenty machines that ask again at once one begins the next round', async () => {
    const [ctx, other, request] = await stage({ approval: ONE });
    const { content, baselineVersion } = request;
    const renewal = { because: 'so', moved: [], content, baselineVersion, blocked: null };
    const asked = await atOnce(20, (index) => askAgain(index % 2 === 0 ? ctx : other, request, renewal));
    expect(asked.filter(Boolean)).toHaveLength(1);
    expect(await findRequest(ctx.db, request.id)).toMatchObject({ round: 2, again: [{ round: 1 }] });
    expect(await deeds(ctx)).toEqual({ 'change.voided': 1 });
  });

  test('an approval of the last round at the moment it is asked for again counts for neither', async () => {
    for (let run = 0; run < 8; run += 1) {
      const [ctx, other, request] = await stage({ approval: ONE });
      const { content, baselineVersion } = request;
      const renewal = { because: 'so', moved: [], content, baselineVersion, blocked: null };
      const acts = [() => vote(ctx, request, 'U0P1'), () => askAgain(other, request, renewal)];
      const [first, second] = run % 2 === 0 ? acts : acts.toReversed();
      await outcomes([first!(), second!()]);
      const after = await getRequest(ctx.db, request.id);
      if (after.round === 1) expect(after.state).toBe('approved');
      else expect(after).toMatchObject({ state: 'pending', round: 2 });
    }
  });

  test('machines that carry one request out at once write each PBX once and agree on what became of it', async () => {
    const ids = Array.from({ length: 14 }, (_, index) => `p${String(index).padStart(2, '0')}`);
    const simulator = await startPbxSimulator({ pbxs: ids.map((id) => ({ id })) });
    onTestFinished(() => simulator.close());
    const pbxs = ids.map((id) => {
      const { url } = simulator.pbx(id);
      const credential = { kind: 'client', clientId: 'plumbline', clientSecret: `secret-${id}` } as const;
      const xapi = openXapi({ id, url, credential }, { now: () => new Date(), refusals: memoryRefusals() });
      return { id, name: id, url, tags: [], xapi };
    });
    const items = [{ key: 'EnableChat', before: true, value: false }];
    const [ctx, other, request] = await stage({
      target: 'all',
      state: 'approved',
      approval: { kind: 'break-glass' },
      content: {
        kind: 'settings',
        parts: pbxs.map(({ id, url }) => ({ pbxId: id, url, items })),
        left: [],
        hold: { kind: 'none' },
      },
    });
    simulator.pbx('p03').fault({ kind: 'forbidden', on: 'write' });
    simulator.pbx('p05').fault({ kind: 'slow', on: 'write', delayMs: 300 });

    await Promise.all([ctx, other, ctx].map((one) => executeChange({ ...one, pbxs }, request.id)));

    const after = await getRequest(ctx.db, request.id);
    expect(after.state).toBe('failed');
    for (const { pbxId, state } of after.results) {
      expect(simulator.pbx(pbxId).writes().length, pbxId).toBe(state === 'applied' ? 1 : 0);
    }
    expect(await deeds(ctx)).toMatchObject({ 'change.applying': 1, 'change.failed': 1 });
  });

  test('a machine that is too late to end a round ends no later one', async () => {
    const [ctx, , request] = await stage({ state: 'applying', approval: ONE });
    const { content, baselineVersion } = request;
    const renewal = { because: 'so', moved: [], content, baselineVersion, blocked: null };
    expect(await askAgain(ctx, request, renewal)).toBe(true);
    expect(await inTx(ctx.db, (tx) => transition(tx, request, 'applying', 'succeed'))).toBe(false);
    expect(await findRequest(ctx.db, request.id)).toMatchObject({ state: 'pending', round: 2 });
  });
}
