import { startDueSweep } from '../jobs/schedule.js';
import { createClock } from './clock.js';
import { APPS, card, check, type Stage, submits, types, wholeText } from './stage.js';
import { createTranscript } from './transcript.js';
import { ANN, BEN, CLEO, REPORTS, startWorld, type World } from './world.js';

const EVENING = new Date('2026-12-07T17:00:00.000Z');
const ZOE = { user: '100 Zoe', ip: '203.0.113.7' };
const OLD = '20.0.8.1109';
/** A setting that 3CX 20.0.8 does not have. */
const NEW_SETTING = 'EnableSelectorCallerId';

type FleetStage = Omit<Stage, 'pbx'>;

/** The chapters about a fleet: five PBXs, of which one is dead, one is older and one is at war. */
export async function playFleet(write: (line: string) => void): Promise<void> {
  const clock = createClock(EVENING);
  const world = await startWorld({
    pbxs: [{ id: 'hq' }, { id: 'berlin' }, { id: 'madrid' }, { id: 'lima', version: OLD }, { id: 'oslo' }],
    overrides: { now: clock.now },
  });
  try {
    const transcript = createTranscript(world.slack, [ANN, BEN, CLEO], write);
    const app = await world.startApp();
    const stage = { world, app, clock, transcript };
    await standard(stage);
    await preview(stage);
    await war(stage);
  } finally {
    await world.stop();
  }
}

async function standard({ world, transcript }: FleetStage): Promise<void> {
  transcript.chapter(
    'A fleet of five: Oslo is dead, Lima runs an older 3CX; the headquarters become the standard',
  );
  world.pbxs.pbx('oslo').fault({ kind: 'down' });
  for (const id of ['berlin', 'madrid']) {
    world.pbxs.pbx(id).change(APPS, { EnableChat: false }, ZOE);
  }
  await types(
    world,
    transcript,
    ANN,
    `/pbx-baseline capture hq EnableChat ${NEW_SETTING} --for all --because one standard`,
  );
  const asked = await card(world, '#1 ·');
  transcript.sees('approvals', asked);
  check(
    wholeText(asked).includes('2 settings would change'),
    'the card shows what it would change where',
    transcript,
  );
  await world.slack.person(BEN).press(asked, 'Approve');
  transcript.does('@ben', 'presses Approve');
  await card(world, '#1 · Headquarters · applied');
}

async function preview(stage: FleetStage): Promise<void> {
  const { world, transcript, app, clock } = stage;
  const chats = (): readonly unknown[] =>
    ['berlin', 'madrid'].map((id) => world.pbxs.pbx(id).resource(APPS)['EnableChat']);
  transcript.chapter(
    'The first sweep of a new version writes nothing by itself: it shows its plan and waits',
  );
  clock.forwardTo('02:00');
  await startDueSweep(app.ctx);
  const held = await reportWith(world, 1, 'wait');
  transcript.sees('reports', held);
  check(
    chats().every((chat) => chat === false),
    'nothing was written',
    transcript,
  );
  check(wholeText(held).includes('oslo'), 'the report names the PBX that nobody could reach', transcript);
  await types(world, transcript, BEN, '/pbx-drift release');
  await submits(stage, BEN, { callbackId: 'sweep.release.form', values: {} });
  const corrected = await reportWith(world, 1, '2 corrected');
  await app.idle();
  check(
    chats().every((chat) => chat === true),
    'after the release both PBXs are as the standard says',
    transcript,
  );
  check(
    world.pbxs.pbx('lima').writes().length === 0,
    'Lima does not have one of the settings: it is left alone',
    transcript,
  );
  transcript.sees('reports', corrected);
}

async function war({ world, transcript, app, clock }: FleetStage): Promise<void> {
  const madrid = world.pbxs.pbx('madrid');
  transcript.chapter('Somebody keeps switching chat off in Madrid: after three corrections it is left alone');
  const before = madrid.writes().length;
  for (let night = 2; night <= 4; night += 1) {
    madrid.change(APPS, { EnableChat: false }, ZOE);
    transcript.does('Zoe', 'switches chat off again, in the 3CX console');
    clock.forwardTo('02:00');
    await startDueSweep(app.ctx);
    await reportWith(world, night, night < 4 ? '1 corrected' : '1 drifted');
    await app.idle();
  }
  const last = await reportWith(world, 4, '1 drifted');
  transcript.sees('reports', last);
  check(
    madrid.writes().length === before + 2,
    'Madrid was corrected three times in all, and then no more',
    transcript,
  );
  const episode = await world.slack.until('the card of the drift', () =>
    world.slack.messages(REPORTS).find((message) => wholeText(message).includes('100 Zoe')),
  );
  transcript.sees('reports', episode);
  check(wholeText(episode).includes('203.0.113.7'), 'its card says who probably did it', transcript);
}

function reportWith(world: World, number: number, containing: string) {
  return world.slack.until(`report #${number} saying ${containing}`, () =>
    world.slack
      .messages(REPORTS)
      .find(({ text }) => text.includes(`report #${number}`) && text.includes(containing)),
  );
}
