import { UserError } from '../../errors.js';
import { selectPbxs } from '../../fleet/pbx.js';
import { preflightAll } from '../../fleet/preflight.js';
import { findStop } from '../../fleet/stop.js';
import { answer, errorMessage } from '../blocks/answers.js';
import { type Message, section, sections } from '../blocks/kit.js';
import { preflightMessage } from '../blocks/preflight-view.js';
import { counted, escape, spoken } from '../blocks/text.js';
import type { CommandInput, Conversation } from '../conversation.js';
import { replyWhenReady } from '../patience.js';

const RELOAD = 'reload';
const REFUSED = 'The configuration was not taken over; the one before stays in force.';

/** Whether Plumbline can do its work on PBXs, and whether its own configuration is in order. */
export const check: Conversation = {
  commands: [
    {
      command: '/pbx',
      verb: 'check',
      usage: '/pbx check [pbx|tag:name|all]',
      help: 'Looks whether PBXs can be reached and let Plumbline in, at role, version, licence, audit log, clock and backup, and says what to do; `/pbx check reload` reads plumbline.yml again, for admins.',
      most: 1,
      run: (input) => (input.words.args[0]?.toLowerCase() === RELOAD ? reload(input) : examine(input)),
    },
  ],
};

async function examine({ ctx, words, reply }: CommandInput): Promise<void> {
  const pbxs = selectPbxs(ctx, words.args[0] ?? 'all');
  await replyWhenReady(reply, `Looking at ${counted(pbxs.length, 'PBX')}…`, async () =>
    preflightMessage(await preflightAll(ctx, pbxs), pbxs, await findStop(ctx)),
  );
}

async function reload({ ctx, person, reply }: CommandInput): Promise<void> {
  if (!person.roles.has('admin')) {
    throw new UserError('forbidden', 'Only an admin can have the configuration read again.', {
      mend: 'Ask one of them.',
    });
  }
  await replyWhenReady(reply, 'Reading the configuration again…', async () => {
    try {
      return reloadedMessage((await ctx.reload(person.actor)).changes);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const { text, blocks } = errorMessage(error);
      return { text: spoken([REFUSED, text]), blocks: [section(`:x: *${REFUSED}*`), ...blocks] };
    }
  });
}

function reloadedMessage(changes: readonly string[]): Message {
  const lines = changes.map((change) => `• ${escape(change)}`);
  return answer('*The configuration was read again.*', ...sections(lines));
}
