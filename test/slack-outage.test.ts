import { afterEach, beforeEach, expect, test } from 'vitest';
import { createApp } from '../src/app.js';
import { REPORTS, startWorld, type World } from '../src/demo/world.js';
import { startSweep } from '../src/drift/sweep.js';

let world: World;

beforeEach(async () => {
  world = await startWorld();
});

afterEach(() => world.stop());

test('a refused bot token ends the start with a sentence that names it', async () => {
  const { slack } = world.config;
  if (slack === null) throw new Error('the world has Slack');
  const app = await createApp({ ...world.config, slack: { ...slack, botToken: 'xoxb-wrong' } });

  await expect(app.start()).rejects.toMatchObject({ code: 'invalid', field: 'SLACK_BOT_TOKEN' });

  await app.stop();
});

test('while Slack is out of reach the sweep runs all the same, and stopping does not hang', async () => {
  const { slack } = world.config;
  if (slack === null) throw new Error('the world has Slack');
  const app = await createApp({ ...world.config, slack: { ...slack, apiUrl: 'http://127.0.0.1:1/api/' } });
  await app.start();

  await startSweep(app.ctx, { kind: 'person', actor: { kind: 'operator', id: 'root' } });
  await app.idle();
  const state = await app.ctx.db.selectFrom('sweeps').select('state').executeTakeFirstOrThrow();

  expect(state).toEqual({ state: 'finished' });
  await app.stop();
});

test('a report that could not be posted while Slack was out of reach is posted by the next start', async () => {
  const { slack } = world.config;
  if (slack === null) throw new Error('the world has Slack');
  const cut = await createApp({ ...world.config, slack: { ...slack, apiUrl: 'http://127.0.0.1:1/api/' } });
  await cut.start();
  await startSweep(cut.ctx, { kind: 'person', actor: { kind: 'operator', id: 'root' } });
  await cut.idle();
  await cut.stop();

  await world.startApp();

  const posted = await world.slack.until('the report', () => world.slack.messages(REPORTS)[0]);
  expect(posted.text).toContain('Drift report #1');
});
