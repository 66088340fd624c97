import { type Knock, knockAll } from '../fleet/door.js';
import { counted, plain } from './words.js';
import type { Server, World } from './world.js';

const MOST_SAID = 20;

/** Something that is wrong outside of Plumbline, and what to do about it. */
interface Finding {
  readonly field: string;
  readonly message: string;
  readonly mend: string;
}

/**
 * Looks, once Plumbline runs, whether it can work everywhere: that every PBX lets it in and that it is in its channels. What
 * is wrong is said and stops nothing. Never throws.
 */
export async function lookAround(world: World, server: Server): Promise<void> {
  const { ctx } = server;
  const logged = (error: unknown): void => {
    if (!ctx.closing.aborted) ctx.log.error({ err: error }, 'the look around was broken off');
  };
  await Promise.all([lookAtChannels(world, server).catch(logged), lookAtPbxs(world, server).catch(logged)]);
}

async function lookAtChannels(world: World, server: Server): Promise<void> {
  const { slack, ctx } = server;
  if (slack === null) return;
  const isLate = slack.identity() === null;
  const faults = await slack.channelFaults();
  const identity = slack.identity();
  if (isLate && identity !== null) tell(world, server, { ...identity }, 'Slack is reached now.');
  for (const { field = '', message, mend = '' } of faults) say(world, server, { field, message, mend });
  if (faults.length === 0 && identity !== null) ctx.log.debug('Plumbline is in all of its channels');
}

async function lookAtPbxs(world: World, server: Server): Promise<void> {
  const { ctx } = server;
  const knocks = await knockAll(ctx, ctx.pbxs);
  if (ctx.closing.aborted) return;
  const shut = knocks.filter(({ problem }) => problem !== null);
  for (const knock of shut.slice(0, MOST_SAID)) say(world, server, findingOf(knock));
  const letIn = knocks.length - shut.length;
  const entry = { letIn, shut: shut.map(({ pbxId }) => pbxId) };
  if (shut.length === 0) {
    const all = knocks.length === 1 ? 'The PBX lets' : `All ${counted(knocks.length, 'PBX')} let`;
    return tell(world, server, entry, `${all} Plumbline in.`);
  }
  const more = 'The schedule runs all the same; plumbline doctor says more.';
  tell(world, server, entry, `${letIn} of ${counted(knocks.length, 'PBX')} let Plumbline in. ${more}`);
}

function findingOf({ pbxId, problem }: Knock): Finding {
  return {
    field: pbxId,
    message: `${pbxId}: ${plain(problem ?? '')}`,
    mend: `plumbline doctor ${pbxId} says more, and docs/install-3cx.md what the PBX needs.`,
  };
}

function say(world: World, { ctx: { log } }: Server, { field, message, mend }: Finding): void {
  if (world.isTerminal) world.err(`! ${message}\n  ${mend}\n`);
  else log.warn({ field, mend }, message);
}

function tell(world: World, { ctx: { log } }: Server, entry: object, words: string): void {
  if (world.isTerminal) world.err(`${words}\n`);
  else log.info(entry, words);
}
