export interface LaneOptions {
  /** How much work runs side by side. */
  readonly atOnce: number;
  /** After this long work counts as slow and gives its lane to the next; default 2000. */
  readonly slowAfterMs?: number;
  /** How much slow work may run beside the lanes; more of it keeps its lane. Default 64. */
  readonly slowAtMost?: number;
}

/** A few lanes for much work. */
export interface Lanes {
  /** Runs `work` when its turn comes, in the order of the calls; settles as `work` does. */
  run<T>(work: () => Promise<T>): Promise<T>;
}

/** What is under way: in a lane, or past its time and out of it. */
interface Car {
  readonly startedAt: number;
  isSlow: boolean;
}

const SLOW_AFTER_MS = 2_000;
const SLOW_AT_MOST = 64;

/** All that is under way and waits, and how much of it may run. */
interface Road {
  readonly limits: Required<LaneOptions>;
  readonly waiting: (() => void)[];
  readonly inLane: Set<Car>;
  next: number;
  slow: number;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Runs work a few at a time. What takes long leaves its lane to the next, so that some PBXs that never answer do not hold up
 * a fleet of healthy ones; even so no more than `atOnce + slowAtMost` run at any time.
 */
export function createLanes({
  atOnce,
  slowAfterMs = SLOW_AFTER_MS,
  slowAtMost = SLOW_AT_MOST,
}: LaneOptions): Lanes {
  const road: Road = {
    limits: { atOnce, slowAfterMs, slowAtMost },
    waiting: [],
    inLane: new Set(),
    next: 0,
    slow: 0,
    timer: undefined,
  };
  return {
    async run(work) {
      const car = await enter(road);
      try {
        return await work();
      } finally {
        leave(road, car);
      }
    },
  };
}

function enter(road: Road): Promise<Car> {
  return new Promise((resolve) => {
    road.waiting.push(() => {
      const car = { startedAt: performance.now(), isSlow: false };
      road.inLane.add(car);
      resolve(car);
    });
    advance(road);
  });
}

function leave(road: Road, car: Car): void {
  if (car.isSlow) road.slow -= 1;
  else road.inLane.delete(car);
  advance(road);
  if (road.next < road.waiting.length) return;
  clearTimeout(road.timer);
  road.timer = undefined;
}

function advance(road: Road): void {
  const { waiting, inLane, limits } = road;
  while (inLane.size < limits.atOnce && road.next < waiting.length) {
    const start = waiting[road.next];
    road.next += 1;
    start?.();
  }
  if (road.next < waiting.length) watch(road);
  else waiting.length = road.next = 0;
}

/** One timer for all lanes, for as long as somebody waits: the car in front has been there longest. */
function watch(road: Road): void {
  const { inLane, limits } = road;
  const [oldest] = inLane;
  if (road.timer !== undefined || oldest === undefined || road.slow >= limits.slowAtMost) return;
  const leftMs = oldest.startedAt + limits.slowAfterMs - performance.now();
  road.timer = setTimeout(() => pullOver(road), Math.max(0, leftMs));
}

function pullOver(road: Road): void {
  const { inLane, limits } = road;
  road.timer = undefined;
  const since = performance.now() - limits.slowAfterMs;
  for (const car of inLane) {
    if (car.startedAt > since || road.slow >= limits.slowAtMost) break;
    inLane.delete(car);
    car.isSlow = true;
    road.slow += 1;
  }
  advance(road);
}
