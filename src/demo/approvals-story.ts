import { APPS, card, check, inThread, press, type Stage, submits, types, wholeText } from './stage.js';
import { ANN, BEN, CLEO } from './world.js';

/** The chapters about approvals that hold. */
export async function playApprovals(stage: Stage): Promise<void> {
  await twoPeople(stage);
  await moved(stage);
  await withdrawn(stage);
  await expired(stage);
  await brokenGlass(stage);
  await reverted(stage);
}

async function twoPeople(stage: Stage): Promise<void> {
  const { world, transcript, pbx } = stage;
  transcript.chapter('A high-risk change needs two people, and more than a click');
  await types(
    world,
    transcript,
    ANN,
    '/pbx set hq AllowChangePassword off --because the auditors ask for it',
  );
  const asked = await card(world, '#4 ·');
  transcript.sees('approvals', asked);
  await press(world, transcript, BEN, asked, 'Approve');
  await submits(stage, BEN, { callbackId: 'approve.form', values: { confirmation: 'hq' } });
  const half = await card(world, '1 of 2');
  transcript.sees('approvals', half);
  check(pbx.resource(APPS)['AllowChangePassword'] !== false, 'one approval writes nothing', transcript);
  await press(world, transcript, CLEO, half, 'Approve');
  await submits(stage, CLEO, { callbackId: 'approve.form', values: { confirmation: 'hq' } });
  transcript.sees('approvals', await card(world, '#4 · Headquarters · applied'));
  check(pbx.resource(APPS)['AllowChangePassword'] === false, 'two approvals do', transcript);
}

async function moved(stage: Stage): Promise<void> {
  const { world, transcript, pbx } = stage;
  transcript.chapter('A value moves between request and approval');
  await types(
    world,
    transcript,
    ANN,
    '/pbx set hq BrandUrl https://brand.example.com --because the new site',
  );
  const asked = await card(world, '#5 ·');
  transcript.does('Zoe', 'sets the address to https://old.example.com, in the 3CX console');
  pbx.change(APPS, { BrandUrl: 'https://old.example.com' }, { user: '100 Zoe' });
  const writes = pbx.writes().length;
  await press(world, transcript, BEN, asked, 'Approve');
  const again = await card(world, 'old.example.com');
  transcript.sees('approvals', again);
  check(
    pbx.writes().length === writes,
    'nothing was written: Ben approved another plan than this',
    transcript,
  );
  await press(world, transcript, BEN, again, 'Approve');
  transcript.sees('approvals', await card(world, '#5 · Headquarters · applied'));
  check(
    pbx.resource(APPS)['BrandUrl'] === 'https://brand.example.com',
    'approved once more, it is',
    transcript,
  );
}

async function withdrawn(stage: Stage): Promise<void> {
  const { world, transcript } = stage;
  transcript.chapter('Ann takes a request back');
  await types(world, transcript, ANN, '/pbx set hq HideCRMContacts on --because a mistake');
  const asked = await card(world, '#6 ·');
  await press(world, transcript, ANN, asked, 'Withdraw');
  await submits(stage, ANN, { callbackId: 'withdraw.form', values: {} });
  transcript.sees('approvals', await card(world, '#6 · Headquarters · withdrawn'));
}

async function expired(stage: Stage): Promise<void> {
  const { world, transcript, clock } = stage;
  transcript.chapter('Nobody decides a request: it is reminded of, and expires after three days');
  await types(world, transcript, ANN, '/pbx set hq HideAbandonedQueueCalls on --because less clutter');
  const asked = await card(world, '#7 ·');
  clock.forwardBy(2);
  transcript.sees('  thread', await inThread(stage, asked, 'waits'));
  clock.forwardBy(71);
  transcript.sees('approvals', await card(world, '#7 · Headquarters · expired'));
  const told = await world.slack.until('the message to Ann', () =>
    world.slack.directMessages(ANN).find((message) => wholeText(message).includes('expired')),
  );
  check(told.text.includes('#7'), 'Ann was told in a direct message', transcript);
}

async function brokenGlass(stage: Stage): Promise<void> {
  const { world, transcript, pbx } = stage;
  transcript.chapter('An emergency: Ann applies a change at once, and another person reviews it');
  await types(world, transcript, ANN, '/pbx break-glass hq EnableChat on --because the support line is down');
  await submits(stage, ANN, { callbackId: 'break-glass.form', values: { confirmation: 'hq' } });
  const applied = await card(world, '#8 · Headquarters · applied');
  transcript.sees('approvals', applied);
  transcript.sees('  thread', await inThread(stage, applied, 'skipped the approval'));
  check(pbx.resource(APPS)['EnableChat'] === true, 'it was written at once', transcript);
  await press(world, transcript, BEN, applied, 'Close the review');
  await submits(stage, BEN, { callbackId: 'review.form', values: { note: 'right in this case' } });
  transcript.sees('approvals', await card(world, 'right in this case'));
}

async function reverted(stage: Stage): Promise<void> {
  const { world, transcript, pbx } = stage;
  transcript.chapter('The emergency is over: Ann reverts it, by the same rules');
  await press(world, transcript, ANN, await card(world, '#8 · Headquarters · applied'), 'Revert');
  await submits(stage, ANN, { callbackId: 'revert.form', values: { reason: 'the line is back' } });
  const asked = await card(world, '#9 ·');
  await press(world, transcript, BEN, asked, 'Approve');
  transcript.sees('approvals', await card(world, '#9 · Revert of #8 · Headquarters · applied'));
  check(pbx.resource(APPS)['EnableChat'] === false, 'chat is as it was before', transcript);
}
