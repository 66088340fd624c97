import pLimit from 'p-limit';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { type App, createApp } from '../src/app.js';
import { startSweep } from '../src/drift/sweep.js';
import { APPROVALS, REPORTS, startWorld, type World } from '../src/demo/world.js';
import type { SimMessage } from '../src/simulators/slack/server.js';
import { type Child, startChild } from './helpers/child.js';
import { type CompiledApp, compileApp } from './helpers/compiled-app.js';
import type { KillPoint } from './helpers/kill-point.js';
import { wordsOf } from './helpers/slack-flow.js';

const AT_ONCE = 3;
const SWEEPER = { kind: 'person', actor: { kind: 'operator', id: 'root' } } as const;

let compiled: CompiledApp;

beforeAll(async () => {
  compiled = await compileApp();
  return compiled.remove;
});

async function openWorld(): Promise<World> {
  const world = await startWorld();
  onTestFinished(() => world.stop());
  return world;
}

/** As serving does: takes note first, then starts. */
async function serve(world: World): Promise<App> {
  const app = await createApp(world.config);
  onTestFinished(() => app.stop());
  await app.ctx.announce.introduce();
  await app.start();
  await app.idle();
  return app;
}

function introductions({ slack }: World): readonly SimMessage[] {
  return [APPROVALS, REPORTS].flatMap((channel) =>
    slack.messages(channel).filter((message) => wordsOf(message).includes('Plumbline is here')),
  );
}

test('a new Plumbline introduces itself in the reports channel, with the three things to do first', async () => {
  const world = await openWorld();
  await serve(world);

  const [message] = introductions(world);
  const words = wordsOf(message ?? { blocks: [] });
  expect(message?.channel).toBe(REPORTS);
  expect(words).toContain('looks after the settings of *Headquarters*');
  expect(words).toMatch(/1\. .*`\/pbx check`[^]*2\. .*`\/pbx show hq`[^]*3\. .*`\/pbx-baseline capture hq /);
  expect(words).toContain(`somebody approves it in <#${APPROVALS}>`);
  expect(words).toMatch(/The first sweep is due <!date/);
  expect(message?.text).toContain('/pbx check');
});

test('what the introduction says to type can be typed', async () => {
  const world = await openWorld();
  await serve(world);
  const words = wordsOf(introductions(world)[0] ?? { blocks: [] });
  const commands = [...words.matchAll(/`(\/pbx[^`]*)`/g)].map((match) => match[1] ?? '');
  const ann = world.slack.person('U0ANN');
  const answers = await Promise.all(
    commands.map(async (line, index) => {
      await ann.command(APPROVALS, line);
      return world.slack.until(`an answer to ${line}`, () => world.slack.ephemerals('U0ANN')[index]);
    }),
  );

  expect(commands).toHaveLength(4);
  for (const answer of answers)
    expect(wordsOf(answer)).not.toMatch(/is missing|not known|Did you mean|Usage/);
  await world.slack.until('the request', () => world.slack.messages(APPROVALS)[0]);
});

test('several machines that start at the same moment introduce Plumbline once', async () => {
  const world = await openWorld();
  const children: Child[] = [];
  for (let count = 0; count < 3; count += 1) children.push(await startChild(compiled.entry, world.config));
  onTestFinished(async () => void (await Promise.all(children.map((child) => child.kill()))));
  await Promise.all(children.map((child) => child.introduce()));
  await Promise.all(children.map((child) => child.start()));
  await Promise.all(children.map((child) => child.idle()));
  const app = await serve(world);

  expect(introductions(world)).toHaveLength(1);
  expect(await app.ctx.announce.behind()).toEqual([]);
});

test('a restart does not introduce Plumbline again', async () => {
  const world = await openWorld();
  await (await serve(world)).stop();
  const posted = world.slack.calls.filter(({ method }) => method === 'chat.postMessage').length;
  await serve(world);

  expect(introductions(world)).toHaveLength(1);
  expect(world.slack.calls.filter(({ method }) => method === 'chat.postMessage')).toHaveLength(posted);
});

test('a Plumbline that has swept before is not introduced', async () => {
  const world = await openWorld();
  const before = await createApp({ ...world.config, slack: null });
  await startSweep(before.ctx, SWEEPER);
  await before.idle();
  await before.stop();
  const app = await serve(world);
  await app.ctx.announce.introduction();

  expect(introductions(world)).toEqual([]);
});

test('the first sweep of a new Plumbline keeps the introduction back neither before nor after a restart', async () => {
  const world = await openWorld();
  world.slack.faults.fail('chat.postMessage', { error: 'internal_error', times: 2 });
  const app = await serve(world);
  await startSweep(app.ctx, SWEEPER);
  await app.idle();
  await app.stop();
  world.slack.faults.clear();
  await serve(world);

  expect(introductions(world)).toHaveLength(1);
});

test('an answer that is lost on the way does not bring a second introduction', async () => {
  const world = await openWorld();
  world.slack.faults.loseReply('chat.postMessage');
  const app = await serve(world);
  await app.ctx.announce.introduction();

  expect(introductions(world)).toHaveLength(1);
  expect(await app.ctx.announce.behind()).toEqual([]);
});

async function die(
  world: World,
  point: KillPoint | null,
  diesUnanswered = false,
): Promise<readonly string[]> {
  const child = await startChild(compiled.entry, world.config);
  try {
    if (diesUnanswered) {
      world.slack.onChange((event) => {
        if (event.type === 'message') void child.kill();
      });
    }
    await child.arm(point);
    await child.introduce();
    await child.start();
    return await child.idle();
  } finally {
    await child.kill();
  }
}

test(
  'whichever durable step the first start dies at, Plumbline is introduced once',
  { timeout: 120_000 },
  async () => {
    const steps = await die(await openWorld(), null);
    const limit = pLimit(AT_ONCE);
    const play = async (when: KillPoint['when'], index: number): Promise<void> => {
      const world = await openWorld();
      await die(world, { when, step: index + 1 });
      await serve(world);
      expect(introductions(world), `died ${when} ${steps[index]}`).toHaveLength(1);
    };
    await Promise.all(
      (['before', 'after'] as const).flatMap((when) =>
        steps.map((_, index) => limit(() => play(when, index))),
      ),
    );
    expect(steps.filter((step) => step.includes('messages')).length).toBeGreaterThan(1);
  },
);

test('a first start that dies while the message is stored but not answered does not post it twice', async () => {
  const world = await openWorld();
  await die(world, null, true);
  expect(introductions(world)).toHaveLength(1);
  await serve(world);

  expect(introductions(world)).toHaveLength(1);
});
