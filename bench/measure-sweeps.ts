import type { Build } from './build.js';
import { type FleetPlan, type Place, RULES, unusualOf } from './fleet.js';
import type { Floor } from './processes/floor.js';
import type { Counts, Pbxs } from './processes/pbxs.js';
import type { Sweeper, Swept } from './processes/sweep.js';
import { type Remote, startRemote } from './remote.js';
import { median, type Run } from './timed.js';

/** One fleet, swept several times by Plumbline and by nothing but its requests. */
export interface Measured {
  readonly plan: FleetPlan;
  /** Medians over the rounds. */
  readonly sweep: Run;
  readonly warm: Run;
  readonly floor: Run;
  /** The median of the ratios of each round. */
  readonly ratio: number;
  readonly cold: Counts;
  readonly reused: Counts;
  readonly counts: Swept['counts'];
}

interface Round {
  readonly cold: Swept;
  readonly warm: Swept;
  readonly floor: Run;
  readonly coldCounts: Counts;
  readonly warmCounts: Counts;
}

/** Measures a fleet; every round has a Plumbline and a floor in processes of their own. */
export async function measureSweeps(build: Build, plan: FleetPlan, rounds: number): Promise<Measured> {
  const pbxs = startRemote<Pbxs>(build.fileOf('pbxs'));
  const places = await pbxs.ask('start', plan);
  const all: Round[] = [];
  for (let round = 0; round < rounds; round += 1) all.push(await once(build, { pbxs, places }));
  await pbxs.end();
  const [first] = all;
  if (first === undefined) throw new Error('nothing was measured');
  return {
    plan,
    sweep: medianRun(all.map(({ cold }) => cold)),
    warm: medianRun(all.map(({ warm }) => warm)),
    floor: medianRun(all.map(({ floor }) => floor)),
    ratio: median(all.map(({ cold, floor }) => cold.ms / floor.ms)),
    cold: first.coldCounts,
    reused: first.warmCounts,
    counts: first.cold.counts,
  };
}

async function once(
  build: Build,
  { pbxs, places }: { readonly pbxs: Remote<Pbxs>; readonly places: readonly Place[] },
): Promise<Round> {
  const floorProcess = startRemote<Floor>(build.fileOf('floor'));
  await pbxs.ask('ready');
  const floor = await floorProcess.ask('sweep', places);
  await floorProcess.end();
  const plumbline = startRemote<Sweeper>(build.fileOf('sweep'));
  await plumbline.ask('open', places);
  await pbxs.ask('ready');
  const cold = await plumbline.ask('sweep');
  const coldCounts = await pbxs.ask('count');
  const warm = await plumbline.ask('sweep');
  const warmCounts = await pbxs.ask('count');
  await plumbline.ask('close');
  await plumbline.end();
  return { cold, warm, floor, coldCounts, warmCounts };
}

function medianRun(runs: readonly Run[]): Run {
  return {
    ms: median(runs.map(({ ms }) => ms)),
    cpuMs: median(runs.map(({ cpuMs }) => cpuMs)),
    peakMb: median(runs.map(({ peakMb }) => peakMb)),
  };
}

/** Passes on what was measured. Throws where the sweep did not find and do what the fleet called for. */
export function checked(measured: Measured): Measured {
  const { plan, counts } = measured;
  const unusual = unusualOf(plan.size);
  const all = plan.size * RULES.length;
  const wanted = {
    undrifted: { 'in-sync': all, corrected: 0, unknown: 0 },
    drifted: { 'in-sync': all - unusual, corrected: unusual, unknown: 0 },
    dead: { 'in-sync': all - unusual * RULES.length, corrected: 0, unknown: unusual * RULES.length },
  }[plan.kind];
  for (const [what, count] of Object.entries(wanted)) {
    if (counts[what] !== count) {
      throw new Error(
        `a sweep of ${plan.size} ${plan.kind} PBXs counted ${counts[what]} ${what}, not ${count}`,
      );
    }
  }
  return measured;
}
