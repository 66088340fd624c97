import { listRequests } from '../../changes/queries.js';
import type { Ctx } from '../../ctx.js';
import { UserError } from '../../errors.js';
import { endStop, findStop, type Stop, stopEverything, stopWords } from '../../fleet/stop.js';
import { notice } from '../blocks/answers.js';
import type { Message, View } from '../blocks/kit.js';
import { START_FORM, startedMessage, startForm, stoppedMessage } from '../blocks/stop-view.js';
import { escape } from '../blocks/text.js';
import type { CommandInput, Conversation, FormInput, SlackTools } from '../conversation.js';
import { openView } from '../open-modal.js';
import type { Person } from '../people.js';
import { withSource } from '../source.js';

const STOP_USAGE = '/pbx-drift stop --because reason';
/** What the metadata of the window says of a stop whose beginning nobody noted. */
const UNSAID = 'unsaid';
const MOST_WAITING = 1000;

/** The switch that stops all writes at once, and ends that. */
export const stop: Conversation = {
  commands: [
    {
      command: '/pbx-drift',
      verb: 'stop',
      usage: STOP_USAGE,
      help: 'Stops all writes to all PBXs at once, corrections and approved changes alike; for admins and approvers.',
      options: ['because'],
      most: 0,
      run: stopNow,
    },
    {
      command: '/pbx-drift',
      verb: 'start',
      usage: '/pbx-drift start',
      help: 'Ends a stop, after one more look: approved changes and corrections are written again; for admins.',
      most: 0,
      run: openStart,
    },
  ],
  forms: [{ callbackId: START_FORM, run: start }],
};

async function stopNow(input: CommandInput): Promise<void> {
  const { ctx, words, person, reply } = input;
  checkMayStop(person);
  const { because = '' } = words.options;
  if (because === '') {
    throw new UserError('invalid', 'A reason is missing.', {
      field: 'because',
      mend: `Usage: ${STOP_USAGE}`,
    });
  }
  const noted = await stopEverything(ctx, person.actor, because);
  const known = { since: ctx.now().toISOString(), by: person.actor.id, reason: because };
  const message = stoppedMessage(known, noted);
  await reply(message);
  await tellAll(input, message);
}

/** Who may not start learns it before the window opens, and again when it is submitted. */
async function openStart({ ctx, client, person, triggerId, source }: CommandInput): Promise<void> {
  checkMayStart(person);
  const stopped = await stopInForce(ctx);
  const metadata = withSource(stopped.since === '' ? UNSAID : stopped.since, source);
  const view = startForm(stopped, await countWaiting(ctx), metadata);
  await openView({ client, triggerId, log: ctx.log }, view);
}

async function start(input: FormInput): Promise<View> {
  const { ctx, person, metadata } = input;
  checkMayStart(person);
  const waiting = await countWaiting(ctx);
  const still = await endStop(ctx, person.actor, metadata === UNSAID ? '' : metadata);
  if (still !== null) {
    const words = `There is another one: ${stopWords(still)}. Nothing is written yet; \`/pbx-drift start\` shows it.`;
    return notice('That stop is over', [escape(words)]);
  }
  await tellAll(input, startedMessage(person.actor.id, waiting));
  return notice('The stop is over', ['Approved changes and corrections are written again.']);
}

async function stopInForce(ctx: Ctx): Promise<Stop> {
  const stopped = await findStop(ctx);
  if (stopped === null) throw new UserError('conflict', 'Nothing is stopped.');
  return stopped;
}

/** How many approved changes are written as soon as nothing is stopped; none where the database does not say. */
async function countWaiting({ db, log }: Ctx): Promise<number> {
  try {
    return (await listRequests(db, { states: ['approved'], limit: MOST_WAITING })).length;
  } catch (error) {
    log.warn({ err: error }, 'the approved changes could not be counted');
    return 0;
  }
}

/** Said in the approvals channel, without the database: a stop must be told whatever becomes of that. */
async function tellAll(
  { ctx, client, approvalsChannel: channel }: SlackTools,
  { text, blocks }: Message,
): Promise<void> {
  try {
    await client.chat.postMessage({ channel, text, blocks, unfurl_links: false, parse: 'none' });
  } catch (error) {
    ctx.log.warn({ err: error }, 'a stop could not be told in the approvals channel');
  }
}

function checkMayStop({ roles }: Person): void {
  if (roles.has('admin') || roles.has('approver')) return;
  throw new UserError('forbidden', 'Only admins and approvers can stop everything.', {
    mend: 'Ask one of them.',
  });
}

function checkMayStart({ roles }: Person): void {
  if (roles.has('admin')) return;
  throw new UserError('forbidden', 'Only an admin can end a stop.', { mend: 'Ask one of them.' });
}
