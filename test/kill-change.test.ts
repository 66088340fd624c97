import { beforeAll, expect, test } from 'vitest';
import type { App } from '../src/app.js';
import { listAudit, verifyAudit } from '../src/audit/queries.js';
import { listRequests } from '../src/changes/queries.js';
import { ANN, APPROVALS, BEN, startWorld, type World } from '../src/demo/world.js';
import type { SimMessage } from '../src/simulators/slack/server.js';
import type { Life } from './helpers/child.js';
import { deathsAtEffects, deathsAtSteps, reach, type Rehearsal, rehearse } from './helpers/kill.js';

const LINE = '/pbx set hq AvatarStyle Circle --because x';

/** A course may have a step less than the undisturbed one, and then the last death comes when all is done. */
const FEW = 3;

let rehearsal: Rehearsal;

beforeAll(async () => {
  rehearsal = await rehearse({
    prepare: () => startWorld(),
    beginsRunning: true,
    play: askAndApprove,
    check: checkDoneOnce,
  });
  return rehearsal.close;
});

function cardOf(world: World): SimMessage | undefined {
  return world.slack.messages(APPROVALS)[0];
}

function cardSays(world: World, words: string): boolean {
  return JSON.stringify(cardOf(world)?.blocks ?? []).includes(words);
}

/** Ann asks unless there is a card, Ben approves unless it is decided: what people do who saw nothing happen. */
async function askAndApprove(world: World, life: Life): Promise<void> {
  const { slack } = world;
  if (cardOf(world) === undefined) {
    await Promise.race([slack.person(ANN).command(APPROVALS, LINE), life.died]);
    await reach(world, life, 'the card', () => cardOf(world) !== undefined);
  }
  const card = cardOf(world);
  if (card !== undefined && !life.isDead() && cardSays(world, 'waiting for approval')) {
    await Promise.race([slack.person(BEN).press(card, 'change.approve'), life.died]);
  }
  await reach(world, life, 'the card to say applied', () => cardSays(world, '· applied'));
  await reach(world, life, 'the message to ann', () =>
    slack.directMessages(ANN).some(({ text }) => text.includes('is applied')),
  );
}

async function checkDoneOnce(world: World, { ctx }: App): Promise<void> {
  const hq = world.pbxs.pbx('hq');
  const requests = await listRequests(ctx.db, { limit: 10 });
  const audit = await listAudit(ctx.db, { limit: 100 });
  expect(hq.writes().map(({ body }) => body)).toEqual([{ AvatarStyle: 'Circle' }]);
  expect(hq.resource('GeneralSettingsForApps')['AvatarStyle']).toBe('Circle');
  expect(requests.map(({ state }) => state)).toEqual(['applied']);
  expect(requests[0]?.results[0]?.outcomes?.map(({ status }) => status)).toEqual(['written']);
  expect(world.slack.messages(APPROVALS).map(({ text }) => text)).toEqual([
    expect.stringContaining('is applied'),
  ]);
  expect(world.slack.directMessages(ANN).map(({ text }) => text)).toEqual([
    expect.stringContaining('is applied'),
  ]);
  expect((await verifyAudit(ctx.db)).fault).toBeNull();
  expect(audit.map(({ action }) => action).toReversed()).toEqual([
    'change.proposed',
    'change.approved',
    'change.applying',
    'write.intended',
    'write.settled',
    'change.applied',
  ]);
}

test.each(['before', 'after'] as const)(
  'killed right %s any durable step, a change is asked for once, written once and shown once',
  { timeout: 180_000 },
  async (when) => {
    const deaths = deathsAtSteps(rehearsal.course, when);
    const { failures, survived } = await rehearsal.kill(deaths);

    expect(failures).toEqual([]);
    expect(deaths.length).toBeGreaterThan(12);
    expect(survived.length, survived.join('; ')).toBeLessThan(FEW);
  },
);

test(
  'killed before the PBX or Slack could answer, a change is written once and shown once',
  { timeout: 180_000 },
  async () => {
    const deaths = deathsAtEffects(rehearsal.course);
    const { failures, survived } = await rehearsal.kill(deaths);

    expect(failures).toEqual([]);
    expect(deaths.length).toBeGreaterThan(4);
    expect(survived.length, survived.join('; ')).toBeLessThan(FEW);
  },
);
