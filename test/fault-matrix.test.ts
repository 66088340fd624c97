import { expect, test } from 'vitest';
import { verifyAudit } from '../src/audit/queries.js';
import { faultKinds } from '../src/simulators/pbx/faults.js';
import type { Fault, SimulatedPbx } from '../src/simulators/pbx/server.js';
import { BOLD } from './helpers/bold.js';
import { ruleOf } from './helpers/deeds.js';
import { listInspections } from './helpers/inspections.js';
import { APPS, PBX } from './helpers/sweep-fleet.js';
import { type Field, HOUR_MS, openField, type Stand } from './helpers/sweeping.js';

const DIGEST = { expression: '0 9 * * 1', timezone: 'UTC' };
const RIGHT = { EnableChat: true, PlayBusy: true } as const;
const WRONG = { EnableChat: false, PlayBusy: false } as const;
const KEYS = Object.keys(RIGHT) as readonly (keyof typeof RIGHT)[];
/** Long enough for a busy machine to answer what it does answer. */
const TIMEOUT_MS = 1500;
/** How many requests of the sweep a PBX answers before its fault begins: from none at all to the middle of the writing. */
const BEGINNINGS = [0, 1, 4, 6];

interface Cell {
  readonly id: string;
  readonly fault: Fault;
  readonly after: number;
}

/** Every fault the simulator knows, on everything it can happen to, from several moments of a sweep on. */
const CELLS: readonly Cell[] = faultKinds.flatMap(({ kind, on }) =>
  on.flatMap((operation) =>
    BEGINNINGS.map((after) => ({
      id: `${kind}-on-${operation}-after-${after}`,
      after,
      fault: {
        kind,
        on: operation,
        delayMs: 2 * TIMEOUT_MS,
        ...(kind === 'rewritten' ? { rewrite: WRONG } : {}),
      },
    })),
  ),
);

/** Lets a PBX fail once it was asked so often; where its token is to fail, the one it gave out is gone. */
function fail(pbx: SimulatedPbx, { fault, after }: Cell): void {
  let asked = 0;
  let seen = pbx.requests.length;
  const begin = (): void => {
    if (fault.on === 'token') pbx.expireTokens();
    pbx.fault(fault);
  };
  if (after === 0) return begin();
  const stop = pbx.onChange(() => {
    asked += pbx.requests.length - seen;
    seen = pbx.requests.length;
    if (asked < after) return;
    stop();
    begin();
  });
}

const live = (pbx: SimulatedPbx, key: string): unknown => pbx.resource(key === 'PlayBusy' ? PBX : APPS)[key];

/** What was sent to a PBX to be stored. */
const sent = (pbx: SimulatedPbx): readonly unknown[] =>
  pbx.requests.flatMap(({ operation, body }) => (operation === 'write' ? [body] : []));

/** Nothing was sent that is in no plan, and nothing was stored twice. */
async function expectOnlyPlanned({ ctx, pbx }: Field, sweeps: readonly Stand[]): Promise<void> {
  const plans = await Promise.all(sweeps.map(({ sweep }) => listInspections(ctx.db, sweep.id)));
  for (const { id } of CELLS) {
    const planned = plans.flat().flatMap(({ pbxId, plan }) => (pbxId === id ? plan : []));
    const bodies = planned.map(({ key, value }) => ({ [key]: value }));
    for (const body of sent(pbx(id))) expect(bodies, id).toContainEqual(body);
    expect(pbx(id).writes().length, id).toBeLessThanOrEqual(planned.length);
  }
}

/** Every fault struck every kind of request that it is for, at some moment of a sweep. */
function expectStruck({ pbx }: Field): void {
  for (const { kind, on } of faultKinds) {
    for (const operation of on) {
      const own = CELLS.filter(({ fault }) => fault.kind === kind && fault.on === operation);
      const struck = own.flatMap(({ id }) => pbx(id).requests.filter(({ fault }) => fault === kind));
      const at = struck.map((request) => request.operation);
      expect(at, `${kind} on ${operation}`).toContain(operation);
    }
  }
}

/** Every governed setting of every PBX has one line, and none says better than it is. */
function expectAccounted(field: Field, { report }: Stand): void {
  expect(report.entries.map(({ pbxId }) => pbxId).toSorted()).toEqual(CELLS.map(({ id }) => id).toSorted());
  for (const { pbxId, failure, inSync, lines } of report.entries) {
    expect(failure, pbxId).toBeNull();
    expect([...inSync, ...lines.map(({ key }) => key)].toSorted(), pbxId).toEqual(KEYS);
    const fine = [...inSync, ...lines.flatMap(({ key, status }) => (status === 'corrected' ? [key] : []))];
    for (const key of fine) expect(live(field.pbx(pbxId), key), `${pbxId} ${key}`).toBe(true);
  }
  const sum = Object.values(report.counts).reduce((total, count) => total + count, 0);
  expect(sum).toBe(CELLS.length * KEYS.length);
}

test(
  'whatever fails on the wire, and whenever, nothing is written wrongly, all is accounted for, and it mends by itself',
  { timeout: 180_000 },
  async () => {
    const field = await openField({
      pbxs: CELLS.map(({ id }) => id),
      timeoutMs: TIMEOUT_MS,
      guards: BOLD,
      config: { sweepPolicy: { concurrency: 16, splayMs: 0, digest: DIGEST } },
    });
    const { pbx, ctx } = field;
    await field.hold(KEYS.map((key) => ruleOf(key, RIGHT[key])));
    for (const cell of CELLS) {
      pbx(cell.id).change(APPS, { EnableChat: false });
      pbx(cell.id).change(PBX, { PlayBusy: false });
      fail(pbx(cell.id), cell);
    }

    const troubled = await field.sweep();
    expectStruck(field);
    expectAccounted(field, troubled);
    await expectOnlyPlanned(field, [troubled]);
    const { counts } = troubled.report;
    for (const status of ['corrected', 'drifted', 'not-converged', 'unknown'] as const) {
      expect(counts[status], status).toBeGreaterThan(0);
    }

    const later: Stand[] = [];
    for (const { id } of CELLS) pbx(id).clearFaults();
    for (let tries = 0; tries < 2; tries += 1) {
      field.pass(7 * HOUR_MS);
      later.push(await field.sweep());
      for (const { id } of CELLS)
        expect(
          KEYS.map((key) => live(pbx(id), key)),
          id,
        ).toEqual([true, true]);
    }
    await expectOnlyPlanned(field, [troubled, ...later]);
    for (const stand of later) expectAccounted(field, stand);
    const left = later.at(-1)?.report.entries.filter(({ lines }) => lines.length > 0);
    expect(left).toEqual([]);
    expect((await verifyAudit(ctx.db)).fault).toBeNull();
  },
);
