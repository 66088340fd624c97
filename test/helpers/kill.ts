import pLimit from 'p-limit';
import type { App } from '../../src/app.js';
import type { World } from '../../src/demo/world.js';
import { type Child, type Life, startChild } from './child.js';
import { compileApp } from './compiled-app.js';
import type { KillPoint } from './kill-point.js';

const AT_ONCE = 4;
const PATIENCE_MS = 20_000;

/** Something Plumbline is to bring to its end however it dies. */
export interface Scenario {
  /** A world with all that stands before the first durable step that counts. */
  prepare(): Promise<World>;
  /** Whether the process is already running when its durable steps begin to count. */
  readonly beginsRunning: boolean;
  /** Does what people do and waits for the end, or until the process is dead. Called again after a restart. */
  play(world: World, life: Life): Promise<void>;
  /** Throws where something was lost or done twice. */
  check(world: World, app: App): Promise<void>;
}

/** When the process dies: at a durable step, or when the n-th effect outside is stored but not yet answered. */
export type Death = KillPoint | { readonly when: 'unanswered'; readonly effect: number };

/** How a scenario ran before the restart. */
export interface Course {
  /** What each durable step wrote; nothing is known of a process that died. */
  readonly steps: readonly string[];
  /** How many stored PATCHes, posted and changed messages there were. */
  readonly effects: number;
  readonly isKilled: boolean;
}

export interface NamedDeath {
  readonly death: Death;
  readonly name: string;
}

export interface Toll {
  /** What went wrong, with the death that it followed. */
  readonly failures: readonly string[];
  /** Deaths whose point was not reached. */
  readonly survived: readonly string[];
}

export interface Rehearsal {
  /** The course that nothing disturbed. */
  readonly course: Course;
  /** Plays the scenario once per death, several at a time, each in a world of its own. */
  kill(deaths: readonly NamedDeath[]): Promise<Toll>;
  readonly close: () => Promise<void>;
}

/** Plays a scenario undisturbed first, to learn how many steps and effects it has. */
export async function rehearse(scenario: Scenario): Promise<Rehearsal> {
  const { entry, remove } = await compileApp();
  try {
    const course = await play(scenario, null, entry);
    return { course, kill: (deaths) => killAll(scenario, deaths, entry), close: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** A death right before or right after each durable step of a course. */
export function deathsAtSteps({ steps }: Course, when: KillPoint['when']): readonly NamedDeath[] {
  return steps.map((written, index) => ({
    death: { when, step: index + 1 },
    name: `killed right ${when} step ${index + 1} of ${steps.length} (${written})`,
  }));
}

/** A death at each effect of a course, after the PBX or Slack has stored it and before it is answered. */
export function deathsAtEffects({ effects }: Course): readonly NamedDeath[] {
  return Array.from({ length: effects }, (_, index) => ({
    death: { when: 'unanswered', effect: index + 1 },
    name: `killed while effect ${index + 1} of ${effects} was stored but not answered`,
  }));
}

/** Waits until the probe holds or the process is dead. Throws with what is missing when neither comes true. */
export async function reach(world: World, life: Life, what: string, probe: () => boolean): Promise<void> {
  await world.slack.until(what, () => life.isDead() || probe(), PATIENCE_MS);
}

async function killAll(scenario: Scenario, deaths: readonly NamedDeath[], entry: string): Promise<Toll> {
  const limit = pLimit(AT_ONCE);
  const failures: string[] = [];
  const survived: string[] = [];
  const kill = async ({ death, name }: NamedDeath): Promise<void> => {
    try {
      const { isKilled } = await play(scenario, death, entry);
      if (!isKilled) survived.push(name);
    } catch (error) {
      failures.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  await Promise.all(deaths.map((death) => limit(() => kill(death))));
  return { failures, survived };
}

/** Plays a scenario in a process that dies at `death`, restarts Plumbline on its database and checks the end. */
async function play(scenario: Scenario, death: Death | null, entry: string): Promise<Course> {
  const world = await scenario.prepare();
  const child = await startChild(entry, world.config);
  try {
    const effects = countEffects(world, (count) => {
      if (death?.when === 'unanswered' && death.effect === count) void child.kill();
    });
    await begin(scenario, child, death);
    await scenario.play(world, child);
    const steps = await child.idle();
    const course = { steps, effects: effects(), isKilled: child.isDead() };
    await child.kill();
    await finish(scenario, world);
    return course;
  } finally {
    await child.kill();
    await world.stop();
  }
}

async function begin(scenario: Scenario, child: Child, death: Death | null): Promise<void> {
  const point = death === null || death.when === 'unanswered' ? null : death;
  if (scenario.beginsRunning) await child.start();
  await child.arm(point);
  if (!scenario.beginsRunning) await child.start();
}

/** The restart: another process id on the same database, here the one of the test. */
async function finish(scenario: Scenario, world: World): Promise<void> {
  const app = await world.startApp();
  await app.idle();
  await scenario.play(world, { isDead: () => false, died: new Promise(() => undefined) });
  await app.idle();
  await scenario.check(world, app);
}

/** Calls `onEffect` within every stored PATCH and every message posted or changed, before it is answered. */
function countEffects(world: World, onEffect: (count: number) => void): () => number {
  let count = 0;
  const effect = (): void => onEffect((count += 1));
  for (const pbx of world.pbxs.ids.map((id) => world.pbxs.pbx(id))) {
    let seen = 0;
    pbx.onChange(() => {
      for (; seen < pbx.writes().length; seen += 1) effect();
    });
  }
  world.slack.onChange((event) => {
    if (event.type === 'message' && event.message.ephemeralTo === undefined) effect();
  });
  return () => count;
}
