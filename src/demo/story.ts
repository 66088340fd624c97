import { startDueSweep } from '../jobs/schedule.js';
import { playApprovals } from './approvals-story.js';
import { createClock } from './clock.js';
import { playFleet } from './fleet-story.js';
import { APPS, card, check, ephemeral, press, type Stage, types, wholeText } from './stage.js';
import { createTranscript, type Transcript } from './transcript.js';
import { ANN, BEN, CLEO, REPORTS, startWorld, type World } from './world.js';

const EVENING = new Date('2026-11-23T17:00:00.000Z');

/** Plays the whole story on real wires and checks every step. Throws at the first one that is not as told. */
export async function playStory(write: (line: string) => void): Promise<void> {
  const clock = createClock(EVENING);
  const world = await startWorld({
    pbxs: [
      { id: 'hq', values: { [APPS]: { AvatarStyle: 'Square', EnableChat: true, HideCRMContacts: false } } },
    ],
    overrides: { now: clock.now },
  });
  try {
    const transcript = createTranscript(world.slack, [ANN, BEN, CLEO], write);
    const app = await world.startApp();
    const stage = { world, app, clock, pbx: world.pbxs.pbx('hq'), transcript };
    await view(stage);
    await change(stage);
    await keep(stage);
    await night(stage);
    await outage(stage);
    await playApprovals(stage);
  } finally {
    await world.stop();
  }
  await playFleet(write);
  write('\nThe end: every step was as told');
}

async function view({ world, transcript }: Stage): Promise<void> {
  transcript.chapter('Ann looks at two settings of the headquarters');
  await types(world, transcript, ANN, '/pbx show hq AvatarStyle EnableChat');
  const shown = await ephemeral(world, ANN, 'Headquarters');
  transcript.sees('only Ann', shown);
  check(wholeText(shown).includes('Square'), 'she sees the live value Square', transcript);
}

async function change(stage: Stage): Promise<void> {
  const { world, transcript, pbx } = stage;
  transcript.chapter('She asks for another avatar style, in a form');
  const ann = world.slack.person(ANN);
  await types(world, transcript, ANN, '/pbx change hq');
  await world.slack.until('the change form', () => ann.modal()?.callbackId === 'change.form');
  transcript.does('@ann', 'fills in the form: Avatar style = Circle, reason = our new brand is round');
  ann.fill({ AvatarStyle: 'Circle', reason: 'our new brand is round' });
  await ann.submit();
  transcript.sees('approvals', await card(world, 'waiting for approval'));
  await approveHerself(stage);
  await press(world, transcript, BEN, await card(world, 'waiting for approval'), 'Approve');
  transcript.sees('approvals', await card(world, '· applied'));
  check(pbx.resource(APPS)['AvatarStyle'] === 'Circle', 'the PBX has Circle', transcript);
  check(pbx.writes().length === 1, 'it was written once', transcript);
  const told = await world.slack.until('the message to Ann', () =>
    world.slack.directMessages(ANN).find(({ text }) => text.includes('is applied')),
  );
  check(told.text.includes('#1'), 'Ann was told in a direct message', transcript);
}

async function approveHerself({ world, transcript, pbx }: Stage): Promise<void> {
  await press(world, transcript, ANN, await card(world, 'waiting for approval'), 'Approve');
  transcript.sees('only Ann', await ephemeral(world, ANN, 'another person'));
  check(pbx.writes().length === 0, 'nothing was written', transcript);
}

async function keep({ world, transcript }: Stage): Promise<void> {
  transcript.chapter('Two settings become the baseline: one to enforce, one to report');
  await types(
    world,
    transcript,
    ANN,
    '/pbx-baseline capture hq AvatarStyle --mode enforce --because keep the brand',
  );
  await press(world, transcript, BEN, await card(world, '#2'), 'Approve');
  await card(world, '#2 · Headquarters · applied');
  await types(
    world,
    transcript,
    ANN,
    '/pbx-baseline capture hq EnableChat --mode report --because only watch chat',
  );
  await press(world, transcript, CLEO, await card(world, '#3'), 'Approve');
  transcript.sees('approvals', await card(world, '#3 · Headquarters · applied'));
}

async function night({ world, transcript, pbx, app, clock }: Stage): Promise<void> {
  transcript.chapter('In the evening another admin changes both settings on the PBX itself');
  pbx.change(APPS, { AvatarStyle: 'Square', EnableChat: false }, { user: '100 Zoe', ip: '203.0.113.7' });
  transcript.does('Zoe', 'sets the avatars back to Square and switches chat off, in the 3CX console');
  transcript.chapter('At 02:00 the sweep corrects the one and reports the other');
  clock.forwardTo('02:00');
  await startDueSweep(app.ctx);
  await report(world, transcript, 1, ['1 corrected', '1 drifted', '0 unknown']);
  check(pbx.resource(APPS)['AvatarStyle'] === 'Circle', 'the enforced setting is Circle again', transcript);
  check(pbx.resource(APPS)['EnableChat'] === false, 'the reported setting was left alone', transcript);
  check(pbx.writes().length === 2, 'the sweep wrote once', transcript);
}

async function outage({ world, transcript, pbx, app, clock }: Stage): Promise<void> {
  transcript.chapter('The next night the PBX answers with an error page');
  pbx.change(APPS, { AvatarStyle: 'Square' }, { user: '100 Zoe' });
  pbx.fault({ kind: 'html', on: 'read' });
  clock.forwardTo('02:00');
  await startDueSweep(app.ctx);
  await report(world, transcript, 2, ['2 unknown', '0 drifted', '0 corrected']);
  check(pbx.writes().length === 2, 'nothing was written: unknown is not drift', transcript);
  transcript.chapter('The night after it answers again, and is corrected');
  pbx.clearFaults();
  clock.forwardTo('02:00');
  await startDueSweep(app.ctx);
  await report(world, transcript, 3, ['1 corrected', '0 unknown']);
  check(pbx.resource(APPS)['AvatarStyle'] === 'Circle', 'the enforced setting is Circle again', transcript);
}

async function report(
  world: World,
  transcript: Transcript,
  number: number,
  counts: readonly string[],
): Promise<void> {
  const summary = await world.slack.until(`report #${number}`, () =>
    world.slack.messages(REPORTS).find(({ text }) => text.includes(`report #${number}:`)),
  );
  const details = await world.slack.until('its thread', () => world.slack.thread(REPORTS, summary.ts)[0]);
  transcript.sees('reports', summary);
  transcript.sees('  thread', details);
  for (const count of counts) check(summary.text.includes(count), `the report says ${count}`, transcript);
}
