import type { Rule } from '../../src/baseline/rules.js';
import { currentBaseline, releaseVersion } from '../../src/baseline/store.js';
import { defaultSweepConfig } from '../../src/config-sweep.js';
import type { Ctx, Guards, Role } from '../../src/ctx.js';
import { findSweepReport } from '../../src/drift/queries.js';
import { type Decider, getHeldSweep, releaseSweep } from '../../src/drift/release.js';
import type { Line, PbxReport, Report } from '../../src/drift/report.js';
import type { Sweep } from '../../src/drift/store.js';
import { advanceSweep, startSweep } from '../../src/drift/sweep.js';
import { type Desk, type DeskOptions, openDesk } from './approving.js';
import { CLEO, publish, slackActor } from './deeds.js';
import { createClock, OPERATOR } from './sweep-fleet.js';

const CAUSE = { kind: 'person', actor: OPERATOR } as const;

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** Someone who may release a sweep. */
export const APPROVER: Decider = { actor: slackActor(CLEO), roles: new Set<Role>(['approver']) };

export interface FieldOptions extends Omit<DeskOptions, 'overrides'> {
  /** What differs from the default guards. */
  readonly guards?: Partial<Guards>;
}

/** How a sweep stands after it went as far as it could. */
export interface Stand {
  readonly sweep: Sweep;
  readonly report: Report;
  /** What became of one setting of one PBX. */
  line(pbxId: string, key: string): (Pick<Line, 'status'> & Partial<Line>) | undefined;
}

/** Plumbline over simulated PBXs, with a clock of its own; a sweep runs when a test says so, and nothing else does. */
export interface Field extends Desk {
  readonly now: () => Date;
  /** Lets time pass. */
  pass(ms: number): void;
  /** Publishes rules; they are held to without a preview unless they are `new`. */
  hold(rules: readonly Rule[], age?: 'new'): Promise<void>;
  /** Begins a sweep and takes it as far as it goes. */
  sweep(): Promise<Stand>;
  /** Releases the sweep that waits and takes it to its end. */
  release(decider?: Decider): Promise<Stand>;
  standOf(id: string): Promise<Stand>;
}

/** Opens Plumbline on PBXs (only `hq` where nothing is said) with the default guards where nothing is said. */
export async function openField({ guards, ...options }: FieldOptions = {}): Promise<Field> {
  // Behind the clock of the simulated PBXs, whose audit logs are only asked for what is new.
  const start = new Date(Date.now() - 200 * DAY_MS).toISOString();
  const clock = createClock(start);
  const desk = await openDesk({
    ...options,
    config: { guards: { ...defaultSweepConfig.guards, ...guards }, ...options.config },
    overrides: { now: clock.now },
  });
  const { ctx } = desk;
  return {
    ...desk,
    now: clock.now,
    pass: (ms) => clock.moveTo(new Date(clock.now().getTime() + ms).toISOString()),
    async hold(rules, age) {
      await publish(ctx, rules);
      if (age === 'new') return;
      const { version } = await currentBaseline(ctx.db);
      await ctx.db.transaction().execute((tx) => releaseVersion(tx, version, OPERATOR, start));
    },
    sweep: () => sweepNow(ctx),
    async release(decider = APPROVER) {
      const held = await getHeldSweep(ctx);
      await releaseSweep(ctx, held, decider);
      await advanceSweep(ctx, held.id);
      return standOf(ctx, held.id);
    },
    standOf: (id) => standOf(ctx, id),
  };
}

/** Begins a sweep and takes it as far as it goes. */
export async function sweepNow(ctx: Ctx): Promise<Stand> {
  const id = await startSweep(ctx, CAUSE);
  await advanceSweep(ctx, id);
  return standOf(ctx, id);
}

async function standOf({ db }: Ctx, id: string): Promise<Stand> {
  const found = await findSweepReport(db, id);
  if (found === undefined) throw new Error(`there is no sweep ${id}`);
  const { sweep, report } = found;
  return {
    sweep,
    report,
    line: (pbxId, key) =>
      lineIn(
        report.entries.find((entry) => entry.pbxId === pbxId),
        key,
      ),
  };
}

function lineIn(entry: PbxReport | undefined, key: string): ReturnType<Stand['line']> {
  if (entry?.inSync.includes(key) === true) return { key, status: 'in-sync' };
  return entry?.lines.find((line) => line.key === key);
}
